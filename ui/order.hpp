// SPDX-License-Identifier: Apache-2.0
// What comes first on the wall: lists by severity and age, the penalty box, what an acknowledgement takes. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

/// Worse first; of the same severity the newest first, then by id, so that the order never depends on how they came.
/// Incidents that are over come last.
[[nodiscard]] bool before(const AlarmView& a, const AlarmView& b);
[[nodiscard]] bool before(const IncidentView& a, const IncidentView& b);

/// The alarm that a stream's tile names: the worst that is neither snoozed nor only a remark (info); of several as bad
/// one nobody has acknowledged before one that somebody has, a fault of its own before another stream's consequence,
/// then what says more (no signal, no picture, black, freeze, no sound, silence), then the newest. Null where there is
/// none.
[[nodiscard]] const AlarmView* worst_alarm(const StreamState& stream, core::UtcTime now);

/// Which condition says more about a stream: the smaller. No signal, no picture, black, freeze, no sound, silence,
/// others.
[[nodiscard]] std::size_t telling_place(const std::string& condition);
/// The next one of the same severity, of another condition and of the stream's own; null where there is none.
[[nodiscard]] const AlarmView* alarm_beside(const StreamState& stream, const AlarmView& worst, core::UtcTime now);

/// The probe of that name does not answer: what it said last is old.
[[nodiscard]] bool probe_is_silent(const WallSnapshot& snapshot, const std::string& probe);

/// How many streams are at each severity (their worst). Those of probes that do not answer are `unknown` instead.
struct SeverityCounts {
    int critical = 0, major = 0, minor = 0, warning = 0, unknown = 0;
    friend bool operator==(const SeverityCounts&, const SeverityCounts&) = default;
};
[[nodiscard]] SeverityCounts count_severities(const WallSnapshot& snapshot, core::UtcTime now);

/// Streams that are wrong, in the order of the penalty box: on air by tally first, then severity, then newest. A stream
/// that is not watched though it is on air counts as wrong, after all alarms. `red` says whether tally says on air.
[[nodiscard]] std::vector<const StreamState*> wrong_streams(const WallSnapshot& snapshot, core::UtcTime now,
                                                            const std::map<StreamKey, bool>& red);

/// Incidents that pass a filter: every word of it must be in title, why, owner or a stream's id; case does not matter.
[[nodiscard]] bool passes(const IncidentView& incident, const std::string& filter);

/// Which rows of a long list are on screen: [first, last).
struct ListWindow {
    std::size_t first = 0, last = 0;
};
/// `offset` is clamped to what can be scrolled. All rows are `row` high, > 0.
[[nodiscard]] ListWindow list_window(std::size_t count, float row, float height, float& offset);

/// What has been on the glass, and how long: an acknowledgement takes only what an operator can have read.
///
/// Threading: one thread.
class OnScreen {
public:
    static constexpr core::Duration kReadable = std::chrono::seconds{1};
    /// A refresh begins: what is not shown in it has left the glass when the next one begins.
    void begin();
    /// `id` is drawn now. A worse severity than before counts as new.
    void shown(const std::string& id, core::Severity severity, core::ArrivalTime now);
    /// On the glass, unbroken, for at least kReadable at `now`.
    [[nodiscard]] bool readable(const std::string& id, core::ArrivalTime now) const;

private:
    struct Seen {
        core::ArrivalTime first;
        core::Severity severity;
        std::uint64_t refresh;
    };
    std::map<std::string, Seen> seen_;
    std::uint64_t refresh_ = 0;
};

/// Incidents that an acknowledgement takes at `now`: open, from a desk, readable; all of them or only `selected`.
[[nodiscard]] std::vector<const IncidentView*> takeable(const WallSnapshot& snapshot, const OnScreen& on_screen,
                                                        const std::string& selected, core::ArrivalTime now);

}  // namespace sightline::ui
