// SPDX-License-Identifier: Apache-2.0
// Which worker watches which stream: grouping, restarts with back-off, quarantine.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/stream_spec.hpp"
#include "engine/worker_process.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// How streams are put into workers: one decoded stream each; transport-only streams kGroupSize at a time.
inline constexpr std::size_t kGroupSize = 16;
[[nodiscard]] std::vector<std::vector<core::StreamSpec>> group_streams(const std::vector<core::StreamSpec>& streams);

/// Keeps every stream in a running worker. A worker that dies is started again after 0.5 s, then 1, 2 … 30 s; the
/// streams of a group that died are split into workers of their own. A stream whose worker died kDeaths times within
/// kDeathWindow is left alone for kQuarantine; being killed by others (kill -9, the kernel out of memory) says nothing
/// of the stream: it counts as no death, and the delay then ends at kLongestDelayAfterOthers.
///
/// Threading: the loop's thread.
class WorkerFleet {
public:
    static constexpr int kDeaths = 5;
    static constexpr core::Duration kDeathWindow = std::chrono::minutes{2};
    static constexpr core::Duration kQuarantine = std::chrono::minutes{5};
    static constexpr core::Duration kFirstDelay = std::chrono::milliseconds{500};
    static constexpr core::Duration kLongestDelay = std::chrono::seconds{30};
    static constexpr core::Duration kLongestDelayAfterOthers = std::chrono::seconds{4};
    /// A worker that lived this long has its delay back at the first.
    static constexpr core::Duration kSettled = std::chrono::seconds{60};

    struct Options {
        std::vector<std::string> command;  ///< of a worker
        std::int64_t memory_bytes = 0;
        bool sandbox = true;
        std::uint32_t seed = 0;
        /// Where a worker keeps the bytes of a stream; without a descriptor it keeps none.
        std::function<link::Ring(const std::string& stream)> ring{};
    };
    struct Handlers {
        std::function<void(const std::string& stream, link::Message)> on_message;
        std::function<void(const std::string& stream, pid_t)> on_started;
        /// The stream is unwatched from now on. `quarantined`: until when not even tried.
        std::function<void(const std::string& stream, const std::string& how, bool quarantined)> on_lost;
    };

    WorkerFleet(net::EventLoop& loop, Options options, Handlers handlers);
    ~WorkerFleet();

    /// Watches exactly these from now on: streams whose input, expectations or parameters are as before go on
    /// undisturbed, the others get a new worker, those not named are let go.
    void watch(const std::vector<core::StreamSpec>& streams);
    /// Asks all workers to finish; is_empty() tells when they have.
    void stop();
    [[nodiscard]] bool is_empty() const;
    /// Hands the rings to the workers that run: they have come, changed or gone.
    void give_rings();
    /// What walls want of a stream, from now on and from each of its workers to come (`stream` in it is ours to fill
    /// in).
    void show(const std::string& stream, const link::Focus& wanted);

private:
    struct Crew;  // one worker and its streams
    void launch(Crew& crew);
    void on_exit(Crew& crew, const WorkerProcess::Exit& exit);
    void retire(Crew& crew);
    void say_shown(Crew& crew, const std::string& stream, const link::Focus& wanted);
    void give_rings(Crew& crew);
    [[nodiscard]] bool condemned(const std::string& stream);

    net::EventLoop& loop_;
    Options options_;
    Handlers handlers_;
    std::vector<std::unique_ptr<Crew>> crews_;
    std::map<std::string, std::deque<core::ArrivalTime>> deaths_;
    std::map<std::string, link::Focus> shown_;  // what walls want of streams, where they want anything
    bool stopping_ = false;
};

}  // namespace sightline::engine
