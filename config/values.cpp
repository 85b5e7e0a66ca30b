// SPDX-License-Identifier: Apache-2.0
#include "config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sightline::config {
namespace {

constexpr int kMinutesADay = 24 * 60;
constexpr int kMinutesAWeek = 7 * kMinutesADay;
constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

struct Quantity {
    double number = 0;
    std::string_view unit;
};
std::optional<Quantity> split(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    Quantity quantity;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, quantity.number, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(quantity.number)) return std::nullopt;
    quantity.unit = trimmed(std::string_view(end, static_cast<std::size_t>(last - end)));
    return quantity;
}

std::optional<int> day_from(std::string_view word) {
    for (std::size_t i = 0; i < kDays.size(); ++i) {
        if (same_word(word, kDays[i])) return static_cast<int>(i);
    }
    return std::nullopt;
}

/// "06:30" is 390; "24:00" is 1440.
std::optional<int> minute_from(std::string_view text) {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (hour > 24 || minute > 59 || (hour == 24 && minute > 0)) return std::nullopt;
    return hour * 60 + minute;
}

/// "Mon-Fri", "Sat,Sun", "Fri-Mon" as one flag a day.
std::optional<std::array<bool, 7>> days_from(std::string_view text) {
    std::array<bool, 7> days{};
    while (true) {
        const std::string_view part = trimmed(text.substr(0, text.find(',')));
        const std::size_t dash = part.find('-');
        const auto first = day_from(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : day_from(part.substr(dash + 1));
        if (!first || !last) return std::nullopt;
        for (int day = *first;; day = (day + 1) % 7) {
            days[static_cast<std::size_t>(day)] = true;
            if (day == *last) break;
        }
        const std::size_t comma = text.find(',');
        if (comma == std::string_view::npos) return days;
        text.remove_prefix(comma + 1);
    }
}

void add_span(int begin, int end, std::vector<core::WeeklySpan>& spans) {
    if (end <= kMinutesAWeek) {
        spans.push_back({begin, end});
    } else {
        spans.push_back({begin, kMinutesAWeek});
        spans.push_back({0, end - kMinutesAWeek});
    }
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
    const auto quantity = split(text);
    if (!quantity || !quantity->unit.empty()) return std::nullopt;
    return quantity->number;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
    text = trimmed(text);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_bitrate(std::string_view text) {
    const auto quantity = split(text);
    if (!quantity || quantity->number < 0) return std::nullopt;
    std::string_view unit = quantity->unit;
    double factor = 0;
    if (unit.starts_with('k') || unit.starts_with('K')) factor = 1e3;
    if (unit.starts_with('M')) factor = 1e6;
    if (unit.starts_with('G')) factor = 1e9;
    if (factor > 0) {
        unit.remove_prefix(1);
        if (!unit.empty() && unit != "b/s" && unit != "bps" && unit != "bit/s") return std::nullopt;
    } else {
        factor = 1;
        if (unit != "b/s" && unit != "bps" && unit != "bit/s") return std::nullopt;
    }
    const double bps = std::round(quantity->number * factor);
    return bps <= 1e12 ? std::optional(bps) : std::nullopt;
}

std::string bitrate_text(double bps) {
    if (bps >= 1e6 && std::fmod(bps, 1e4) == 0) return fmt::format("{}M", bps / 1e6);
    if (std::fmod(bps, 10) == 0) return fmt::format("{}k", bps / 1e3);
    return fmt::format("{}b/s", bps);
}

std::optional<double> parse_percent(std::string_view text) {
    const auto quantity = split(text);
    if (!quantity || quantity->unit != "%") return std::nullopt;
    return quantity->number;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
    struct Unit {
        std::string_view name;
        double factor;
    };
    static constexpr std::array<Unit, 15> kUnits{{{"", 1},
                                                  {"B", 1},
                                                  {"k", 1e3},
                                                  {"kB", 1e3},
                                                  {"M", 1e6},
                                                  {"MB", 1e6},
                                                  {"G", 1e9},
                                                  {"GB", 1e9},
                                                  {"Ki", 1024.0},
                                                  {"KiB", 1024.0},
                                                  {"Mi", 1024.0 * 1024},
                                                  {"MiB", 1024.0 * 1024},
                                                  {"Gi", 1024.0 * 1024 * 1024},
                                                  {"GiB", 1024.0 * 1024 * 1024},
                                                  {"kiB", 1024.0}}};
    const auto quantity = split(text);
    if (!quantity || quantity->number < 0) return std::nullopt;
    for (const Unit& unit : kUnits) {
        if (quantity->unit != unit.name) continue;
        const double bytes = std::round(quantity->number * unit.factor);
        if (bytes <= 1e15) return static_cast<std::int64_t>(bytes);
    }
    return std::nullopt;
}

std::optional<bool> parse_switch(std::string_view text) {
    for (const std::string_view word : {"true", "on", "yes"}) {
        if (same_word(text, word)) return true;
    }
    for (const std::string_view word : {"false", "off", "no"}) {
        if (same_word(text, word)) return false;
    }
    return std::nullopt;
}

std::optional<double> parse_frame_rate(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto number = parse_number(text.substr(0, slash));
    const auto divisor = slash == std::string_view::npos ? std::optional(1.0) : parse_number(text.substr(slash + 1));
    if (!number || !divisor || *divisor <= 0) return std::nullopt;
    const double fps = *number / *divisor;
    return fps > 0 && fps <= 1000 ? std::optional(fps) : std::nullopt;
}

std::optional<double> parse_quantity(std::string_view text, std::string_view unit) {
    if (unit == "%") return parse_percent(text);
    if (unit == "b/s" || unit == "bps") return parse_bitrate(text);
    if (unit == "s" || unit == "ms") {
        const auto duration = core::parse_duration(trimmed(text));
        if (!duration) return std::nullopt;
        return unit == "s" ? core::to_seconds(*duration) : core::to_seconds(*duration) * 1e3;
    }
    const auto quantity = split(text);
    if (!quantity || !(quantity->unit.empty() || same_word(quantity->unit, unit))) return std::nullopt;
    return quantity->number;
}

std::string quantity_text(double value, std::string_view unit) {
    if (unit == "b/s" || unit == "bps") return bitrate_text(value);
    return fmt::format("{}{}", value, unit);
}

std::optional<std::vector<core::WeeklySpan>> parse_weekly(std::string_view text) {
    text = trimmed(text);
    const std::size_t space = text.rfind(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto days = days_from(trimmed(text.substr(0, space)));
    const std::string_view times = text.substr(space + 1);
    const std::size_t dash = times.find('-');
    if (!days || dash == std::string_view::npos) return std::nullopt;
    const auto begin = minute_from(times.substr(0, dash));
    const auto end = minute_from(times.substr(dash + 1));
    if (!begin || !end || *begin == *end || *begin == kMinutesADay) return std::nullopt;
    std::vector<core::WeeklySpan> spans;
    for (int day = 0; day < 7; ++day) {
        if (!(*days)[static_cast<std::size_t>(day)]) continue;
        const int start = day * kMinutesADay;
        add_span(start + *begin, start + *end + (*end < *begin ? kMinutesADay : 0), spans);
    }
    return spans;
}

std::optional<int> parse_time_of_day(std::string_view text) {
    const auto minute = minute_from(text);
    return minute && *minute < kMinutesADay ? minute : std::nullopt;
}

std::string time_of_day_text(int minute) {
    return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::vector<core::WeeklySpan> joined(std::vector<core::WeeklySpan> spans) {
    std::sort(spans.begin(), spans.end(),
              [](const core::WeeklySpan& a, const core::WeeklySpan& b) { return a.begin_minute < b.begin_minute; });
    std::vector<core::WeeklySpan> out;
    for (const core::WeeklySpan& span : spans) {
        if (!out.empty() && span.begin_minute <= out.back().end_minute) {
            out.back().end_minute = std::max(out.back().end_minute, span.end_minute);
        } else {
            out.push_back(span);
        }
    }
    return out;
}

std::string weekly_text(const core::WeeklySpan& span) {
    const int day = span.begin_minute / kMinutesADay;
    const int begin = span.begin_minute - day * kMinutesADay;
    const int end = std::min(span.end_minute - day * kMinutesADay, kMinutesADay);
    return fmt::format("{} {:02}:{:02}-{:02}:{:02}", kDays[static_cast<std::size_t>(day) % 7], begin / 60, begin % 60,
                       end / 60, end % 60);
}

}  // namespace sightline::config
