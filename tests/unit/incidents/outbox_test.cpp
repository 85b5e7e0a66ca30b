// SPDX-License-Identifier: Apache-2.0
#include "incidents/outbox.hpp"

#include <algorithm>
#include <set>

#include "tests/catch.hpp"
#include "tests/unit/incidents/fake_receiver.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AlarmState;

namespace {

using Events = std::vector<std::string>;

/// An outbox with receivers that a test scripts.
struct OutboxBench {
    VirtualLoop time;
    FakeJournal journal;
    std::map<std::string, FakeReceiver> receivers;  // outlive the outbox
    Outbox outbox{time.loop, journal, 1};

    FakeReceiver& receiver(const std::string& name, core::Duration give_up = 24h, int concurrency = 4) {
        FakeReceiver& made = receivers[name];
        outbox.set_receiver({name, give_up, concurrency}, std::make_unique<FakeTransport>(time.loop, made));
        return made;
    }
    void add(const std::string& alarm, std::uint64_t sequence, std::vector<std::string> notifiers) {
        const auto state = sequence == 1 ? AlarmState::Raised : AlarmState::Changed;
        const auto notice = routed(transition(alarm, sequence, state), std::move(notifiers));
        journal.notices[event_id(notice.notice.alarm)] = notice.notice;
        outbox.add(notice, Outbox::Kept::InStore);
    }
    LaneMetrics lane(const std::string& name) {
        for (const LaneMetrics& metrics : outbox.metrics()) {
            if (metrics.notifier == name) return metrics;
        }
        FAIL("no lane " << name);
        return {};
    }
};

}  // namespace

TEST_CASE("A transition reaches each of its receivers once") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    auto& script = bench.receiver("script");
    bench.add("a-1", 1, {"noc", "script"});
    bench.add("a-2", 1, {"noc"});
    bench.time.settle();
    CHECK(noc.delivered == Events{"a-1.1", "a-2.1"});
    CHECK(script.delivered == Events{"a-1.1"});
    CHECK(bench.outbox.pending() == 0);
    CHECK_FALSE(bench.outbox.oldest_undelivered());
    REQUIRE(bench.journal.ended.size() == 3);
    CHECK(bench.journal.ended[0].delivered);
    CHECK(bench.journal.ended[0].attempts == 1);
}

TEST_CASE("The next transition of an alarm waits for the one before; other alarms go on, a few at once") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc", 24h, 2);
    noc.latency = 1s;
    for (const char* alarm : {"a-1", "a-2", "a-3"}) {
        bench.add(alarm, 1, {"noc"});
        bench.add(alarm, 2, {"noc"});
    }
    CHECK(noc.attempts == Events{"a-1.1", "a-2.1"});
    bench.time.run(1s);
    CHECK(noc.attempts == Events{"a-1.1", "a-2.1", "a-3.1", "a-1.2"});
    bench.time.run(5s);
    CHECK(noc.delivered == Events{"a-1.1", "a-2.1", "a-3.1", "a-1.2", "a-2.2", "a-3.2"});
    CHECK(noc.most_in_flight == 2);
}

TEST_CASE("A receiver that was down for ten minutes gets everything, in order per alarm") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    bool up = false;
    noc.answer = [&](const Delivery&) { return up ? Outcome{Outcome::Kind::Delivered, {}, {}} : unreachable(); };
    std::uint64_t sequence = 0;
    for (int minute = 0; minute < 10; ++minute) {
        ++sequence;
        for (int alarm = 0; alarm < 20; ++alarm) bench.add("a-" + std::to_string(alarm), sequence, {"noc"});
        bench.time.run(1min);
    }
    CHECK(noc.delivered.empty());
    CHECK(bench.outbox.pending() == 200);
    CHECK(bench.outbox.oldest_undelivered() == 10min);
    CHECK(noc.attempts.size() < 40);  // backed off: one at a time, not 20 alarms × 10 minutes of retries
    CHECK(bench.lane("noc").failures_in_a_row > 5);
    CHECK(bench.lane("noc").last_error == "connection refused");

    up = true;
    bench.time.run(2min);
    CHECK(bench.outbox.pending() == 0);
    CHECK(noc.delivered.size() == 200);
    for (int alarm = 0; alarm < 20; ++alarm) {
        const std::string id = "a-" + std::to_string(alarm);
        Events expected;
        for (std::uint64_t n = 1; n <= 10; ++n) expected.push_back(id + '.' + std::to_string(n));
        CHECK(of_alarm(noc.delivered, id) == expected);
    }
}

