// SPDX-License-Identifier: Apache-2.0
#include "testdata/programme.hpp"

#include <algorithm>
#include <utility>

namespace sightline::testdata {
namespace {

using core::Duration;
using core::Result;

bool is_picture_fault(FaultKind kind) {
    return kind == FaultKind::Black || kind == FaultKind::Freeze || kind == FaultKind::NearFreeze ||
           kind == FaultKind::Starve || kind == FaultKind::Size;
}

bool needs_key_at_end(FaultKind kind) {
    return kind == FaultKind::VideoLost || kind == FaultKind::Stall || kind == FaultKind::Disconnect ||
           kind == FaultKind::Jump;
}

/// The first sample at or after `t`.
std::int64_t sample_from(Duration t, int rate) {
    const std::int64_t whole = t.count() / 1'000'000'000;
    const std::int64_t rest = t.count() % 1'000'000'000;
    return whole * rate + (rest * rate + 999'999'999) / 1'000'000'000;
}

}  // namespace

Programme::Programme(ProgrammeSettings settings, std::vector<Fault> faults)
    : settings_(std::move(settings)), faults_(std::move(faults)) {}

Result<std::unique_ptr<Programme>> Programme::open(ProgrammeSettings settings, std::vector<Fault> faults) {
    std::unique_ptr<Programme> programme(new Programme(std::move(settings), std::move(faults)));
    if (auto opened = programme->open_encoders(); !opened) return tl::unexpected(opened.error());
    return programme;
}

Result<void> Programme::open_encoders() {
    if (settings_.has_video) {
        auto encoder = VideoEncoder::open(settings_.video);
        if (!encoder) return tl::unexpected(encoder.error());
        video_ = std::move(*encoder);
        Track track;
        track.video = true;
        track.codec = settings_.video.codec;
        track.width = settings_.video.width;
        track.height = settings_.video.height;
        track.fps = settings_.video.fps;
        track.extradata = video_->extradata();
        tracks_.push_back(std::move(track));
        picture_ = Picture(settings_.video.width, settings_.video.height);
    }
    for (std::size_t i = 0; i < settings_.audio.size(); ++i) {
        auto encoder = AudioEncoder::open(settings_.audio[i]);
        if (!encoder) return tl::unexpected(encoder.error());
        Track track;
        track.codec = settings_.audio[i].codec;
        track.order = static_cast<int>(i) + 1;
        track.sample_rate = settings_.audio[i].sample_rate;
        track.channels = settings_.audio[i].channels;
        if (i < settings_.languages.size()) track.language = settings_.languages[i];
        track.extradata = (*encoder)->extradata();
        Sound sound{tracks_.size(), settings_.audio[i], settings_.tones[i], std::move(*encoder), 0, {}, {}};
        sound.block.resize(static_cast<std::size_t>(track.channels));
        for (auto& channel : sound.block) channel.resize(static_cast<std::size_t>(sound.encoder->frame_samples()));
        sounds_.push_back(std::move(sound));
        tracks_.push_back(std::move(track));
    }
    queues_.resize(tracks_.size());
    last_dts_.assign(tracks_.size(), core::PtsTicks::min());
    return {};
}

void Programme::enqueue(std::size_t track, std::vector<AccessUnit>& units) {
    for (AccessUnit& unit : units) {
        unit.track = track;
        // A restarted encoder with B-frames begins before the last one ended; decoding times must rise.
        if (unit.dts <= last_dts_[track]) unit.dts = last_dts_[track] + core::PtsTicks{1};
        last_dts_[track] = unit.dts;
        queues_[track].push_back(std::move(unit));
    }
    units.clear();
}

Result<std::optional<AccessUnit>> Programme::next() {
    for (;;) {
        std::size_t first = tracks_.size();
        bool complete = true;  // every track has a unit waiting, so that the smallest is known
        for (std::size_t i = 0; i < queues_.size(); ++i) {
            if (queues_[i].empty()) {
                complete = false;
            } else if (first == tracks_.size() || queues_[i].front().dts < queues_[first].front().dts) {
                first = i;
            }
        }
        if (first < tracks_.size() && (complete || finished_)) {
            AccessUnit unit = std::move(queues_[first].front());
            queues_[first].pop_front();
            return unit;
        }
        if (finished_) return std::nullopt;
        if (auto made = make_frame(); !made) return tl::unexpected(made.error());
    }
}

bool Programme::key_due(Duration t) const {
    if (frame_ == 0) return false;
    const Duration before = settings_.style.fps.time_of(frame_ - 1);
    return std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) {
        return needs_key_at_end(fault.kind) &&
               begun_by(fault, t - fault.length) != begun_by(fault, before - fault.length);
    });
}

Result<void> Programme::make_frame() {
    const Duration t = settings_.style.fps.time_of(frame_);
    const Duration next = settings_.style.fps.time_of(frame_ + 1);
    if (settings_.length && t >= *settings_.length) return finish();
    std::vector<AccessUnit> units;
    if (video_) {
        if (auto followed = follow_encoder_faults(t); !followed) return followed;
        draw(t);
        drawn_ = true;
        note_picture_edges(t);
        if (auto encoded = video_->encode(picture_, frame_, key_due(t), units); !encoded) return encoded;
        enqueue(0, units);
    }
    ++frame_;
    for (Sound& sound : sounds_) {
        if (auto made = make_sound(sound, next); !made) return made;
    }
    return {};
}

