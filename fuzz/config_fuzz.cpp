// SPDX-License-Identifier: Apache-2.0
// The configuration file, and `--set`: whatever the bytes, an answer of bounded size that keeps the secret.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/describe.hpp"
#include "config/loader.hpp"
#include "config/set_option.hpp"
#include "tests/unit/config/catalogue.hpp"

namespace {

constexpr std::string_view kSecret = "qXz7secret";

void require(bool held) {
    if (!held) std::abort();
}

void read_file(std::string_view text, const sightline::config::Surroundings& around) {
    const auto config = sightline::config::parse(text, "f.yaml", around);
    if (config) {
        const std::string described = sightline::config::describe(*config, around);
        require(described.find(kSecret) == std::string::npos || text.find(kSecret) != std::string_view::npos);
        return;
    }
    require(!config.error().empty() && config.error().size() <= 51);
    for (const std::string& line : config.error()) {
        require(line.starts_with("f.yaml:") && line.find('\n') == std::string::npos && line.size() < 20'000);
        require(line.find(kSecret) == std::string::npos || text.find(kSecret) != std::string_view::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sightline;
    config::test::Machine machine;
    machine.variables = {{"S", std::string(kSecret)}};
    machine.files = {{"s", std::string(kSecret)}};
    const config::Surroundings around = machine.surroundings();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_file(text, around);
    core::RuleSet rules = around.default_rules;
    const auto set = config::parse_sets(std::array{std::string(text)}, rules, around.catalogue, around.measurements);
    require(set || (!set.error().message.empty() && rules == around.default_rules));
    return 0;
}
