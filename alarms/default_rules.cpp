// SPDX-License-Identifier: Apache-2.0
#include "alarms/default_rules.hpp"

#include <array>
#include <chrono>

namespace sightline::alarms {

namespace {

using core::Severity;
using std::chrono::seconds;

enum class Form : std::uint8_t { None, Hold, Limits, Errored };

struct TriggerRow {
    Severity severity = Severity::Info;
    Form form = Form::None;
    int seconds = 0;  ///< Hold, Limits: for how long; Errored: the window
    int count = 0;    ///< Errored: errored seconds
};

constexpr TriggerRow hold(Severity severity, int for_seconds) {
    return {severity, Form::Hold, for_seconds, 0};
}
/// Limits themselves come from `expect`; without it the rule is silent.
constexpr TriggerRow limits(Severity severity, int for_seconds) {
    return {severity, Form::Limits, for_seconds, 0};
}
constexpr TriggerRow errored(Severity severity, int count, int within) {
    return {severity, Form::Errored, within, count};
}

struct Row {
    std::string_view name;
    TriggerRow first, second;
    int clear_seconds;
    bool enabled = true;
    std::array<std::string_view, 2> all{}, any{};
};

constexpr auto kInfo = Severity::Info;
constexpr auto kWarning = Severity::Warning;
constexpr auto kMajor = Severity::Major;
constexpr auto kCritical = Severity::Critical;
constexpr TriggerRow kNone{};

// Rows marked "off": indicators that healthy streams of common muxers break. Players' HLS segments carry one PAT and
// PMT each, low frame rates stretch PCR and PTS intervals, and subtitle PIDs are silent for minutes.
constexpr std::array kRows{
    Row{"signal.unreachable", hold(kCritical, 10), kNone, 2},
    Row{"signal.lost", hold(kCritical, 2), kNone, 2},
    Row{"signal.stalled", hold(kCritical, 5), kNone, 2},

    Row{"ts.sync_loss", hold(kMajor, 1), hold(kCritical, 5), 2},
    Row{"ts.sync_byte", errored(kWarning, 1, 10), errored(kMajor, 3, 60), 10},
    Row{"ts.pat", hold(kMajor, 15), kNone, 2},
    Row{"ts.pmt", hold(kMajor, 15), kNone, 2},
    Row{"ts.continuity", errored(kWarning, 1, 10), errored(kMajor, 3, 60), 10},
    Row{"ts.transport_error", errored(kWarning, 1, 10), errored(kMajor, 3, 60), 10},
    Row{"ts.crc", errored(kWarning, 1, 10), errored(kMajor, 3, 60), 10},
    Row{"ts.scrambled", hold(kMajor, 2), kNone, 2},
    Row{"ts.pid_missing", hold(kWarning, 5), kNone, 2, false},                                // off
    Row{"ts.pcr_repetition", errored(kInfo, 3, 60), errored(kWarning, 10, 60), 10, false},    // off
    Row{"ts.pcr_discontinuity", errored(kInfo, 1, 60), errored(kWarning, 3, 60), 10, false},  // off
    Row{"ts.pts_repetition", errored(kInfo, 3, 60), errored(kWarning, 10, 60), 10, false},    // off
    Row{"ts.cat", hold(kWarning, 5), kNone, 2, false},                                        // off

    Row{"bitrate.low", limits(kWarning, 5), limits(kCritical, 10), 5},
    Row{"bitrate.high", limits(kWarning, 5), kNone, 5},

    Row{"video.missing", hold(kCritical, 5), kNone, 2},
    Row{"video.black", hold(kWarning, 3), hold(kCritical, 10), 2},
    Row{"video.freeze", hold(kWarning, 5), hold(kCritical, 15), 2},
    Row{"video.format", hold(kWarning, 5), kNone, 2},
    Row{"audio.missing", hold(kCritical, 5), kNone, 2},
    Row{"audio.silence", hold(kWarning, 10), hold(kCritical, 20), 2},
    Row{"audio.format", hold(kWarning, 5), kNone, 2},

    Row{"probe.overload", hold(kWarning, 5), kNone, 5},
    Row{"probe.clock", hold(kWarning, 60), kNone, 10},
    Row{"probe.disk", hold(kMajor, 10), kNone, 10},
    Row{"probe.lost", hold(kMajor, 0), kNone, 0},
    Row{"probe.outbox", hold(kMajor, 10), kNone, 10},
    Row{"probe.quarantine", hold(kCritical, 0), kNone, 0},

    Row{"programme-lost", hold(kCritical, 5), kNone, 2, true, {"video.freeze", "audio.silence"}},
    Row{kOffAirContentRule, hold(kWarning, 10), kNone, 2, true, {}, {"not video.black", "not audio.silence"}},
};

void add_trigger(const TriggerRow& row, core::Rule& rule) {
    const core::Duration span = seconds{row.seconds};
    switch (row.form) {
        case Form::None:
            break;
        case Form::Hold:
            rule.triggers[row.severity] = core::HoldFor{span};
            break;
        case Form::Limits:
            rule.triggers[row.severity] = core::OutsideLimits{std::nullopt, std::nullopt, span};
            break;
        case Form::Errored:
            rule.triggers[row.severity] = core::ErroredSeconds{row.count, span};
            break;
    }
}

}  // namespace

core::RuleSet default_rules() {
    core::RuleSet rules;
    rules.reserve(kRows.size());
    for (const Row& row : kRows) {
        core::Rule rule;
        rule.name = row.name;
        rule.enabled = row.enabled;
        for (const std::string_view member : row.all) {
            if (!member.empty()) rule.all.emplace_back(member);
        }
        for (const std::string_view member : row.any) {
            if (!member.empty()) rule.any.emplace_back(member);
        }
        add_trigger(row.first, rule);
        add_trigger(row.second, rule);
        rule.clear = seconds{row.clear_seconds};
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace sightline::alarms
