// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "core/time_zone.hpp"

namespace sightline::core {

namespace {

constexpr int kMaxOffsetHours = 24;   // POSIX TZ offsets
constexpr int kMaxChangeHours = 167;  // RFC 8536, 3.3.1

bool is_alpha(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Takes one TZ string apart from the left.
class PosixTzReader {
public:
    explicit PosixTzReader(std::string_view text) : rest_(text) {}

    std::optional<YearlyRule> read() {
        YearlyRule rule;
        int west = 0;
        if (!skip_name() || !read_time(kMaxOffsetHours, west)) return std::nullopt;
        rule.standard_offset = -west;
        if (rest_.empty()) return rule;
        if (!skip_name()) return std::nullopt;
        rule.summer_offset = rule.standard_offset + 3600;
        if (!rest_.empty() && rest_.front() != ',') {
            if (!read_time(kMaxOffsetHours, west)) return std::nullopt;
            rule.summer_offset = -west;
        }
        if (!take(',') || !read_change(rule.begin) || !take(',') || !read_change(rule.end)) return std::nullopt;
        if (!rest_.empty()) return std::nullopt;
        return rule;
    }

private:
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool skip_name() {
        std::size_t length = 0;
        if (take('<')) {
            const auto close = rest_.find('>');
            if (close == std::string_view::npos || close < 3) return false;
            length = close + 1;
        } else {
            while (length < rest_.size() && is_alpha(rest_[length])) ++length;
            if (length < 3) return false;
        }
        rest_.remove_prefix(length);
        return true;
    }

    bool read_number(int low, int high, int& value) {
        if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return false;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error != std::errc{} || value < low || value > high) return false;
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return true;
    }

    /// [+-]hh[:mm[:ss]] as seconds.
    bool read_time(int max_hours, int& seconds) {
        int sign = 1;
        if (take('-')) {
            sign = -1;
        } else {
            take('+');
        }
        int hours = 0;
        int minutes = 0;
        int rest = 0;
        if (!read_number(0, max_hours, hours)) return false;
        if (take(':')) {
            if (!read_number(0, 59, minutes)) return false;
            if (take(':') && !read_number(0, 59, rest)) return false;
        }
        seconds = sign * (hours * 3600 + minutes * 60 + rest);
        return true;
    }

    bool read_change(YearlyChange& change) {
        if (take('M')) {
            change.kind = YearlyChange::Kind::MonthWeekDay;
            if (!read_number(1, 12, change.month) || !take('.') || !read_number(1, 5, change.week) || !take('.') ||
                !read_number(0, 6, change.day)) {
                return false;
            }
        } else if (take('J')) {
            change.kind = YearlyChange::Kind::JulianNoLeap;
            if (!read_number(1, 365, change.day)) return false;
        } else {
            change.kind = YearlyChange::Kind::DayOfYear;
            if (!read_number(0, 365, change.day)) return false;
        }
        return !take('/') || read_time(kMaxChangeHours, change.seconds);
    }

    std::string_view rest_;
};

}  // namespace

Result<YearlyRule> parse_posix_tz(std::string_view text) {
    const auto rule = PosixTzReader(text).read();
    if (!rule) return fail(ErrorCode::Corrupt, "not a POSIX TZ string");
    return *rule;
}

}  // namespace sightline::core
