// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <system_error>
#include <utility>

#include "engine/worker_main.hpp"

extern char** environ;

namespace sightline::engine {
namespace {

/// A worker inherits no signal mask and no ignored signals of ours, and starts its own process group, so that the
/// terminal's Ctrl-C reaches the supervisor alone.
int spawn(const std::vector<std::string>& command, int socket, pid_t& pid) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
                                     STDOUT_FILENO);  // standard output carries data: ours alone
    posix_spawn_file_actions_adddup2(&actions, socket, kWorkerChannelFd);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int error = posix_spawn(&pid, command.front().c_str(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

}  // namespace

core::Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(net::EventLoop& loop,
                                                                  const std::vector<std::string>& command,
                                                                  Handlers handlers) {
    auto ends = link::Channel::make_pair();
    if (!ends) return tl::unexpected(ends.error());
    pid_t pid = -1;
    const int error = spawn(command, ends->second, pid);
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
