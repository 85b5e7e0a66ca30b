// SPDX-License-Identifier: Apache-2.0
// What receivers get: the alarm object with its context, and its signature (docs/notifications.md).
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// "<alarm id>.<sequence>": one for each transition, the same at every attempt.
[[nodiscard]] std::string event_id(const core::AlarmTransition& alarm);

/// "<stream>/<rule>/<subject>", the same for every alarm of one identity, valid UTF-8. A longer one than kMaxDedupKey
/// bytes is cut and ends in a digest of the whole.
inline constexpr std::size_t kMaxDedupKey = 255;
[[nodiscard]] std::string dedup_key(const core::AlarmTransition& alarm);

/// Of an alarm as above; of an incident "<incident id>.<sequence>.<reason>".
[[nodiscard]] std::string event_id(const Notice& notice);
/// Of an alarm as above; an incident's is its id.
[[nodiscard]] std::string dedup_key(const Notice& notice);
/// What stays in order at a receiver: the id of the alarm or incident.
[[nodiscard]] const std::string& queue_key(const Notice& notice);
/// The incident as a notice keeps it: shortened to Notice's limits.
[[nodiscard]] core::Incident shortened(const core::Incident& incident);

/// The body of a webhook and the standard input of a hook: one JSON object on one line, without a line end.
/// `duration_s` is the time from `since` to `at` (cleared: to `until`); null where no clock knows both.
[[nodiscard]] std::string payload(const Notice& notice, core::UtcTime sent_at);

/// Seconds from `since` to `until`, else to `at`, on the media clock where it knows both, else in civil time.
[[nodiscard]] std::optional<double> duration_so_far(const core::AlarmTransition& alarm);

/// Lower-case hex of HMAC-SHA-256(`secret`, `body`) (RFC 2104, FIPS 180-4).
[[nodiscard]] std::string hmac_sha256_hex(std::string_view secret, std::string_view body);

/// How the store keeps the facts.
[[nodiscard]] std::string to_json(const AlarmFacts& facts);
/// Corrupt where `text` is not what to_json writes; foreign keys are ignored.
[[nodiscard]] core::Result<AlarmFacts> facts_from_json(const std::string& text);

}  // namespace sightline::incidents
