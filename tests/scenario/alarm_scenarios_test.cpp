// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/catch.hpp"
#include "tests/scenario/scenario.hpp"

using namespace sightline;
using namespace std::chrono_literals;

namespace {

std::vector<scenario::Scenario> shipped() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/tests/scenario")) {
        if (entry.path().extension() == ".scenario") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<scenario::Scenario> scenarios;
    for (const auto& path : paths) {
        std::ifstream file(path);
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        INFO(path.filename().string());
        REQUIRE_NOTHROW(scenarios.push_back(scenario::parse(path.stem().string(), text)));
    }
    return scenarios;
}

}  // namespace

TEST_CASE("Every scenario gives the transitions it says") {
    const auto scenarios = shipped();
    CHECK(scenarios.size() >= 20);
    for (const auto& scenario : scenarios) {
        INFO(scenario.name);
        const std::string differences = scenario::differences(scenario, scenario::play(scenario, 40ms));
        INFO(differences);
        CHECK(differences.empty());
    }
}

TEST_CASE("Every scenario gives the same transitions however often the clocks tick") {
    for (const auto& scenario : shipped()) {
        INFO(scenario.name);
        const std::string at_40ms = scenario::json_lines(scenario::play(scenario, 40ms));
        for (const core::Duration granularity : {core::Duration(1ms), core::Duration(7ms), core::Duration(100ms),
                                                 core::Duration(1s), core::Duration(3333ms), core::Duration(5s)}) {
            if (granularity < 5ms && scenario.until > 60s) continue;
            const std::string text = scenario::json_lines(scenario::play(scenario, granularity));
            INFO(core::to_text(granularity) << "\n" << text << "instead of\n" << at_40ms);
            CHECK((text == at_40ms));
        }
    }
}
