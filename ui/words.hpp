// SPDX-License-Identifier: Apache-2.0
// Times and durations in the words of the wall. Pure.
#pragma once

#include <string>

#include "core/time.hpp"
#include "ui/clock_zone.hpp"

namespace sightline::ui {

/// "00:07", "01:32", "9:59:59", "3 d 04 h": how long ago. Negative is "00:00".
[[nodiscard]] std::string age_text(core::Duration age);
/// "−00:07" before an event that is `left` away, "+00:00" from its moment on, "−26:00:00" where age_text() would say
/// days. Down to the event whole seconds are rounded up: it turns to "+00:00" when it is due and not a second before.
[[nodiscard]] std::string timer_text(core::Duration left);
/// "for 4 s", "for 3 min", "for 2 h", in whole units.
[[nodiscard]] std::string for_text(core::Duration age);
/// "14:03:58" of `utc` as clocks of `zone` show it.
[[nodiscard]] std::string clock_text(core::UtcTime utc, const ClockZone& zone, bool seconds = true);

}  // namespace sightline::ui
