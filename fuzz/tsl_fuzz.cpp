// SPDX-License-Identifier: Apache-2.0
// Tally packets, as a datagram and as a stream.
#include <cstddef>
#include <cstdint>

#include "fuzz/tsl_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::read_tally({reinterpret_cast<const std::byte*>(data), size});
    return 0;
}
