// SPDX-License-Identifier: Apache-2.0
#include "ui/clock_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace sightline::ui {

ClockZone ClockZone::utc() {
    ClockZone zone;
    zone.name_ = "UTC";
    zone.zone_ = std::make_shared<const core::TimeZone>();
    return zone;
}

core::Result<ClockZone> ClockZone::load(const std::string& name) {
    if (name == "local") return ClockZone();
    if (name == "UTC") return utc();
    auto loaded = core::load_time_zone(name);
    if (!loaded) return tl::unexpected(loaded.error());
    ClockZone zone;
    zone.name_ = name;
    zone.zone_ = std::make_shared<const core::TimeZone>(std::move(*loaded));
    return zone;
}

CivilTime ClockZone::at(core::UtcTime utc) const {
    const std::int64_t unix_seconds = std::chrono::floor<std::chrono::seconds>(utc.time_since_epoch()).count();
    if (zone_ == nullptr) {
        const auto time = static_cast<std::time_t>(unix_seconds);
        std::tm parts{};
        localtime_r(&time, &parts);
        return {parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(parts.tm_gmtoff / 60)};
    }
    const int offset = zone_->offset_at(unix_seconds);
    constexpr std::int64_t kDay = 86'400;
    const std::int64_t day_seconds = ((unix_seconds + offset) % kDay + kDay) % kDay;
    return {static_cast<int>(day_seconds / 3600), static_cast<int>(day_seconds / 60 % 60),
            static_cast<int>(day_seconds % 60), offset / 60};
}

std::string ClockZone::words(core::UtcTime utc) const {
    const int minutes = at(utc).offset_minutes;
    std::string offset = minutes == 0        ? std::string("UTC")
                         : minutes % 60 == 0 ? fmt::format("UTC{:+}", minutes / 60)
                                             : fmt::format("UTC{}{}:{:02}", minutes < 0 ? '-' : '+',
                                                           std::abs(minutes) / 60, std::abs(minutes) % 60);
    if (name_ == "local" || name_ == "UTC") return offset;
    std::string place = name_.substr(name_.rfind('/') + 1);
    std::replace(place.begin(), place.end(), '_', ' ');
    return place + " " + offset;
}

}  // namespace sightline::ui
