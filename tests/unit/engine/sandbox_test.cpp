// SPDX-License-Identifier: Apache-2.0
// Each restriction bites, and what a worker needs goes on: every case in a process of its own, for there is no way
// back.
#include "engine/sandbox.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/thread.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using engine::enter_sandbox;
using engine::SandboxOptions;

namespace {

constexpr int kRefused = 250;     // enter_sandbox failed
constexpr int kNoLandlock = 251;  // this kernel lacks it

struct End {
    int status = -1;  ///< of the exit; −1: killed
    int signal = 0;
};

/// What becomes of a process that enters the sandbox and then does `act`, whose result is its exit status.
End in_sandbox(const std::function<int()>& act, const SandboxOptions& options = {}, bool needs_landlock = false) {
    const pid_t child = fork();
    if (child == 0) {
        const auto entered = enter_sandbox(options);
        if (!entered) _exit(kRefused);
        if (needs_landlock && entered->find("no landlock") != std::string::npos) _exit(kNoLandlock);
        _exit(act());
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) return {-1, WTERMSIG(status)};
    return {WEXITSTATUS(status), 0};
}

void check_killed(const std::function<int()>& act) {
    const End end = in_sandbox(act);
    CHECK(end.status == -1);
    CHECK(end.signal == SIGSYS);
}

/// Zero is what `act` returns when all went well.
void check_works(const std::function<int()>& act) {
    const End end = in_sandbox(act, {512LL << 20, {}});
    CHECK(end.signal == 0);
    CHECK(end.status == 0);
}

/// A file with four bytes in it, gone at the end.
struct TemporaryFile {
    TemporaryFile() : path(std::filesystem::temp_directory_path() / "sightline_sandbox_XXXXXX") {
        const int file = mkstemp(path.data());
        REQUIRE(file >= 0);
        REQUIRE(::write(file, "text", 4) == 4);
        ::close(file);
    }
    ~TemporaryFile() { ::unlink(path.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    std::string path;
};

/// errno of opening, 0 if that works.
int opening(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), flags, 0600);
    return file >= 0 ? 0 : errno;
}

void check_files(const std::function<int()>& act, const SandboxOptions& options, int expected) {
    const End end = in_sandbox(act, options, true);
    if (end.status == kNoLandlock) {
        WARN("this kernel has no Landlock: nothing to test");
        return;
    }
    CHECK(end.signal == 0);
    CHECK(end.status == expected);
}

}  // namespace

