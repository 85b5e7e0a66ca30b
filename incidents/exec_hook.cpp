// SPDX-License-Identifier: Apache-2.0
#include "incidents/exec_hook.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/text.hpp"
#include "incidents/hook_guard.hpp"
#include "incidents/owned_fd.hpp"
#include "incidents/payload.hpp"

namespace sightline::incidents {
namespace {

using core::Result;

constexpr std::size_t kKeptOutput = 2'048;  // bytes of a hook's words that an error message may quote
constexpr core::Duration kGuardGrace = std::chrono::seconds{2};  // for killing all; then the guard itself is killed
constexpr int kFirstFreeFd = 10;  // own ends stay clear of the numbers that the guard gets

/// The same open file under a number that no standard descriptor has.
OwnedFd clear_of_standard(OwnedFd fd) {
    if (!fd || fd.get() >= kFirstFreeFd) return fd;
    return OwnedFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeFd));
}

struct Pipe {
    OwnedFd read, write;
};
Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::fail(core::system_error("pipe"));
    Pipe pipe{clear_of_standard(OwnedFd(ends[0])), clear_of_standard(OwnedFd(ends[1]))};
    if (!pipe.read || !pipe.write) return core::fail(core::system_error("dup"));
    return pipe;
}

/// A file in memory to read from: whatever its size and whether or not the hook reads it, nobody waits for a pipe.
Result<OwnedFd> make_input(const std::string& text) {
    OwnedFd file = clear_of_standard(OwnedFd(::memfd_create("sightline-hook-input", MFD_CLOEXEC)));
    if (!file) return core::fail(core::system_error("memfd_create"));
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(file.get(), text.data() + done, text.size() - done);
        if (written < 0) return core::fail(core::system_error("memfd"));
        done += static_cast<std::size_t>(written);
    }
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return core::fail(core::system_error("memfd"));
    return file;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    list.reserve(words.size() + 1);
    for (std::string& word : words) list.push_back(word.data());
    list.push_back(nullptr);
    return list;
}

struct Spawn {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    Spawn() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~Spawn() {
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }
    Spawn(const Spawn&) = delete;
    Spawn& operator=(const Spawn&) = delete;
};

/// Starts the guard with `input`, `output` and `control` as its descriptors 0, 1 and 2, and 3.
Result<pid_t> spawn_guard(const ExecHookSettings& settings, std::vector<std::string> environment, int input, int output,
                          int control) {
    Spawn spawn;
    posix_spawn_file_actions_adddup2(&spawn.actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, output, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, control, kGuardControlFd);
    posix_spawn_file_actions_addclosefrom_np(&spawn.actions, kGuardControlFd + 1);
    posix_spawn_file_actions_addchdir_np(&spawn.actions, settings.directory.c_str());
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&spawn.attributes, &none);
    posix_spawnattr_setsigdefault(&spawn.attributes, &all);
    posix_spawnattr_setpgroup(&spawn.attributes, 0);  // a terminal's Ctrl-C is not for hooks
    posix_spawnattr_setflags(
        &spawn.attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    std::vector<std::string> words = settings.guard;
    words.insert(words.end(), settings.command.begin(), settings.command.end());
    auto arguments = pointers(words);
    auto variables = pointers(environment);
    pid_t pid = 0;
    const int error =
        ::posix_spawn(&pid, arguments[0], &spawn.actions, &spawn.attributes, arguments.data(), variables.data());
    if (error != 0) {
        errno = error;
        return core::fail(core::system_error("starting " + settings.guard.front() + " in " + settings.directory));
    }
    return pid;
}

std::string last_line(const std::string& output) {
    const std::size_t end = output.find_last_not_of(" \r\n");
    if (end == std::string::npos) return {};
    const std::size_t before = output.find_last_of('\n', end);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    return core::mask_secrets(core::clean_utf8(output.substr(begin, end - begin + 1)));
}

}  // namespace

