// SPDX-License-Identifier: Apache-2.0
// Replays testdata/fuzz/link through what the fuzz target does.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/link_targets.hpp"
#include "tests/catch.hpp"

TEST_CASE("Frames that the fuzzer kept are read to their end", "[messages]") {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/testdata/fuzz/link")) {
        std::ifstream file(entry.path(), std::ios::binary);
        sightline::fuzz::read_frame(std::string(std::istreambuf_iterator<char>(file), {}));
        ++files;
    }
    CHECK(files > 0);
}
