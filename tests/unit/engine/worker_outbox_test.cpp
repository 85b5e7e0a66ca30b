// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_outbox.hpp"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using engine::WorkerOutbox;

namespace {

core::StateEdge edge(const std::string& condition, const std::string& track, core::Verdict verdict,
                     core::MediaTime at = {}) {
    core::StateEdge out;
    out.condition = condition;
    out.subject.track = track;
    out.verdict = verdict;
    out.at.media = at;
    return out;
}

core::Occurrence event(const std::string& condition, std::uint64_t count) {
    core::Occurrence out;
    out.condition = condition;
    out.count = count;
    return out;
}

core::Tick tick(core::ClockDomain domain, core::MediaTime at, const std::string& track = {}) {
    return {domain, {at, std::nullopt}, track};
}

core::LevelSample level(double value) {
    core::LevelSample out;
    out.measurement = "audio.level";
    out.value = value;
    return out;
}

/// A channel to a supervisor that reads when it is told to.
struct Line {
    Line() {
        auto ends = link::Channel::make_pair();
        REQUIRE(ends);
        channel =
            std::make_unique<link::Channel>(loop, ends->first, link::Channel::Handlers{[](link::Message) {}, {}, {}});
        other_socket = ends->second;
    }
    ~Line() {
        if (other == nullptr) ::close(other_socket);
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    /// Fills the socket and the queue behind it beyond the mark where the outbox holds back.
    void jam() {
        while (channel->queued_bytes() <= WorkerOutbox::kHoldBackBytes)
            REQUIRE(channel->send(link::Still{0, std::string(100'000, 'x')}));
    }
    /// Everything observed of `stream` that has arrived by now.
    std::vector<core::Observation> read(std::uint32_t stream = 0) {
        if (other == nullptr) {
            other = std::make_unique<link::Channel>(
                loop, other_socket,
                link::Channel::Handlers{[this](link::Message message) {
                                            if (auto* observed = std::get_if<link::Observed>(&message))
                                                messages.push_back(std::move(*observed));
                                        },
                                        [](const core::Error& error) { FAIL(error.message); },
                                        {}});
        }
        while (loop.poll() > 0) {
        }
        std::vector<core::Observation> out;
        for (const link::Observed& message : messages) {
            CHECK(message.observations.size() <= WorkerOutbox::kPerMessage);
            if (message.stream == stream)
                out.insert(out.end(), message.observations.begin(), message.observations.end());
        }
        return out;
    }
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    std::unique_ptr<link::Channel> channel, other;
    int other_socket = -1;
    std::vector<link::Observed> messages;
};

template <class T>
std::vector<T> only(const std::vector<core::Observation>& items) {
    std::vector<T> out;
    for (const core::Observation& item : items) {
        if (const auto* one = std::get_if<T>(&item)) out.push_back(*one);
    }
    return out;
}

}  // namespace

TEST_CASE("Only the first observation since the last sending asks for the next", "[worker_outbox]") {
    Line line;
    WorkerOutbox outbox(2);
    CHECK(outbox.add(0, level(1)));
    CHECK_FALSE(outbox.add(0, level(2)));
    CHECK_FALSE(outbox.add(1, level(3)));
    outbox.send(*line.channel);
    CHECK(outbox.add(1, level(4)));
}

TEST_CASE("A supervisor that keeps up gets everything, in order, by stream", "[worker_outbox]") {
    Line line;
    WorkerOutbox outbox(2);
    for (int i = 0; i < 1'000; ++i) outbox.add(0, level(i));
    outbox.add(1, edge("video.black", "video:1", core::Verdict::Bad));
    outbox.send(*line.channel);
    const auto levels = only<core::LevelSample>(line.read(0));
    REQUIRE(levels.size() == 1'000);
    for (int i = 0; i < 1'000; ++i) CHECK(levels[static_cast<std::size_t>(i)].value == i);
    CHECK(only<core::StateEdge>(line.read(1)).size() == 1);
    CHECK(outbox.dropped(0) == 0);
}

TEST_CASE("While the channel is full, states and counts are kept and levels are dropped and counted",
          "[worker_outbox]") {
    Line line;
    line.jam();
    WorkerOutbox outbox(2);
    for (int round = 0; round < 50; ++round) {
        const auto now = round * 100ms;
        outbox.add(0, edge("video.black", "video:1", round % 2 == 0 ? core::Verdict::Bad : core::Verdict::Good, now));
        outbox.add(0, edge("video.freeze", "video:1", core::Verdict::Bad, now));
        outbox.add(0, edge("audio.silence", "audio:1", core::Verdict::Bad, now));
        outbox.add(0, edge("audio.silence", "audio:2", core::Verdict::Unknown, now));
        outbox.add(0, event("ts.continuity", 3));
        outbox.add(0, event("ts.crc", 1));
        outbox.add(0, level(-20));
        outbox.add(0, core::Inventory{round == 49 ? "newest" : "old", {}});
        outbox.add(0, tick(core::ClockDomain::Media, now));
        outbox.add(0, tick(core::ClockDomain::Media, now + 1ms, "video:1"));
        outbox.add(0, tick(core::ClockDomain::Transport, now + 2ms));
        outbox.send(*line.channel);  // held back
    }
    outbox.add(1, level(1));
    CHECK(outbox.dropped(0) == 50);
    CHECK(outbox.dropped(1) == 0);

    (void)line.read();
    CHECK(line.messages.empty());
    outbox.send(*line.channel);
    const auto items = line.read();
    const auto edges = only<core::StateEdge>(items);
    REQUIRE(edges.size() == 4);
    CHECK(edges[0].condition == "video.black");
    CHECK(edges[0].verdict == core::Verdict::Good);
    CHECK(edges[0].at.media == 4900ms);
    CHECK(edges[1].condition == "video.freeze");
    CHECK(edges[2].subject.track == "audio:1");
    CHECK(edges[2].verdict == core::Verdict::Bad);
    CHECK(edges[3].subject.track == "audio:2");
    CHECK(edges[3].verdict == core::Verdict::Unknown);
    const auto events = only<core::Occurrence>(items);
    REQUIRE(events.size() == 2);
    CHECK(events[0].condition == "ts.continuity");
    CHECK(events[0].count == 150);
    CHECK(events[1].count == 50);
    const auto inventories = only<core::Inventory>(items);
    REQUIRE(inventories.size() == 1);
    CHECK(inventories[0].format == "newest");
    CHECK(only<core::LevelSample>(items).empty());
    const auto ticks = only<core::Tick>(items);
    REQUIRE(ticks.size() == 3);
    CHECK(ticks[0].at.media == 4900ms);
    CHECK(ticks[1].track == "video:1");
    CHECK(ticks[1].at.media == 4901ms);
    CHECK(ticks[2].domain == core::ClockDomain::Transport);
    for (std::size_t i = items.size() - 3; i < items.size(); ++i) CHECK(std::holds_alternative<core::Tick>(items[i]));
    CHECK(only<core::LevelSample>(line.read(1)).size() == 1);
}

TEST_CASE("A worker that nobody asks to send stays within its bound", "[worker_outbox]") {
    Line line;
    WorkerOutbox outbox(1);
    outbox.add(0, edge("video.black", "video:1", core::Verdict::Bad));
    for (std::size_t i = 0; i < WorkerOutbox::kMaxPending; ++i) outbox.add(0, level(1));
    CHECK(outbox.dropped(0) == WorkerOutbox::kMaxPending);
    outbox.send(*line.channel);
    CHECK(only<core::StateEdge>(line.read()).size() == 1);
}

TEST_CASE("A batch too large for one message goes in several", "[worker_outbox]") {
    Line line;
    WorkerOutbox outbox(1);
    for (int i = 0; i < 100; ++i) {
        auto item = edge("signal.unreachable", std::to_string(i), core::Verdict::Bad);
        item.detail = std::string(4'000, 'd');
        outbox.add(0, item);
    }
    outbox.send(*line.channel);
    const auto edges = only<core::StateEdge>(line.read());
    REQUIRE(edges.size() == 100);
    for (int i = 0; i < 100; ++i) CHECK(edges[static_cast<std::size_t>(i)].subject.track == std::to_string(i));
}