std::vector<std::string> hook_environment(const Delivery& delivery) {
    const core::AlarmTransition& alarm = delivery.notice.alarm;
    const AlarmFacts& facts = delivery.notice.facts;
    std::vector<std::string> environment{std::string("PATH=") + kHookPath};
    const auto add = [&](const char* name, const std::string& value) {
        environment.push_back(std::string("SIGHTLINE_") + name + '=' + core::clean_utf8(value));
    };
    const auto number = [](const std::optional<double>& value) {
        return value ? core::json_number(value) : std::string{};
    };
    const auto utc = [](const std::optional<core::UtcTime>& time) {
        return time ? core::to_rfc3339(*time) : std::string{};
    };
    add("EVENT_ID", delivery.event_id);
    if (delivery.notice.incident) {
        const core::Incident& incident = *delivery.notice.incident;
        add("INCIDENT_ID", incident.id);
        add("SEQUENCE", std::to_string(incident.sequence));
        add("REASON", name(delivery.notice.reason));
        add("STATE", core::name(incident.state));
        add("SEVERITY", core::name(incident.severity));
        add("TITLE", incident.title);
        add("WHY", incident.why);
        add("CAUSE", incident.cause.name);
        add("STREAM", incident.cause.stream);
        add("SINCE", core::to_rfc3339(incident.since));
        add("DEDUP_KEY", dedup_key(delivery.notice));
        add("PROBE", facts.probe);
        add("PATH_ID", facts.path);
        add("RUNBOOK", facts.runbook);
        return environment;
    }
    add("ALARM_ID", alarm.id);
    add("SEQUENCE", std::to_string(alarm.sequence));
    add("STATE", core::name(alarm.state));
    add("STREAM", alarm.stream);
    add("CONDITION", alarm.condition);
    add("RULE", alarm.rule);
    add("SEVERITY", core::name(alarm.severity));
    add("PREVIOUS_SEVERITY", alarm.previous ? core::name(*alarm.previous) : "");
    add("TRACK", alarm.subject.track);
    add("SERVICE", alarm.subject.service == 0 ? "" : std::to_string(alarm.subject.service));
    add("PID", alarm.pid ? std::to_string(*alarm.pid) : "");
    add("SINCE", utc(alarm.since.utc));
    add("AT", utc(alarm.at.utc));
    add("UNTIL", alarm.until ? utc(alarm.until->utc) : "");
    const auto duration = duration_so_far(alarm);
    add("DURATION_S", duration ? core::json_number(duration, 3) : "");
    add("VALUE", number(alarm.value));
    add("THRESHOLD", number(alarm.threshold));
    add("UNIT", alarm.unit);
    add("MESSAGE", alarm.message);
    add("DEDUP_KEY", dedup_key(alarm));
    add("PROBE", facts.probe);
    add("PATH_ID", facts.path);
    add("RUNBOOK", facts.runbook);
    return environment;
}

/// One hook that runs.
class ExecHook::Run {
public:
    Run(ExecHook& owner, std::uint64_t number, std::function<void(Outcome)> done)
        : owner_(owner), number_(number), done_(std::move(done)) {}
    ~Run() {
        control_.reset();  // the guard kills all and ends by itself
        if (pid_ > 0 && !reaped_) abandon();
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Result<void> start(const Delivery& delivery) {
        auto input = make_input(delivery.body);
        if (!input) return tl::unexpected<core::Error>(input.error());
        auto output = make_pipe();
        if (!output) return tl::unexpected<core::Error>(output.error());
        auto control = make_pipe();
        if (!control) return tl::unexpected<core::Error>(control.error());
        const auto pid = spawn_guard(owner_.settings_, hook_environment(delivery), input->get(), output->write.get(),
                                     control->read.get());
        if (!pid) return tl::unexpected<core::Error>(pid.error());
        pid_ = *pid;
        control_ = std::move(control->write);
        output_ = std::move(output->read);
        ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
        pidfd_ = OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        if (!pidfd_) return core::fail(core::system_error("pidfd_open"));
        net::EventLoop& loop = owner_.loop_;
        output_watch_ = loop.watch(output_.get(), true, false, [this](net::EventLoop::Ready) { read_output(); });
        exit_watch_ = loop.watch(pidfd_.get(), true, false, [this](net::EventLoop::Ready) { exited(); });
        limit_ = loop.after(owner_.settings_.timeout, [this] { time_over(); });
        return {};
    }
    void finish(const Outcome& outcome) const { done_(outcome); }
    void fail_soon(const std::string& reason) {
        limit_ = owner_.loop_.after(core::Duration::zero(), [this, reason] {
            owner_.end(number_, {Outcome::Kind::Unreachable, reason, std::nullopt});  // destroys this
        });
    }

private:
    // Nobody wants the answer any more; the loop reaps the guard when it has done its work.
    void abandon() {
        exit_watch_.reset();
        if (!pidfd_) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            return;
        }
        struct Orphan {
            OwnedFd pidfd;
            net::EventLoop::Handle watch;
        };
        auto orphan = std::make_shared<Orphan>();
        orphan->pidfd = std::move(pidfd_);
        orphan->watch =
            owner_.loop_.watch(orphan->pidfd.get(), true, false, [orphan, pid = pid_](net::EventLoop::Ready) {
                if (::waitpid(pid, nullptr, WNOHANG) != 0) orphan->watch.reset();
            });
    }

