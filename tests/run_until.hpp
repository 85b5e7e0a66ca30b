// SPDX-License-Identifier: Apache-2.0
// Turns a loop until something holds; looks at a state, never at a time.
#pragma once

#include <chrono>
#include <functional>

#include "net/event_loop.hpp"

namespace sightline::tests {

/// Turns `loop` until `done`. @return false after 20 s, which is no expectation of speed but the end of a wait for what
/// never comes: the test has failed.
[[nodiscard]] inline bool run_until(net::EventLoop& loop, const std::function<bool()>& done) {
    bool late = false;
    const auto guard = loop.after(std::chrono::seconds{20}, [&] {
        late = true;
        loop.quit();
    });
    const auto look = loop.every(std::chrono::milliseconds{1}, [&] {
        if (done()) loop.quit();
    });
    loop.run();
    return !late;
}

}  // namespace sightline::tests
