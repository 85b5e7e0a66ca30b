// SPDX-License-Identifier: Apache-2.0
#include "fuzz/api_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::answer_request({reinterpret_cast<const char*>(data), size});
    return 0;
}
