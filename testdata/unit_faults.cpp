// SPDX-License-Identifier: Apache-2.0
#include "testdata/unit_faults.hpp"

#include <algorithm>

namespace sightline::testdata {
namespace {

bool takes_all(FaultKind kind) {
    return kind == FaultKind::Stall || kind == FaultKind::Disconnect;
}

}  // namespace

UnitFaults::UnitFaults(UnitSource& source, std::vector<Fault> faults, Truth* truth)
    : source_(source), faults_(std::move(faults)), truth_(truth), waiting_for_key_(source.tracks().size(), false) {}

core::Result<std::optional<AccessUnit>> UnitFaults::next() {
    for (;;) {
        auto unit = source_.next();
        if (!unit || !*unit) return unit;
        if (!survives(**unit)) continue;
        follow_jumps(**unit);
        return unit;
    }
}

bool UnitFaults::survives(AccessUnit& unit) {
    const Track& track = tracks()[unit.track];
    // Judged by when it is decoded; shown at once where nothing is reordered.
    const core::Duration at = core::to_duration(unit.dts);
    bool lost = false;
    for (std::size_t i = 0; i < faults_.size(); ++i) {
        const Fault& fault = faults_[i];
        const bool this_track =
            (fault.kind == FaultKind::VideoLost && track.video) ||
            (fault.kind == FaultKind::AudioLost && !track.video && (fault.track == 0 || fault.track == track.order));
        if (!this_track && !takes_all(fault.kind)) continue;
        const auto now = occurrence_at(fault, at);
        if (!now) continue;
        lost = true;
        if (takes_all(fault.kind)) silent_ = true;
        begin_loss(i, now->index, takes_all(fault.kind) ? Truth::npos : unit.track, core::to_duration(unit.pts));
    }
    if (lost) {
        waiting_for_key_[unit.track] = track.video;
        return false;
    }
    // Sound waits for the picture after a silence, as an encoder that starts again does.
    const bool video_due = silent_ && waiting_for_key_[0];
    if (waiting_for_key_[unit.track] || (video_due && !track.video)) {
        if (!unit.key || (video_due && !track.video)) return false;
        waiting_for_key_[unit.track] = false;
    }
    unit.resumed = silent_;
    silent_ = false;
    end_losses(unit.track, core::to_duration(unit.pts));
    return true;
}

void UnitFaults::begin_loss(std::size_t fault, std::int64_t occurrence, std::size_t track, core::Duration at) {
    if (!lost_.try_emplace({fault, track}, occurrence).second || truth_ == nullptr) return;
    truth_->bad(fault, occurrence, track, EdgePlace{at, std::nullopt, std::nullopt});
}

void UnitFaults::end_losses(std::size_t track, core::Duration at) {
    for (auto entry = lost_.begin(); entry != lost_.end();) {
        const auto& [fault, lost_track] = entry->first;
        if (lost_track != track && lost_track != Truth::npos) {
            ++entry;
            continue;
        }
        if (truth_ != nullptr)
            truth_->good(fault, entry->second, lost_track, EdgePlace{at, std::nullopt, std::nullopt});
        entry = lost_.erase(entry);
    }
}

void UnitFaults::follow_jumps(AccessUnit& unit) {
    const bool may_jump = unit.key && (tracks()[unit.track].video || !tracks()[0].video);
    for (std::size_t i = 0; may_jump && i < faults_.size(); ++i) {
        const Fault& fault = faults_[i];
        if (fault.kind != FaultKind::Jump) continue;
        const std::int64_t begun = begun_by(fault, core::to_duration(unit.pts));
        std::int64_t& done = jumps_[i];
        for (; done < begun; ++done) {
            offset_ += std::chrono::duration_cast<core::PtsTicks>(fault.by);
            unit.discontinuity = unit.discontinuity || fault.indicator;
            if (truth_ == nullptr) continue;
            truth_->bad(i, done, Truth::npos, EdgePlace{core::to_duration(unit.pts), std::nullopt, std::nullopt});
        }
    }
    unit.stamp_offset = offset_;
}

}  // namespace sightline::testdata
