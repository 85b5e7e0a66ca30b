// SPDX-License-Identifier: Apache-2.0
#include "ui/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sightline::ui {

std::string age_text(core::Duration age) {
    const auto all = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    if (all < 3600) return fmt::format("{:02}:{:02}", all / 60, all % 60);
    if (all < 86'400) return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
    return fmt::format("{} d {:02} h", all / 86'400, all / 3600 % 24);
}

std::string timer_text(core::Duration left) {
    using std::chrono::seconds;
    const auto all =
        left.count() > 0 ? std::chrono::ceil<seconds>(left).count() : std::chrono::floor<seconds>(-left).count();
    const std::string sign = left.count() > 0 ? "\xE2\x88\x92" : "+";
    if (all < 86'400 || all >= 360'000) return sign + age_text(seconds{all});
    return sign + fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

std::string for_text(core::Duration age) {
    const auto all = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    if (all < 120) return fmt::format("for {} s", all);
    if (all < 7200) return fmt::format("for {} min", all / 60);
    return fmt::format("for {} h", all / 3600);
}

std::string clock_text(core::UtcTime utc, const ClockZone& zone, bool seconds) {
    const CivilTime time = zone.at(utc);
    if (!seconds) return fmt::format("{:02}:{:02}", time.hour, time.minute);
    return fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
}

}  // namespace sightline::ui
