// SPDX-License-Identifier: Apache-2.0
#include "fuzz/evidence_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::ts_start({data, size});
    return 0;
}
