// SPDX-License-Identifier: Apache-2.0
// One stream as the supervisor has it: what its worker said, and what its rules made of that.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarms/alarm_engine.hpp"
#include "core/clock.hpp"
#include "core/stream_spec.hpp"
#include "engine/measurement_history.hpp"
#include "engine/state.hpp"
#include "link/messages.hpp"

namespace sightline::engine {

/// Threading: the supervisor's loop.
class WatchedStream {
public:
    WatchedStream(core::StreamSpec spec, const core::Clock& clock, alarms::AlarmEngine::NewId new_id);

    [[nodiscard]] const core::StreamSpec& spec() const { return spec_; }

    /// What the worker said. Appends the transitions it makes due.
    void take(link::Message message, std::vector<core::AlarmTransition>& out);
    void on_started(int pid);
    /// The worker is gone: all is unknown until its successor reports; alarms stay as they are.
    void on_lost(const std::string& how, bool quarantined, std::vector<core::AlarmTransition>& out);
    /// Civil and monotonic time passed: calendars, and the patience of conditions about the probe itself.
    void tick(std::vector<core::AlarmTransition>& out);
    /// Says that a condition of the probe itself, about this stream, holds or not.
    void judge_probe(const std::string& condition, bool bad, const std::string& detail,
                     std::vector<core::AlarmTransition>& out);

    void reconfigure(core::StreamSpec spec, std::vector<core::AlarmTransition>& out);
    void set_air(std::optional<core::AirState> state, std::vector<core::AlarmTransition>& out);
    void restore(const std::vector<core::AlarmTransition>& open) { engine_.restore(open); }
    /// The stream is no longer configured: its alarms end.
    void dismiss(std::vector<core::AlarmTransition>& out);
    /// A transition of this stream was shown.
    void note_shown(const core::AlarmTransition& transition) { last_ = transition; }

    /// Whether the last minutes' measurements are remembered.
    void remember(bool wanted);
    [[nodiscard]] const MeasurementHistory& history() const { return history_; }

    /// A snapshot; the same object as before while nothing changed.
    [[nodiscard]] std::shared_ptr<const StreamView> view();

private:
    void observe(core::Observation observation, std::vector<core::AlarmTransition>& out);
    void measure(const std::string& name, double value, core::ArrivalTime at);
    void drop_old_measurements();
    [[nodiscard]] std::string blind() const;
    [[nodiscard]] StreamHealth health() const;

    core::StreamSpec spec_;
    const core::Clock& clock_;
    alarms::AlarmEngine engine_;
    StreamView now_;
    std::map<std::string, core::ArrivalTime> renewed_;  // when each of now_.measurements was last said
    core::ArrivalTime swept_{};
    MeasurementHistory history_;
    bool remembers_ = false;
    std::optional<core::AlarmTransition> last_;
    std::shared_ptr<const StreamView> published_;
    bool changed_ = true;
    bool reported_ = false;  // the worker has said something since it started
};

}  // namespace sightline::engine
