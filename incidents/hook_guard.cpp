// SPDX-License-Identifier: Apache-2.0
#include "incidents/hook_guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "incidents/owned_fd.hpp"

namespace sightline::incidents {
namespace {

constexpr int kUsage = 64;        // sysexits.h EX_USAGE
constexpr int kSystemError = 71;  // EX_OSERR
constexpr int kSignalBase = 128;  // as shells report a death by signal
constexpr int kReapPauseMs = 1;

int complain(const char* what) {
    std::fprintf(stderr, "hook-guard: %s: %s\n", what, std::strerror(errno));
    return kSystemError;
}

[[noreturn]] void become_hook(char** command, pid_t guard) {
    ::setpgid(0, 0);
    // Should somebody kill the guard itself, its hook goes too.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != guard) ::_exit(kSignalBase + SIGKILL);
    ::execvp(command[0], command);
    const int error = errno;
    std::fprintf(stderr, "%s: %s\n", command[0], std::strerror(error));
    std::fflush(stderr);
    ::_exit(error == ENOENT ? kNotFound : kCannotRun);
}

/// Parent of process `pid`, 0 where it is gone.
pid_t parent_of(const std::string& pid) {
    const OwnedFd file(::open(("/proc/" + pid + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return 0;
    std::array<char, 512> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size() - 1);
    if (size <= 0) return 0;
    const char* after_name = std::strrchr(text.data(), ')');  // a name may hold anything, ')' too
    if (after_name == nullptr || after_name[1] == '\0' || after_name[2] == '\0') return 0;
    return static_cast<pid_t>(std::strtol(after_name + 3, nullptr, 10));
}

void kill_children() {
    const pid_t self = ::getpid();
    std::error_code error;
    for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
        const std::string name = it->path().filename().string();
        if (std::isdigit(static_cast<unsigned char>(name[0])) == 0 || parent_of(name) != self) continue;
        ::kill(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)), SIGKILL);
    }
}

/// Kills the group and every descendant: whose parent dies becomes our child, until there are none.
void kill_all(pid_t group) {
    ::kill(-group, SIGKILL);
    for (;;) {
        const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
        if (reaped > 0) continue;
        if (reaped < 0 && errno == ECHILD) return;
        kill_children();
        ::poll(nullptr, 0, kReapPauseMs);
    }
}

/// Waits for the hook or for the end of the control descriptor. @return exit status.
int watch(pid_t hook, int hook_fd) {
    std::array<pollfd, 2> waits{{{hook_fd, POLLIN, 0}, {kGuardControlFd, POLLIN, 0}}};
    for (;;) {
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) break;
        if (waits[1].revents != 0) {
            std::array<char, 64> ignored{};
            if (::read(kGuardControlFd, ignored.data(), ignored.size()) > 0) continue;
            break;
        }
        if (waits[0].revents == 0) continue;
        siginfo_t end{};
        // Left unreaped, so that the number of its group cannot become somebody else's before the kill.
        if (::waitid(P_PID, static_cast<id_t>(hook), &end, WEXITED | WNOWAIT) != 0) break;
        kill_all(hook);
        return end.si_code == CLD_EXITED ? end.si_status : kSignalBase + end.si_status;
    }
    kill_all(hook);
    return kSignalBase + SIGKILL;
}

}  // namespace

int run_hook_guard(int argc, char** argv) {
    constexpr int kFirst = 2;
    if (argc <= kFirst) {
        std::fprintf(stderr, "usage: sightline %s PROGRAM [ARGUMENT...], with the control pipe as descriptor %d\n",
                     kHookGuardCommand, kGuardControlFd);
        return kUsage;
    }
    if (::fcntl(kGuardControlFd, F_SETFD, FD_CLOEXEC) != 0) return complain("control descriptor");
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return complain("PR_SET_CHILD_SUBREAPER");
    ::signal(SIGCHLD, SIG_DFL);  // ignored, it would take the exit status away
    const pid_t guard = ::getpid();
    const pid_t hook = ::fork();
    if (hook < 0) return complain("fork");
    if (hook == 0) become_hook(argv + kFirst, guard);
    ::setpgid(hook, hook);  // whoever of the two is first
    const OwnedFd hook_fd(static_cast<int>(::syscall(SYS_pidfd_open, hook, 0)));
    if (!hook_fd) {
        const int status = complain("pidfd_open");
        kill_all(hook);
        return status;
    }
    return watch(hook, hook_fd.get());
}

}  // namespace sightline::incidents
