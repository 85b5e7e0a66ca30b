// SPDX-License-Identifier: Apache-2.0
// What the fuzzers have found stays fixed: their kept inputs, given to the same functions again.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sightline::tests {

/// Gives each file of testdata/fuzz/<target>/ to `use` as a string. @return how many there are.
template <class Use>
int replay(const std::string& target, Use&& use) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/testdata/fuzz/" + target)) {
        std::ifstream file(entry.path(), std::ios::binary);
        use(std::string(std::istreambuf_iterator<char>(file), {}));
        ++files;
    }
    return files;
}

}  // namespace sightline::tests
