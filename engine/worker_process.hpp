// SPDX-License-Identifier: Apache-2.0
// One worker seen from the supervisor: started from our own binary, talked to, and noticed when it dies.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "link/channel.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// Lifecycle: start() → messages → on_exit, once. Destroying kills what still runs (SIGKILL) and waits for it.
/// Threading: the loop's thread.
class WorkerProcess {
public:
    struct Exit {
        std::string how;         ///< in words: "killed by signal 6", "exit status 3"
        bool by_others = false;  ///< SIGKILL or SIGTERM that we did not send: a person, or a kernel without memory
    };
    struct Handlers {
        std::function<void(link::Message)> on_message;
        /// The process is gone. May destroy the WorkerProcess.
        std::function<void(const Exit& exit)> on_exit;
    };
    /// `command`: program and arguments; the channel is its descriptor 3. @return Io.
    [[nodiscard]] static core::Result<std::unique_ptr<WorkerProcess>> start(net::EventLoop& loop,
                                                                            const std::vector<std::string>& command,
                                                                            Handlers handlers);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// How long a worker without its channel may take to end before it is killed.
    static constexpr core::Duration kFarewell = std::chrono::seconds{1};

    core::Result<void> send(const link::Message& message) { return channel_->send(message); }
    void kill();
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    WorkerProcess(net::EventLoop& loop, pid_t pid, int pidfd, int socket, Handlers handlers);
    void reap();

    pid_t pid_;
    int pidfd_;
    bool running_ = true;
    bool killed_ = false;  // by us
    Handlers handlers_;
    std::unique_ptr<link::Channel> channel_;
    net::EventLoop::Handle watch_, farewell_;
};

}  // namespace sightline::engine
