// SPDX-License-Identifier: Apache-2.0
// Replays testdata/fuzz/link through what the fuzz target does.
#include <string>

#include "fuzz/link_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

TEST_CASE("Frames that the fuzzer kept are read to their end", "[messages]") {
    using namespace sightline;
    CHECK(tests::replay("link", [](const std::string& bytes) { fuzz::read_frame(bytes); }) > 0);
}
