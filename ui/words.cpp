// SPDX-License-Identifier: Apache-2.0
#include "ui/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace sightline::ui {

std::string age_text(core::Duration age) {
    const auto all = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    if (all < 3600) return fmt::format("{:02}:{:02}", all / 60, all % 60);
    if (all < 86'400) return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
    return fmt::format("{} d {:02} h", all / 86'400, all / 3600 % 24);
}

std::string for_text(core::Duration age) {
    const auto all = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    if (all < 120) return fmt::format("for {} s", all);
    if (all < 7200) return fmt::format("for {} min", all / 60);
    return fmt::format("for {} h", all / 3600);
}

std::string clock_text(core::UtcTime utc, const std::string& zone, bool seconds) {
    const std::time_t time = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::floor<std::chrono::seconds>(utc.time_since_epoch()))
                                 .count();
    std::tm parts{};
    if (zone == "UTC") {
        gmtime_r(&time, &parts);
    } else {
        localtime_r(&time, &parts);
    }
    if (!seconds) return fmt::format("{:02}:{:02}", parts.tm_hour, parts.tm_min);
    return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace sightline::ui
