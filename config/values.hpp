// SPDX-License-Identifier: Apache-2.0
// The notations of the configuration: text in, values out. Nothing here depends on the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/stream_spec.hpp"

namespace sightline::config {

/// "3", "-40.5"; finite.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);
/// Whole bits per second: "800k", "4M", "1.5G", each also with "b/s", "bps" or "bit/s" (then without k, M, G too).
[[nodiscard]] std::optional<double> parse_bitrate(std::string_view text);
/// Shortest form that parse_bitrate reads back. `bps` is whole.
[[nodiscard]] std::string bitrate_text(double bps);
/// "10%" is 10.
[[nodiscard]] std::optional<double> parse_percent(std::string_view text);
/// "65536", "512k", "4MB" (decimal), "64KiB", "1GiB" (binary).
[[nodiscard]] std::optional<std::int64_t> parse_bytes(std::string_view text);
/// true, on, yes; false, off, no.
[[nodiscard]] std::optional<bool> parse_switch(std::string_view text);
/// "25", "29.97", "30000/1001"; above 0, up to 1000.
[[nodiscard]] std::optional<double> parse_frame_rate(std::string_view text);
/// A number in `unit`, the unit written or not ("-40dBFS", "-40 dbfs", "-40"); "%" must be written, "s" and "ms" are
/// durations with their unit, bitrates ("b/s") as parse_bitrate.
[[nodiscard]] std::optional<double> parse_quantity(std::string_view text, std::string_view unit);
/// What parse_quantity reads back.
[[nodiscard]] std::string quantity_text(double value, std::string_view unit);
/// "Mon-Fri 06:00-24:00", "Sat,Sun 22:00-02:00" (into the next day), "Mon-Sun 00:00-24:00". Days in English, three
/// letters; up to 24:00.
[[nodiscard]] std::optional<std::vector<core::WeeklySpan>> parse_weekly(std::string_view text);
/// "06:30" is 390: minutes of the day, up to 23:59.
[[nodiscard]] std::optional<int> parse_time_of_day(std::string_view text);
[[nodiscard]] std::string time_of_day_text(int minute);
/// Sorted, and joined where they touch or overlap.
[[nodiscard]] std::vector<core::WeeklySpan> joined(std::vector<core::WeeklySpan> spans);
/// "Mon 06:00-24:00": what parse_weekly reads back, for a span within one day.
[[nodiscard]] std::string weekly_text(const core::WeeklySpan& span);

}  // namespace sightline::config
