// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/sound_desk.hpp"

#include <algorithm>
#include <utility>

namespace sightline::ui {
namespace {

constexpr float kVolumeStep = 1.0F / 400;  // 8 ms: within one chunk

}  // namespace

SoundDesk::SoundDesk(MakeSink speaker, bool mosaic)
    : make_speaker_(std::move(speaker)),
      wants_mosaic_(mosaic),
      followed_(kChunkFrames * kSoundChannels),
      mixed_(kChunkFrames * kSoundChannels) {}

void SoundDesk::focus(std::optional<link::PcmReader> ring) {
    const std::lock_guard lock(mutex_);
    inbox_.new_ring = true;
    inbox_.ring = std::move(ring);
    inbox_.pictures.clear();
    status_.ring = inbox_.ring.has_value();
    status_.sounding = false;
    status_.heard.reset();
}

void SoundDesk::follow(bool wanted) {
    const std::lock_guard lock(mutex_);
    inbox_.follow = wanted;
}

void SoundDesk::shape(int pair, float volume) {
    const std::lock_guard lock(mutex_);
    inbox_.pair = pair;
    inbox_.volume = std::clamp(volume, 0.0F, 1.0F);
}

void SoundDesk::expect_alarms(bool wanted) {
    const std::lock_guard lock(mutex_);
    inbox_.alarms = wanted;
}

void SoundDesk::alarm(core::Severity severity) {
    const std::lock_guard lock(mutex_);
    inbox_.alarm = severity;
}

void SoundDesk::picture_came(core::ArrivalTime now, PlayDelay late) {
    const std::lock_guard lock(mutex_);
    if (inbox_.pictures.size() < 100) inbox_.pictures.emplace_back(now, late);
}

SoundStatus SoundDesk::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void SoundDesk::take_orders() {
    Inbox orders;
    {
        const std::lock_guard lock(mutex_);
        orders.follow = inbox_.follow;
        orders.alarms = inbox_.alarms;
        orders.pair = inbox_.pair;
        orders.volume = inbox_.volume;
        std::swap(orders.new_ring, inbox_.new_ring);
        std::swap(orders.ring, inbox_.ring);
        std::swap(orders.alarm, inbox_.alarm);
        std::swap(orders.pictures, inbox_.pictures);
    }
    if (orders.new_ring) {
        ring_ = std::move(orders.ring);
        player_ = FollowPlayer(kHorizon);
    }
    player_.hear_pair(orders.pair);
    volume_wanted_ = orders.volume;
    follow_ = orders.follow;
    alarms_ = orders.alarms;
    // The loudspeaker adds its latency to the sound, which therefore has to wait so much less for its picture.
    const core::Duration own = Limiter::kDelay + (speaker_ ? speaker_->latency() : core::Duration{0});
    for (const auto& [when, late] : orders.pictures) player_.picture_came(when, late - own);
    if (orders.alarm) tones_.begin(*orders.alarm);
    const bool loud = make_speaker_ && (follow_ || follow_gain_ > 0 || alarms_ || tones_.sounding());
    if (loud && !speaker_) speaker_ = make_speaker_();
    if (!loud) speaker_.reset();
}

void SoundDesk::advance(core::ArrivalTime now) {
    take_orders();
    while (ring_ && ring_->read(block_)) player_.take(block_, now);
    if (speaker_ || wants_mosaic_) {
        if (!next_ || *next_ < now) next_ = now;  // begins, or was held up: what is too late is left out
        for (; *next_ + kChunk <= now + kHorizon; *next_ += kChunk) render(*next_);
    } else {
        next_.reset();
    }
    report();
}

void SoundDesk::render(core::ArrivalTime at) {
    player_.render(at, followed_);
    const float target = follow_ ? 1.0F : 0.0F;
    for (std::size_t i = 0; i + 1 < followed_.size(); i += kSoundChannels) {
        follow_gain_ = std::clamp(target, follow_gain_ - kVolumeStep, follow_gain_ + kVolumeStep);
        followed_[i] *= follow_gain_;
        followed_[i + 1] *= follow_gain_;
    }
    if (speaker_) {
        mixed_ = followed_;
        for (std::size_t i = 0; i + 1 < mixed_.size(); i += kSoundChannels) {
            volume_ = std::clamp(volume_wanted_, volume_ - kVolumeStep, volume_ + kVolumeStep);
            mixed_[i] *= volume_;
            mixed_[i + 1] *= volume_;
        }
        tones_.add_to(mixed_);
        speaker_limiter_.process(mixed_);
        speaker_->push(mixed_, at);
    }
    if (wants_mosaic_) {
        mosaic_limiter_.process(followed_);
        (void)mosaic_.push({followed_, at + (speaker_ ? speaker_->latency() : core::Duration{0})}, 1);
    }
}

void SoundDesk::report() {
    SoundStatus status;
    status.ring = ring_.has_value();
    status.sounding = ring_ && player_.sounding();
    const bool heard = status.sounding && follow_ && next_;
    if (heard && player_.delay())
        status.heard = *player_.delay() + Limiter::kDelay + (speaker_ ? speaker_->latency() : core::Duration{0});
    if (speaker_) status.trouble = speaker_->trouble();
    const std::lock_guard lock(mutex_);
    if (inbox_.new_ring) return;  // what was said of the ring before is old
    status_ = std::move(status);
}

}  // namespace sightline::ui
