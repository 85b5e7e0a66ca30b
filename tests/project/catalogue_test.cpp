// SPDX-License-Identifier: Apache-2.0
// What the folders say of themselves fits together: conditions, rules, examples, documents.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "alarms/default_rules.hpp"
#include "config/loader.hpp"
#include "engine/conditions.hpp"
#include "tests/catch.hpp"

using namespace sightline;

namespace {

std::string file_text(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::filesystem::path root() {
    return SIGHTLINE_SOURCE_DIR;
}

config::Surroundings shipped() {
    config::Surroundings around = config::system_surroundings(engine::condition_catalogue(),
                                                              engine::measurement_catalogue(), alarms::default_rules());
    around.environment = [](const std::string&) { return std::optional<std::string>("0123456789secret"); };
    const auto read = around.read_file;
    around.read_file = [read](const std::string& path, std::size_t limit) -> core::Result<std::string> {
        if (path.find("secret") != std::string::npos || path.find("token") != std::string::npos ||
            path.find("key") != std::string::npos)
            return std::string("0123456789secret");
        return read(path, limit);
    };
    return around;
}

}  // namespace

TEST_CASE("Every condition has one id, a sentence of help, and measurements that exist") {
    std::set<std::string_view> ids;
    for (const core::ConditionSpec& spec : engine::condition_catalogue()) {
        INFO(spec.id);
        CHECK(ids.insert(spec.id).second);
        CHECK_FALSE(spec.help.empty());
        if (spec.kind != core::ConditionKind::Level) continue;
        bool known = false;
        for (const core::MeasurementSpec& measurement : engine::measurement_catalogue())
            known = known || measurement.id == spec.level;
        CHECK(known);
    }
}

TEST_CASE("Every default rule judges a condition of the catalogue") {
    for (const core::Rule& rule : alarms::default_rules()) {
        INFO(rule.name);
        if (rule.name == alarms::kOffAirContentRule) continue;
        if (!rule.combined()) CHECK(engine::find_condition(rule.name) != nullptr);
        for (const auto* members : {&rule.all, &rule.any}) {
            for (const std::string& member : *members) CHECK(engine::find_condition(member) != nullptr);
        }
    }
}

TEST_CASE("Every condition is documented") {
    std::string documents;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / "docs")) {
        if (entry.path().extension() == ".md") documents += file_text(entry.path());
    }
    for (const core::ConditionSpec& spec : engine::condition_catalogue()) {
        INFO(spec.id);
        CHECK(documents.find(std::string(spec.id)) != std::string::npos);
    }
}

TEST_CASE("Every shipped example loads with the shipped catalogue") {
    int examples = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root() / "config" / "examples")) {
        if (entry.path().extension() != ".yaml") continue;
        INFO(entry.path());
        const auto loaded = config::load(entry.path().string(), shipped());
        if (!loaded) FAIL_CHECK(config::joined(loaded.error()));
        ++examples;
    }
    CHECK(examples >= 3);
}
