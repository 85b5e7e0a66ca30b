// SPDX-License-Identifier: Apache-2.0
// docs/openapi.yaml against a running probe.
#include <yaml-cpp/yaml.h>

#include <set>

#include "core/url.hpp"
#include "tests/catch.hpp"
#include "tests/unit/api/running_probe.hpp"

using namespace sightline;
using tests::RunningProbe;

namespace {

YAML::Node document() {
    return YAML::LoadFile(SIGHTLINE_SOURCE_DIR "/docs/openapi.yaml");
}

/// A response object, through its reference.
YAML::Node response(const YAML::Node& root, const YAML::Node& node) {
    if (!node["$ref"]) return node;
    const std::string name = node["$ref"].as<std::string>();
    return root["components"]["responses"][name.substr(name.rfind('/') + 1)];
}

/// The path with examples in the place of its parameters, and those of the query behind it.
std::string target(std::string path, const YAML::Node& operation) {
    std::string query;
    for (const YAML::Node& parameter : operation["parameters"]) {
        if (!parameter["example"]) continue;
        const std::string name = parameter["name"].as<std::string>(), value = parameter["example"].as<std::string>();
        const std::size_t at = path.find("{" + name + "}");
        if (at != std::string::npos) path.replace(at, name.size() + 2, core::percent_encode(value));
        if (parameter["in"].as<std::string>() == "query")
            query += (query.empty() ? "?" : "&") + name + "=" + core::percent_encode(value);
    }
    return path + query;
}

std::string upper(std::string word) {
    for (char& c : word) c = static_cast<char>(c - 32);
    return word;
}

config::Config one_stream() {
    config::Config config;
    core::StreamSpec stream;
    stream.id = "news";
    stream.name = "News";
    stream.input.url = "udp://127.0.0.1:9";
    config.streams = {stream};
    return config;
}

}  // namespace

TEST_CASE("Every documented operation answers as the document says, and no other method does") {
    const YAML::Node root = document();
    const RunningProbe probe(one_stream());
    REQUIRE(probe.error.empty());
    int asked = 0;
    for (const auto& item : root["paths"]) {
        const std::string path = item.first.as<std::string>();
        std::set<std::string> methods;
        for (const auto& entry : item.second) {
            const std::string method = upper(entry.first.as<std::string>());
            methods.insert(method);
            if (path == "/api/v1/events") continue;  // stays open: server_test listens to it
            const YAML::Node operation = entry.second;
            const std::string body = operation["x-example"] ? operation["x-example"].as<std::string>() : "";
            const auto reply = probe.ask(method, target(path, operation), body, {}, true);
            INFO(method << ' ' << target(path, operation) << ": " << reply.status << ' ' << reply.body.substr(0, 200));
            ++asked;
            const YAML::Node said = operation["responses"][std::to_string(reply.status)];
            REQUIRE(said);
            const YAML::Node content = response(root, said)["content"];
            bool fits = false;
            for (const auto& type : content)
                fits = fits || reply.head.find("Content-Type: " + type.first.as<std::string>()) != std::string::npos;
            CHECK(fits);
            if (reply.status >= 400 && path.starts_with("/api/")) {
                CHECK(reply.body.find(R"({"error":{"code":)") == 0);
            }
        }
        if (!path.starts_with("/api/") || path == "/api/v1/events") continue;
        for (const char* method : {"PUT", "PATCH", "DELETE", "POST", "GET"}) {
            if (methods.contains(method)) continue;
            const auto reply = probe.ask(method, target(path, item.second.begin()->second), "{}", {}, true);
            INFO(method << ' ' << path << ": " << reply.status);
            CHECK((reply.status == 404 || reply.status == 405));
        }
    }
    CHECK(asked >= 25);
}

TEST_CASE("Whatever takes an operator is refused to a reader, and the audit log to an operator") {
    const YAML::Node root = document();
    const RunningProbe probe(one_stream());
    REQUIRE(probe.error.empty());
    for (const auto& item : root["paths"]) {
        for (const auto& entry : item.second) {
            if (!entry.second["x-role"] || item.first.as<std::string>() == "/api/v1/events") continue;
            const std::string role = entry.second["x-role"].as<std::string>();
            const std::string method = upper(entry.first.as<std::string>());
            const auto reply = probe.ask(method, target(item.first.as<std::string>(), entry.second),
                                         entry.second["x-example"] ? entry.second["x-example"].as<std::string>() : "");
            INFO(method << ' ' << item.first.as<std::string>() << " without a token: " << reply.status);
            CHECK((reply.status == 401) == (role != "viewer"));
        }
    }
}
