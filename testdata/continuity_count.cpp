// SPDX-License-Identifier: Apache-2.0
#include "testdata/continuity_count.hpp"

#include <algorithm>

namespace sightline::testdata {

void ContinuityCount::feed(std::span<const std::uint8_t, kPacketSize> packet) {
    const int pid = ((packet[1] & 0x1f) << 8) | packet[2];
    if (packet[0] != 0x47 || (packet[1] & 0x80) != 0 || pid == 8191) return;
    const bool payload = (packet[3] & 0x10) != 0;
    const bool flags = (packet[3] & 0x20) != 0 && packet[4] > 0;

    std::array<std::uint8_t, kPacketSize> now{};
    std::copy(packet.begin(), packet.end(), now.begin());
    if (flags && (packet[5] & 0x10) != 0 && packet[4] >= 7) std::fill_n(now.begin() + 6, 6, std::uint8_t{0});

    const auto [found, first] = states_.try_emplace(pid);
    State& state = found->second;
    const int counter = packet[3] & 15;
    const int last = state.last[3] & 15;
    const bool indicated = flags && (packet[5] & 0x80) != 0;
    const bool copy = !first && !indicated && payload && counter == last && now == state.last;
    if (!first && !indicated) {
        if (!payload) {
            if (counter != last) ++state.errors;
        } else if (!(copy && !state.repeated) && counter != ((last + 1) & 15)) {
            ++state.errors;
        }
    }
    if (!payload) {
        // Not a packet that could be repeated, but its counter is the one to go on from.
        state.last[3] = static_cast<std::uint8_t>((state.last[3] & 0xf0) | counter);
        if (first || indicated) state.last = now;
        return;
    }
    state.repeated = copy;
    state.last = now;
}

std::uint64_t ContinuityCount::errors(int pid) const {
    const auto found = states_.find(pid);
    return found == states_.end() ? 0 : found->second.errors;
}

}  // namespace sightline::testdata
