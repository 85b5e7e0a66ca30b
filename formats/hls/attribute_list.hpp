// SPDX-License-Identifier: Apache-2.0
// Attribute lists and numbers of HLS tags (RFC 8216, 4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace sightline::formats::hls {

struct AttributeValue {
    std::string_view text;  ///< without its quotes
    bool quoted = false;
};

/// NAME=VALUE,NAME="VALUE",… as written; of a name given twice the first counts. Views into the line.
class AttributeList {
public:
    /// Stops at the first thing that is no attribute.
    explicit AttributeList(std::string_view text);
    [[nodiscard]] std::optional<AttributeValue> find(std::string_view name) const;
    [[nodiscard]] bool is(std::string_view name, std::string_view value) const;

private:
    std::vector<std::pair<std::string_view, AttributeValue>> values_;
};

[[nodiscard]] std::string_view trim(std::string_view text);
/// The whole text as a decimal-integer.
[[nodiscard]] std::optional<std::uint64_t> parse_integer(std::string_view text);
/// The whole text as a non-negative decimal-floating-point, finite.
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);
/// ISO 8601 date and time with zone: 2026-11-21T03:00:00.25+01:00, …Z, or without zone (taken as UTC).
[[nodiscard]] std::optional<core::UtcTime> parse_date_time(std::string_view text);

}  // namespace sightline::formats::hls
