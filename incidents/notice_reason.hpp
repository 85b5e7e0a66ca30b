// SPDX-License-Identifier: Apache-2.0
// Why somebody is told of an incident.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sightline::incidents {

enum class NoticeReason : std::uint8_t {
    // These ask for somebody's attention:
    Opened,           ///< the first notification
    Worsened,         ///< a higher severity than was told
    NewStream,        ///< a stream more than was acknowledged or snoozed
    Reopened,         ///< it came back after its end was told
    Escalated,        ///< nobody acknowledged it in time
    Repeated,         ///< still nobody
    SnoozeOver,       ///< its snooze ended and it is still there
    MaintenanceOver,  ///< maintenance ended and it is still there
    Digest,           ///< of a flood: what was held back since the last one
    // These bring receivers up to date that have been told:
    Cause,           ///< another cause is known now
    Acknowledged,    ///< somebody is on it
    Unacknowledged,  ///< nobody is any more
    Snoozed,         ///< quiet until its time
    Resolved,        ///< all good
    Closed,          ///< filed
    Merged,          ///< a part of another incident now: `merged_into`
};
/// "opened", "worsened", "new_stream", …
[[nodiscard]] const char* name(NoticeReason reason);
[[nodiscard]] std::optional<NoticeReason> notice_reason_from(std::string_view word);
/// It asks for attention, and counts as a notification; false: an update for those who were told.
[[nodiscard]] constexpr bool asks_attention(NoticeReason reason) {
    return reason <= NoticeReason::Digest;
}

}  // namespace sightline::incidents
