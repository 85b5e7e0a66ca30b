// SPDX-License-Identifier: Apache-2.0
// A program of the user's that is run once for each alarm transition.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "incidents/transport.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

struct ExecHookSettings {
    std::vector<std::string> command;  ///< program (looked up in kHookPath where it has no slash) and its arguments
    core::Duration timeout = std::chrono::seconds{10};
    std::string directory = "/";  ///< working directory
    /// How the guard is started (hook_guard.hpp): this program itself.
    std::vector<std::string> guard{"/proc/self/exe", "hook-guard"};
};

inline constexpr const char* kHookPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All of a hook's environment ("NAME=value"): PATH and the alarm's fields as SIGHTLINE_… (docs/notifications.md).
/// Nothing of the supervisor's own environment, which may hold secrets, gets there.
[[nodiscard]] std::vector<std::string> hook_environment(const Delivery& delivery);

/// Runs the command, never through a shell: the payload on standard input, its fields in a clean environment, every
/// other descriptor closed. Exit status 0 means delivered; anything else, or the time limit, means later again; a
/// program that cannot be started makes the receiver unreachable.
///
/// The hook runs in its own process group under a guard process, and all it started is killed (SIGKILL) when it ends,
/// when its time is over, when the transport is destroyed, and when the supervisor dies, whatever kills it.
///
/// Threading: the loop's thread. Nothing else in the process may wait for children it did not start (waitpid(-1)).
/// Cost:      two processes for the time of the hook.
class ExecHook final : public Transport {
public:
    ExecHook(net::EventLoop& loop, ExecHookSettings settings);
    ~ExecHook() override;
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override;

private:
    class Run;
    void end(std::uint64_t number, const Outcome& outcome);

    net::EventLoop& loop_;
    ExecHookSettings settings_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Run>> runs_;
};

}  // namespace sightline::incidents
