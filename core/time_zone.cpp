// SPDX-License-Identifier: Apache-2.0
#include "core/time_zone.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>

namespace sightline::core {

namespace {

constexpr std::size_t kHeaderBytes = 44;        // RFC 8536, 3.1
constexpr std::size_t kMaxFileBytes = 1 << 20;  // the largest zone has some 4 KB
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kEarliest = -4'000'000'000'000;  // beyond it a year no longer fits chrono's calendar
constexpr std::int64_t kLatest = 900'000'000'000;
constexpr int kMaxUtcOffset = 26 * 3600;  // RFC 8536, 3.2: within (-25 h, 26 h)

/// Big-endian reads with one bounds check each.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] std::span<const std::byte> rest() const { return bytes_; }

    std::span<const std::byte> take(std::size_t count) {
        if (count > bytes_.size()) {
            good_ = false;
            bytes_ = {};
            return {};
        }
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    std::uint64_t number(std::size_t count) {
        std::uint64_t value = 0;
        for (const std::byte b : take(count)) value = (value << 8) | std::to_integer<std::uint64_t>(b);
        return value;
    }

private:
    std::span<const std::byte> bytes_;
    bool good_ = true;
};

struct Header {
    unsigned version = 0;
    std::size_t isut = 0, isstd = 0, leap = 0, time = 0, type = 0, chars = 0;

    [[nodiscard]] std::size_t body_bytes(std::size_t time_bytes) const {
        return time * time_bytes + time + type * 6 + chars + leap * (time_bytes + 4) + isstd + isut;
    }
};

Result<Header> read_header(ByteReader& reader) {
    const auto magic = reader.take(4);
    if (magic.size() != 4 || std::memcmp(magic.data(), "TZif", 4) != 0) {
        return fail(ErrorCode::Corrupt, "not a TZif file");
    }
    Header header;
    header.version = static_cast<unsigned>(reader.number(1));
    reader.take(15);
    for (std::size_t* count : {&header.isut, &header.isstd, &header.leap, &header.time, &header.type, &header.chars}) {
        *count = static_cast<std::size_t>(reader.number(4));
        if (*count > kMaxFileBytes) return fail(ErrorCode::Corrupt, "TZif count is too large");
    }
    if (!reader.good()) return fail(ErrorCode::Truncated, "TZif header ends early");
    return header;
}

std::int64_t day_of(const YearlyChange& change, int year) {
    namespace c = std::chrono;
    const c::year y{year};
    const auto first = c::sys_days{y / c::January / 1};
    switch (change.kind) {
        case YearlyChange::Kind::JulianNoLeap: {
            const bool after_leap_day = y.is_leap() && change.day >= 60;
            return (first + c::days{change.day - 1 + (after_leap_day ? 1 : 0)}).time_since_epoch().count();
        }
        case YearlyChange::Kind::DayOfYear:
            return (first + c::days{change.day}).time_since_epoch().count();
        case YearlyChange::Kind::MonthWeekDay:
            break;
    }
    const c::month month{static_cast<unsigned>(change.month)};
    const c::weekday weekday{static_cast<unsigned>(change.day)};
    if (change.week == 5) return c::sys_days{y / month / weekday[c::last]}.time_since_epoch().count();
    return c::sys_days{y / month / weekday[static_cast<unsigned>(change.week)]}.time_since_epoch().count();
}

int offset_by_rule(const YearlyRule& rule, std::int64_t unix_seconds) {
    if (!rule.summer_offset) return rule.standard_offset;
    namespace c = std::chrono;
    const auto clamped = std::clamp(unix_seconds, kEarliest, kLatest);
    const auto date = c::year_month_day{c::floor<c::days>(c::sys_seconds{c::seconds{clamped + rule.standard_offset}})};
    const int year = static_cast<int>(date.year());
    const std::int64_t begin = day_of(rule.begin, year) * kDay + rule.begin.seconds - rule.standard_offset;
    const std::int64_t end = day_of(rule.end, year) * kDay + rule.end.seconds - *rule.summer_offset;
    const bool summer = begin < end ? clamped >= begin && clamped < end : clamped >= begin || clamped < end;
    return summer ? *rule.summer_offset : rule.standard_offset;
}

}  // namespace

Result<TimeZone> TimeZone::from_tzif(std::span<const std::byte> bytes) {
    ByteReader reader(bytes);
    const auto old = read_header(reader);
    if (!old) return tl::unexpected(old.error());
    if (old->version < '2') return fail(ErrorCode::Unsupported, "TZif version 1 has no 64-bit times");
    reader.take(old->body_bytes(4));
    const auto header = read_header(reader);
    if (!header) return tl::unexpected(header.error());
    if (header->leap != 0) return fail(ErrorCode::Unsupported, "zone counts leap seconds");
    if (header->type == 0) return fail(ErrorCode::Corrupt, "TZif without a local time type");

    ByteReader times(reader.take(header->time * 8));
    ByteReader indexes(reader.take(header->time));
    ByteReader types(reader.take(header->type * 6));
    reader.take(header->chars + header->isstd + header->isut);
    if (!reader.good()) return fail(ErrorCode::Truncated, "TZif data ends early");

    std::vector<int> offsets(header->type);
    for (int& offset : offsets) {
        offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(types.number(4)));
        if (offset < -kMaxUtcOffset || offset > kMaxUtcOffset) {
            return fail(ErrorCode::Corrupt, "TZif offset is more than a day");
        }
        types.take(2);
    }
    TimeZone zone;
    zone.first_offset_ = offsets.front();
    zone.transitions_.reserve(header->time);
    for (std::size_t i = 0; i < header->time; ++i) {
        const auto at = static_cast<std::int64_t>(times.number(8));
        const auto index = static_cast<std::size_t>(indexes.number(1));
        if (index >= offsets.size()) return fail(ErrorCode::Corrupt, "TZif type index out of range");
        if (!zone.transitions_.empty() && at <= zone.transitions_.back().at) {
            return fail(ErrorCode::Corrupt, "TZif transitions are not in order");
        }
        zone.transitions_.push_back({at, offsets[index]});
    }
    const auto tail = reader.rest();
    const std::string_view text(reinterpret_cast<const char*>(tail.data()), tail.size());
    const auto end = text.size() < 2 || text.front() != '\n' ? std::string_view::npos : text.find('\n', 1);
    if (end == std::string_view::npos) return fail(ErrorCode::Truncated, "TZif footer is missing");
    if (end > 1) {
        const auto rule = parse_posix_tz(text.substr(1, end - 1));
        if (!rule) return tl::unexpected(rule.error());
        zone.footer_ = *rule;
    }
    return zone;
}

