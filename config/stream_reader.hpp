// SPDX-License-Identifier: Apache-2.0
// One entry of `streams:`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/rule_reader.hpp"
#include "config/scope.hpp"
#include "core/stream_spec.hpp"

namespace sightline::config {

/// Ids and names: a-z, 0-9, then also '.', '_', '-'; up to 64.
[[nodiscard]] bool is_id(std::string_view text);
inline constexpr std::string_view kIdAllowed = "[a-z0-9][a-z0-9._-]{0,63}";

inline constexpr std::size_t kMostStreams = 1'000;
inline constexpr std::string_view kStreamsAllowed = "a list of streams; [] is none yet";

/// An IANA zone that the machine knows; reported otherwise.
void read_zone(MapReader& map, std::string_view name, std::string& out);

/// The list of streams; `zone` is the file's own. An id given twice is a problem.
[[nodiscard]] std::vector<core::StreamSpec> read_streams(Scope& scope, const YamlNode& node, RuleBook& rules,
                                                         const std::string& zone);

/// `expect:`, also checked against itself.
void read_expect(Scope& scope, const YamlNode& node, const std::string& path, core::Expect& out);

/// `on_air:`; `out.zone` is left alone.
void read_air(Scope& scope, const YamlNode& node, const std::string& path, core::AirCalendar& out);

/// `url:` and all that decides how it is opened.
void read_input(MapReader& stream, core::InputSpec& out);

}  // namespace sightline::config
