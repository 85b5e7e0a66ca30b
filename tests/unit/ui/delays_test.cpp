// SPDX-License-Identifier: Apache-2.0
#include "ui/delays.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;

TEST_CASE("shares of delays are told to the next millisecond") {
    ui::Delays delays;
    CHECK(delays.below(0.5) == 0ms);
    for (int i = 1; i <= 98; ++i) delays.add(10ms);
    delays.add(39ms + 500us);
    delays.add(1min);
    CHECK(delays.count() == 100);
    CHECK(delays.below(0.5) == 11ms);
    CHECK(delays.below(0.99) == 40ms);
    CHECK(delays.longest() == 1min);
    CHECK(delays.below(1) == 5'001ms);
    delays.add(-1ms);  // clocks of two processes
    CHECK(delays.below(0) == 1ms);
}
