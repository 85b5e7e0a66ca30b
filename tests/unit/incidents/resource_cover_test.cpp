// SPDX-License-Identifier: Apache-2.0
#include "incidents/resource_cover.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;

namespace {

std::vector<Failure> at(std::initializer_list<std::pair<std::chrono::milliseconds, std::size_t>> list) {
    std::vector<Failure> failures;
    for (const auto& [time, stream] : list) failures.push_back({core::UtcTime{time}, stream});
    return failures;
}

SharedCause cause(const char* name, std::set<std::size_t> streams, std::size_t sharing) {
    SharedCause made;
    made.resource = name;
    made.streams = std::move(streams);
    made.sharing = sharing;
    return made;
}

using Cover = std::vector<std::size_t>;

}  // namespace

TEST_CASE("Three of five within thirty seconds fail together, at 30 s exactly and not a millisecond later") {
    CHECK(failing_together(at({{0s, 1}, {10s, 2}, {30s, 3}}), 30s, 3, 50, 5, {}).streams ==
          std::set<std::size_t>{1, 2, 3});
    CHECK(failing_together(at({{0s, 1}, {10s, 2}, {30'001ms, 3}}), 30s, 3, 50, 5, {}).streams.empty());
}

TEST_CASE("Fewer than three, or less than half of those that share it, are no group") {
    CHECK(failing_together(at({{0s, 1}, {1s, 2}}), 30s, 3, 50, 2, {}).streams.empty());
    CHECK(failing_together(at({{0s, 1}, {1s, 2}, {2s, 3}}), 30s, 3, 50, 7, {}).streams.empty());
    CHECK(failing_together(at({{0s, 1}, {1s, 2}, {2s, 3}}), 30s, 3, 50, 6, {}).streams.size() == 3);
}

TEST_CASE("A stream that fails three times counts once") {
    CHECK(failing_together(at({{0s, 1}, {1s, 1}, {2s, 1}, {3s, 2}}), 30s, 3, 50, 4, {}).streams.empty());
}

TEST_CASE("What follows downstream and shares the same counts") {
    const auto found = failing_together(at({{0s, 0}, {1s, 1}}), 30s, 3, 50, 8, {3, 3});
    CHECK(found.streams.size() == 2);
    CHECK(found.followers == 6);
}

TEST_CASE("The smallest set that explains all wins, then the larger failing part, then the name") {
    const std::vector<SharedCause> site{cause("encoder=a", {1, 2, 3}, 3), cause("encoder=b", {4, 5, 6}, 3),
                                        cause("site=x", {1, 2, 3, 4, 5, 6}, 6)};
    CHECK(smallest_cover(site) == Cover{2});
    const std::vector<SharedCause> encoder{cause("encoder=a", {1, 2, 3}, 4), cause("site=x", {1, 2, 3}, 6)};
    CHECK(smallest_cover(encoder) == Cover{0});
    const std::vector<SharedCause> equal{cause("cdn=a", {1, 2, 3}, 3), cause("host=a", {1, 2, 3}, 3)};
    CHECK(smallest_cover(equal) == Cover{0});
    const std::vector<SharedCause> apart{cause("encoder=a", {1, 2, 3}, 3), cause("encoder=b", {7, 8, 9}, 3)};
    CHECK(smallest_cover(apart) == Cover{0, 1});
    CHECK(smallest_cover({}).empty());
}
