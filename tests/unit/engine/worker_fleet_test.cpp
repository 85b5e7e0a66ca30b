// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_fleet.hpp"

#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using core::DepthMode;
using engine::WorkerFleet;

namespace {

core::StreamSpec stream(const std::string& id, DepthMode depth = DepthMode::Full) {
    core::StreamSpec spec;
    spec.id = id;
    spec.input.url = "udp://239.0.0.1:5000";
    spec.input.depth = depth;
    return spec;
}

/// Real time, for a deadline and for looking at what no callback tells; the fleet's own time stands still.
class RealTimer {
public:
    explicit RealTimer(std::chrono::milliseconds period)
        : fd(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
        itimerspec spec{};
        spec.it_value.tv_nsec = spec.it_interval.tv_nsec = period.count() * 1'000'000;
        timerfd_settime(fd, 0, &spec, nullptr);
    }
    ~RealTimer() { ::close(fd); }
    RealTimer(const RealTimer&) = delete;
    RealTimer& operator=(const RealTimer&) = delete;
    void take() const {
        std::uint64_t count = 0;
        (void)!::read(fd, &count, sizeof count);
    }
    const int fd;
};

/// A fleet of fake workers, and what it told.
struct Fleet {
    struct Lost {
        std::string stream, how;
        bool quarantined = false;
        friend bool operator==(const Lost&, const Lost&) = default;
    };
    Fleet()
        : fleet(loop, {{SIGHTLINE_BIN_DIR "/fake_worker"}, 0, false, 0},
                {[this](const std::string& id, link::Message message) {
                     if (const auto* state = std::get_if<link::Link>(&message)) told[id].push_back(state->state);
                     ++messages;
                 },
                 [this](const std::string& id, pid_t pid) { started.emplace_back(id, pid); },
                 [this](const std::string& id, const std::string& how, bool quarantined) {
                     lost.push_back({id, how, quarantined});
                 }}) {}
    /// Runs the loop until `done`, for a minute at most.
    void run_until(const std::function<bool()>& done) {
        const RealTimer timer(2ms);
        int left = 30'000;
        const auto watch = loop.watch(timer.fd, true, false, [&](net::EventLoop::Ready) {
            timer.take();
            if (done() || --left == 0) loop.quit();
        });
        loop.run();
        REQUIRE(left > 0);
    }
    void advance(core::Duration time) {
        clock.advance(time);
        loop.poll();
    }
    [[nodiscard]] std::vector<pid_t> pids(const std::string& id) const {
        std::vector<pid_t> out;
        for (const auto& [name, pid] : started) {
            if (name == id) out.push_back(pid);
        }
        return out;
    }
    [[nodiscard]] std::size_t count(const std::string& id) { return told[id].size(); }
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    std::map<std::string, std::vector<std::string>> told;  // link states by stream
    int messages = 0;
    std::vector<std::pair<std::string, pid_t>> started;
    std::vector<Lost> lost;
    WorkerFleet fleet;
};

using AllLost = std::vector<Fleet::Lost>;

}  // namespace

TEST_CASE("Decoded streams get a worker each, transport-only ones share", "[worker_fleet]") {
    std::vector<core::StreamSpec> streams{stream("a"), stream("b", DepthMode::Adaptive)};
    for (int i = 0; i < 18; ++i) streams.push_back(stream("t" + std::to_string(i), DepthMode::Transport));
    streams.push_back(stream("c"));
    const auto groups = engine::group_streams(streams);
    REQUIRE(groups.size() == 5);
    CHECK(groups[0].size() == 1);
    CHECK(groups[1].size() == 1);
    CHECK(groups[2].size() == engine::kGroupSize);
    CHECK(groups[2][0].id == "t0");
    CHECK(groups[3].size() == 2);
    CHECK(groups[4][0].id == "c");
    CHECK(engine::group_streams({}).empty());
}

