// SPDX-License-Identifier: Apache-2.0
// Replays testdata/fuzz/config through the fuzz target's own function.
#include "fuzz/config_fuzz.cpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/catch.hpp"

TEST_CASE("Every input that the fuzzer kept is answered") {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/testdata/fuzz/config")) {
        CAPTURE(entry.path().string());
        std::ifstream file(entry.path(), std::ios::binary);
        std::stringstream bytes;
        bytes << file.rdbuf();
        const std::string text = bytes.str();
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == 0);
        ++count;
    }
    CHECK(count >= 4);
}