TEST_CASE("A dead receiver, or one that hangs, delays nobody else") {
    OutboxBench bench;
    auto& dead = bench.receiver("dead");
    dead.answer = [](const Delivery&) { return unreachable(); };
    auto& slow = bench.receiver("slow");
    slow.latency = 10s;
    auto& noc = bench.receiver("noc");
    for (int n = 1; n <= 50; ++n) {
        bench.add("a-" + std::to_string(n), 1, {"dead", "slow", "noc"});
        bench.time.settle();
        CHECK(noc.delivered.size() == static_cast<std::size_t>(n));  // no time has passed
    }
    CHECK(dead.delivered.empty());
    CHECK(slow.delivered.empty());
}

TEST_CASE("Delays between attempts grow to a minute") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    noc.answer = [](const Delivery&) { return unreachable(); };
    bench.add("a-1", 1, {"noc"});
    bench.time.run(10min);
    REQUIRE(noc.times.size() >= 10);
    for (std::size_t n = 1; n < noc.times.size(); ++n) {
        const auto full = std::min<core::Duration>(RetryDelay::kFirst * (1 << std::min<std::size_t>(n - 1, 6)), 60s);
        const core::Duration gap = noc.times[n] - noc.times[n - 1];
        CHECK(gap >= full / 2);
        CHECK(gap <= full + 200ms);  // the step of virtual time
    }
}

TEST_CASE("A receiver's Retry-After is obeyed, up to ten minutes") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    core::Duration wish = 90s;
    noc.answer = [&](const Delivery&) { return Outcome{Outcome::Kind::Unreachable, "429 Too Many Requests", wish}; };
    bench.add("a-1", 1, {"noc"});
    bench.add("a-2", 1, {"noc"});
    bench.time.run(89s);
    CHECK(noc.attempts.size() == 2);  // both began before the first answer
    wish = 24h;
    bench.time.run(2s);
    CHECK(noc.attempts.size() == 3);  // and then one at a time
    bench.time.run(9min);
    CHECK(noc.attempts.size() == 3);
    bench.time.run(2min);
    CHECK(noc.attempts.size() == 4);
}

TEST_CASE("One notice that fails holds up its own alarm only") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    bool mended = false;
    noc.answer = [&](const Delivery& delivery) {
        const bool bad = delivery.event_id == "a-1.1" && !mended;
        return Outcome{bad ? Outcome::Kind::Failed : Outcome::Kind::Delivered, bad ? "500" : "", {}};
    };
    bench.add("a-1", 1, {"noc"});
    bench.add("a-1", 2, {"noc"});
    bench.add("a-2", 1, {"noc"});
    bench.time.run(30s);
    CHECK(noc.delivered == Events{"a-2.1"});
    bench.add("a-3", 1, {"noc"});
    bench.time.settle();
    CHECK(noc.delivered == Events{"a-2.1", "a-3.1"});
    mended = true;
    bench.time.run(1min);
    CHECK(noc.delivered == Events{"a-2.1", "a-3.1", "a-1.1", "a-1.2"});
}

TEST_CASE("A notice that hangs a receiver does not stand before the others") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc", 24h, 1);
    noc.answer = [&](const Delivery& delivery) {
        return delivery.event_id == "a-1.1" ? unreachable() : Outcome{Outcome::Kind::Delivered, {}, {}};
    };
    for (int n = 1; n <= 20; ++n) bench.add("a-" + std::to_string(n), 1, {"noc"});
    bench.time.run(2min);
    CHECK(noc.delivered.size() == 19);
}

TEST_CASE("A rejected notice is tried five times, then given up, and its alarm goes on") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    noc.answer = [&](const Delivery& delivery) {
        const bool poison = delivery.event_id == "a-1.1";
        return Outcome{poison ? Outcome::Kind::Rejected : Outcome::Kind::Delivered, poison ? "422 too odd" : "", {}};
    };
    bench.add("a-1", 1, {"noc"});
    bench.add("a-1", 2, {"noc"});
    bench.add("a-2", 1, {"noc"});
    bench.time.settle();
    CHECK(noc.delivered == Events{"a-2.1"});
    bench.time.run(5min);
    CHECK(noc.delivered == Events{"a-2.1", "a-1.2"});
    CHECK(of_alarm(noc.attempts, "a-1") == Events{"a-1.1", "a-1.1", "a-1.1", "a-1.1", "a-1.1", "a-1.2"});
    CHECK(bench.lane("noc").dropped == 1);
    const auto& ended = bench.journal.ended;
    const auto dropped = std::find_if(ended.begin(), ended.end(), [](const auto& end) { return !end.delivered; });
    REQUIRE(dropped != ended.end());
    CHECK(dropped->event_id == "a-1.1");
    CHECK(dropped->attempts == 5);
    CHECK(dropped->error == "422 too odd");
}

