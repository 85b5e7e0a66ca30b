// SPDX-License-Identifier: Apache-2.0
// A run of datagrams: each a byte of length (in units of 4), a byte of milliseconds since the last, then its bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "probe/rtp_receiver.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sightline::core::ArrivalTime;
    std::span<const std::byte> input = std::as_bytes(std::span(data, size));
    ArrivalTime now{};
    ArrivalTime last{};
    std::uint64_t payloads = 0;
    sightline::probe::RtpReceiver receiver(
        [&](std::span<const std::byte> payload, ArrivalTime arrival) {
            if (payload.empty() || arrival < last || arrival > now) std::abort();
            last = arrival;
            ++payloads;
        },
        [] {});
    while (input.size() >= 2) {
        const std::size_t length = std::min<std::size_t>(std::to_integer<std::size_t>(input[0]) * 4, input.size() - 2);
        now += std::chrono::milliseconds{std::to_integer<int>(input[1])};
        receiver.take(input.subspan(2, length), now);
        receiver.pass_time(now);
        input = input.subspan(2 + length);
    }
    now += std::chrono::seconds{1};
    receiver.pass_time(now);
    if (receiver.waiting() || payloads > receiver.statistics().received) std::abort();
    return 0;
}
