// SPDX-License-Identifier: Apache-2.0
// One frame of the socket between worker and supervisor.
#include <cstddef>
#include <cstdint>

#include "fuzz/link_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::read_frame({reinterpret_cast<const char*>(data), size});
    return 0;
}