TEST_CASE("The sandbox says what is in force", "[sandbox]") {
    const pid_t child = fork();
    if (child == 0) {
        const auto entered = enter_sandbox({1'024LL << 20, {}});
        const bool right = entered && (*entered == "no new privileges, 1024 MiB, landlock, seccomp" ||
                                       *entered == "no new privileges, 1024 MiB, no landlock in this kernel, seccomp");
        _exit(right ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("A program cannot be executed", "[sandbox]") {
    check_killed([] {
        execl("/bin/true", "true", nullptr);
        return 1;
    });
}

TEST_CASE("A process cannot be made", "[sandbox]") {
    check_killed([] { return fork() == 0 ? 0 : 1; });
    check_killed([] { return static_cast<int>(syscall(SYS_vfork)); });
}

TEST_CASE("A process cannot be made by the call that hides its flags either", "[sandbox]") {
    const End end = in_sandbox([] {
        std::array<std::uint64_t, 11> arguments{};
        arguments[4] = SIGCHLD;
        const long made = syscall(SYS_clone3, arguments.data(), sizeof arguments);
        return made < 0 && errno == ENOSYS ? 0 : 1;
    });
    CHECK(end.status == 0);
}

TEST_CASE("Other processes, namespaces and the kernel are out of reach", "[sandbox]") {
    check_killed([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1; });
    check_killed([] { return unshare(CLONE_NEWUSER); });
    check_killed([] { return static_cast<int>(syscall(SYS_bpf, 0, nullptr, 0)); });
    check_killed([] { return chroot("/"); });
}

TEST_CASE("A call that nobody thought of is refused, not deadly", "[sandbox]") {
    const End end = in_sandbox([] { return ::kill(getpid(), 0) < 0 && errno == EPERM ? 0 : 1; });
    CHECK(end.signal == 0);
    CHECK(end.status == 0);
}

TEST_CASE("A file that was not named cannot be opened, one that was can be read only", "[sandbox]") {
    const TemporaryFile named;
    const TemporaryFile other;
    const SandboxOptions options{0, {named.path}};
    check_files([&] { return opening(other.path, O_RDONLY); }, options, EACCES);
    check_files([&] { return opening(named.path, O_RDONLY); }, options, 0);
    check_files([&] { return opening(named.path, O_WRONLY); }, options, EACCES);
    check_files([&] { return opening(named.path + ".new", O_CREAT | O_WRONLY); }, options, EACCES);
    check_files([] { return opening("/etc/passwd", O_RDONLY); }, options, EACCES);
}

TEST_CASE("Memory beyond the limit is not given, memory below it is", "[sandbox]") {
    const auto allocate = [](std::size_t bytes) {
        void* const memory = std::malloc(bytes);
        if (memory == nullptr) return 1;
        *static_cast<volatile char*>(memory) = 1;
        std::free(memory);
        return 0;
    };
    const SandboxOptions options{256LL << 20, {}};
    CHECK(in_sandbox([&] { return allocate(512U << 20); }, options).status == 1);
    CHECK(in_sandbox([&] { return allocate(64U << 20); }, options).status == 0);
    CHECK(in_sandbox([&] { return allocate(512U << 20); }).status == 0);
}

TEST_CASE("There are no new privileges and no core dumps", "[sandbox]") {
    CHECK(in_sandbox([] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }).status == 1);
    CHECK(in_sandbox([] { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }).status == 0);
    CHECK(in_sandbox([] {
              rlimit cores{};
              return getrlimit(RLIMIT_CORE, &cores) == 0 && cores.rlim_cur == 0 && cores.rlim_max == 0 ? 0 : 1;
          }).status == 0);
}

TEST_CASE("Threads still start, under the same restrictions", "[sandbox]") {
    check_works([] {
        std::atomic<int> ran{0};
        for (int i = 0; i < 3; ++i) {
            const auto thread = core::start_thread("sandboxed", [&](std::stop_token) { ++ran; });
        }
        return ran == 3 ? 0 : 1;
    });
    check_killed([] {
        const auto thread =
            core::start_thread("sandboxed", [](std::stop_token) { execl("/bin/true", "true", nullptr); });
        return 0;
    });
}

TEST_CASE("Sockets still connect and carry", "[sandbox]") {
    check_works([] {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 1) != 0) return 1;
        if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 2;
        const int caller = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(caller, reinterpret_cast<sockaddr*>(&address), size) != 0) return 3;
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) return 4;
        char byte = 0;
        if (send(caller, "x", 1, MSG_NOSIGNAL) != 1 || recv(accepted, &byte, 1, 0) != 1 || byte != 'x') return 5;
        const int datagrams = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const int wanted = 1 << 20;
        return setsockopt(datagrams, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) == 0 ? 0 : 6;
    });
}

TEST_CASE("Names are still looked up", "[sandbox]") {
    check_works([] {
        addrinfo* found = nullptr;
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        // A machine without a hosts file answers too: that there is no such name.
        const int answer = getaddrinfo("localhost", "80", &hints, &found);
        if (found != nullptr) freeaddrinfo(found);
        return answer == 0 || answer == EAI_NONAME ? 0 : 1;
    });
}

TEST_CASE("Timers still run out", "[sandbox]") {
    check_works([] {
        const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        itimerspec soon{};
        soon.it_value.tv_nsec = 1'000'000;
        if (timerfd_settime(timer, 0, &soon, nullptr) != 0) return 1;
        pollfd ready{timer, POLLIN, 0};
        return ::poll(&ready, 1, 30'000) == 1 ? 0 : 2;
    });
}
