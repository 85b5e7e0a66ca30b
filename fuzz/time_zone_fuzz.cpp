// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/time_zone.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sightline::core::TimeZone;
    const auto zone = TimeZone::from_tzif(std::as_bytes(std::span(data, size)));
    if (!zone) return 0;
    for (const std::int64_t at : {INT64_MIN, std::int64_t{-2'000'000'000}, std::int64_t{0}, std::int64_t{1'800'000'000},
                                  std::int64_t{40'000'000'000}, INT64_MAX}) {
        (void)zone->offset_at(at);
        (void)zone->to_unix(at, TimeZone::Repeated::First);
        (void)zone->to_unix(at, TimeZone::Repeated::Last);
    }
    return 0;
}
