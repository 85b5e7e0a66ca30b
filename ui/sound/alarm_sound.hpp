// SPDX-License-Identifier: Apache-2.0
// When an alarm is heard, and what it sounds like.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/rules.hpp"
#include "ui/snapshot.hpp"
#include "ui/sound/limiter.hpp"

namespace sightline::ui {

/// One short pattern of beeps.
struct AlarmTone {
    core::Severity severity;
    int first_hz, second_hz;  ///< beeps take turns
    int beeps;
    core::Duration beep, pause;
    core::Duration again;  ///< while nobody has acknowledged; 0: once
};
/// Of a severity that has one (warning to critical), else null.
[[nodiscard]] const AlarmTone* alarm_tone(core::Severity severity);

/// "critical,major": the severities that sound. InvalidConfig with what is allowed.
[[nodiscard]] core::Result<std::vector<core::Severity>> sounding_severities(const std::string& list);

/// Decides when a tone begins: at once for an incident that is new, or got worse; then again while the worst one that
/// sounds stays open and unacknowledged. Snoozed ones, consequences and planned work are silent. What happens while
/// muted is not made up for, but what is still open sounds again afterwards.
///
/// Threading: one thread. Time only as given.
class AlarmBell {
public:
    /// Two tones are at least this far apart, however many alarms come at once.
    static constexpr core::Duration kApart = std::chrono::seconds{2};

    explicit AlarmBell(std::vector<core::Severity> severities) : severities_(std::move(severities)) {}
    /// @return the severity whose tone begins now.
    std::optional<core::Severity> look(const std::vector<IncidentView>& incidents, core::ArrivalTime now,
                                       core::UtcTime utc, bool muted);
    [[nodiscard]] bool silent() const { return severities_.empty(); }

private:
    std::vector<core::Severity> severities_;
    std::map<std::string, core::Severity> known_;
    std::optional<core::ArrivalTime> rang_;
    std::optional<core::Severity> owed_;  // a new one that came less than kApart after the last tone
};

/// Makes the beeps: sines that come and go within 5 ms, at kToneDbfs.
///
/// Threading: one thread.
class ToneMaker {
public:
    static constexpr float kToneDbfs = -18;
    /// From its beginning; a tone on its way is given up for it.
    void begin(core::Severity severity);
    /// Adds to interleaved stereo of kSoundRate.
    void add_to(std::span<float> samples);
    [[nodiscard]] bool sounding() const { return tone_ != nullptr; }

private:
    const AlarmTone* tone_ = nullptr;
    std::size_t frame_ = 0;
};

}  // namespace sightline::ui