void Programme::draw(Duration t) {
    const Fault* black = nullptr;
    const Fault* still = nullptr;
    for (const Fault& fault : faults_) {
        if (!occurrence_at(fault, t)) continue;
        if (fault.kind == FaultKind::Black) black = &fault;
        if (fault.kind == FaultKind::Freeze || fault.kind == FaultKind::NearFreeze) still = &fault;
    }
    repeated_ = false;
    if (black != nullptr) {
        draw_black(picture_, settings_.style, frame_, black->pixels, black->luma);
        return;
    }
    if (still == nullptr) {
        draw_moving(picture_, settings_.style, frame_);
        held_valid_ = false;
        return;
    }
    if (!held_valid_) {
        // What was on screen before; at the very beginning there is nothing to repeat yet.
        repeated_ = drawn_;
        if (!drawn_) draw_moving(picture_, settings_.style, frame_);
        held_ = picture_;
        held_valid_ = true;
    } else {
        repeated_ = true;
    }
    picture_ = held_;
    if (still->kind == FaultKind::NearFreeze) add_noise(picture_, settings_.seed, frame_, still->sigma);
}

void Programme::note_picture_edges(Duration t) {
    if (truth_ == nullptr) return;
    const EdgePlace place{t, frame_, std::nullopt};
    for (std::size_t i = 0; i < faults_.size(); ++i) {
        if (!is_picture_fault(faults_[i].kind)) continue;
        auto now = occurrence_at(faults_[i], t);
        if (faults_[i].kind == FaultKind::Freeze && !repeated_) now.reset();
        const auto before = showing_.find(i);
        if (before != showing_.end() && (!now || now->index != before->second)) {
            truth_->good(i, before->second, 0, place);
            showing_.erase(before);
        }
        if (now && showing_.try_emplace(i, now->index).second) truth_->bad(i, now->index, 0, place);
    }
}

Result<void> Programme::follow_encoder_faults(Duration t) {
    std::int64_t bitrate = settings_.video.bitrate_bps;
    int width = settings_.video.width;
    int height = settings_.video.height;
    for (const Fault& fault : faults_) {
        if (!occurrence_at(fault, t)) continue;
        if (fault.kind == FaultKind::Starve) bitrate = fault.bitrate_bps;
        if (fault.kind == FaultKind::Size) std::tie(width, height) = std::pair(fault.width, fault.height);
    }
    if (width != picture_.width || height != picture_.height) {
        std::vector<AccessUnit> units;
        if (auto flushed = video_->flush(units); !flushed) return flushed;
        enqueue(0, units);
        VideoSettings changed = settings_.video;
        changed.width = width;
        changed.height = height;
        auto encoder = VideoEncoder::open(changed);
        if (!encoder) return tl::unexpected(encoder.error());
        video_ = std::move(*encoder);
        picture_ = Picture(width, height);
        held_valid_ = drawn_ = false;
    }
    video_->set_bitrate(bitrate);
    return {};
}

Result<void> Programme::make_sound(Sound& sound, Duration until) {
    const int size = sound.encoder->frame_samples();
    std::vector<AccessUnit> units;
    while (core::ticks_to_duration(sound.made, sound.settings.sample_rate) < until) {
        for (std::size_t c = 0; c < sound.block.size(); ++c) {
            make_tone(sound.block[c], sound.made, sound.settings.sample_rate, sound.tones[c]);
        }
        for (std::size_t i = 0; i < faults_.size(); ++i) shape_sound(sound, i);
        if (auto encoded = sound.encoder->encode(sound.block, sound.made, units); !encoded) return encoded;
        enqueue(sound.track, units);
        sound.made += size;
    }
    return {};
}

void Programme::shape_sound(Sound& sound, std::size_t index) {
    const Fault& fault = faults_[index];
    if (fault.kind != FaultKind::Silence && fault.kind != FaultKind::Level) return;
    if (fault.track != 0 && fault.track != tracks_[sound.track].order) return;
    const int rate = sound.settings.sample_rate;
    const std::int64_t first = sound.made;
    const std::int64_t last = first + sound.encoder->frame_samples();  // one past
    const std::int64_t begun = begun_by(fault, core::ticks_to_duration(last, rate));
    for (std::int64_t n = std::max<std::int64_t>(0, begun - 2); n < begun; ++n) {
        const Duration at = fault.at + fault.every * n;
        const std::int64_t bad = sample_from(at, rate);
        const std::int64_t good = sample_from(at + fault.length, rate);
        if (truth_ != nullptr && bad >= first && bad < last) {
            truth_->bad(index, n, sound.track, {core::ticks_to_duration(bad, rate), std::nullopt, bad});
        }
        if (truth_ != nullptr && good >= first && good < last) {
            truth_->good(index, n, sound.track, {core::ticks_to_duration(good, rate), std::nullopt, good});
        }
        const std::int64_t from = std::max(bad, first);
        const std::int64_t to = std::min(good, last);
        if (from >= to) continue;
        for (std::size_t c = 0; c < sound.block.size(); ++c) {
            if (fault.channel != 0 && fault.channel != static_cast<int>(c) + 1) continue;
            const std::span<float> part(sound.block[c].data() + (from - first), static_cast<std::size_t>(to - from));
            if (fault.kind == FaultKind::Silence) {
                std::fill(part.begin(), part.end(), 0.0F);
            } else {
                make_tone(part, from, rate, {sound.tones[c].frequency_hz, fault.level_dbfs});
            }
        }
    }
}

Result<void> Programme::finish() {
    std::vector<AccessUnit> units;
    if (video_) {
        if (auto flushed = video_->flush(units); !flushed) return flushed;
        enqueue(0, units);
    }
    for (Sound& sound : sounds_) {
        if (auto flushed = sound.encoder->flush(units); !flushed) return flushed;
        enqueue(sound.track, units);
    }
    finished_ = true;
    return {};
}

}  // namespace sightline::testdata
