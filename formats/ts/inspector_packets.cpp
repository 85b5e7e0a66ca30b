// SPDX-License-Identifier: Apache-2.0
// One packet that needs a look: continuity, clocks, scrambling, the start of a PES packet or section.
#include <algorithm>
#include <utility>

#include "formats/ts/inspector_impl.hpp"
#include "formats/ts/pes.hpp"
#include "formats/ts/transport_conditions.hpp"

namespace sightline::formats::ts {
namespace {

using core::TrackKind;
using core::Verdict;

bool timed(TrackKind kind) {
    return kind == TrackKind::Video || kind == TrackKind::Audio;
}

}  // namespace

std::uint16_t TransportInspector::Impl::slot_for(std::uint16_t pid) {
    if (slots[pid] != 0) return slots[pid];
    const auto slot = static_cast<std::uint16_t>(pids.size());
    slots[pid] = slot;
    lanes.emplace_back();
    PidState state;
    state.pid = pid;
    state.subject = stream_subject();
    const auto known = [&](Role role, const char* type) {
        state.role = role;
        state.type = type;
        if (role != Role::Null) state.sections = std::make_unique<SectionAssembler>();
    };
    switch (pid) {
        case kPatPid:
            known(Role::Pat, "pat");
            break;
        case kCatPid:
            known(Role::Cat, "cat");
            break;
        case kNitPid:
            known(Role::Nit, "nit");
            break;
        case kSdtPid:
            known(Role::Sdt, "sdt");
            break;
        case kEitPid:
            known(Role::Eit, "eit");
            break;
        case kTotPid:
            known(Role::Tot, "tot");
            break;
        case kNullPid:
            known(Role::Null, "null");
            break;
        default:
            break;
    }
    pids.push_back(std::move(state));
    return slot;
}

/// Counts a packet that says nothing about those around it.
void TransportInspector::Impl::pass_by(std::size_t slot) {
    ++lanes[slot].packets;
    ++pids[slot].packets_left;
}

/// Takes back from the hot loop what it knows of a PID; the next packet needs a look.
void TransportInspector::Impl::settle(std::size_t slot) {
    Lane& lane = lanes[slot];
    PidState& state = pids[slot];
    if (lane.packets != state.packets_left) state.duplicated = false;  // packets went by since the last look
    if (lane.expected != kLookAtAll) state.counter = static_cast<int>((lane.expected - 1) & 0xFU);
    lane.expected = kLookAtAll;
    state.packets_left = lane.packets;
}

void TransportInspector::Impl::look(const std::byte* bytes, std::uint64_t at) {
    const PacketView packet(bytes);
    const std::uint16_t pid = packet.pid();
    if (packet.transport_error()) {
        // TR 101 290, 2.1: nothing else may be concluded from this packet, not even that its PID exists.
        const std::uint16_t slot = slots[pid];
        slot != 0 ? pass_by(slot) : void(++unassigned);
        event(Condition::TransportError, pids[slot], slot != 0 ? std::optional<int>(pid) : std::nullopt, at, {});
        return;
    }
    const std::uint16_t slot = slot_for(pid);
    if (pid == kNullPid || packet.adaptation_field_control() == 0) {  // 2.4.3.3: 00 is reserved, to be discarded
        pass_by(slot);
        return;
    }
    PidState& state = pids[slot];
    settle(slot);
    const Continues continues = judge_continuity(packet, state, lanes[slot], at);
    if (continues == Continues::Lost && state.sections) state.sections->reset();
    if (continues != Continues::Duplicate) {
        if (packet.has_pcr()) judge_pcr(packet, state, at);
        if (packet.has_payload()) {
            judge_scrambling(packet, state, at);
            if (packet.scrambling() == 0) {
                if (state.role == Role::Elementary && packet.payload_unit_start()) judge_pes_start(packet, state, at);
                if (is_table(state.role)) {
                    state.sections->feed(packet.payload(), packet.payload_unit_start(),
                                         [&](SectionView section) { on_section(slot, section, at); });
                }
            }
        }
    }
    // on_section may have made new PIDs: nothing from before may be used here.
    PidState& after = pids[slot];
    Lane& lane = lanes[slot];
    after.counter = static_cast<int>(packet.continuity_counter());
    ++lane.packets;
    lane.last = bytes;
    recent[recent_count++ % recent.size()] = slot;
    // A scrambled packet's successor is looked at, so that the first clear one is seen to be clear.
    lane.expected = is_table(after.role) || packet.scrambling() != 0
                        ? kLookAtAll
                        : 0x4700'0010U | (std::uint32_t{pid} << 8) | ((packet.continuity_counter() + 1) & 0xFU);
    after.packets_left = lane.packets;
}

TransportInspector::Impl::Continues TransportInspector::Impl::judge_continuity(const PacketView& packet,
                                                                               PidState& state, const Lane& lane,
                                                                               std::uint64_t at) {
    const int got = static_cast<int>(packet.continuity_counter());
    if (state.counter < 0) return Continues::Yes;
    if (packet.discontinuity_indicator()) {
        state.duplicated = false;
        return got == state.counter ? Continues::Yes : Continues::Lost;
    }
    const int expected = packet.has_payload() ? (state.counter + 1) & 0xF : state.counter;
    if (got == expected) {
        if (packet.has_payload()) state.duplicated = false;
        return Continues::Yes;
    }
    const std::byte* const original =
        lane.last != nullptr ? lane.last : (state.stored_valid ? state.stored.data() : nullptr);
    const bool copy = packet.has_payload() && got == state.counter && original != nullptr &&
                      equal_but_pcr(PacketView(original), packet);
    if (copy && !state.duplicated) {
        state.duplicated = true;
        return Continues::Duplicate;
    }
    state.duplicated = copy;
    ++state.continuity_errors;
    event(Condition::Continuity, state, state.pid, at,
          "counter " + std::to_string(got) + " where " + std::to_string(expected) + " was due");
    return Continues::Lost;
}

void TransportInspector::Impl::judge_pcr(const PacketView& packet, PidState& state, std::uint64_t at) {
    const std::int64_t ticks = *packet.pcr() % kPcrPeriod;
    if (clock.beat(MediaClock::Beat::Pcr, state.pid, ticks, at)) clock_moved(at);
    const core::Duration now = interval_time(at);
    if (state.last_pcr && state.carries_pcr) {
        std::int64_t step = ticks - *state.last_pcr;
        if (step < -kPcrPeriod / 2) step += kPcrPeriod;
        if (step > kPcrPeriod / 2) step -= kPcrPeriod;
        const core::Duration difference = core::ticks_to_duration(step, core::PcrTicks::period::den);
        const bool announced = packet.discontinuity_indicator();
        const std::string text = std::to_string(difference.count() / 1'000'000) + " ms after the last";
        if (!announced && (step < 0 || difference > kMaxPcrInterval)) {
            event(Condition::PcrDiscontinuity, state, state.pid, at, text);
        }
        const bool on_arrival = options.intervals == ClockSource::Arrival;
        const bool measured = on_arrival || (!announced && step >= 0 && difference < MediaClock::kJump);
        const core::Duration interval = on_arrival ? now - state.last_pcr_at : difference;
        if (measured && interval > kMaxPcrInterval) {
            event(Condition::PcrRepetition, state, state.pid, at,
                  std::to_string(interval.count() / 1'000'000) + " ms after the last");
        }
    }
    state.last_pcr = ticks;
    state.last_pcr_at = now;
}

void TransportInspector::Impl::judge_scrambling(const PacketView& packet, PidState& state, std::uint64_t at) {
    const bool scrambled = packet.scrambling() != 0;
    if (scrambled) {
        ++state.scrambled;
        ++scrambled_total;
        if (!scrambled_since) scrambled_since = interval_time(at);
    }
    if (state.track < 0) return;
    const Verdict now = scrambled ? Verdict::Bad : Verdict::Good;
    if (state.scrambling_said == now) return;
    state.scrambling_said = now;
    TrackState& track = tracks[static_cast<std::size_t>(state.track)];
    state_edge(Condition::Scrambled, track.scrambled, now, track.subject, state.pid, interval_time(at), {});
}

void TransportInspector::Impl::judge_pes_start(const PacketView& packet, PidState& state, std::uint64_t at) {
    if (!timed(state.kind)) return;
    const auto header = parse_pes_header(packet.payload());
    if (!header || !header->pts) return;
    const std::int64_t decoding = header->dts.value_or(*header->pts);
    if (clock.beat(MediaClock::Beat::DecodingTime, state.pid, decoding * 300, at)) clock_moved(at);
    if (!zero) set_zero(state.kind, at);
    const core::Duration now = interval_time(at);
    if (state.last_pts_at && now - *state.last_pts_at > kMaxPtsInterval) {
        event(Condition::PtsRepetition, state, state.pid, at,
              std::to_string((now - *state.last_pts_at).count() / 1'000'000) + " ms after the last");
    }
    state.last_pts_at = now;
}

/// Media time begins with the first picture, or with sound where no programme has pictures.
void TransportInspector::Impl::set_zero(TrackKind kind, std::uint64_t at) {
    const core::Duration now = clock.at(at);
    if (kind == TrackKind::Video) {
        zero = now;
        return;
    }
    if (!first_sound) first_sound = now;
    const bool all_known = std::all_of(programme_states.begin(), programme_states.end(),
                                       [](const ProgrammeState& state) { return state.pmt_known; });
    const bool pictures = std::any_of(tracks.begin(), tracks.end(),
                                      [](const TrackState& track) { return track.kind == TrackKind::Video; });
    if (all_known && !pictures) zero = first_sound;
}

}  // namespace sightline::formats::ts
