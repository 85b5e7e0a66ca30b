// SPDX-License-Identifier: Apache-2.0
// The shipped examples are read by the loader, and what they leave out is what is built in.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/tree.hpp"
#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline;
using namespace sightline::config;
using namespace sightline::config::test;

namespace {

const std::string kFolder = SIGHTLINE_SOURCE_DIR "/config/examples/";

Surroundings surroundings() {
    Machine machine;
    for (const char* name :
         {"SRT_KEY", "RTMP_KEY", "ORIGIN_TOKEN", "HOOK_SECRET", "API_TOKEN", "VENUE_KEY", "PAGERDUTY_KEY", "SLACK_PATH",
          "MAIL_PASSWORD", "SNMP_COMMUNITY", "SNMP_AUTH", "SNMP_PRIVACY", "PAGERDUTY_WEBHOOK_SECRET"}) {
        machine.variables[name] = "not-a-real-secret";
    }
    Surroundings around = machine.surroundings();
    around.read_file = read_text_file;
    return around;
}

Config example(const std::string& name) {
    auto config = load(kFolder + name, surroundings());
    if (!config) FAIL(joined(config.error()));
    return std::move(*config);
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("Every shipped example is read without a problem") {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
        if (entry.path().extension() != ".yaml") continue;
        CAPTURE(entry.path().string());
        CHECK(!example(entry.path().filename().string()).streams.empty());
        ++count;
    }
    CHECK(count >= 3);
}

TEST_CASE("The configuration that the package installs is read, and fits its unit") {
    const std::string unit = text_of(SIGHTLINE_SOURCE_DIR "/packaging/sightline.service");
    auto config = load(SIGHTLINE_SOURCE_DIR "/packaging/sightline.yaml", surroundings());
    if (!config) FAIL(joined(config.error()));
    CHECK(unit.find("StateDirectory=sightline\n") != std::string::npos);
    CHECK(config->store_sqlite == "/var/lib/sightline/sightline.db");
    CHECK(unit.find("RuntimeDirectory=sightline\n") != std::string::npos);
    CHECK(config->api_socket == "/run/sightline/sightline.sock");
}

TEST_CASE("The minimal example is the built-in defaults") {
    const Config config = example("minimal.yaml");
    REQUIRE(config.streams.size() == 1);
    core::StreamSpec expected;
    expected.id = expected.name = "news";
    expected.input.url = "srt://10.0.0.5:9000";
    expected.rules = default_rules();
    CHECK(config.streams[0] == expected);
    Config built_in;
    CHECK(config.timezone == built_in.timezone);
    CHECK(config.api_listen == built_in.api_listen);
    CHECK(config.worker_memory_bytes == built_in.worker_memory_bytes);
    CHECK(config.stdout_json == built_in.stdout_json);
    CHECK(config.reports == built_in.reports);
    CHECK(config.notify.empty());
    CHECK(config.paths.empty());
    CHECK(config.secrets.empty());
}

TEST_CASE("The full example shows every key that docs/configuration.md explains, and the reverse") {
    const std::string full = text_of(kFolder + "full.yaml");
    const std::string docs = text_of(SIGHTLINE_SOURCE_DIR "/docs/configuration.md");
    REQUIRE_FALSE(docs.empty());
    // Each table row of the page begins with "| `key` |".
    std::istringstream lines(docs);
    int rows = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| `")) continue;
        const std::string key = line.substr(3, line.find('`', 3) - 3);
        if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) continue;
        CAPTURE(key);
        CHECK(full.find(key + ":") != std::string::npos);
        ++rows;
    }
    CHECK(rows > 40);
    // Keys of the schema in the example, as the loader lists them for unknown ones, stand in the page.
    const auto config = parse(
        "version: 1\nnone: 1\nstreams: [{id: a, url: x, none: 1}]\nnotify: [{name: a, type: webhook, url: "
        "\"http://h\", none: 1}]\n",
        "f", surroundings());
    REQUIRE_FALSE(config);
    for (const std::string& line : config.error()) {
        const std::size_t allowed = line.find("; allowed ");
        REQUIRE(allowed != std::string::npos);
        std::istringstream keys(line.substr(allowed + 10));
        for (std::string key; std::getline(keys, key, ',');) {
            key.erase(0, key.find_first_not_of(' '));
            CAPTURE(key);
            CHECK(docs.find("| `" + key + "` |") != std::string::npos);
            CHECK(full.find(key + ":") != std::string::npos);
        }
    }
}

TEST_CASE("Shifts as in the full example are those that are built in") {
    CHECK(example("full.yaml").reports.shifts == Reports{}.shifts);
    CHECK(example("full.yaml").reports.timezone == "Europe/London");
}

TEST_CASE("The event example puts its rules under every stream") {
    const Config config = example("event.yaml");
    REQUIRE(config.streams.size() == 4);
    for (const core::StreamSpec& stream : config.streams) {
        CHECK(core::find(stream.rules, "video.black")->triggers.at(Severity::Warning) ==
              core::Trigger{core::HoldFor{std::chrono::seconds{1}}});
    }
    CHECK(config.streams[1].air.fixed == core::AirState::Standby);
    CHECK_FALSE(core::find(config.streams[2].rules, "audio.silence")->enabled);
}
