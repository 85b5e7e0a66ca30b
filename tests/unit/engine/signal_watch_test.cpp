// SPDX-License-Identifier: Apache-2.0
#include "engine/signal_watch.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using core::ArrivalTime;
using engine::SignalWatch;
using probe::LinkState;

namespace {

ArrivalTime at(core::Duration time) {
    return ArrivalTime{time};
}

/// A watch that starts at 100 s, and what it said: "condition verdict @milliseconds[~][: detail]", ~ for inexact.
struct Watched {
    explicit Watched(bool datagrams) : watch({datagrams, 10s}, findings) { watch.start(at(100s)); }
    void link(LinkState state, core::Duration when, const std::string& reason = {}) {
        watch.on_link({state, reason, {}, at(when)});
    }
    std::vector<std::string> said() {
        std::vector<std::string> out;
        for (const core::Observation& item : findings.items) {
            const auto* edge = std::get_if<core::StateEdge>(&item);
            if (edge == nullptr) continue;
            CHECK_FALSE(edge->at.media);
            out.push_back(fmt::format("{} {} @{}{}{}", edge->condition, core::name(edge->verdict),
                                      edge->at.arrival->time_since_epoch() / 1ms, edge->exact ? "" : "~",
                                      edge->detail.empty() ? "" : ": " + edge->detail));
        }
        findings.items.clear();
        return out;
    }
    core::FindingsList findings;
    SignalWatch watch;
};

using Said = std::vector<std::string>;

}  // namespace

TEST_CASE("A connection that is refused is unreachable since the attempt began", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connecting, 100s);
    w.watch.tick(at(100100ms));
    CHECK(w.said().empty());
    w.link(LinkState::Unreachable, 100200ms, "connection refused");
    CHECK(w.said() == Said{"signal.unreachable bad @100000: connection refused"});
    // The same answer again is nothing new; another reason is, from when it was given.
    w.link(LinkState::Connecting, 101s);
    w.link(LinkState::Unreachable, 101200ms, "connection refused");
    CHECK(w.said().empty());
    w.link(LinkState::Unreachable, 102s, "no route to host");
    CHECK(w.said() == Said{"signal.unreachable bad @102000: no route to host"});
    CHECK(w.watch.reason() == "no route to host");
    CHECK_FALSE(w.watch.ever_received());
}

TEST_CASE("A listener that nobody calls is unreachable once a caller would have given up", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connecting, 100s);
    w.watch.tick(at(109999ms));
    CHECK(w.said().empty());
    w.watch.tick(at(110s));
    CHECK(w.said() == Said{"signal.unreachable bad @100000: nobody has connected"});
    w.watch.tick(at(111s));
    CHECK(w.said().empty());
    w.link(LinkState::Connected, 120s);
    CHECK(w.said() == Said{"signal.unreachable good @120000"});
}

TEST_CASE("A connection that breaks is lost since its last byte", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connected, 101s);
    w.watch.on_bytes(at(101500ms));
    w.watch.on_frame(at(101500ms), 0s);
    CHECK(w.said() ==
          Said{"signal.unreachable good @101000", "signal.lost good @101500", "signal.stalled good @101500"});
    w.watch.on_bytes(at(102s));
    w.link(LinkState::Unreachable, 102700ms, "connection reset");
    CHECK(w.said() == Said{"signal.unreachable bad @102700: connection reset", "signal.stalled unknown @102700",
                           "signal.lost bad @102000: connection reset"});
    w.link(LinkState::Connected, 105s);
    w.watch.on_bytes(at(105200ms));
    CHECK(w.said() == Said{"signal.unreachable good @105000", "signal.lost good @105200"});
    CHECK(w.watch.ever_received());
}

TEST_CASE("An input that ends as it should is neither lost nor unreachable", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connected, 101s);
    w.watch.on_bytes(at(101s));
    w.watch.on_frame(at(101s), 0s);
    (void)w.said();
    w.link(LinkState::Ended, 102s);
    CHECK(w.said() == Said{"signal.stalled unknown @102000"});
}

TEST_CASE("A link that is up without new frames is stalled since the last one", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connected, 100s);
    w.watch.on_bytes(at(100s));
    w.watch.on_frame(at(100s), 0s);
    (void)w.said();
    w.watch.on_bytes(at(101s));  // bytes alone do not count: null packets, tables
    w.watch.tick(at(101499ms));
    CHECK(w.said().empty());
    w.watch.tick(at(101500ms));
    CHECK(w.said() == Said{"signal.stalled bad @100000: connected, no new frames"});
    w.watch.tick(at(102s), "404 Not Found");
    CHECK(w.said() == Said{"signal.stalled bad @100000: 404 Not Found"});
    w.watch.on_frame(at(103s), 0s);
    CHECK(w.said() == Said{"signal.stalled good @103000"});
}

TEST_CASE("A segment that is long may be long in coming", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connected, 100s);
    w.watch.on_bytes(at(100s));
    w.watch.on_frame(at(100s), 6s);
    (void)w.said();
    w.watch.tick(at(105999ms));
    CHECK(w.said().empty());
    w.watch.tick(at(106s));
    CHECK(w.said() == Said{"signal.stalled bad @100000: connected, no new frames"});
}

TEST_CASE("A link that is up and never gave anything is stalled, and says that it looked late", "[signal_watch]") {
    Watched w(false);
    w.link(LinkState::Connected, 100s);
    (void)w.said();
    w.watch.tick(at(101500ms));
    CHECK(w.said() == Said{"signal.stalled bad @100000~: connected, nothing received"});
}

TEST_CASE("Datagrams that stop are lost from the last one on, not stalled", "[signal_watch]") {
    Watched w(true);
    w.link(LinkState::Connected, 100s);
    w.watch.on_bytes(at(100500ms));
    w.watch.on_frame(at(100500ms), 0s);
    (void)w.said();
    w.watch.tick(at(101499ms));
    CHECK(w.said().empty());
    w.watch.tick(at(101500ms));
    CHECK(w.said() == Said{"signal.stalled unknown @101500", "signal.lost bad @100500: no packets arrive"});
    w.watch.tick(at(102s));
    CHECK(w.said().empty());
    w.watch.on_bytes(at(104s));
    CHECK(w.said() == Said{"signal.lost good @104000"});
}

TEST_CASE("Datagrams that never came are lost since we listen, inexactly", "[signal_watch]") {
    Watched w(true);
    w.link(LinkState::Connected, 100s);
    (void)w.said();
    w.watch.tick(at(101s));
    CHECK(w.said() == Said{"signal.lost bad @100000~: no packets have arrived yet"});
}

TEST_CASE("Every tick passes time on the arrival clock, after what it found", "[signal_watch]") {
    Watched w(true);
    w.link(LinkState::Connected, 100s);
    w.findings.items.clear();
    w.watch.tick(at(101s));
    REQUIRE(w.findings.items.size() == 2);
    const auto& tick = std::get<core::Tick>(w.findings.items.back());
    CHECK(tick.domain == core::ClockDomain::Arrival);
    CHECK(tick.at.arrival == at(101s));
}
