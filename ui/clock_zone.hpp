// SPDX-License-Identifier: Apache-2.0
// Which civil time a clock shows: the machine's own, UTC, or a zone of the tz database.
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/time_zone.hpp"

namespace sightline::ui {

struct CivilTime {
    int hour = 0, minute = 0, second = 0;
    int offset_minutes = 0;  ///< east of UTC
};

/// Cheap to copy.
///
/// Threading: immutable.
class ClockZone {
public:
    /// The machine's own zone ("local").
    ClockZone() = default;
    [[nodiscard]] static ClockZone utc();
    /// "local", "UTC" or an IANA name such as "Europe/London". @return NotFound or Corrupt, in words.
    [[nodiscard]] static core::Result<ClockZone> load(const std::string& name);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] CivilTime at(core::UtcTime utc) const;
    /// "UTC", "UTC+5:30", and for a zone of the database its place before that: "London UTC+1".
    [[nodiscard]] std::string words(core::UtcTime utc) const;
    friend bool operator==(const ClockZone& a, const ClockZone& b) { return a.name_ == b.name_; }

private:
    std::string name_ = "local";
    std::shared_ptr<const core::TimeZone> zone_;  // null: local
};

}  // namespace sightline::ui
