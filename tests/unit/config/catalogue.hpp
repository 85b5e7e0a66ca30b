// SPDX-License-Identifier: Apache-2.0
// A small catalogue with ids, kinds and default rules of the product, and a machine that is only made of maps.
#pragma once

#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "config/loader.hpp"
#include "config/surroundings.hpp"

namespace sightline::config::test {

using core::ConditionKind;
using core::ConditionSpec;
using core::ParameterSpec;
using core::Severity;

inline constexpr std::array<ParameterSpec, 2> kBlackParameters{
    {{"luma", "%", 10, 0, 100, {}, "darker counts as black"}, {"pixels", "%", 98, 0, 100, {}, "so many must be"}}};
inline constexpr std::array<std::string_view, 2> kChannelWords{"all", "any"};
inline constexpr std::array<ParameterSpec, 3> kSilenceParameters{
    {{"level", "dBFS", -60, -120, 0, {}, "a sample at or above it is sound"},
     {"channels", "word", 0, 0, 0, kChannelWords, "silent channels needed"},
     {"shortest", "s", 0.1, 0.01, 10, {}, "shorter is no silence"}}};
inline constexpr std::array<ParameterSpec, 1> kLevelParameters{{{"level", "dBFS", -40, -120, 0, {}, "quieter is low"}}};

template <std::size_t N>
constexpr ConditionSpec state(std::string_view id, const std::array<ParameterSpec, N>& parameters) {
    ConditionSpec spec;
    spec.id = id;
    spec.parameters = parameters;
    return spec;
}
constexpr ConditionSpec make(std::string_view id, ConditionKind kind, std::string_view level = {}) {
    ConditionSpec spec;
    spec.id = id;
    spec.kind = kind;
    spec.level = level;
    return spec;
}

inline constexpr std::array<ConditionSpec, 15> kCatalogue{{
    make("signal.lost", ConditionKind::State),
    make("signal.stalled", ConditionKind::State),
    make("signal.unreachable", ConditionKind::State),
    state("video.black", kBlackParameters),
    make("video.freeze", ConditionKind::State),
    make("video.missing", ConditionKind::State),
    make("video.format", ConditionKind::State),
    state("audio.silence", kSilenceParameters),
    make("audio.missing", ConditionKind::State),
    state("audio.level_low", kLevelParameters),
    make("bitrate.low", ConditionKind::Level, "bitrate.mux"),
    make("bitrate.high", ConditionKind::Level, "bitrate.mux"),
    make("ts.continuity", ConditionKind::Event),
    make("ts.transport_error", ConditionKind::Event),
    make("audio.loudness", ConditionKind::Level, "audio.short_term"),
}};
inline constexpr std::array<core::MeasurementSpec, 2> kMeasurements{
    {{"bitrate.mux", "b/s", 0, 1e10, ""}, {"audio.short_term", "LUFS", -70, 10, ""}}};

inline core::Rule hold(std::string name, std::map<Severity, int> seconds, int clear) {
    core::Rule rule;
    rule.name = std::move(name);
    for (const auto& [severity, patience] : seconds) {
        rule.triggers[severity] = core::HoldFor{std::chrono::seconds{patience}};
    }
    rule.clear = std::chrono::seconds{clear};
    return rule;
}

/// The table of the design, "Default rules".
inline core::RuleSet default_rules() {
    using std::chrono::seconds;
    core::RuleSet rules{hold("video.black", {{Severity::Warning, 3}, {Severity::Critical, 10}}, 2),
                        hold("video.freeze", {{Severity::Warning, 5}, {Severity::Critical, 15}}, 2),
                        hold("audio.silence", {{Severity::Warning, 10}, {Severity::Critical, 20}}, 2),
                        hold("signal.lost", {{Severity::Critical, 2}}, 2),
                        hold("signal.stalled", {{Severity::Critical, 5}}, 2),
                        hold("signal.unreachable", {{Severity::Critical, 10}}, 2),
                        hold("video.missing", {{Severity::Critical, 5}}, 2),
                        hold("audio.missing", {{Severity::Critical, 5}}, 2)};
    core::Rule low = hold("bitrate.low", {}, 5);
    low.triggers[Severity::Warning] = core::OutsideLimits{{}, {}, seconds{5}};
    low.triggers[Severity::Critical] = core::OutsideLimits{{}, {}, seconds{10}};
    rules.push_back(low);
    core::Rule continuity = hold("ts.continuity", {}, 10);
    continuity.triggers[Severity::Warning] = core::ErroredSeconds{1, seconds{10}};
    continuity.triggers[Severity::Major] = core::ErroredSeconds{3, seconds{60}};
    rules.push_back(continuity);
    core::Rule lost = hold("programme-lost", {{Severity::Critical, 5}}, 2);
    lost.all = {"video.freeze", "audio.silence"};
    rules.push_back(lost);
    // Of no condition and combining nothing: what it judges is built in.
    rules.push_back(hold("off-air-content", {{Severity::Warning, 10}}, 2));
    return rules;
}

/// A machine with these variables and files, and four time zones.
struct Machine {
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> files;

    [[nodiscard]] Surroundings surroundings() const {
        Surroundings around;
        around.catalogue = kCatalogue;
        around.measurements = kMeasurements;
        around.default_rules = default_rules();
        around.environment = [all = variables](const std::string& name) -> std::optional<std::string> {
            const auto found = all.find(name);
            return found == all.end() ? std::nullopt : std::optional(found->second);
        };
        around.read_file = [all = files](const std::string& path, std::size_t limit) -> core::Result<std::string> {
            const auto found = all.find(path);
            if (found == all.end())
                return core::fail(core::ErrorCode::NotFound, "cannot read \"" + path + "\": No such file");
            if (found->second.size() > limit)
                return core::fail(core::ErrorCode::InvalidConfig, "\"" + path + "\" is too large");
            return found->second;
        };
        around.zone_exists = [](const std::string& name) {
            return name == "UTC" || name == "Europe/London" || name == "Europe/Paris" || name == "Europe/Berlin";
        };
        return around;
    }
};

/// What is wrong with `text`, one problem a line; "fine" where nothing is.
inline std::string faults(const std::string& text, const Machine& machine = {}) {
    const auto config = parse(text, "/etc/s/s.yaml", machine.surroundings());
    return config ? "fine" : joined(config.error());
}

/// `text` as the loader reads it.
/// @throws std::runtime_error with what is wrong, for tests that cannot go on without it.
inline Config read_config(const std::string& text, const Machine& machine = {}) {
    auto config = parse(text, "/etc/s/s.yaml", machine.surroundings());
    if (!config) throw std::runtime_error(text + joined(config.error()));
    return std::move(*config);
}

/// A file with one stream that is called `news`, and `more` inside its entry, each line indented by four.
inline std::string one_stream(const std::string& more) {
    return "version: 1\nstreams:\n  - id: news\n    url: srt://10.0.0.5:9000\n" + more;
}

}  // namespace sightline::config::test
