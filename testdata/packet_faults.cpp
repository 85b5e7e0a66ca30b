// SPDX-License-Identifier: Apache-2.0
#include "testdata/packet_faults.hpp"

#include <utility>

namespace sightline::testdata {
namespace {

bool chosen(const PidChoice& choice, const TsPacket& packet) {
    switch (choice.kind) {
        case PidChoice::Kind::Any:
            return packet.role != PacketRole::Null;
        case PidChoice::Kind::Video:
            return packet.role == PacketRole::Video;
        case PidChoice::Kind::Audio:
            return packet.role == PacketRole::Audio;
        case PidChoice::Kind::Psi:
            return packet.role == PacketRole::Psi;
        case PidChoice::Kind::Number:
            return packet.pid() == choice.number;
    }
    return false;
}

std::size_t payload_offset(const TsPacket& packet) {
    const std::size_t adaptation = (packet.bytes[3] & 0x20) != 0 ? packet.bytes[4] + std::size_t{1} : 0;
    return 4 + adaptation;
}

}  // namespace

PacketFaults::PacketFaults(std::vector<Fault> faults, std::uint64_t seed, Truth* truth) : truth_(truth) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        if (is_packet_fault(faults[i].kind)) faults_.push_back({faults[i], i, Random(seed * 1009 + i), -1, 0});
    }
}

bool PacketFaults::takes(Active& active, const TsPacket& packet) {
    const Fault& fault = active.fault;
    if (!chosen(fault.pid, packet)) return false;
    const std::int64_t begun = begun_by(fault, packet.time);
    if (begun == 0) return false;
    if (active.occurrence != begun - 1) {
        active.occurrence = begun - 1;
        active.left = fault.count;
    }
    if (fault.length > core::Duration{0}) {
        if (!occurrence_at(fault, packet.time)) return false;
    } else if (active.left == 0) {
        return false;
    }
    // A packet without payload shows nothing of a drop or a swap: its counter does not move.
    if ((packet.bytes[3] & 0x10) == 0) return false;
    if (fault.rate < 1 && active.random.uniform() >= fault.rate) return false;
    if (fault.length == core::Duration{0}) --active.left;
    if (truth_ != nullptr) truth_->packet(active.index, active.occurrence, packet.pid(), packet.time);
    return true;
}

void PacketFaults::apply(TsPacket packet, std::vector<TsPacket>& out) {
    const int pid = packet.pid();
    PidTruth& counts = pids_[pid];
    ++counts.made;
    int copies = 0;
    bool hold = false;
    for (Active& active : faults_) {
        if (!takes(active, packet)) continue;
        switch (active.fault.kind) {
            case FaultKind::Drop:
                ++counts.dropped;
                return;
            case FaultKind::Duplicate:
                copies += active.fault.copies;
                break;
            case FaultKind::Reorder:
                hold = true;
                break;
            case FaultKind::Corrupt: {
                ++counts.corrupted;
                const std::size_t from = payload_offset(packet);
                for (int i = 0; i < 8; ++i) {
                    packet.bytes[from + active.random.next() % (kPacketSize - from)] ^=
                        static_cast<std::uint8_t>(1 + active.random.next() % 255);
                }
                break;
            }
            case FaultKind::TransportError:
                packet.bytes[1] |= 0x80;
                break;
            case FaultKind::SyncByte:
                packet.bytes[0] = 0x12;
                break;
            case FaultKind::Scramble: {
                packet.bytes[3] = static_cast<std::uint8_t>((packet.bytes[3] & 0x3f) | 0x80);
                for (std::size_t i = payload_offset(packet); i < kPacketSize; ++i) {
                    packet.bytes[i] ^= static_cast<std::uint8_t>(active.random.next());
                }
                break;
            }
            default:
                break;
        }
    }
    if (hold) {
        ++counts.reordered;
        held_[pid].push_back(packet);
        return;
    }
    send(packet, out);
    counts.duplicated += static_cast<std::uint64_t>(copies);
    for (int i = 0; i < copies; ++i) send(packet, out);
    if (const auto held = held_.find(pid); held != held_.end()) {
        for (TsPacket& late : std::exchange(held->second, {})) {
            late.time = packet.time;
            send(late, out);
        }
        held_.erase(held);
    }
}

void PacketFaults::flush(std::vector<TsPacket>& out) {
    for (auto& pair : held_) {
        for (const TsPacket& late : pair.second) send(late, out);
    }
    held_.clear();
}

void PacketFaults::send(const TsPacket& packet, std::vector<TsPacket>& out) {
    PidTruth& counts = pids_[packet.pid()];
    ++counts.sent;
    if (packet.bytes[0] != 0x47) ++counts.sync_bytes_broken;
    const bool readable = packet.bytes[0] == 0x47;
    const bool flagged = (packet.bytes[1] & 0x80) != 0;
    if (readable && flagged) ++counts.transport_errors;
    if (readable && !flagged && (packet.bytes[3] & 0xc0) != 0) ++counts.scrambled;
    count_.feed(packet.bytes);
    counts.continuity_errors = count_.errors(packet.pid());
    out.push_back(packet);
}

}  // namespace sightline::testdata
