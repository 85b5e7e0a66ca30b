// SPDX-License-Identifier: Apache-2.0
// Pictures that a remote probe's API gives.
#include <cstddef>
#include <cstdint>

#include "fuzz/still_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::read_still({reinterpret_cast<const char*>(data), size});
    return 0;
}
