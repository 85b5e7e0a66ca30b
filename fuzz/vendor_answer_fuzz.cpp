// SPDX-License-Identifier: Apache-2.0
#include "fuzz/vendor_answer_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::vendor_answer(data, size);
    return 0;
}