TEST_CASE("A worker's messages arrive under the id of their stream", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch(
        {stream("a"), stream("t1", DepthMode::Transport), stream("t2", DepthMode::Transport), stream("nobody")});
    f.run_until(
        [&] { return f.count("a") == 1 && f.count("t1") == 1 && f.count("t2") == 1 && f.count("nobody") == 1; });
    CHECK(f.messages == 4);  // one that names no stream of the job goes nowhere
    CHECK(f.pids("t1") == f.pids("t2"));
    CHECK(f.pids("a") != f.pids("t1"));
    f.fleet.show("t2", {0, true, 0, 0, 1});
    f.fleet.show("a", {});
    f.fleet.show("unheard-of", {0, true, 0, 0, 1});
    f.run_until([&] { return f.count("t2") == 2 && f.count("a") == 2; });
    CHECK(f.told["t2"] == std::vector<std::string>{"connected", "focus"});
    CHECK(f.told["a"] == std::vector<std::string>{"connected", "no focus"});
    CHECK(f.told["t1"].size() == 1);
    CHECK(f.lost.empty());
}

TEST_CASE("A worker that is killed is told and started again after half a second", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("a")});
    f.run_until([&] { return f.count("a") == 1; });
    ::kill(f.pids("a").front(), SIGKILL);
    f.run_until([&] { return !f.lost.empty(); });
    CHECK(f.lost == AllLost{{"a", "killed by signal 9", false}});
    f.advance(499ms);
    CHECK(f.started.size() == 1);
    f.advance(1ms);
    CHECK(f.started.size() == 2);
    f.run_until([&] { return f.count("a") == 2; });
    CHECK(f.pids("a")[0] != f.pids("a")[1]);
}

TEST_CASE("A worker that lived for a minute has its delay back at the first", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("a")});
    f.run_until([&] { return f.count("a") == 1; });
    for (std::size_t life = 1; life <= 3; ++life) {
        f.advance(60s);
        ::kill(f.pids("a").back(), SIGKILL);
        f.run_until([&] { return f.lost.size() == life; });
        f.advance(500ms);
        CHECK(f.started.size() == life + 1);
        f.run_until([&] { return f.count("a") == life + 1; });
    }
}

TEST_CASE("A worker that dies five times in two minutes is left alone for five", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("die")});
    core::Duration delay = 500ms;
    for (std::size_t death = 1; death <= 4; ++death) {
        f.run_until([&] { return f.lost.size() == death; });
        CHECK_FALSE(f.lost.back().quarantined);
        f.advance(delay - 1ms);
        CHECK(f.started.size() == death);
        f.advance(1ms);
        CHECK(f.started.size() == death + 1);
        delay *= 2;
    }
    f.run_until([&] { return f.lost.size() == 5; });
    CHECK(f.lost.back() == Fleet::Lost{"die", "killed by signal 6", true});
    f.advance(WorkerFleet::kQuarantine - 1ms);
    CHECK(f.started.size() == 5);
    f.advance(1ms);
    CHECK(f.started.size() == 6);
}

TEST_CASE("A worker that others kill is started again, however often", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("a")});
    for (std::size_t life = 1; life <= 20; ++life) {
        f.run_until([&] { return f.count("a") == life; });
        ::kill(f.pids("a").back(), SIGKILL);
        f.run_until([&] { return f.lost.size() == life; });
        CHECK_FALSE(f.lost.back().quarantined);
        f.advance(WorkerFleet::kLongestDelayAfterOthers);
        CHECK(f.started.size() == life + 1);
    }
}

TEST_CASE("The streams of a group that died go on alone", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("t1", DepthMode::Transport), stream("die-first", DepthMode::Transport),
                   stream("t2", DepthMode::Transport)});
    f.run_until([&] { return f.lost.size() == 3; });
    f.advance(500ms);
    f.run_until([&] { return f.count("t1") > 0 && f.count("t2") > 0 && f.count("die-first") > 0; });
    CHECK(f.pids("t1").back() != f.pids("t2").back());
    CHECK(f.pids("t1").back() != f.pids("die-first").back());
    CHECK(f.lost.size() == 3);
}

