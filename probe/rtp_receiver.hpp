// SPDX-License-Identifier: Apache-2.0
// RTP packets back into order, with what went wrong on the way counted.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/time.hpp"
#include "probe/rtp_packet.hpp"

namespace sightline::probe {

struct RtpStatistics {
    std::uint64_t received = 0;   ///< well-formed packets
    std::uint64_t malformed = 0;  ///< no RTP, or cut short
    std::uint64_t lost = 0;       ///< sequence numbers that did not come within the window
    std::uint64_t late = 0;       ///< came after they were given up and counted as lost, or before the first
    std::uint64_t reordered = 0;  ///< came after a later one, and were put back into place
    std::uint64_t duplicates = 0;
    std::uint64_t foreign = 0;   ///< of another sender or place in the sequence, alone: ignored
    std::uint64_t restarts = 0;  ///< the sender began anew: other SSRC, or its sequence jumped
    double jitter_ms = 0;        ///< interarrival jitter, RFC 3550, 6.4.1
};

/// Takes packets as they come, gives payloads in sequence order. A gap is waited for until kWindow later packets or
/// kPatience have passed, whichever is first; then it is lost.
///
/// A sender is another one when its SSRC differs or its sequence number is more than kJump away, and its next packet
/// confirms it (RFC 3550, A.1): a single stray packet changes nothing.
///
/// Threading: one thread.
class RtpReceiver {
public:
    static constexpr std::size_t kWindow = 64;
    static constexpr core::Duration kPatience = std::chrono::milliseconds{30};
    static constexpr std::int64_t kJump = 3000;

    using OnPayload = std::function<void(std::span<const std::byte> payload, core::ArrivalTime arrival)>;

    /// `on_payload` gets payloads with arrival times that never go back; `on_restart` comes before the first payload of
    /// a sender that began anew (not before the very first).
    RtpReceiver(OnPayload on_payload, std::function<void()> on_restart)
        : on_payload_(std::move(on_payload)), on_restart_(std::move(on_restart)) {}

    /// @return false where the datagram is no RTP.
    bool take(std::span<const std::byte> datagram, core::ArrivalTime arrival);
    /// Gives up gaps that have been waited for long enough. Call while waiting().
    void pass_time(core::ArrivalTime now);
    /// Packets are held back behind a gap.
    [[nodiscard]] bool waiting() const { return !held_.empty(); }
    [[nodiscard]] const RtpStatistics& statistics() const { return statistics_; }

private:
    struct Held {
        std::vector<std::byte> payload;
        core::ArrivalTime arrival;
    };
    struct Candidate {
        std::uint32_t ssrc;
        std::uint16_t next;
        Held first;
    };

    void begin(const RtpPacket& packet);
    bool belongs(const RtpPacket& packet) const;
    bool confirm_restart(const RtpPacket& packet, core::ArrivalTime arrival);
    void place(std::int64_t sequence, std::span<const std::byte> payload, core::ArrivalTime arrival);
    void deliver(std::span<const std::byte> payload, core::ArrivalTime arrival);
    void drain();
    void give_up_gap();
    void note_jitter(const RtpPacket& packet, core::ArrivalTime arrival);
    [[nodiscard]] std::int64_t extend(std::uint16_t sequence) const;

    OnPayload on_payload_;
    std::function<void()> on_restart_;
    RtpStatistics statistics_;
    bool begun_ = false;
    std::uint32_t ssrc_ = 0;
    std::int64_t next_ = 0;     // unwrapped sequence number due next
    std::int64_t highest_ = 0;  // furthest seen
    std::map<std::int64_t, Held> held_;
    std::bitset<1024> delivered_;  // by sequence modulo its size: tells late from duplicate
    std::optional<Candidate> candidate_;
    core::ArrivalTime last_arrival_{};
    std::optional<std::pair<std::uint32_t, core::ArrivalTime>> previous_;  // timestamp and arrival, for the jitter
};

}  // namespace sightline::probe
