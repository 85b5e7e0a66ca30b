// SPDX-License-Identifier: Apache-2.0
#include "engine/event_log.hpp"

#include "tests/catch.hpp"

using sightline::engine::EventLog;

TEST_CASE("Events are numbered from one without gaps", "[event_log]") {
    EventLog log;
    CHECK(log.newest() == 0);
    REQUIRE(log.after(0));
    CHECK(log.after(0)->empty());
    log.add("alarm", "{}");
    log.add("stream", R"({"id":"a"})");
    CHECK(log.newest() == 2);
    const auto all = log.after(0);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].number == 1);
    CHECK((*all)[0].type == "alarm");
    CHECK((*all)[1].number == 2);
    CHECK((*all)[1].json == R"({"id":"a"})");
    REQUIRE(log.after(1));
    CHECK(log.after(1)->size() == 1);
    REQUIRE(log.after(2));
    CHECK(log.after(2)->empty());
}

TEST_CASE("Who asks for what is forgotten is told so", "[event_log]") {
    EventLog log;
    for (std::size_t i = 0; i < EventLog::kKept + 1; ++i) log.add("stream", "{}");
    CHECK_FALSE(log.after(0));
    const auto kept = log.after(1);
    REQUIRE(kept);
    CHECK(kept->size() == EventLog::kKept);
    CHECK(kept->front().number == 2);
    CHECK(kept->back().number == log.newest());
}

TEST_CASE("Somebody is told of every event until he is no longer", "[event_log]") {
    EventLog log;
    int told = 0;
    log.on_added([&] { ++told; });
    log.add("a", "{}");
    log.add("b", "{}");
    CHECK(told == 2);
    log.on_added({});
    log.add("c", "{}");
    CHECK(told == 2);
}