TEST_CASE("An exit that nobody asked for is a death, with its status", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("exit-3")});
    f.run_until([&] { return !f.lost.empty(); });
    CHECK(f.lost == AllLost{{"exit-3", "exit status 3", false}});
}

TEST_CASE("A worker that sends garbage is killed and started again", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("garbage")});
    f.run_until([&] { return !f.lost.empty(); });
    CHECK(f.lost == AllLost{{"garbage", "killed by signal 9", false}});
    f.advance(500ms);
    CHECK(f.started.size() == 2);
}

TEST_CASE("A worker that lets go of its channel and lives on is killed", "[worker_fleet]") {
    for (const char* how : {"leave", "empty"}) {
        CAPTURE(how);
        Fleet f;
        f.fleet.watch({stream(how), stream("a")});
        f.run_until([&] {
            if (f.count("a") == 1) f.clock.advance(10ms);  // its second of grace
            return !f.lost.empty();
        });
        CHECK(f.lost == AllLost{{how, "killed by signal 9", false}});
    }
}

TEST_CASE("A worker that cannot be started is tried again", "[worker_fleet]") {
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    int events = 0;
    WorkerFleet fleet(
        loop, {{SIGHTLINE_BIN_DIR "/no_such_program"}, 0, false, 0},
        {[&](const std::string&, link::Message) { ++events; }, [&](const std::string&, pid_t) { ++events; },
         [&](const std::string&, const std::string&, bool) { ++events; }});
    fleet.watch({stream("a")});
    CHECK(events == 0);
    clock.advance(500ms);
    CHECK(loop.poll() == 1);
    clock.advance(999ms);
    CHECK(loop.poll() == 0);
    clock.advance(1ms);
    CHECK(loop.poll() == 1);
    fleet.stop();
    loop.poll();
    CHECK(fleet.is_empty());
}

TEST_CASE("New streams disturb none that stay as they are", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("same"), stream("moves"), stream("goes")});
    f.run_until([&] { return f.count("same") == 1 && f.count("moves") == 1 && f.count("goes") == 1; });
    auto same = stream("same");
    core::Rule patience;
    patience.name = "video.black";
    patience.clear = 9s;
    same.rules = {patience};
    same.name = "shown otherwise";
    auto moved = stream("moves");
    moved.input.url = "udp://239.0.0.2:5000";
    f.fleet.watch({same, moved, stream("comes")});
    f.run_until([&] { return f.count("moves") == 2 && f.count("comes") == 1; });
    CHECK(f.pids("same").size() == 1);
    CHECK(f.pids("moves").size() == 2);
    CHECK(f.pids("goes").size() == 1);
    f.run_until([&] { return ::kill(f.pids("goes").front(), 0) != 0; });  // it ends, and is reaped
    CHECK(f.lost.empty());                                                // being let go is no death
    CHECK(::kill(f.pids("same").front(), 0) == 0);
}

TEST_CASE("Stop empties the fleet, of workers that do not listen too", "[worker_fleet]") {
    Fleet f;
    f.fleet.watch({stream("a"), stream("deaf"), stream("t", DepthMode::Transport), stream("die")});
    f.run_until([&] { return f.count("a") == 1 && f.count("deaf") == 1 && f.count("t") == 1 && f.lost.size() == 1; });
    f.fleet.stop();
    CHECK_FALSE(f.fleet.is_empty());
    f.advance(999ms);
    CHECK_FALSE(f.fleet.is_empty());
    f.advance(1ms);
    f.run_until([&] { return f.fleet.is_empty(); });
    f.advance(1min);
    CHECK(f.started.size() == 4);
    CHECK(f.lost.size() == 1);
}

TEST_CASE("Destroying a fleet leaves no worker behind", "[worker_fleet]") {
    std::vector<std::pair<std::string, pid_t>> started;
    {
        Fleet f;
        f.fleet.watch({stream("a"), stream("deaf")});
        started = f.started;
    }
    REQUIRE(started.size() == 2);
    for (const auto& [id, pid] : started) CHECK(::kill(pid, 0) != 0);
}
