// SPDX-License-Identifier: Apache-2.0
#include "incidents/intervals.hpp"

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline::incidents;
using sightline::core::Duration;

namespace {

Span span(int from, int to) {
    return {kNoon + std::chrono::seconds{from}, kNoon + std::chrono::seconds{to}};
}

}  // namespace

TEST_CASE("Spans in any order become a set: joined where they touch, without empty and backward ones") {
    CHECK(as_set({span(5, 6), span(0, 2), span(2, 3), span(4, 4), span(9, 8), span(1, 2)}) ==
          Spans{span(0, 3), span(5, 6)});
    CHECK(as_set({}).empty());
}

TEST_CASE("Union, intersection and difference are those of sets") {
    const Spans a{span(0, 10), span(20, 30)}, b{span(5, 22), span(25, 26), span(40, 50)};
    CHECK(unite(a, b) == Spans{span(0, 30), span(40, 50)});
    CHECK(intersect(a, b) == Spans{span(5, 10), span(20, 22), span(25, 26)});
    CHECK(subtract(a, b) == Spans{span(0, 5), span(22, 25), span(26, 30)});
    CHECK(subtract(b, a) == Spans{span(10, 20), span(40, 50)});
    CHECK(subtract(a, {}) == a);
    CHECK(intersect(a, {}).empty());
    CHECK(length(a) == std::chrono::seconds{20});
}

TEST_CASE("Second by second, the sets agree with arithmetic on many small cases") {
    const auto has = [](const Spans& spans, int second) {
        for (const Span& s : spans) {
            if (s.from <= span(second, 0).from && span(second, 0).from < s.to) return true;
        }
        return false;
    };
    std::uint32_t seed = 7;
    const auto random = [&seed](int below) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        return static_cast<int>(seed >> 16U) % below;
    };
    for (int n = 0; n < 300; ++n) {
        std::vector<Span> x, y;
        for (int i = random(5); i > 0; --i) x.push_back(span(random(20), random(20)));
        for (int i = random(5); i > 0; --i) y.push_back(span(random(20), random(20)));
        const Spans a = as_set(x), b = as_set(y);
        for (int second = 0; second < 20; ++second) {
            CAPTURE(n, second);
            CHECK(has(unite(a, b), second) == (has(a, second) || has(b, second)));
            CHECK(has(intersect(a, b), second) == (has(a, second) && has(b, second)));
            CHECK(has(subtract(a, b), second) == (has(a, second) && !has(b, second)));
        }
    }
}
