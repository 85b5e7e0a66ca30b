// SPDX-License-Identifier: Apache-2.0
#include "incidents/exec_hook.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/clock.hpp"
#include "incidents/payload.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AlarmState;

namespace {

constexpr const char* kProgram = SIGHTLINE_BIN_DIR "/incidents_hook_program";

std::string content(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

Delivery delivery(std::string body = {}) {
    Delivery made;
    made.notice = routed(transition("probe-a-7", 2, AlarmState::Changed, core::Severity::Critical), {}).notice;
    made.notice.alarm.previous = core::Severity::Warning;
    made.event_id = event_id(made.notice.alarm);
    made.body = body.empty() ? payload(made.notice, kNoon) : std::move(body);
    return made;
}

/// Hooks under virtual time: the processes are real, the time limit is not.
struct HookBench {
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    std::unique_ptr<ExecHook> hook;
    std::optional<Outcome> outcome;

    void start(std::vector<std::string> command, std::string body = {}) {
        ExecHookSettings settings;
        settings.command = std::move(command);
        settings.guard = {kProgram, "hook-guard"};
        hook = std::make_unique<ExecHook>(loop, settings);
        hook->send(delivery(std::move(body)), [this](const Outcome& how) { outcome = how; });
        CHECK_FALSE(outcome);
    }
    template <class Done>
    void turn_until(Done done) {
        while (!done()) {
            if (loop.poll() == 0) ::poll(nullptr, 0, 1);
        }
    }
    Outcome run(std::vector<std::string> command, std::string body = {}) {
        start(std::move(command), std::move(body));
        turn_until([this] { return outcome.has_value(); });
        return *outcome;
    }
};

bool exists(const std::string& file) {
    return ::access(file.c_str(), F_OK) == 0;
}

/// Waits until every process named in `file` is gone; the guard reaps them, so that nothing of them stays.
void wait_until_gone(const std::string& file) {
    std::istringstream pids(content(file));
    int count = 0;
    for (pid_t pid = 0; pids >> pid; ++count) {
        while (::kill(pid, 0) == 0) ::poll(nullptr, 0, 1);
        CHECK(errno == ESRCH);
    }
    CHECK(count == 3);
}

}  // namespace

TEST_CASE("A hook that exits with 0 has taken the alarm, its JSON from standard input") {
    const test::TemporaryFolder folder;
    HookBench bench;
    const auto outcome = bench.run({"/bin/sh", "-c", "cat > \"$0\"", folder / "in.json"});
    CHECK(outcome.kind == Outcome::Kind::Delivered);
    CHECK(content(folder / "in.json") == delivery().body);
}

TEST_CASE("Arguments reach a hook as they are, through no shell") {
    const test::TemporaryFolder folder;
    HookBench bench;
    const std::string odd = "a b; touch x $(id) `id` \"'*";
    CHECK(bench.run({"/bin/sh", "-c", "printf %s \"$1\" > \"$2\"", "sh", odd, folder / "arg"}).kind ==
          Outcome::Kind::Delivered);
    CHECK(content(folder / "arg") == odd);
}

TEST_CASE("A hook's environment holds PATH and the alarm's fields, nothing of ours") {
    const test::TemporaryFolder folder;
    ::setenv("HOOK_SECRET", "of the supervisor", 1);
    HookBench bench;
    REQUIRE(bench.run({"cp", "/proc/self/environ", folder / "environ"}).kind == Outcome::Kind::Delivered);
    std::set<std::string> found;
    std::istringstream variables(content(folder / "environ"));
    for (std::string variable; std::getline(variables, variable, '\0');) found.insert(variable);
    const auto expected = hook_environment(delivery());
    CHECK(found == std::set<std::string>(expected.begin(), expected.end()));
    CHECK(found.count("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") == 1);
    for (const char* field : {"EVENT_ID=probe-a-7.2",
                              "ALARM_ID=probe-a-7",
                              "SEQUENCE=2",
                              "STATE=changed",
                              "STREAM=news",
                              "CONDITION=video.black",
                              "RULE=video.black",
                              "SEVERITY=critical",
                              "PREVIOUS_SEVERITY=warning",
                              "TRACK=video:1",
                              "SERVICE=",
                              "PID=256",
                              "SINCE=2026-11-21T12:00:00.000Z",
                              "AT=2026-11-21T12:00:03.000Z",
                              "UNTIL=",
                              "DURATION_S=3.000",
                              "VALUE=0.998",
                              "THRESHOLD=0.98",
                              "UNIT=ratio",
                              "MESSAGE=picture is black",
                              "DEDUP_KEY=news/video.black/video:1",
                              "PROBE=probe-a",
                              "PATH_ID=news-hd",
                              "RUNBOOK=https://wiki.example/enc7"}) {
        INFO(field);
        CHECK(found.count(std::string("SIGHTLINE_") + field) == 1);
    }
}

TEST_CASE("A hook has its three standard descriptors and no other") {
    const test::TemporaryFolder folder;
    std::vector<int> leaky;  // as a careless library would leave them
    for (int n = 0; n < 5; ++n) leaky.push_back(::open("/dev/null", O_RDONLY));
    HookBench bench;
    CHECK(bench.run({kProgram, "descriptors", folder / "fds"}).kind == Outcome::Kind::Delivered);
    CHECK(content(folder / "fds") == "0 1 2 ");
    for (const int fd : leaky) ::close(fd);
}

TEST_CASE("Any other exit status is a failure, with the last line the hook said") {
    const test::TemporaryFolder folder;
    struct Case {
        const char* script;
        Outcome::Kind kind;
        std::string reason;
    };
    const std::string missing = folder / "none";
    const Case cases[] = {
        {"exit 75", Outcome::Kind::Failed, "exit status 75"},
        {"echo one; echo two >&2; exit 1", Outcome::Kind::Failed, "exit status 1: two"},
        {"printf 'a\\001\\377b\\n\\n'; exit 2", Outcome::Kind::Failed,
         "exit status 2: a \xEF\xBF\xBD"
         "b"},
        {"kill -11 $$", Outcome::Kind::Failed, "killed by signal 11"},
    };
    for (const Case& one : cases) {
        HookBench bench;
        const auto outcome = bench.run({"/bin/sh", "-c", one.script});
        CHECK(outcome.kind == one.kind);
        CHECK(outcome.reason == one.reason);
    }
}

TEST_CASE("A hook that cannot be started says why") {
    const test::TemporaryFolder folder;
    HookBench bench;
    const auto outcome = bench.run({folder / "none"});
    CHECK(outcome.kind == Outcome::Kind::Unreachable);
    CHECK(outcome.reason == "exit status 127: " + folder / "none" + ": No such file or directory");
    HookBench other;
    std::ofstream(folder / "plain") << "no program";
    CHECK(other.run({folder / "plain"}).reason == "exit status 126: " + folder / "plain" + ": Permission denied");
}

TEST_CASE("A guard that cannot be started makes the receiver unreachable") {
    core::VirtualClock clock;
    net::EventLoop loop(clock);
    ExecHookSettings settings;
    settings.command = {"/bin/true"};
    settings.guard = {"/nonexistent/sightline", "hook-guard"};
    ExecHook hook(loop, settings);
    std::optional<Outcome> outcome;
    hook.send(delivery(), [&](const Outcome& how) { outcome = how; });
    CHECK_FALSE(outcome);
    while (!outcome) loop.poll();
    CHECK(outcome->kind == Outcome::Kind::Unreachable);
    CHECK(outcome->reason == "starting /nonexistent/sightline in /: No such file or directory");
}

TEST_CASE("A hook that shouts, or does not listen, holds up nobody") {
    HookBench bench;
    const auto outcome =
        bench.run({"/bin/sh", "-c", "head -c 3000000 /dev/zero; echo; echo end; exit 3"}, std::string(500'000, 'x'));
    CHECK(outcome.reason == "exit status 3: end");
}

TEST_CASE("At the time limit the hook is killed with its children and the daemons it made") {
    const test::TemporaryFolder folder;
    const std::string pids = folder / "pids";
    HookBench bench;
    bench.start({kProgram, "family", pids, "stay"});
    bench.turn_until([&] { return exists(pids); });
    bench.clock.advance(9'999ms);
    for (int turn = 0; turn < 20; ++turn) bench.loop.poll();
    CHECK_FALSE(bench.outcome);
    bench.clock.advance(1ms);
    bench.turn_until([&] { return bench.outcome.has_value(); });
    CHECK(bench.outcome->kind == Outcome::Kind::Failed);
    CHECK(bench.outcome->reason == "killed after 10s");
    wait_until_gone(pids);
}

TEST_CASE("What a hook leaves running when it ends is killed") {
    const test::TemporaryFolder folder;
    HookBench bench;
    CHECK(bench.run({kProgram, "family", folder / "pids", "leave"}).kind == Outcome::Kind::Delivered);
    wait_until_gone(folder / "pids");
}

TEST_CASE("A transport that goes takes its hooks with it") {
    const test::TemporaryFolder folder;
    const std::string pids = folder / "pids";
    HookBench bench;
    bench.start({kProgram, "family", pids, "stay"});
    bench.turn_until([&] { return exists(pids); });
    bench.hook.reset();
    wait_until_gone(pids);
    CHECK_FALSE(bench.outcome);
    // The guard is reaped by the loop.
    bench.turn_until([] { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; });
}

TEST_CASE("A supervisor that is killed -9 leaves no hook behind") {
    const test::TemporaryFolder folder;
    const std::string pids = folder / "pids";
    const pid_t supervisor = ::fork();
    REQUIRE(supervisor >= 0);
    if (supervisor == 0) {
        HookBench bench;
        bench.start({kProgram, "family", pids, "stay"});
        bench.turn_until([] { return false; });
    }
    while (!exists(pids)) ::poll(nullptr, 0, 1);
    REQUIRE(::kill(supervisor, SIGKILL) == 0);
    REQUIRE(::waitpid(supervisor, nullptr, 0) == supervisor);
    wait_until_gone(pids);
}
