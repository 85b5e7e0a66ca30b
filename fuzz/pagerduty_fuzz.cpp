// SPDX-License-Identifier: Apache-2.0
#include "fuzz/pagerduty_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sightline::fuzz::pagerduty_event(data, size);
    return 0;
}