int TimeZone::offset_at(std::int64_t unix_seconds) const {
    if (footer_ && (transitions_.empty() || unix_seconds >= transitions_.back().at)) {
        return offset_by_rule(*footer_, unix_seconds);
    }
    const auto next = std::upper_bound(transitions_.begin(), transitions_.end(), unix_seconds,
                                       [](std::int64_t at, const Transition& t) { return at < t.at; });
    return next == transitions_.begin() ? first_offset_ : std::prev(next)->offset;
}

std::int64_t TimeZone::to_unix(std::int64_t local_seconds, Repeated repeated) const {
    const std::int64_t local = std::clamp(local_seconds, kEarliest, kLatest);
    const int before = offset_at(local - 2 * kDay);
    const int after = offset_at(local + 2 * kDay);
    const std::int64_t by_before = local - before;
    const std::int64_t by_after = local - after;
    const bool before_fits = offset_at(by_before) == before;
    const bool after_fits = offset_at(by_after) == after;
    if (before_fits && after_fits) {
        return repeated == Repeated::First ? std::min(by_before, by_after) : std::max(by_before, by_after);
    }
    if (before_fits) return by_before;
    if (after_fits) return by_after;
    // Skipped: the change of offset lies between the two readings.
    std::int64_t low = std::min(by_before, by_after);
    std::int64_t high = std::max(by_before, by_after);
    const int low_offset = offset_at(low);
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (offset_at(middle) == low_offset ? low : high) = middle;
    }
    return high;
}

Result<TimeZone> load_time_zone(std::string_view name, const std::string& folder) {
    const auto unknown = [&name] {
        return fail(ErrorCode::NotFound, "time zone \"" + std::string(name.substr(0, 64)) + "\" is unknown");
    };
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
               c == '-' || c == '/';
    });
    if (name.empty() || name.size() > 64 || name.front() == '/' || !plain) return unknown();
    if (name == "UTC") return TimeZone{};
    std::ifstream file(folder + "/" + std::string(name), std::ios::binary);
    std::vector<char> bytes(kMaxFileBytes);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto count = file.gcount();
    if (count < static_cast<std::streamsize>(kHeaderBytes)) return unknown();
    return TimeZone::from_tzif(std::as_bytes(std::span(bytes.data(), static_cast<std::size_t>(count))));
}

}  // namespace sightline::core
