// SPDX-License-Identifier: Apache-2.0
#include "formats/hls/attribute_list.hpp"

#include <charconv>
#include <cmath>

namespace sightline::formats::hls {
namespace {

/// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

/// ".25" -> 250 ms; nothing -> 0. Digits beyond the nanosecond are passed by.
core::Duration take_fraction(std::string_view& text) {
    if (text.empty() || (text.front() != '.' && text.front() != ',')) return {};
    text.remove_prefix(1);
    std::int64_t value = 0;
    std::int64_t unit = 1'000'000'000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (unit > 1) {
            unit /= 10;
            value += (text.front() - '0') * unit;
        }
        text.remove_prefix(1);
    }
    return core::Duration{value};
}

/// "Z", "+01:00", "-0330", "+01" or nothing.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
    if (text.empty() || take(text, 'Z') || take(text, 'z')) return std::chrono::minutes{0};
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_number(text, 2);
    take(text, ':');
    const auto minutes = text.empty() ? std::optional<int>(0) : take_number(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

AttributeList::AttributeList(std::string_view text) {
    while (!(text = trim(text)).empty()) {
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) return;
        const std::string_view name = trim(text.substr(0, equals));
        text.remove_prefix(equals + 1);
        AttributeValue value;
        if (take(text, '"')) {
            const std::size_t end = text.find('"');
            if (end == std::string_view::npos) return;
            value = {text.substr(0, end), true};
            text.remove_prefix(end + 1);
            text = trim(text);
            if (!text.empty() && !take(text, ',')) return;
        } else {
            const std::size_t end = text.find(',');
            value = {trim(text.substr(0, end)), false};
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
        values_.emplace_back(name, value);
    }
}

std::optional<AttributeValue> AttributeList::find(std::string_view name) const {
    for (const auto& [key, value] : values_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

bool AttributeList::is(std::string_view name, std::string_view value) const {
    const auto found = find(name);
    return found && found->text == value;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::uint64_t> parse_integer(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
    return value;
}

std::optional<double> parse_decimal(std::string_view text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (text.empty() || error != std::errc{} || rest != end || !std::isfinite(value) || value < 0) return std::nullopt;
    return value;
}

std::optional<core::UtcTime> parse_date_time(std::string_view text) {
    text = trim(text);
    const auto year = take_number(text, 4);
    take(text, '-');
    const auto month = take_number(text, 2);
    take(text, '-');
    const auto day = take_number(text, 2);
    if (!year || !month || !day || text.empty()) return std::nullopt;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const auto hour = take_number(text, 2);
    take(text, ':');
    const auto minute = take_number(text, 2);
    take(text, ':');
    const auto second = take_number(text, 2);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const core::Duration fraction = take_fraction(text);
    const auto zone = take_zone(text);
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    // Nanoseconds in 64 bits reach from 1678 to 2262.
    if (!zone || !text.empty() || !date.ok() || *year < 1700 || *year > 2200) return std::nullopt;
    return core::UtcTime{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
                         std::chrono::minutes{*minute} + std::chrono::seconds{*second} + fraction - *zone};
}

}  // namespace sightline::formats::hls
