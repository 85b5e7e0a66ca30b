// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/thread.hpp"
#include "tests/catch.hpp"

using namespace std::chrono_literals;
using sightline::core::start_thread;
using sightline::core::SystemClock;
using sightline::core::VirtualClock;
using sightline::net::EventLoop;

namespace {

struct Pipe {
    Pipe() { REQUIRE(::pipe2(fds.data(), O_NONBLOCK | O_CLOEXEC) == 0); }
    ~Pipe() {
        ::close(fds[0]);
        if (fds[1] >= 0) ::close(fds[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void write(char c = 'x') const { REQUIRE(::write(fds[1], &c, 1) == 1); }
    void close_writer() {
        ::close(fds[1]);
        fds[1] = -1;
    }
    [[nodiscard]] int reader() const { return fds[0]; }
    std::array<int, 2> fds{-1, -1};
};

}  // namespace

TEST_CASE("timers run in the order of their due times and not before", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    std::string order;
    const auto c = loop.after(30ms, [&] { order += 'c'; });
    const auto a = loop.after(10ms, [&] { order += 'a'; });
    const auto b = loop.after(20ms, [&] { order += 'b'; });
    const auto b2 = loop.at(clock.now() + 20ms, [&] { order += 'B'; });
    loop.poll();
    CHECK(order.empty());
    clock.advance(10ms);
    CHECK(loop.poll() == 1);
    CHECK(order == "a");
    clock.advance(20ms);
    CHECK(loop.poll() == 3);
    CHECK(order == "abBc");
    clock.advance(1h);
    CHECK(loop.poll() == 0);
}

TEST_CASE("a periodic timer keeps its grid and makes up for no late call", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    int calls = 0;
    auto timer = loop.every(10ms, [&] { ++calls; });
    clock.advance(9ms);
    loop.poll();
    CHECK(calls == 0);
    clock.advance(3ms);  // 12 ms: due at 10
    loop.poll();
    CHECK(calls == 1);
    clock.advance(8ms);  // 20 ms: the grid was kept
    loop.poll();
    CHECK(calls == 2);
    clock.advance(1s);
    loop.poll();
    loop.poll();
    CHECK(calls == 3);
    timer.reset();
    clock.advance(1s);
    CHECK(loop.poll() == 0);
}

TEST_CASE("a timer made by a callback waits for the next turn even when it is due", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    int calls = 0;
    EventLoop::Handle second;
    const auto first = loop.after(0ms, [&] { second = loop.after(0ms, [&] { ++calls; }); });
    CHECK(loop.poll() == 1);
    CHECK(calls == 0);
    CHECK(loop.poll() == 1);
    CHECK(calls == 1);
}

TEST_CASE("a timer may drop itself and its neighbours that are due with it", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    std::array<EventLoop::Handle, 3> timers;
    int calls = 0;
    for (auto& timer : timers) {
        timer = loop.every(1ms, [&] {
            ++calls;
            for (auto& t : timers) t.reset();
        });
    }
    clock.advance(1ms);
    CHECK(loop.poll() == 1);
    clock.advance(1s);
    CHECK(loop.poll() == 0);
    CHECK(calls == 1);
}

TEST_CASE("a callback whose captures own its handle may destroy them", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    struct Owner {
        EventLoop::Handle handle;
        int value = 7;
    };
    auto owner = std::make_shared<Owner>();
    const std::weak_ptr<Owner> watched = owner;
    int seen = 0;
    owner->handle = loop.after(1ms, [owner, &seen] {
        owner->handle.reset();
        seen = owner->value;
    });
    owner.reset();
    clock.advance(1ms);
    loop.poll();
    CHECK(seen == 7);
    CHECK(watched.expired());
}

TEST_CASE("a watch is called while its descriptor is ready", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    const Pipe pipe;
    int calls = 0;
    auto watch = loop.watch(pipe.reader(), true, false, [&](EventLoop::Ready ready) {
        CHECK(ready.readable);
        CHECK_FALSE(ready.writable);
        CHECK_FALSE(ready.failed);
        ++calls;
    });
    CHECK(loop.poll() == 0);
    pipe.write();
    loop.poll();
    loop.poll();
    CHECK(calls == 2);
    char c = 0;
    REQUIRE(::read(pipe.reader(), &c, 1) == 1);
    CHECK(loop.poll() == 0);
    pipe.write();
    watch.reset();
    CHECK(loop.poll() == 0);
}

TEST_CASE("a hang-up is told", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    Pipe pipe;
    bool failed = false;
    const auto watch = loop.watch(pipe.reader(), true, false, [&](EventLoop::Ready ready) { failed = ready.failed; });
    pipe.close_writer();
    loop.poll();
    CHECK(failed);
}

TEST_CASE("two watches of one descriptor each hear of what they asked for", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    int reads = 0;
    int writes = 0;
    const auto reader = loop.watch(fds[0], true, false, [&](EventLoop::Ready) { ++reads; });
    auto writer = loop.watch(fds[0], false, true, [&](EventLoop::Ready) { ++writes; });
    loop.poll();
    CHECK(reads == 0);
    CHECK(writes == 1);
    writer.reset();
    REQUIRE(::write(fds[1], "x", 1) == 1);
    loop.poll();
    CHECK(reads == 1);
    CHECK(writes == 1);
    ::close(fds[0]);
    ::close(fds[1]);
}

TEST_CASE("replacing a watch by a new one of the same descriptor keeps the new one", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    const Pipe pipe;
    int first = 0;
    int second = 0;
    auto watch = loop.watch(pipe.reader(), true, false, [&](EventLoop::Ready) { ++first; });
    watch = loop.watch(pipe.reader(), true, false, [&](EventLoop::Ready) { ++second; });
    pipe.write();
    loop.poll();
    CHECK(first == 0);
    CHECK(second == 1);
}

TEST_CASE("a watch may drop itself and others that are ready in the same turn", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    const std::array<Pipe, 3> pipes;
    std::array<EventLoop::Handle, 3> watches;
    int calls = 0;
    for (std::size_t i = 0; i < pipes.size(); ++i) {
        pipes[i].write();
        watches[i] = loop.watch(pipes[i].reader(), true, false, [&](EventLoop::Ready) {
            ++calls;
            for (auto& watch : watches) watch.reset();
        });
    }
    loop.poll();
    loop.poll();
    CHECK(calls == 1);
}

TEST_CASE("an event meant for a closed descriptor does not reach the one that took its number", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    std::array<std::unique_ptr<Pipe>, 2> pipes{std::make_unique<Pipe>(), std::make_unique<Pipe>()};
    std::array<EventLoop::Handle, 2> watches;
    int stale = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        pipes[i]->write();
        watches[i] = loop.watch(pipes[i]->reader(), true, false, [&, i](EventLoop::Ready) {
            const std::size_t other = 1 - i;
            watches[other].reset();
            pipes[other].reset();
            pipes[other] = std::make_unique<Pipe>();  // takes the numbers just freed
            watches[other] = loop.watch(pipes[other]->reader(), true, false, [&](EventLoop::Ready) { ++stale; });
        });
    }
    CHECK(loop.poll() == 1);
    CHECK(stale == 0);
}

TEST_CASE("a descriptor that cannot be waited for is told as failed once", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    int failures = 0;
    const auto watch =
        loop.watch(1 << 20, true, false, [&](EventLoop::Ready ready) { failures += ready.failed ? 1 : 0; });
    loop.poll();
    loop.poll();
    CHECK(failures == 1);
}

TEST_CASE("mail runs in the order given, and mail sent by mail in the next turn", "[event_loop]") {
    VirtualClock clock;
    EventLoop loop(clock);
    std::string order;
    loop.post([&] {
        order += '1';
        loop.post([&] { order += '3'; });
    });
    loop.post([&] { order += '2'; });
    CHECK(loop.poll() == 2);
    CHECK(order == "12");
    CHECK(loop.poll() == 1);
    CHECK(order == "123");
}

TEST_CASE("quit ends run after the current callback and keeps the mail behind it", "[event_loop]") {
    const SystemClock clock;
    EventLoop loop(clock);
    std::string order;
    loop.post([&] {
        order += '1';
        loop.quit();
    });
    loop.post([&] {
        order += '2';
        loop.quit();
    });
    loop.run();
    CHECK(order == "1");
    loop.run();
    CHECK(order == "12");
}

TEST_CASE("run sleeps until a timer is due and ends when stop is requested", "[event_loop]") {
    const SystemClock clock;
    EventLoop loop(clock);
    std::stop_source stop;
    const auto begun = clock.now();
    std::optional<sightline::core::ArrivalTime> called;
    const auto timer = loop.after(5ms, [&] {
        called = clock.now();
        stop.request_stop();
    });
    loop.run(stop.get_token());
    REQUIRE(called);
    CHECK(*called - begun >= 5ms);
}

TEST_CASE("many threads post, one loop runs all of it, each thread's in order", "[event_loop]") {
    const SystemClock clock;
    EventLoop loop(clock);
    constexpr int kThreads = 4;
    constexpr int kEach = 2000;
    std::vector<std::vector<int>> got(kThreads);
    int total = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.push_back(start_thread("poster", [&, t](const std::stop_token&) {
                for (int i = 0; i < kEach; ++i) {
                    loop.post([&, t, i] {
                        got[static_cast<std::size_t>(t)].push_back(i);
                        if (++total == kThreads * kEach) loop.quit();
                    });
                }
            }));
        }
        loop.run();
    }
    CHECK(total == kThreads * kEach);
    for (const auto& numbers : got) {
        REQUIRE(numbers.size() == kEach);
        CHECK(std::is_sorted(numbers.begin(), numbers.end()));
    }
}

TEST_CASE("another thread stops a loop that waits for nothing", "[event_loop]") {
    const SystemClock clock;
    EventLoop loop(clock);
    std::atomic<bool> ended{false};
    {
        const auto thread = start_thread("loop", [&](const std::stop_token& stop) {
            loop.run(stop);
            ended = true;
        });
    }
    CHECK(ended);
}

TEST_CASE("a handle that outlives its loop does nothing, whoever owns it", "[event_loop]") {
    VirtualClock clock;
    EventLoop::Handle timer;
    EventLoop::Handle watch;
    const Pipe pipe;
    {
        EventLoop loop(clock);
        timer = loop.after(1ms, [] {});
        watch = loop.watch(pipe.reader(), true, false, [](EventLoop::Ready) {});
        // A callback that owns another's handle, dropped with the loop.
        auto inner = std::make_shared<EventLoop::Handle>(loop.after(2ms, [] {}));
        loop.post([inner] {});
        timer = loop.after(3ms, [inner] {});
    }
    timer.reset();
    watch.reset();
}
