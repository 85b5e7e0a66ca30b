// SPDX-License-Identifier: Apache-2.0
#include "engine/clip_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "engine/clip_words.hpp"
#include "engine/spawn.hpp"

namespace sightline::engine {
namespace {

constexpr std::size_t kMostReport = 64U << 10;
/// Above all that posix_spawn puts in place.
constexpr int kOutOfTheWay = 64;

core::Error system_error(const char* what, int error) {
    return {core::ErrorCode::Io, fmt::format("{}: {}", what, std::generic_category().message(error))};
}

}  // namespace

core::Result<std::unique_ptr<ClipProcess>> ClipProcess::start(net::EventLoop& loop, std::vector<std::string> command,
                                                              const std::string& order, const Files& files, Done done) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return tl::unexpected(system_error("pipe", errno));
    command.push_back(order);
    // Descriptors that stood where others are to go would be lost on the way.
    const std::array<int, 5> given{pipe[1], files.ring.get(), files.clip.get(), files.good.get(), files.bad.get()};
    std::array<PassedDescriptor, 5> descriptors;
    bool complete = true;
    for (std::size_t n = 0; n < given.size(); ++n) {
        descriptors[n] = {::fcntl(given[n], F_DUPFD_CLOEXEC, kOutOfTheWay), kClipReportFd + static_cast<int>(n)};
        complete = complete && descriptors[n].ours >= 0;
    }
    pid_t pid = -1;
    const int error = complete ? spawn(command, descriptors, pid) : EMFILE;
    for (const PassedDescriptor& descriptor : descriptors) {
        if (descriptor.ours >= 0) ::close(descriptor.ours);
    }
    ::close(pipe[1]);
    if (error != 0) {
        ::close(pipe[0]);
        return tl::unexpected(system_error("cannot start the making of a clip", error));
    }
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    return std::unique_ptr<ClipProcess>(new ClipProcess(loop, pid, pidfd, pipe[0], std::move(done)));
}

ClipProcess::ClipProcess(net::EventLoop& loop, pid_t pid, int pidfd, int report, Done done)
    : pid_(pid), pidfd_(pidfd), report_fd_(report), done_(std::move(done)) {
    watch_ = loop.watch(pidfd_, true, false, [this](net::EventLoop::Ready) { reap(); });
    reading_ = loop.watch(report_fd_, true, false, [this](net::EventLoop::Ready) { read_report(); });
    patience_ = loop.after(kPatience, [this] { ::kill(pid_, SIGKILL); });
}

ClipProcess::~ClipProcess() {
    watch_.reset();
    reading_.reset();
    if (running_) {
        ::kill(pid_, SIGKILL);
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(pidfd_);
    ::close(report_fd_);
}

void ClipProcess::read_report() {
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t got = ::read(report_fd_, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got == 0 || (got < 0 && errno != EAGAIN)) reading_.reset();
        if (got <= 0) return;
        if (report_.size() < kMostReport) report_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

void ClipProcess::reap() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return;
    running_ = false;
    patience_.reset();
    watch_.reset();
    read_report();
    reading_.reset();
    const Done done = std::move(done_);
    if (WIFSIGNALED(status)) {
        done(core::fail(core::ErrorCode::Io, fmt::format("its making was killed by signal {}", WTERMSIG(status))));
    } else if (WEXITSTATUS(status) != 0) {
        done(core::fail(core::ErrorCode::Io, fmt::format("its making ended with status {}", WEXITSTATUS(status))));
    } else {
        done(clip_report_from(report_));
    }
}

}  // namespace sightline::engine
