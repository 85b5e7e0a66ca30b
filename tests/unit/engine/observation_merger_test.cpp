// SPDX-License-Identifier: Apache-2.0
#include "engine/observation_merger.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using engine::Lane;
using engine::ObservationMerger;

namespace {

core::Observation edge(const std::string& condition, std::optional<core::MediaTime> at) {
    core::StateEdge out;
    out.condition = condition;
    out.at.media = at;
    return out;
}

core::Observation tick(core::MediaTime at) {
    return core::Tick{core::ClockDomain::Media, {at, std::nullopt}, {}};
}

std::string names(const std::vector<core::Observation>& items) {
    std::string out;
    for (const core::Observation& item : items) {
        if (!out.empty()) out += ' ';
        if (const auto* state = std::get_if<core::StateEdge>(&item)) {
            out += state->condition;
        } else if (const auto* time = std::get_if<core::Tick>(&item)) {
            out += fmt::format("tick{}", *time->at.media / 1s);
        } else {
            out += "inventory";
        }
    }
    return out;
}

std::string taken(ObservationMerger& merger) {
    std::vector<core::Observation> out;
    merger.take(out);
    return names(out);
}

}  // namespace

TEST_CASE("An observation is held back until the other lane has come as far", "[observation_merger]") {
    ObservationMerger merger;
    merger.add(Lane::Content, edge("c1", 1s));
    CHECK(taken(merger).empty());
    merger.add(Lane::Transport, edge("t2", 2s));
    CHECK(taken(merger) == "c1");
    merger.add(Lane::Content, edge("c3", 3s));
    CHECK(taken(merger) == "t2");
    CHECK(taken(merger).empty());
}

TEST_CASE("At the same time transport comes first, whoever spoke first", "[observation_merger]") {
    ObservationMerger merger;
    merger.add(Lane::Content, edge("c", 1s));
    merger.add(Lane::Transport, edge("t", 1s));
    merger.finish(Lane::Transport);
    merger.finish(Lane::Content);
    CHECK(taken(merger) == "t c");
}

TEST_CASE("A lane that is over holds nothing back", "[observation_merger]") {
    ObservationMerger merger;
    merger.add(Lane::Content, edge("c1", 1s));
    merger.add(Lane::Content, tick(9s));
    CHECK(taken(merger).empty());
    merger.finish(Lane::Transport);
    CHECK(taken(merger) == "c1 tick9");
}

TEST_CASE("An edge dated back stays where it was said", "[observation_merger]") {
    ObservationMerger merger;
    merger.add(Lane::Content, tick(5s));
    merger.add(Lane::Content, edge("frozen-since-2", 2s));
    merger.add(Lane::Content, edge("no-time", std::nullopt));
    merger.add(Lane::Content, core::Inventory{});
    merger.add(Lane::Transport, tick(4s));
    merger.finish(Lane::Transport);
    CHECK(taken(merger) == "tick4 tick5 frozen-since-2 no-time inventory");
}

TEST_CASE("The order is the same however far one lane ran ahead", "[observation_merger]") {
    std::vector<core::Observation> transport, content;
    for (int i = 0; i < 20; ++i) {
        transport.push_back(edge(fmt::format("t{}", i), i * 300ms));
        content.push_back(edge(fmt::format("c{}", i), i * 200ms));
    }
    const auto run = [&](std::size_t transport_first, bool take_often) {
        ObservationMerger merger;
        std::vector<core::Observation> out;
        std::size_t t = 0;
        std::size_t c = 0;
        while (t < transport.size() || c < content.size()) {
            if (t < transport.size() && (t < c + transport_first || c == content.size())) {
                merger.add(Lane::Transport, transport[t++]);
            } else {
                merger.add(Lane::Content, content[c++]);
            }
            if (take_often) merger.take(out);
        }
        merger.finish(Lane::Transport);
        merger.finish(Lane::Content);
        merger.take(out);
        return names(out);
    };
    const std::string order = run(1, true);
    CHECK(order.starts_with("t0 c0 c1 t1 c2 t2 c3 c4 t3"));
    for (const std::size_t ahead : {0, 1, 3, 20}) {
        CHECK(run(ahead, true) == order);
        CHECK(run(ahead, false) == order);
    }
}
