// SPDX-License-Identifier: Apache-2.0
#include "probe/rtp_receiver.hpp"

#include <algorithm>
#include <cmath>

namespace sightline::probe {
namespace {

constexpr double kMsPerTick = 1.0 / 90.0;

std::size_t slot(std::int64_t sequence, std::size_t slots) {
    return static_cast<std::size_t>(sequence) % slots;  // sequences count from 2^16, never negative
}

}  // namespace

std::int64_t RtpReceiver::extend(std::uint16_t sequence) const {
    const auto step =
        static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - static_cast<std::uint16_t>(highest_)));
    return highest_ + step;
}

bool RtpReceiver::belongs(const RtpPacket& packet) const {
    return packet.ssrc == ssrc_ && std::llabs(extend(packet.sequence) - highest_) <= kJump;
}

void RtpReceiver::begin(const RtpPacket& packet) {
    begun_ = true;
    ssrc_ = packet.ssrc;
    next_ = std::int64_t{1} << 16 | packet.sequence;
    highest_ = next_;
    delivered_.reset();
    previous_.reset();
    candidate_.reset();
}

bool RtpReceiver::take(std::span<const std::byte> datagram, core::ArrivalTime arrival) {
    const auto packet = parse_rtp(datagram);
    if (!packet) {
        ++statistics_.malformed;
        return false;
    }
    ++statistics_.received;
    if (!begun_) begin(*packet);
    if (!belongs(*packet)) {
        if (!confirm_restart(*packet, arrival)) return true;
    } else {
        statistics_.foreign += candidate_ ? 1 : 0;
        candidate_.reset();
    }
    note_jitter(*packet, arrival);
    place(extend(packet->sequence), packet->payload, arrival);
    return true;
}

/// @return whether `packet` is the second in a row of a new sender; the first has then been delivered.
bool RtpReceiver::confirm_restart(const RtpPacket& packet, core::ArrivalTime arrival) {
    const auto next = static_cast<std::uint16_t>(packet.sequence + 1);
    if (!candidate_ || candidate_->ssrc != packet.ssrc || candidate_->next != packet.sequence) {
        statistics_.foreign += candidate_ ? 1 : 0;
        candidate_ = Candidate{packet.ssrc, next, {{packet.payload.begin(), packet.payload.end()}, arrival}};
        return false;
    }
    const Held first = std::move(candidate_->first);
    while (!held_.empty()) give_up_gap();
    ++statistics_.restarts;
    begin(packet);
    on_restart_();
    next_ = highest_ = next_ - 1;
    place(next_, first.payload, first.arrival);
    return true;
}

void RtpReceiver::place(std::int64_t sequence, std::span<const std::byte> payload, core::ArrivalTime arrival) {
    if (sequence < next_) {
        const bool known = next_ - sequence > static_cast<std::int64_t>(delivered_.size()) ||
                           delivered_[slot(sequence, delivered_.size())];
        ++(known ? statistics_.duplicates : statistics_.late);
        return;
    }
    if (sequence == next_ && held_.empty()) {
        delivered_.set(slot(next_++, delivered_.size()));
        highest_ = std::max(highest_, sequence);
        deliver(payload, arrival);
        return;
    }
    if (!held_.try_emplace(sequence, Held{{payload.begin(), payload.end()}, arrival}).second) {
        ++statistics_.duplicates;
        return;
    }
    if (sequence < highest_) ++statistics_.reordered;
    highest_ = std::max(highest_, sequence);
    drain();
    while (held_.size() > kWindow) give_up_gap();
    pass_time(arrival);
}

void RtpReceiver::deliver(std::span<const std::byte> payload, core::ArrivalTime arrival) {
    last_arrival_ = std::max(last_arrival_, arrival);
    if (!payload.empty()) on_payload_(payload, last_arrival_);
}

void RtpReceiver::drain() {
    while (!held_.empty() && held_.begin()->first == next_) {
        const auto first = held_.extract(held_.begin());
        delivered_.set(slot(next_++, delivered_.size()));
        deliver(first.mapped().payload, first.mapped().arrival);
    }
}

/// What is missing before the first held packet is lost.
void RtpReceiver::give_up_gap() {
    for (const std::int64_t first = held_.begin()->first; next_ < first; ++next_) {
        ++statistics_.lost;
        delivered_.reset(slot(next_, delivered_.size()));
    }
    drain();
}

void RtpReceiver::pass_time(core::ArrivalTime now) {
    while (!held_.empty()) {
        // The packet that came first after the gap decides, and that need not be the first in order.
        const auto oldest = std::min_element(held_.begin(), held_.end(), [](const auto& a, const auto& b) {
            return a.second.arrival < b.second.arrival;
        });
        if (now - oldest->second.arrival < kPatience) return;
        give_up_gap();
    }
}

void RtpReceiver::note_jitter(const RtpPacket& packet, core::ArrivalTime arrival) {
    if (previous_) {
        const auto ticks = static_cast<std::int32_t>(packet.timestamp - previous_->first);
        const double apart_ms = core::to_seconds(arrival - previous_->second) * 1e3 - ticks * kMsPerTick;
        statistics_.jitter_ms += (std::abs(apart_ms) - statistics_.jitter_ms) / 16;
    }
    previous_ = {packet.timestamp, arrival};
}

}  // namespace sightline::probe
