// SPDX-License-Identifier: Apache-2.0
#include "core/bounded_queue.hpp"

#include <memory>

#include "core/published.hpp"
#include "core/thread.hpp"
#include "tests/catch.hpp"

using namespace sightline::core;

TEST_CASE("A dropping queue keeps the newest and counts what it dropped") {
    BoundedQueue<int> queue(3, WhenFull::DropOldest);
    for (int i = 0; i < 5; ++i) CHECK(queue.push(i, 1));
    CHECK(queue.take_dropped() == 2);
    CHECK(queue.take_dropped() == 0);
    CHECK(queue.try_pop() == 2);
    CHECK(queue.weight() == 2);
    CHECK(queue.push(9, 100));  // heavier than all: passes alone
    CHECK(queue.try_pop() == 9);
    CHECK_FALSE(queue.try_pop());
}

TEST_CASE("A blocking queue loses nothing between threads, and closing drains it") {
    BoundedQueue<int> queue(4, WhenFull::Block);
    std::jthread producer = start_thread("producer", [&](const std::stop_token& stop) {
        for (int i = 0; i < 1000; ++i) queue.push(i, 1, stop);
        queue.close();
    });
    int expected = 0;
    while (auto item = queue.pop({})) CHECK(*item == expected++);
    CHECK(expected == 1000);
    CHECK_FALSE(queue.push(1, 1));
}

TEST_CASE("A stop request ends a wait at either end") {
    BoundedQueue<int> queue(1, WhenFull::Block);
    queue.push(1, 1);
    bool refused = false;
    {
        std::jthread blocked =
            start_thread("blocked", [&](const std::stop_token& stop) { refused = !queue.push(2, 1, stop); });
        blocked.request_stop();
    }
    CHECK(refused);
    CHECK(queue.try_pop() == 1);
    std::optional<int> none = 5;
    {
        std::jthread waiting = start_thread("waiting", [&](const std::stop_token& stop) { none = queue.pop(stop); });
        waiting.request_stop();
    }
    CHECK_FALSE(none);
}

TEST_CASE("A snapshot is immutable for those who hold it") {
    Published<int> published;
    CHECK(published.get() == nullptr);
    published.publish(std::make_shared<const int>(1));
    const auto held = published.get();
    published.publish(std::make_shared<const int>(2));
    CHECK(*held == 1);
    CHECK(*published.get() == 2);
}
