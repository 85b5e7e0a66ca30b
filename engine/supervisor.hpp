// SPDX-License-Identifier: Apache-2.0
// A running probe: workers observe, the supervisor judges. It runs the rules and owns every alarm.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/published.hpp"
#include "core/result.hpp"
#include "engine/event_log.hpp"
#include "engine/state.hpp"
#include "engine/wall_host.hpp"
#include "engine/watched_stream.hpp"
#include "engine/worker_fleet.hpp"
#include "incidents/desk.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"

namespace sightline::engine {

class EvidenceKeeper;

/// The stream id of alarms about the probe itself.
inline constexpr const char* kProbeStream = "_probe";

struct SupervisorOptions {
    std::vector<std::string> worker_command{"/proc/self/exe", "worker"};
    std::vector<std::string> clip_command{"/proc/self/exe", "clip"};
    bool sandbox = true;
    std::string version;
    /// Looked at every second; tests say what they like.
    std::function<bool()> clock_synchronised;
};

/// Lifecycle: start() → run the loop → reload()* → stop() → once stopped(): destroy.
/// Threading: the loop's thread; state() and events() from any.
class Supervisor {
public:
    static constexpr core::Duration kTick = std::chrono::milliseconds{100};

    /// Opens the store, restores open alarms and starts the workers. @return why it cannot: the store, mostly.
    [[nodiscard]] static core::Result<std::unique_ptr<Supervisor>> start(net::EventLoop& loop, config::Config config,
                                                                         SupervisorOptions options);
    ~Supervisor();

    /// Goes over to `config` (already checked): only streams whose input changed reconnect.
    void reload(config::Config config);
    /// Workers are told to finish, what is left is committed; `stopped` is called when all is done, in under 3 s.
    void stop(std::function<void()> stopped);

    /// Standard output, as JSON lines: each transition once it may be seen.
    void on_alarm(std::function<void(const core::AlarmTransition&)> shown) { shown_ = std::move(shown); }

    /// @return NotFound for an unknown stream. `actor` goes into the audit log.
    core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                               const std::string& actor);
    core::Result<void> focus(const std::string& stream, bool wanted);
    [[nodiscard]] core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) {
        return desk_->history(limit);
    }

    /// On the loop's thread only.
    [[nodiscard]] incidents::Desk& desk() { return *desk_; }

    [[nodiscard]] const EvidenceKeeper& evidence() const { return *evidence_; }

    [[nodiscard]] std::shared_ptr<const ProbeState> state() const { return state_.get(); }
    [[nodiscard]] EventLog& events() { return events_; }
    [[nodiscard]] net::EventLoop& loop() { return loop_; }
    [[nodiscard]] const config::Config& config() const { return config_; }

private:
    Supervisor(net::EventLoop& loop, config::Config config, SupervisorOptions options);
    core::Result<void> open();
    void open_walls();
    void open_evidence();
    [[nodiscard]] WorkerFleet::Handlers fleet_handlers();
    void restore_streams();
    WatchedStream& add_stream(const core::StreamSpec& spec);
    void record(std::vector<core::AlarmTransition>& transitions);
    void show(const core::AlarmTransition& transition);
    void tick();
    void judge_self(std::vector<core::AlarmTransition>& out);
    void publish();
    void note(const StreamView& stream);
    void note_maintenance();
    void note_absence();

    net::EventLoop& loop_;
    config::Config config_;
    SupervisorOptions options_;
    net::HttpClient http_;
    std::unique_ptr<incidents::Desk> desk_;
    std::map<std::string, std::unique_ptr<WatchedStream>> streams_;
    std::unique_ptr<WatchedStream> self_;
    std::unique_ptr<EvidenceKeeper> evidence_;
    std::unique_ptr<WorkerFleet> fleet_;
    std::unique_ptr<WallHost> walls_;
    std::string store_error_;
    bool clock_synchronised_ = true;
    core::UtcTime started_{};
    std::uint64_t ticks_ = 0;
    std::map<std::string, std::string> told_;  // stream -> its newest event, without the time
    std::vector<incidents::MaintenanceWindow> told_maintenance_;
    core::Published<ProbeState> state_;
    EventLog events_;
    std::function<void(const core::AlarmTransition&)> shown_;
    std::function<void()> stopped_;
    core::ArrivalTime stop_by_{};
    net::EventLoop::Handle ticker_, stopper_;
};

}  // namespace sightline::engine
