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
    /// There is no arrival at all (files): the arrival domain follows the transport clock, `utc` is null.
    bool file = false;
};

/// One condition now, for the API and the wall.
struct ConditionView {
    std::string condition;
    core::Subject subject;
    core::Verdict verdict = core::Verdict::Unknown;
    core::AlarmTime since;
};

/// Pure: no clock, no I/O, no thread. The same observations give the same transitions, bit for bit.
///
/// Threading: one thread.
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

    /// Takes one observation; appends the transitions that it (or the time it carries) makes due, in order.
    void observe(const core::Observation& observation, std::vector<core::AlarmTransition>& out);

    /// The worker died, restarts, or the input reconnects in another process: every condition is unknown from `at` on.
    /// Alarms stay as they are until evidence.
    void forget(core::Instant at);

    /// On air, standby, off air by CLI, API or tally; empty goes back to the calendar.
    void set_air(std::optional<core::AirState> forced, core::UtcTime now, std::vector<core::AlarmTransition>& out);
    /// Civil time passed: calendars. Call about once a second in live use.
    void civil_time(core::UtcTime now, std::vector<core::AlarmTransition>& out);
    [[nodiscard]] core::AirState air() const;

    /// New rules, expectations, calendar at a reload. Open alarms of rules that still exist keep their id; those of
    /// rules that are gone are cleared with the message "rule removed".
    void reconfigure(core::StreamSpec spec, std::vector<core::AlarmTransition>& out);

    /// Alarms open now, each as its last transition. Persisted by the store, given back to restore() after a restart.
    [[nodiscard]] std::vector<core::AlarmTransition> open() const;
    void restore(std::span<const core::AlarmTransition> open_alarms);

    [[nodiscard]] std::vector<ConditionView> conditions() const;

    /// End of a check: conditions that were bad during the whole of it count at their rule's highest severity even when
    /// it was shorter than the rule's patience (docs/alerting.md).
    [[nodiscard]] std::optional<core::Severity> whole_run_severity() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::alarms
