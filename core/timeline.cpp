// SPDX-License-Identifier: Apache-2.0
#include "core/timeline.hpp"

#include <algorithm>

namespace sightline::core {

Duration Timeline::unwrap(std::int64_t pts, std::int64_t rate, Duration near) const {
    const Duration raw = ticks_to_duration(pts, rate);
    if (wrap_bits_ == 0) return raw;
    const Duration period = ticks_to_duration(std::int64_t{1} << wrap_bits_, rate);
    const Duration half = period / 2;
    // Whole periods that bring `raw` within half a period of `near`, towards minus infinity.
    const Duration distance = near - raw + half;
    std::int64_t periods = distance / period;
    if (distance % period < Duration::zero()) --periods;
    return raw + periods * period;
}

Timeline::Epoch& Timeline::epoch_for(const Position* position, std::int64_t pts, std::int64_t rate, Duration& raw) {
    const auto own =
        position == nullptr ? epochs_.end() : std::find_if(epochs_.begin(), epochs_.end(), [&](const Epoch& epoch) {
            return epoch.number == position->epoch;
        });
    if (position != nullptr && own != epochs_.end()) {
        raw = unwrap(pts, rate, position->last_raw);
        const Duration step = raw - position->last_raw;
        if (step > -kReorder && step < kReorder) return *own;  // goes on as usual
    }
    for (auto epoch = epochs_.rbegin(); epoch != epochs_.rend(); ++epoch) {
        const bool is_own = own != epochs_.end() && epoch->number == own->number;
        if (own != epochs_.end() && epoch->number < own->number) break;
        raw = unwrap(pts, rate, is_own ? position->last_raw : epoch->newest_raw);
        const Duration step = raw - (is_own ? position->last_raw : epoch->newest_raw);
        if (step < kJump && step > (is_own ? -kReorder : -kJump)) return *epoch;
    }
    raw = ticks_to_duration(pts, rate);
    if (next_epoch_ > 0) ++discontinuities_;
    offsets_.clear();  // what arrived before says nothing about when this is due
    if (epochs_.size() == kEpochsKept) epochs_.pop_front();
    epochs_.push_back(Epoch{next_epoch_++, raw, end_ - raw});
    return epochs_.back();
}

MediaTime Timeline::place(int track, std::int64_t pts, std::int64_t rate, Duration frame) {
    const auto known = positions_.find(track);
    Duration raw{};
    Epoch& epoch = epoch_for(known == positions_.end() ? nullptr : &known->second, pts, rate, raw);
    if (known != positions_.end() && known->second.epoch < epoch.number) {
        // The first of this track in a newer epoch must not go back behind its own end.
        epoch.offset = std::max(epoch.offset, known->second.end - raw);
    }
    const MediaTime media = raw + epoch.offset;
    epoch.newest_raw = std::max(epoch.newest_raw, raw);
    Position& position = positions_[track];
    position.epoch = epoch.number;
    position.last_raw = raw;
    position.end = std::max(position.end, media + frame);
    end_ = std::max(end_, media + frame);
    return media - zero_;
}

void Timeline::set_zero(MediaTime at) {
    zero_ += at;
}

void Timeline::restart() {
    epochs_.clear();
    offsets_.clear();
    for (auto& [track, position] : positions_) position.end = std::max(position.end, end_);
}

void Timeline::note_arrival(MediaTime media, ArrivalTime arrival) {
    const Offset offset{arrival, arrival.time_since_epoch() - media};
    while (!offsets_.empty() && offsets_.back().difference >= offset.difference) offsets_.pop_back();
    offsets_.push_back(offset);
    while (arrival - offsets_.front().arrival > kArrivalWindow) offsets_.pop_front();
}

std::optional<ArrivalTime> Timeline::arrival_of(MediaTime media) const {
    if (offsets_.empty()) return std::nullopt;
    return ArrivalTime{offsets_.front().difference + media};
}

}  // namespace sightline::core
