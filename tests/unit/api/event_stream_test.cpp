// SPDX-License-Identifier: Apache-2.0
#include "api/event_stream.hpp"

#include <string>

#include "core/thread.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using api::EventStreams;
using engine::EventLog;

TEST_CASE("A listener gets every event once, in order, as the wire has it", "[event_stream]") {
    EventLog log;
    EventStreams streams(log);
    log.add("alarm", R"({"id":"1"})");
    log.add("stream", R"({"id":"news"})");
    std::uint64_t seen = 0;
    CHECK(streams.next(seen) ==
          "id: 1\nevent: alarm\ndata: {\"id\":\"1\"}\n\nid: 2\nevent: stream\ndata: {\"id\":\"news\"}\n\n");
    CHECK(seen == 2);
    log.add("alarm", "{}");
    CHECK(streams.next(seen) == "id: 3\nevent: alarm\ndata: {}\n\n");
    CHECK(seen == 3);
}

TEST_CASE("A listener that comes back gets what it missed", "[event_stream]") {
    EventLog log;
    EventStreams streams(log);
    for (int i = 0; i < 5; ++i) log.add("stream", "{}");
    std::uint64_t seen = 3;
    CHECK(streams.next(seen) == "id: 4\nevent: stream\ndata: {}\n\nid: 5\nevent: stream\ndata: {}\n\n");
}

TEST_CASE("A listener that missed what is forgotten is told to begin anew", "[event_stream]") {
    EventLog log;
    EventStreams streams(log);
    for (std::size_t i = 0; i < EventLog::kKept + 5; ++i) log.add("stream", "{}");
    std::uint64_t seen = 2;
    CHECK(streams.next(seen) == "id: 4101\nevent: reset\ndata: {}\n\n");
    CHECK(seen == 4'101);
    log.add("alarm", "{}");
    CHECK(streams.next(seen) == "id: 4102\nevent: alarm\ndata: {}\n\n");
}

TEST_CASE("A number from another life of the probe begins anew too", "[event_stream]") {
    EventLog log;
    EventStreams streams(log);
    log.add("stream", "{}");
    std::uint64_t seen = 900;
    CHECK(streams.next(seen) == "id: 1\nevent: reset\ndata: {}\n\n");
    CHECK(seen == 1);
}

TEST_CASE("An event wakes a listener that waits", "[event_stream]") {
    EventLog log;
    EventStreams streams(log);
    std::string got;
    {
        const auto listener = core::start_thread("listener", [&](std::stop_token) {
            std::uint64_t seen = 0;
            got = streams.next(seen);
        });
        log.add("alarm", "{}");
    }
    CHECK(got == "id: 1\nevent: alarm\ndata: {}\n\n");
}

TEST_CASE("Closing lets all listeners go, those that come later too", "[event_stream]") {
    EventLog log;
    EventStreams streams(log);
    std::string first = "?";
    std::string second = "?";
    {
        const auto one = core::start_thread("one", [&](std::stop_token) {
            std::uint64_t seen = 0;
            first = streams.next(seen);
        });
        const auto two = core::start_thread("two", [&](std::stop_token) {
            std::uint64_t seen = 0;
            second = streams.next(seen);
        });
        streams.close();
    }
    CHECK(first.empty());
    CHECK(second.empty());
    log.add("alarm", "{}");
    std::uint64_t seen = 0;
    CHECK(streams.next(seen).empty());
}
