// SPDX-License-Identifier: Apache-2.0
// The wall's link: a message, or a segment of shared memory with words changed.
#include <cstddef>
#include <cstdint>

#include "fuzz/wall_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::read_wall_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
