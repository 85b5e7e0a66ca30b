// SPDX-License-Identifier: Apache-2.0
// Rules with patience over the observations of one stream: the place where conditions become alarms.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/findings.hpp"
#include "core/stream_spec.hpp"

namespace sightline::alarms {

/// What the engine must know of a stream besides its rules.
struct StreamContext {
    core::StreamSpec spec;
    /// Every condition that any folder can report; rules name them. Outlives the engine.
    std::span<const core::ConditionSpec> catalogue;
    /// Transport conditions run on arrival time (UDP, RTP), not on the PCR-interpolated clock.
    bool transport_on_arrival = false;
    /// There is no arrival at all (files): the arrival domain follows the transport clock, `utc` is null. Where no
    /// transport clock ticks (mp4), both follow the media clock. Calendars do not apply.
    bool file = false;
};

/// One condition now, for the API and the wall.
struct ConditionView {
    std::string condition;
    core::Subject subject;
    core::Verdict verdict = core::Verdict::Unknown;
    core::AlarmTime since;
};

/// Pure: no clock, no thread, no I/O but the zone's file at construction. The same observations give the same
/// transitions, bit for bit, however often the clocks tick (docs/alerting.md, "Ticks").
///
/// Threading: one thread.
/// Does not see: more than 4096 conditions × subjects of one stream, and observations of conditions outside the
///               catalogue; both are ignored.
class AlarmEngine {
public:
    /// Gives the id of the next alarm, unique by probe.
    using NewId = std::function<std::string()>;
    /// Civil time of an arrival (the host clock as set now).
    using ToUtc = std::function<core::UtcTime(core::ArrivalTime)>;

    AlarmEngine(StreamContext context, NewId new_id, ToUtc to_utc);
    ~AlarmEngine();
    AlarmEngine(AlarmEngine&&) noexcept;
    AlarmEngine& operator=(AlarmEngine&&) noexcept;

    /// Takes one observation. Only a Tick makes anything due: it judges, in the order of time, all that has been said
    /// up to its time in its domain, and appends the transitions to `out`. In live use tick Arrival last and at least
    /// every 100 ms: media and transport findings wait for it.
    void observe(const core::Observation& observation, std::vector<core::AlarmTransition>& out);

    /// The input is over: judges what was said after the last ticks. Nothing is due later than what was said.
    void finish(std::vector<core::AlarmTransition>& out);

    /// The worker died, restarts, or the input reconnects in another process: every condition is unknown from the last
    /// that was heard on, but for probe.* other than probe.overload, which the supervisor watches. Alarms stay as they
    /// are until evidence. What the worker had said and nobody judged yet is judged; its transitions come with the
    /// next call that has an `out`.
    void forget(core::Instant at);

    /// On air, standby, off air by CLI, API or tally; empty goes back to the calendar.
    void set_air(std::optional<core::AirState> forced, core::UtcTime now, std::vector<core::AlarmTransition>& out);
    /// Civil time passed: calendars of streams whose Arrival clock does not tick. The others need no call.
    void civil_time(core::UtcTime now, std::vector<core::AlarmTransition>& out);
    [[nodiscard]] core::AirState air() const;

    /// New rules, expectations, calendar at a reload. Open alarms of rules that still exist keep their id; those of
    /// rules that are gone are cleared with the message "rule removed".
    void reconfigure(core::StreamSpec spec, std::vector<core::AlarmTransition>& out);

    /// Alarms open now, each as its last transition. Persisted by the store, given back to restore() after a restart,
    /// before the first observation.
    [[nodiscard]] std::vector<core::AlarmTransition> open() const;
    void restore(std::span<const core::AlarmTransition> open_alarms);

    [[nodiscard]] std::vector<ConditionView> conditions() const;

    /// End of a live check, after finish(): the worst among rules whose condition was bad from the start to the end,
    /// each at its highest severity even when that was shorter than its patience (docs/alerting.md).
    [[nodiscard]] std::optional<core::Severity> whole_run_severity() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::alarms
