// SPDX-License-Identifier: Apache-2.0
#include "core/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace sightline::core {
namespace {

struct Unit {
    std::string_view suffix;
    std::int64_t nanoseconds;
};
constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};
constexpr double kLongestDuration = 3660.0 * 86'400e9;  // ten years, in ns: longer is a typing error

/// Digits at `at`, exactly `count` of them.
bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& value) {
    if (at + count > text.size()) return false;
    const char* begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + count, value);
    return error == std::errc{} && end == begin + count && *begin != '-';
}

}  // namespace

std::string to_rfc3339(UtcTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto of_day = std::chrono::floor<std::chrono::milliseconds>(time - day).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3'600'000,
                       of_day / 60'000 % 60, of_day / 1'000 % 60, of_day % 1'000);
}

Result<UtcTime> parse_rfc3339(std::string_view text) {
    const auto bad = [&] { return fail(ErrorCode::Corrupt, fmt::format("\"{}\" is not an RFC 3339 UTC time", text)); };
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text.back() != 'Z' || !read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) ||
        !read_digits(text, 8, 2, day) || !read_digits(text, 11, 2, hour) || !read_digits(text, 14, 2, minute) ||
        !read_digits(text, 17, 2, second) || hour > 23 || minute > 59 || second > 60) {
        return bad();
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || year < kFirstYear || year > kLastYear) return bad();
    std::int64_t fraction = 0;
    if (text[19] == '.') {
        const std::string_view digits = text.substr(20, text.size() - 21);
        std::int64_t scale = 100'000'000;
        if (digits.empty()) return bad();
        for (const char c : digits) {
            if (c < '0' || c > '9') return bad();
            fraction += (c - '0') * scale;
            scale /= 10;
        }
    } else if (text.size() != 20) {
        return bad();
    }
    return UtcTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + Duration{fraction};
}

Result<Duration> parse_duration(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error == std::errc{} && std::isfinite(number) && number >= 0) {
        for (const Unit& unit : kUnits) {
            if (suffix != unit.suffix) continue;
            const double nanoseconds = number * static_cast<double>(unit.nanoseconds);
            if (nanoseconds > kLongestDuration) break;
            return Duration{std::llround(nanoseconds)};
        }
    }
    return fail(
        ErrorCode::InvalidConfig,
        fmt::format("\"{}\" is not a duration (a number with its unit, up to ten years: 250ms, 3s, 15m, 2h, 1d)",
                    text));
}

std::string to_text(Duration duration) {
    if (duration == Duration::zero()) return "0s";
    for (const Unit& unit : kUnits) {
        if (unit.suffix == "d" && duration.count() % unit.nanoseconds == 0 && duration.count() / unit.nanoseconds < 2)
            continue;
        if (duration.count() % unit.nanoseconds == 0)
            return fmt::format("{}{}", duration.count() / unit.nanoseconds, unit.suffix);
    }
    return fmt::format("{}ns", duration.count());
}

}  // namespace sightline::core
