// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/alarm_sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <sstream>

namespace sightline::ui {
namespace {

using core::Severity;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array kTones{
    AlarmTone{Severity::Critical, 988, 740, 6, milliseconds{120}, milliseconds{60}, seconds{5}},
    AlarmTone{Severity::Major, 740, 740, 3, milliseconds{150}, milliseconds{100}, seconds{15}},
    AlarmTone{Severity::Minor, 587, 587, 2, milliseconds{150}, milliseconds{150}, core::Duration{0}},
    AlarmTone{Severity::Warning, 440, 440, 1, milliseconds{200}, milliseconds{0}, core::Duration{0}},
};

std::size_t frames_of(core::Duration duration) {
    return static_cast<std::size_t>(duration.count() * kSoundRate / 1'000'000'000);
}

}  // namespace

const AlarmTone* alarm_tone(Severity severity) {
    for (const AlarmTone& tone : kTones)
        if (tone.severity == severity) return &tone;
    return nullptr;
}

core::Result<std::vector<Severity>> sounding_severities(const std::string& list) {
    std::vector<Severity> all;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) {
        const auto severity = core::severity_from(word);
        if (!severity || alarm_tone(*severity) == nullptr)
            return core::fail(core::ErrorCode::InvalidConfig,
                              fmt::format("--alarm-sound {}: of critical, major, minor, warning, with commas", list));
        all.push_back(*severity);
    }
    if (all.empty())
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("--alarm-sound {}: of critical, major, minor, warning, with commas", list));
    return all;
}

std::optional<Severity> AlarmBell::look(const std::vector<IncidentView>& incidents, core::ArrivalTime now,
                                        core::UtcTime utc, bool muted) {
    std::optional<Severity> worst;
    std::map<std::string, Severity> open;
    for (const IncidentView& one : incidents) {
        const bool sounds = std::find(severities_.begin(), severities_.end(), one.severity) != severities_.end();
        const bool quiet = one.state != "open" || !one.acknowledged_by.empty() || !one.follows.empty() ||
                           one.maintenance || (one.snoozed_until && *one.snoozed_until > utc);
        if (!sounds || quiet) continue;
        open[one.id] = one.severity;
        worst = std::max(worst.value_or(one.severity), one.severity);
        const auto before = known_.find(one.id);
        if (before == known_.end() || before->second < one.severity)
            owed_ = std::max(owed_.value_or(one.severity), one.severity);
    }
    known_ = std::move(open);
    if (muted || !worst) {
        owed_.reset();
        return {};
    }
    const core::Duration since = rang_ ? now - *rang_ : core::Duration::max();
    if (since < kApart) return {};
    const core::Duration again = alarm_tone(*worst)->again;
    if (!owed_ && (again.count() == 0 || since < again)) return {};
    rang_ = now;
    const Severity tone = owed_.value_or(*worst);
    owed_.reset();
    return tone;
}

void ToneMaker::begin(Severity severity) {
    tone_ = alarm_tone(severity);
    frame_ = 0;
}

void ToneMaker::add_to(std::span<float> samples) {
    if (tone_ == nullptr) return;
    const std::size_t beep = frames_of(tone_->beep);
    const std::size_t turn = beep + frames_of(tone_->pause);
    const std::size_t edge = frames_of(milliseconds{5});
    const float loud = std::pow(10.0F, kToneDbfs / 20);
    for (std::size_t i = 0; i + 1 < samples.size(); i += kSoundChannels, ++frame_) {
        const std::size_t number = frame_ / turn;
        if (number >= static_cast<std::size_t>(tone_->beeps)) {
            tone_ = nullptr;
            return;
        }
        const std::size_t at = frame_ % turn;
        if (at >= beep) continue;
        const auto rise = static_cast<float>(std::min({at, beep - at, edge})) / static_cast<float>(edge);
        const double hz = number % 2 == 0 ? tone_->first_hz : tone_->second_hz;
        const double angle = 2 * std::numbers::pi * hz * static_cast<double>(at) / kSoundRate;
        const float value = loud * rise * static_cast<float>(std::sin(angle));
        samples[i] += value;
        samples[i + 1] += value;
    }
}

}  // namespace sightline::ui
