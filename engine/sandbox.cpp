// SPDX-License-Identifier: Apache-2.0
#include "engine/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

namespace sightline::engine {
namespace {

using core::ErrorCode;

/// What name look-ups, TLS and time zones read. Missing ones are skipped.
constexpr std::array kReadable{"/etc/resolv.conf",
                               "/etc/hosts",
                               "/etc/nsswitch.conf",
                               "/etc/gai.conf",
                               "/etc/host.conf",
                               "/etc/services",
                               "/etc/ssl",
                               "/etc/localtime",
                               "/usr/lib",
                               "/lib",
                               "/usr/share/ca-certificates",
                               "/usr/share/zoneinfo",
                               "/usr/local/share/ca-certificates",
                               "/dev/urandom",
                               "/dev/null",
                               "/run/systemd/resolve",
                               "/etc/gnutls",
                               "/proc/self"};

/// A worker never needs these; one that tries is no longer ours and dies.
constexpr std::array kDeadly{SCMP_SYS(execve),
                             SCMP_SYS(execveat),
                             SCMP_SYS(ptrace),
                             SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev),
                             SCMP_SYS(fork),
                             SCMP_SYS(vfork),
                             SCMP_SYS(mount),
                             SCMP_SYS(umount2),
                             SCMP_SYS(pivot_root),
                             SCMP_SYS(chroot),
                             SCMP_SYS(bpf),
                             SCMP_SYS(perf_event_open),
                             SCMP_SYS(init_module),
                             SCMP_SYS(finit_module),
                             SCMP_SYS(kexec_load),
                             SCMP_SYS(keyctl),
                             SCMP_SYS(add_key),
                             SCMP_SYS(request_key),
                             SCMP_SYS(userfaultfd),
                             SCMP_SYS(io_uring_setup),
                             SCMP_SYS(setns),
                             SCMP_SYS(unshare),
                             SCMP_SYS(reboot),
                             SCMP_SYS(swapon),
                             SCMP_SYS(acct),
                             SCMP_SYS(settimeofday),
                             SCMP_SYS(clock_settime),
                             SCMP_SYS(adjtimex),
                             SCMP_SYS(open_by_handle_at),
                             SCMP_SYS(personality)};

/// What threads, sockets, timers, memory and reading take. Anything else is answered with EPERM.
constexpr std::array kAllowed{SCMP_SYS(read),
                              SCMP_SYS(write),
                              SCMP_SYS(readv),
                              SCMP_SYS(writev),
                              SCMP_SYS(pread64),
                              SCMP_SYS(pwrite64),
                              SCMP_SYS(preadv),
                              SCMP_SYS(close),
                              SCMP_SYS(close_range),
                              SCMP_SYS(open),
                              SCMP_SYS(openat),
                              SCMP_SYS(stat),
                              SCMP_SYS(fstat),
                              SCMP_SYS(lstat),
                              SCMP_SYS(newfstatat),
                              SCMP_SYS(statx),
                              SCMP_SYS(access),
                              SCMP_SYS(faccessat),
                              SCMP_SYS(faccessat2),
                              SCMP_SYS(readlink),
                              SCMP_SYS(readlinkat),
                              SCMP_SYS(lseek),
                              SCMP_SYS(getdents64),
                              SCMP_SYS(fcntl),
                              SCMP_SYS(ioctl),
                              SCMP_SYS(fadvise64),
                              SCMP_SYS(dup),
                              SCMP_SYS(dup2),
                              SCMP_SYS(dup3),
                              SCMP_SYS(pipe),
                              SCMP_SYS(pipe2),
                              SCMP_SYS(getcwd),
                              SCMP_SYS(statfs),
                              SCMP_SYS(fstatfs),
                              SCMP_SYS(mmap),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(mprotect),
                              SCMP_SYS(madvise),
                              SCMP_SYS(brk),
                              SCMP_SYS(membarrier),
                              SCMP_SYS(mincore),
                              SCMP_SYS(set_robust_list),
                              SCMP_SYS(get_robust_list),
                              SCMP_SYS(rseq),
                              SCMP_SYS(set_tid_address),
                              SCMP_SYS(futex),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(sched_getaffinity),
                              SCMP_SYS(sched_setaffinity),
                              SCMP_SYS(sched_getparam),
                              SCMP_SYS(sched_getscheduler),
                              SCMP_SYS(getcpu),
                              SCMP_SYS(arch_prctl),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group),
                              SCMP_SYS(gettid),
                              SCMP_SYS(getpid),
                              SCMP_SYS(getppid),
                              SCMP_SYS(getuid),
                              SCMP_SYS(geteuid),
                              SCMP_SYS(getgid),
                              SCMP_SYS(getegid),
                              SCMP_SYS(tgkill),
                              SCMP_SYS(rt_sigaction),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(rt_sigtimedwait),
                              SCMP_SYS(sigaltstack),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(prlimit64),
                              SCMP_SYS(getrlimit),
                              SCMP_SYS(getrusage),
                              SCMP_SYS(prctl),
                              SCMP_SYS(uname),
                              SCMP_SYS(sysinfo),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(clock_getres),
                              SCMP_SYS(clock_nanosleep),
                              SCMP_SYS(nanosleep),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(time),
                              SCMP_SYS(times),
                              SCMP_SYS(epoll_create1),
                              SCMP_SYS(epoll_create),
                              SCMP_SYS(epoll_ctl),
                              SCMP_SYS(epoll_wait),
                              SCMP_SYS(epoll_pwait),
                              SCMP_SYS(epoll_pwait2),
                              SCMP_SYS(poll),
                              SCMP_SYS(ppoll),
                              SCMP_SYS(select),
                              SCMP_SYS(pselect6),
                              SCMP_SYS(eventfd),
                              SCMP_SYS(eventfd2),
                              SCMP_SYS(timerfd_create),
                              SCMP_SYS(timerfd_settime),
                              SCMP_SYS(timerfd_gettime),
                              SCMP_SYS(socket),
                              SCMP_SYS(socketpair),
                              SCMP_SYS(bind),
                              SCMP_SYS(listen),
                              SCMP_SYS(accept),
                              SCMP_SYS(accept4),
                              SCMP_SYS(connect),
                              SCMP_SYS(shutdown),
                              SCMP_SYS(getsockname),
                              SCMP_SYS(getpeername),
                              SCMP_SYS(getsockopt),
                              SCMP_SYS(setsockopt),
                              SCMP_SYS(sendto),
                              SCMP_SYS(recvfrom),
                              SCMP_SYS(sendmsg),
                              SCMP_SYS(recvmsg),
                              SCMP_SYS(sendmmsg),
                              SCMP_SYS(recvmmsg),
                              SCMP_SYS(memfd_create),
                              SCMP_SYS(ftruncate),
                              SCMP_SYS(fsync)};

