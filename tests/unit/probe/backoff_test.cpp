// SPDX-License-Identifier: Apache-2.0
#include "probe/backoff.hpp"

#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using sightline::core::Duration;
using sightline::probe::Backoff;

namespace {

std::vector<Duration> delays(std::uint32_t seed, int count) {
    Backoff backoff(seed);
    std::vector<Duration> result;
    for (int i = 0; i < count; ++i) result.push_back(backoff.next());
    return result;
}

}  // namespace

TEST_CASE("delays double from half a second to ten seconds and stay there", "[backoff]") {
    const std::vector<Duration> full{500ms, 1s, 2s, 4s, 8s, 10s, 10s, 10s};
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        const auto got = delays(seed, static_cast<int>(full.size()));
        for (std::size_t i = 0; i < full.size(); ++i) {
            CHECK(got[i] <= full[i]);
            CHECK(got[i] >= full[i] * 7 / 10);
        }
    }
}

TEST_CASE("the same seed gives the same delays, another seed others", "[backoff]") {
    CHECK(delays(7, 10) == delays(7, 10));
    CHECK(delays(7, 10) != delays(8, 10));
}

TEST_CASE("success starts the delays over", "[backoff]") {
    Backoff backoff(1);
    for (int i = 0; i < 6; ++i) (void)backoff.next();
    backoff.reset();
    CHECK(backoff.next() <= Backoff::kFirst);
}
