// SPDX-License-Identifier: Apache-2.0
// Runs a loop until something holds; looks at a state, never at a time.
#pragma once

#include <chrono>

#include "net/event_loop.hpp"
#include "tests/catch.hpp"

namespace sightline::tests {

/// Fails the test after 20 s, which is no expectation of speed but the end of a wait for what never comes.
template <class Predicate>
void run_until(net::EventLoop& loop, Predicate done) {
    bool late = false;
    const auto guard = loop.after(std::chrono::seconds{20}, [&] {
        late = true;
        loop.quit();
    });
    const auto look = loop.every(std::chrono::milliseconds{1}, [&] {
        if (done()) loop.quit();
    });
    loop.run();
    REQUIRE_FALSE(late);
}

}  // namespace sightline::tests