std::string system_text(int error) {
    return std::generic_category().message(error);
}

core::Result<void> limit(__rlimit_resource resource, rlim_t most, const char* what) {
    const rlimit value{most, most};
    if (setrlimit(resource, &value) == 0) return {};
    return core::fail(ErrorCode::Io, fmt::format("cannot limit {}: {}", what, system_text(errno)));
}

/// Reading below `path`, as far as the ruleset handles it.
void allow_reading(int ruleset, const char* path) {
    const int file = ::open(path, O_PATH | O_CLOEXEC);
    if (file < 0) return;
    struct stat about {};
    landlock_path_beneath_attr rule{};
    rule.parent_fd = file;
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    if (fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    ::close(file);
}

/// @return false where the kernel has no Landlock.
core::Result<bool> close_file_system(const std::vector<std::string>& readable) {
    const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) return false;
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // all that version 1 has
    const int ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
    if (ruleset < 0) return core::fail(ErrorCode::Io, fmt::format("Landlock: {}", system_text(errno)));
    for (const char* path : kReadable) allow_reading(ruleset, path);
    for (const std::string& path : readable) allow_reading(ruleset, path.c_str());
    const long restricted = syscall(SYS_landlock_restrict_self, ruleset, 0);
    const int error = errno;
    ::close(ruleset);
    if (restricted != 0) return core::fail(ErrorCode::Io, fmt::format("Landlock: {}", system_text(error)));
    return true;
}

constexpr scmp_datum_t kThreadFlag = CLONE_THREAD;

struct ReleaseFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};

core::Result<void> filter_system_calls() {
    const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter) return core::fail(ErrorCode::Io, "seccomp: no filter can be made");
    for (const int call : kAllowed) seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
    for (const int call : kDeadly) seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, call, 0);
    seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    // Threads yes, processes no. clone3 hides its flags from filters: ENOSYS makes libc fall back to clone.
    seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                     SCMP_A0(SCMP_CMP_MASKED_EQ, kThreadFlag, kThreadFlag));
    seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
                     SCMP_A0(SCMP_CMP_MASKED_EQ, kThreadFlag, 0));
    const int loaded = seccomp_load(filter.get());
    if (loaded != 0) return core::fail(ErrorCode::Io, fmt::format("seccomp: {}", system_text(-loaded)));
    return {};
}

}  // namespace

core::Result<std::string> enter_sandbox(const SandboxOptions& options) {
    std::string in_force = "no new privileges";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return core::fail(ErrorCode::Io, fmt::format("no_new_privs: {}", system_text(errno)));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (auto limited = limit(RLIMIT_CORE, 0, "core dumps"); !limited) return tl::unexpected(limited.error());
    if (options.memory_bytes > 0) {
        if (auto limited = limit(RLIMIT_DATA, static_cast<rlim_t>(options.memory_bytes), "memory"); !limited)
            return tl::unexpected(limited.error());
        in_force += fmt::format(", {} MiB", options.memory_bytes >> 20);
    }
    const auto closed = close_file_system(options.readable_paths);
    if (!closed) return tl::unexpected(closed.error());
    in_force += *closed ? ", landlock" : ", no landlock in this kernel";
    if (auto filtered = filter_system_calls(); !filtered) return tl::unexpected(filtered.error());
    return in_force + ", seccomp";
}

}  // namespace sightline::engine