    void read_output() {
        std::array<char, 4096> buffer{};
        for (int rounds = 0; rounds < kReadRounds; ++rounds) {
            const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
            if (got <= 0) {
                if (got == 0) output_watch_.reset();
                return;
            }
            text_.append(buffer.data(), static_cast<std::size_t>(got));
            if (text_.size() > kKeptOutput) text_.erase(0, text_.size() - kKeptOutput);
        }
    }

    void time_over() {
        timed_out_ = true;
        control_.reset();
        limit_ = owner_.loop_.after(kGuardGrace, [this] { ::kill(pid_, SIGKILL); });
    }

    void exited() {
        read_output();
        siginfo_t info{};
        const bool known = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0;
        if (!known && errno != ECHILD) return;  // a wake-up without a reason
        reaped_ = true;
        const int status = !known ? -1 : info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
        owner_.end(number_, outcome(status));  // destroys this
    }

    [[nodiscard]] Outcome outcome(int status) const {
        if (timed_out_) {
            return {Outcome::Kind::Failed, "killed after " + core::to_text(owner_.settings_.timeout), std::nullopt};
        }
        if (status == 0) return {Outcome::Kind::Delivered, {}, std::nullopt};
        const std::string words = last_line(text_);
        std::string reason = status < 0     ? "exit status lost"
                             : status > 128 ? "killed by signal " + std::to_string(status - 128)
                                            : "exit status " + std::to_string(status);
        if (!words.empty()) reason += ": " + words;
        const bool missing = status == kNotFound || status == kCannotRun;
        return {missing ? Outcome::Kind::Unreachable : Outcome::Kind::Failed, std::move(reason), std::nullopt};
    }

    static constexpr int kReadRounds = 16;  // 64 KiB a turn: a hook that shouts starves nobody

    ExecHook& owner_;
    const std::uint64_t number_;
    const std::function<void(Outcome)> done_;
    pid_t pid_ = 0;
    bool reaped_ = false, timed_out_ = false;
    std::string text_;
    OwnedFd control_, output_, pidfd_;
    net::EventLoop::Handle output_watch_, exit_watch_, limit_;  // after the descriptors: dropped before they close
};

ExecHook::ExecHook(net::EventLoop& loop, ExecHookSettings settings) : loop_(loop), settings_(std::move(settings)) {}
ExecHook::~ExecHook() = default;

void ExecHook::send(const Delivery& delivery, std::function<void(Outcome)> done) {
    const std::uint64_t number = next_++;
    auto run = std::make_unique<Run>(*this, number, std::move(done));
    const auto started = run->start(delivery);
    Run& kept = *runs_.emplace(number, std::move(run)).first->second;
    if (!started) kept.fail_soon(started.error().message);
}

void ExecHook::end(std::uint64_t number, const Outcome& outcome) {
    const auto run = runs_.extract(number);
    run.mapped()->finish(outcome);
}

}  // namespace sightline::incidents
