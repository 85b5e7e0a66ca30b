// SPDX-License-Identifier: Apache-2.0
// Alarms' transitions as a strip of time and as a list. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/time.hpp"
#include "link/probe_report.hpp"

namespace sightline::ui {

/// A stretch in which the worst open alarm had this severity.
struct StripSegment {
    core::UtcTime from, to;
    core::Severity severity = core::Severity::Warning;
};

struct Strip {
    std::vector<StripSegment> segments;  ///< rising, apart, within the strip's time
    core::Duration bad{};                ///< of it major or worse
    std::size_t alarms = 0;              ///< different ones
};

/// When a stream was watched: never drawn as good where it was not.
struct WatchStrip {
    struct Span {
        core::UtcTime from, to;
    };
    std::vector<Span> unwatched;  ///< rising, apart: nobody watched, or nothing is known
    core::Duration on_air{};      ///< as far as it is known
    core::Duration missed{};      ///< of it unwatched
};

/// From `from` to `to`, out of the probe's watch log, oldest first. Before its first line nobody watched.
[[nodiscard]] WatchStrip watch_strip_of(const std::vector<link::WatchReport>& log, core::UtcTime from,
                                        core::UtcTime to);

/// `stream`'s time from `from` to `to` out of transitions in any order. An alarm whose end is not among them lasts to
/// `to`; one whose beginning is not is taken from its `since`.
[[nodiscard]] Strip strip_of(const std::vector<core::AlarmTransition>& transitions, const std::string& stream,
                             core::UtcTime from, core::UtcTime to);

/// "Critical: Black picture for 10 s", "cleared after 6.0 s: Black".
[[nodiscard]] std::string transition_words(const core::AlarmTransition& transition);

}  // namespace sightline::ui
