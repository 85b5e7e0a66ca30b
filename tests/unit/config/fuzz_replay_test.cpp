// SPDX-License-Identifier: Apache-2.0
// Replays testdata/fuzz/config through the fuzz target's own function.
#include "fuzz/config_fuzz.cpp"

#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

TEST_CASE("Every input that the fuzzer kept is answered") {
    const auto read = [](const std::string& bytes) {
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
    };
    CHECK(sightline::tests::replay("config", read) >= 4);
}
