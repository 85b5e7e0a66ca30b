// SPDX-License-Identifier: Apache-2.0
// Bytes to packets: sync, the hot loop, and what is carried from block to block.
#include "formats/ts/inspector.hpp"

#include <algorithm>
#include <utility>

#include "formats/ts/inspector_impl.hpp"
#include "formats/ts/packet_sync.hpp"

namespace sightline::formats::ts {
namespace {

// A header word without transport_priority, which may change from packet to packet.
constexpr std::uint32_t kWithoutPriority = 0xFFDF'FFFFU;
constexpr std::uint32_t kUnitStart = 0x0040'0000U, kAdaptationField = 0x20U;
// Bytes in front of the first packet that are no fault yet: a recording cut anywhere, a banner.
constexpr std::uint64_t kToleratedGarbage = 65'536;
constexpr std::size_t kCarryCapacity = 1024;  // > 4 × 204 + 1

}  // namespace

TransportInspector::Impl::Impl(InspectorOptions chosen, core::Findings& findings)
    : options(std::move(chosen)), out(&findings), slots(kPidCount, 0), lanes(1), pids(1) {
    carry.reserve(kCarryCapacity);
    pids[0].subject = stream_subject();
}

void TransportInspector::Impl::feed(std::span<const std::byte> bytes, core::ArrivalTime came) {
    arrival = arrived ? std::max(arrival, came) : came;
    arrived = true;
    arrival_moved();
    while (!carry.empty() && !bytes.empty()) {
        const std::size_t taken = std::min(bytes.size(), need - std::min(need, carry.size()));
        carry.insert(carry.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
        if (carry.size() < need) return;
        const std::size_t consumed = consume(carry, More::MayCome);
        const std::size_t left = carry.size() - consumed;
        if (left <= taken) {  // what is left lies whole in `bytes`
            carry.clear();
            bytes = bytes.subspan(taken - left);
            break;
        }
        carry.erase(carry.begin(), carry.begin() + static_cast<std::ptrdiff_t>(consumed));
        bytes = bytes.subspan(taken);
    }
    if (bytes.empty()) return;
    const std::size_t consumed = consume(bytes, More::MayCome);
    carry.assign(bytes.begin() + static_cast<std::ptrdiff_t>(consumed), bytes.end());
}

std::size_t TransportInspector::Impl::consume(std::span<const std::byte> bytes, More more) {
    std::size_t position = 0;
    recent_count = 0;
    for (;;) {
        if (sync != Sync::Locked && !acquire(bytes, position, more)) break;
        run(bytes, position, more);
        if (sync == Sync::Locked) break;
    }
    keep_last_packets();
    offset += position;
    return position;
}

bool TransportInspector::Impl::acquire(std::span<const std::byte> bytes, std::size_t& position, More more) {
    SyncSearch found = find_sync(bytes.subspan(position));
    if (found.stride == 0 && more == More::WillNotCome && sync == Sync::Fresh && offset + position == fresh_offset &&
        found.offset == 0 && bytes.size() - position >= kPacketSize) {
        found.stride = stride != 0 ? stride : kPacketSize;  // a handful of packets and no garbage: too short to prove
    }
    position += found.offset;
    search_went_to(offset + position);
    if (found.stride == 0) {
        need = found.need;
        return false;
    }
    const core::Duration now = interval_time(offset + position);
    stride = found.stride;
    need = stride;
    sync = Sync::Locked;
    state_edge(Condition::SyncLoss, sync_loss, core::Verdict::Good, stream_subject(), {}, now, {});
    if (!session_start) begin_session(now);
    return true;
}

/// No packet begins before `reached`. The clock goes on by the bytes passed, and too many of them are a fault.
void TransportInspector::Impl::search_went_to(std::uint64_t reached) {
    while (next_check <= reached) clock_moved(next_check);
    if (sync != Sync::Fresh || sync_loss == core::Verdict::Bad || reached - fresh_offset <= kToleratedGarbage) return;
    state_edge(Condition::SyncLoss, sync_loss, core::Verdict::Bad, stream_subject(), {},
               interval_time(fresh_offset + kToleratedGarbage), "no transport packets in what came");
}

void TransportInspector::Impl::run(std::span<const std::byte> bytes, std::size_t& position, More more) {
    const std::byte* const data = bytes.data();
    const std::size_t whole = more == More::MayCome ? stride : kPacketSize;
    const std::size_t step = stride;
    const std::uint16_t* const slot_of = slots.data();
    std::size_t at = position;
    while (at < bytes.size() && bytes.size() - at >= whole) {
        if (offset + at >= next_check) clock_moved(offset + at);
        const std::size_t end = bytes.size() - whole;
        const std::uint64_t check = next_check - offset - 1;  // the last place where the clock needs no look
        const std::size_t limit = check < end ? static_cast<std::size_t>(check) : end;
        Lane* const lane_of = lanes.data();
        std::size_t count = recent_count;
        while (at <= limit) {
            const std::byte* const packet = data + at;
            const std::uint32_t word = load_header(packet) & kWithoutPriority;
            const std::uint16_t slot = slot_of[(word >> 8) & 0x1FFFU];
            Lane& lane = lane_of[slot];
            if (word != lane.expected) break;
            lane.expected = (word & ~0xFU) | ((word + 1) & 0xFU);
            lane.last = packet;
            ++lane.packets;
            recent[count++ % recent.size()] = slot;
            at += step;
        }
        recent_count = count;
        if (at > end) break;
        if (at > limit) continue;
        const std::byte* const packet = data + at;
        if (!starts_unit(packet, offset + at)) {
            if (*packet == kSyncByte) {
                look(packet, offset + at);
            } else if (!bad_sync_byte(bytes, at, more)) {
                break;
            }
        }
        at += step;
    }
    position = std::min(at, bytes.size());
    if (sync == Sync::Locked && position < bytes.size() && need < whole) need = whole;
}

/// Passes a packet that differs from the one expected in no more than the start of a PES packet and an adaptation field
/// without clock or discontinuity, and looks at that start. @return false: it is another, and nothing was done.
bool TransportInspector::Impl::starts_unit(const std::byte* packet, std::uint64_t at) {
    const std::uint32_t word = load_header(packet) & kWithoutPriority;
    const std::uint16_t slot = slots[(word >> 8) & 0x1FFFU];
    Lane& lane = lanes[slot];
    if (((word ^ lane.expected) & ~(kUnitStart | kAdaptationField)) != 0) return false;
    const PacketView view(packet);
    if (view.has_pcr() || view.discontinuity_indicator()) return false;
    lane.expected = (lane.expected & ~0xFU) | ((lane.expected + 1) & 0xFU);
    lane.last = packet;
    ++lane.packets;
    recent[recent_count++ % recent.size()] = slot;
    PidState& state = pids[slot];
    if ((word & kUnitStart) != 0 && state.role == Role::Elementary) judge_pes_start(view, state, at);
    return true;
}

/// @return whether the stream is still in sync and the packet at `position` can be passed by.
bool TransportInspector::Impl::bad_sync_byte(std::span<const std::byte> bytes, std::size_t position, More more) {
    const bool next_there = position + stride < bytes.size();
    if (!next_there && more == More::MayCome) {
        need = stride + 1;
        return false;
    }
    if (next_there && bytes[position + stride] != kSyncByte) {
        sync = Sync::Lost;
        need = 1;
        state_edge(Condition::SyncLoss, sync_loss, core::Verdict::Bad, stream_subject(), {},
                   interval_time(offset + position), "two sync bytes in a row are wrong");
        return false;
    }
    ++unassigned;
    need = stride;
    event(Condition::SyncByte, pids[0], {}, offset + position, {});
    return true;
}

void TransportInspector::Impl::keep_last_packets() {
    const auto keep = [&](std::size_t slot) {
        if (lanes[slot].last == nullptr) return;
        std::memcpy(pids[slot].stored.data(), lanes[slot].last, kPacketSize);
        pids[slot].stored_valid = true;
        lanes[slot].last = nullptr;
    };
    if (recent_count <= recent.size()) {
        for (std::size_t i = 0; i < recent_count; ++i) keep(recent[i]);
    } else {
        for (std::size_t slot = 1; slot < lanes.size(); ++slot) keep(slot);
    }
}

/// Judges what was held back for want of more bytes.
void TransportInspector::Impl::drain() {
    const std::size_t rest = carry.size() - consume(carry, More::WillNotCome);
    offset += rest;
    carry.clear();
}

void TransportInspector::Impl::reset_pids() {
    for (std::size_t slot = 1; slot < pids.size(); ++slot) {
        lanes[slot].expected = kLookAtAll;
        lanes[slot].last = nullptr;
        PidState& state = pids[slot];
        state.counter = -1;
        state.duplicated = false;
        state.packets_left = lanes[slot].packets;
        state.stored_valid = false;
        state.last_pcr.reset();
        if (state.sections) state.sections->reset();
    }
}

void TransportInspector::Impl::on_boundary(Boundary boundary) {
    drain();
    reset_pids();
    sync = Sync::Fresh;
    fresh_offset = offset;
    need = 1;
    if (boundary == Boundary::Segment) return;
    flush_floods();
    clock.restart(offset);
    next_check = UINT64_MAX;
    const core::Duration now = interval_time(offset);
    const auto unknown = [&](Condition condition, core::Verdict& state, const core::Subject& subject,
                             std::optional<int> pid) {
        state_edge(condition, state, core::Verdict::Unknown, subject, pid, now, {});
    };
    unknown(Condition::SyncLoss, sync_loss, stream_subject(), {});
    unknown(Condition::Pat, pat, stream_subject(), {});
    unknown(Condition::Cat, cat, stream_subject(), {});
    for (std::size_t i = 0; i < programmes.size(); ++i) {
        unknown(Condition::Pmt, programme_states[i].pmt, service_subject(programmes[i].number), programmes[i].pmt_pid);
        programme_states[i] = ProgrammeState{};
    }
    for (TrackState& track : tracks) {
        unknown(Condition::Scrambled, track.scrambled, track.subject, track.pid);
        unknown(Condition::PidMissing, track.missing, track.subject, track.pid);
    }
    for (PidState& state : pids) {
        state.last_pts_at.reset();
        state.scrambling_said = core::Verdict::Unknown;
    }
    pat_version = -1;
    pat_sections.clear();
    pat_at.reset();
    cat_at.reset();
    scrambled_since.reset();
    session_start.reset();
}

void TransportInspector::Impl::finish() {
    drain();
    tick(interval_time(offset));
}

TransportInspector::TransportInspector(InspectorOptions options, core::Findings& out)
    : impl_(std::make_unique<Impl>(std::move(options), out)) {}
TransportInspector::~TransportInspector() = default;
TransportInspector::TransportInspector(TransportInspector&&) noexcept = default;
TransportInspector& TransportInspector::operator=(TransportInspector&&) noexcept = default;

void TransportInspector::feed(std::span<const std::byte> bytes, core::ArrivalTime arrival) {
    impl_->feed(bytes, arrival);
}
void TransportInspector::on_boundary(Boundary boundary) {
    impl_->on_boundary(boundary);
}
void TransportInspector::advance(core::ArrivalTime now) {
    impl_->feed({}, now);
}
void TransportInspector::finish() {
    impl_->finish();
}
const std::vector<Programme>& TransportInspector::programmes() const {
    return impl_->programmes;
}
std::uint64_t TransportInspector::programmes_revision() const {
    return impl_->revision;
}
bool TransportInspector::in_sync() const {
    return impl_->sync == Impl::Sync::Locked;
}
std::optional<core::MediaTime> TransportInspector::position() const {
    if (!impl_->zero) return std::nullopt;
    return std::max(core::MediaTime::zero(), impl_->clock.now() - *impl_->zero);
}

TransportReport TransportInspector::report() const {
    TransportReport report;
    const Impl& impl = *impl_;
    const auto count = [&](Condition condition) { return impl.counts[static_cast<std::size_t>(condition)]; };
    report.packets = impl.unassigned;
    for (std::size_t slot = 1; slot < impl.lanes.size(); ++slot) {
        const PidState& state = impl.pids[slot];
        if (impl.lanes[slot].packets == 0) continue;  // named by a map, never seen
        report.packets += impl.lanes[slot].packets;
        report.pids.push_back(
            {state.pid, impl.lanes[slot].packets, state.continuity_errors, state.scrambled, state.type});
    }
    std::sort(report.pids.begin(), report.pids.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
    report.sync_losses = count(Condition::SyncLoss);
    report.sync_byte_errors = count(Condition::SyncByte);
    report.continuity_errors = count(Condition::Continuity);
    report.transport_errors = count(Condition::TransportError);
    report.crc_errors = count(Condition::Crc);
    report.packet_size = static_cast<int>(impl.stride);
    report.duration = impl.clock.now();
    for (std::size_t i = 0; i < kConditions.size(); ++i) {
        if (!kConditions[i].tr101290.empty()) report.tr101290.emplace_back(kConditions[i].tr101290, impl.counts[i]);
    }
    return report;
}

}  // namespace sightline::formats::ts
