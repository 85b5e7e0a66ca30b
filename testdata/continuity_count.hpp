// SPDX-License-Identifier: Apache-2.0
// Continuity errors counted a second time, apart from the product's own inspector, so that each checks the other.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>

#include "testdata/ts_packet.hpp"

namespace sightline::testdata {

/// Counts per PID what a receiver of these packets must count.
///
/// Rules (ISO/IEC 13818-1, 2.4.3.3; TR 101 290, 1.4): expected is the last counter + 1, and the last counter where
/// there is no payload; one repetition is legal if all bytes but the PCR are equal, each further one is an error, as is
/// every other value; the count goes on from it. Null packets are not judged; packets with transport_error_indicator or
/// another first byte than 0x47 are as if they had not come; discontinuity_indicator excuses any value.
class ContinuityCount {
public:
    void feed(std::span<const std::uint8_t, kPacketSize> packet);
    [[nodiscard]] std::uint64_t errors(int pid) const;

private:
    struct State {
        std::array<std::uint8_t, kPacketSize> last{};  ///< its PCR bytes zeroed
        bool repeated = false;
        std::uint64_t errors = 0;
    };
    std::map<int, State> states_;
};

}  // namespace sightline::testdata