TEST_CASE("What is not delivered in the configured time is given up") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc", 1h);
    bool up = false;
    noc.answer = [&](const Delivery&) { return up ? Outcome{Outcome::Kind::Delivered, {}, {}} : unreachable(); };
    bench.add("a-1", 1, {"noc"});
    bench.time.run(30min, 1s);
    bench.add("a-1", 2, {"noc"});
    bench.add("a-2", 1, {"noc"});
    bench.time.run(30min, 1s);
    REQUIRE(bench.journal.ended.size() == 1);
    CHECK(bench.journal.ended[0].event_id == "a-1.1");
    CHECK(bench.journal.ended[0].error == "undelivered for 1h: connection refused");
    CHECK(bench.outbox.oldest_undelivered() == 30min);
    up = true;
    bench.time.run(2min, 1s);
    CHECK(of_alarm(noc.delivered, "a-1") == Events{"a-1.2"});
    CHECK(of_alarm(noc.delivered, "a-2") == Events{"a-2.1"});
}

TEST_CASE("What a store held is delivered in its order after a restart, its age counted from the commit") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    noc.latency = 1s;
    std::vector<PendingDelivery> pending;
    for (const auto& [alarm, sequence] :
         std::vector<std::pair<std::string, std::uint64_t>>{{"a-1", 3}, {"a-2", 1}, {"a-1", 4}}) {
        const auto notice = routed(transition(alarm, sequence, AlarmState::Changed), {}).notice;
        bench.journal.notices[event_id(notice.alarm)] = notice;
        pending.push_back({event_id(notice.alarm), alarm, sequence, "noc", kNoon - 2h});
    }
    pending.push_back({"a-1.3", "a-1", 3, "gone", kNoon - 2h});
    bench.outbox.restore(pending);
    CHECK(bench.outbox.oldest_undelivered() == 2h);
    REQUIRE(bench.journal.ended.size() == 1);
    CHECK(bench.journal.ended[0].error == "notifier removed from the configuration");
    bench.time.run(3s);
    CHECK(noc.delivered == Events{"a-1.3", "a-2.1", "a-1.4"});
}

TEST_CASE("A step of the host's clock gives nothing up and delays nothing") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc", 1h);
    bool up = false;
    noc.answer = [&](const Delivery&) { return up ? Outcome{Outcome::Kind::Delivered, {}, {}} : unreachable(); };
    bench.add("a-1", 1, {"noc"});
    bench.time.run(1min);
    bench.time.clock.step_utc(48h);
    bench.time.run(1min);
    bench.time.clock.step_utc(-96h);
    up = true;
    bench.time.run(1min);
    CHECK(noc.delivered == Events{"a-1.1"});
}

TEST_CASE("A notice that cannot be read now is read later; one that is gone is given up") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    bench.journal.notices["a-1.1"] = routed(transition("a-1", 1, AlarmState::Raised), {}).notice;
    bench.journal.broken = true;
    const std::vector<PendingDelivery> pending{{"a-1.1", "a-1", 1, "noc", kNoon}, {"a-2.1", "a-2", 1, "noc", kNoon}};
    bench.outbox.restore(pending);
    bench.time.run(5s);
    CHECK(noc.attempts.empty());
    CHECK(bench.outbox.pending() == 2);
    bench.journal.broken = false;
    bench.time.run(1min);
    CHECK(noc.delivered == Events{"a-1.1"});
    CHECK(bench.outbox.pending() == 0);
    CHECK(bench.lane("noc").dropped == 1);
}

TEST_CASE("Beyond a thousand owed, notices wait in the store and are read when it is their turn") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    bool up = false;
    noc.answer = [&](const Delivery&) { return up ? Outcome{Outcome::Kind::Delivered, {}, {}} : unreachable(); };
    for (int n = 0; n < 1'500; ++n) bench.add("a-" + std::to_string(n), 1, {"noc"});
    up = true;
    bench.time.run(2min);
    CHECK(noc.delivered.size() == 1'500);
    CHECK(bench.journal.loads >= 499);
    CHECK(bench.journal.loads <= 510);
}

TEST_CASE("A receiver changed by a reload keeps its queue; a removed one gives it up") {
    OutboxBench bench;
    auto& noc = bench.receiver("noc");
    noc.latency = 1h;
    bench.add("a-1", 1, {"noc"});
    bench.add("a-1", 2, {"noc"});
    bench.time.run(1s);
    CHECK(noc.in_flight == 1);
    noc.latency = 0s;
    bench.receiver("noc", 24h);
    bench.time.settle();
    CHECK(noc.in_flight == 0);
    CHECK(noc.attempts == Events{"a-1.1", "a-1.1", "a-1.2"});
    CHECK(noc.delivered == Events{"a-1.1", "a-1.2"});

    noc.latency = 1h;
    bench.add("a-2", 1, {"noc"});
    bench.outbox.remove_receiver("noc");
    CHECK(bench.journal.ended.back().error == "notifier removed from the configuration");
    bench.add("a-3", 1, {"noc"});
    CHECK(bench.journal.ended.back().error == "no such notifier");
    bench.time.run(2h, 1min);
    CHECK(noc.delivered.size() == 2);
}
