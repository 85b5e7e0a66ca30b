// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <system_error>
#include <utility>

#include "engine/spawn.hpp"
#include "engine/worker_main.hpp"

namespace sightline::engine {
core::Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(net::EventLoop& loop,
                                                                  const std::vector<std::string>& command,
                                                                  Handlers handlers) {
    auto ends = link::Channel::make_pair();
    if (!ends) return tl::unexpected(ends.error());
    pid_t pid = -1;
    const int error = spawn(command, std::array{PassedDescriptor{ends->second, kWorkerChannelFd}}, pid);
    ::close(ends->second);
    if (error != 0) {
        ::close(ends->first);
        return core::fail(core::ErrorCode::Io,
                          fmt::format("cannot start a worker: {}", std::generic_category().message(error)));
    }
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    return std::unique_ptr<WorkerProcess>(new WorkerProcess(loop, pid, pidfd, ends->first, std::move(handlers)));
}

WorkerProcess::WorkerProcess(net::EventLoop& loop, pid_t pid, int pidfd, int socket, Handlers handlers)
    : pid_(pid), pidfd_(pidfd), handlers_(std::move(handlers)) {
    channel_ = std::make_unique<link::Channel>(
        loop, socket,
        link::Channel::Handlers{[this](link::Message message) { handlers_.on_message(std::move(message)); },
                                // What breaks the protocol once cannot be trusted: end it, and let the restart tell.
                                [this](const core::Error&) { kill(); },
                                // One that let go of its channel is on its way out, or else watches for nobody.
                                [this, &loop] { farewell_ = loop.after(kFarewell, [this] { kill(); }); }});
    watch_ = loop.watch(pidfd_, true, false, [this](net::EventLoop::Ready) { reap(); });
}

WorkerProcess::~WorkerProcess() {
    watch_.reset();
    if (running_) {
        ::kill(pid_, SIGKILL);
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(pidfd_);
}

void WorkerProcess::kill() {
    if (!running_) return;
    killed_ = true;
    ::kill(pid_, SIGKILL);
}

void WorkerProcess::reap() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return;
    running_ = false;
    watch_.reset();
    Exit exit;
    if (WIFSIGNALED(status)) {
        exit.how = fmt::format("killed by signal {}", WTERMSIG(status));
        exit.by_others = !killed_ && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
    } else {
        exit.how = fmt::format("exit status {}", WEXITSTATUS(status));
    }
    const auto on_exit = handlers_.on_exit;
    on_exit(exit);
}

}  // namespace sightline::engine
