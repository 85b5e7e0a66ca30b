// SPDX-License-Identifier: Apache-2.0
#include "testdata/ts_mux.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "testdata/psi_sections.hpp"

namespace sightline::testdata {
namespace {

using core::Duration;
using core::PtsTicks;

constexpr int kPatPid = 0, kSdtPid = 17, kNullPid = 8191;
constexpr Duration kPsiEvery = std::chrono::milliseconds(100);
constexpr Duration kSdtEvery = std::chrono::seconds(1);
constexpr Duration kPcrEvery = std::chrono::milliseconds(30);
constexpr Duration kLongestSpread = std::chrono::milliseconds(100);
/// Between a unit's last byte and its decoding time.
constexpr Duration kDecoderDelay = std::chrono::milliseconds(200);
/// A constant rate delays the packets of a large picture; so much of it the stamps allow for.
constexpr Duration kConstantRateDelay = std::chrono::milliseconds(1000);

void write_stamp(std::vector<std::uint8_t>& out, int prefix, std::int64_t ticks) {
    out.push_back(static_cast<std::uint8_t>((prefix << 4) | ((ticks >> 29) & 0x0e) | 1));
    out.push_back(static_cast<std::uint8_t>(ticks >> 22));
    out.push_back(static_cast<std::uint8_t>(((ticks >> 14) & 0xfe) | 1));
    out.push_back(static_cast<std::uint8_t>(ticks >> 7));
    out.push_back(static_cast<std::uint8_t>(((ticks << 1) & 0xfe) | 1));
}

/// ADTS fixed and variable header (ISO/IEC 13818-7, 6.2) from an AudioSpecificConfig.
std::vector<std::uint8_t> adts_header(const Track& track, std::size_t payload) {
    const std::uint8_t a = track.extradata.size() >= 2 ? track.extradata[0] : 0x11;
    const std::uint8_t b = track.extradata.size() >= 2 ? track.extradata[1] : 0x90;
    const int profile = (a >> 3) - 1;
    const int rate_index = ((a & 7) << 1) | (b >> 7);
    const int channels = (b >> 3) & 15;
    const std::size_t length = payload + 7;
    return {0xff,
            0xf1,
            static_cast<std::uint8_t>((profile << 6) | (rate_index << 2) | (channels >> 2)),
            static_cast<std::uint8_t>(((channels & 3) << 6) | static_cast<int>(length >> 11)),
            static_cast<std::uint8_t>(length >> 3),
            static_cast<std::uint8_t>(((length & 7) << 5) | 0x1f),
            0xfc};
}

std::vector<std::uint8_t> make_pes(const Track& track, const AccessUnit& unit, std::int64_t pts, std::int64_t dts) {
    std::vector<std::uint8_t> body;
    if (track.codec == Codec::Aac) body = adts_header(track, unit.data.size());
    body.insert(body.end(), unit.data.begin(), unit.data.end());
    const bool both = pts != dts;
    const int header_length = both ? 10 : 5;
    const std::size_t length = body.size() + 3 + static_cast<std::size_t>(header_length);
    const auto stream_id = static_cast<std::uint8_t>(track.video ? 0xe0 : 0xc0 + track.order - 1);
    std::vector<std::uint8_t> pes{0,
                                  0,
                                  1,
                                  stream_id,
                                  0,
                                  0,
                                  0x84,
                                  static_cast<std::uint8_t>(both ? 0xc0 : 0x80),
                                  static_cast<std::uint8_t>(header_length)};
    if (!track.video && length <= 0xffff) {  // video: unbounded (2.4.3.7)
        pes[4] = static_cast<std::uint8_t>(length >> 8);
        pes[5] = static_cast<std::uint8_t>(length);
    }
    write_stamp(pes, both ? 3 : 2, pts);
    if (both) write_stamp(pes, 1, dts);
    pes.insert(pes.end(), body.begin(), body.end());
    return pes;
}

void set_header(TsPacket& packet, int pid, bool unit_start) {
    packet.bytes[0] = 0x47;
    packet.bytes[1] = static_cast<std::uint8_t>((unit_start ? 0x40 : 0) | (pid >> 8));
    packet.bytes[2] = static_cast<std::uint8_t>(pid);
    packet.bytes[3] = 0x10;
}

}  // namespace

TsMux::TsMux(TsSettings settings, std::vector<Track> tracks, std::vector<Fault> faults)
    : settings_(std::move(settings)), tracks_(std::move(tracks)), faults_(std::move(faults)) {}

core::Result<std::unique_ptr<TsMux>> TsMux::open(TsSettings settings, std::vector<Track> tracks,
                                                 std::vector<Fault> faults) {
    for (const Track& track : tracks) {
        if (stream_type(track.codec) == 0) {
            return core::fail(core::ErrorCode::Unsupported, "this codec has no place in a transport stream; use mkv");
        }
    }
    return std::unique_ptr<TsMux>(new TsMux(std::move(settings), std::move(tracks), std::move(faults)));
}

int TsMux::pmt_pid(int service, Duration t) const {
    int pid = 4096 + service;
    for (const Fault& fault : faults_) {  // every other time it moves back
        if (fault.kind == FaultKind::PmtPid && begun_by(fault, t) % 2 == 1) pid += fault.shift;
    }
    return pid;
}

int TsMux::pid_state_at(Duration t) const {
    std::int64_t count = 0;
    for (const Fault& fault : faults_) {
        if (fault.kind == FaultKind::EsPids) count += begun_by(fault, t);
    }
    return static_cast<int>(count);
}

int TsMux::es_pid(std::size_t track, int service, int pid_state) const {
    int pid = 256 + 32 * service + static_cast<int>(track);
    if (pid_state % 2 == 1) {
        const auto fault =
            std::find_if(faults_.begin(), faults_.end(), [](const Fault& f) { return f.kind == FaultKind::EsPids; });
        pid += fault->shift;
    }
    return pid;
}

std::int64_t TsMux::pcr_at(Duration t, PtsTicks offset) const {
    const Duration delay = settings_.mux_rate_bps > 0 ? kConstantRateDelay : kDecoderDelay;
    const std::int64_t ns = (t - delay).count();
    const std::int64_t whole = ns / 1'000'000'000;
    const std::int64_t rest = ns % 1'000'000'000;
    return (settings_.start_pts + offset).count() * 300 + whole * 27'000'000 + rest * 27 / 1000;
}

void TsMux::push(const AccessUnit& unit, int mark, std::vector<TsPacket>& out) {
    const Duration due = core::to_duration(unit.dts);
    if (unit.resumed) {  // what was on its way still goes; then the line was silent until now
        flush(out);
        begun_ = false;
    }
    for (int service = 0; service < settings_.services; ++service) plan(unit, service, service == 0 ? mark : -1);
    // Later units are due no earlier than this one, and spread no further back than this.
    emit_until(due - kLongestSpread, out);
}

void TsMux::flush(std::vector<TsPacket>& out) {
    emit_until(Duration::max(), out);
}

void TsMux::plan(const AccessUnit& unit, int service, int mark) {
    constexpr std::int64_t kStampMask = (std::int64_t{1} << 33) - 1;
    const Track& track = tracks_[unit.track];
    const PtsTicks base = settings_.start_pts + unit.stamp_offset;
    const std::vector<std::uint8_t> pes =
        make_pes(track, unit, (base + unit.pts).count() & kStampMask, (base + unit.dts).count() & kStampMask);
    const Duration due = core::to_duration(unit.dts);
    const Duration spread = std::min(core::to_duration(unit.duration), kLongestSpread);
    const bool carries_pcr = unit.track == 0;
    const std::size_t first_room = carries_pcr ? 176 : 184;
    const std::size_t count = pes.size() <= first_room ? 1 : 1 + (pes.size() - first_room + 183) / 184;

    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        Planned planned;
        planned.order = order_++;
        planned.pid_state = pid_state_at(due);
        TsPacket& packet = planned.packet;
        packet.time = due - spread * static_cast<std::int64_t>(count - 1 - i) / static_cast<std::int64_t>(count);
        packet.role = track.video ? PacketRole::Video : PacketRole::Audio;
        packet.stamp_offset = unit.stamp_offset;
        if (i + 1 == count) packet.mark = mark;
        set_header(packet, es_pid(unit.track, service, planned.pid_state), i == 0);
        std::size_t adaptation = 0;  // bytes with its length byte
        if (i == 0 && carries_pcr) {
            adaptation = 8;
            packet.bytes[5] = static_cast<std::uint8_t>(0x10 | (unit.key && track.video ? 0x40 : 0) |
                                                        (unit.discontinuity ? 0x80 : 0));
            write_pcr(&packet.bytes[6], pcr_at(packet.time, unit.stamp_offset));
            planned.starts_key = unit.key && service == 0;
        }
        const std::size_t left = pes.size() - at;
        const std::size_t room = 184 - adaptation;
        if (left < room) {  // stuffing is done in the adaptation field (2.4.3.5)
            const std::size_t wanted = 184 - left;
            if (adaptation == 0 && wanted > 1) packet.bytes[5] = 0;
            for (std::size_t s = std::max<std::size_t>(adaptation, 2); s < wanted; ++s) packet.bytes[4 + s] = 0xff;
            adaptation = wanted;
        }
        if (adaptation > 0) {
            packet.bytes[3] |= 0x20;
            packet.bytes[4] = static_cast<std::uint8_t>(adaptation - 1);
        }
        const std::size_t size = 184 - adaptation;
        std::memcpy(&packet.bytes[4 + adaptation], &pes[at], size);
        at += size;
        planned_.push(planned);
    }
}

void TsMux::emit_until(Duration t, std::vector<TsPacket>& out) {
    while (!planned_.empty() && planned_.top().packet.time <= t) {
        Planned planned = planned_.top();
        planned_.pop();
        const Duration time = planned.packet.time;
        if (!begun_) {
            begun_ = true;
            next_psi_ = next_sdt_ = time;
            next_pcr_ = time + kPcrEvery;
            slot_origin_ = time;
            slots_ = 0;
        }
        emit_due(time, out);
        offset_ = planned.packet.stamp_offset;
        if (planned.pid_state != psi_state_ || planned.starts_key) {
            psi_state_ = std::max(planned.pid_state, psi_state_);
            emit_psi(time, planned.starts_key, out);
        }
        if (planned.packet.has_pcr()) next_pcr_ = time + kPcrEvery;
        emit(planned.packet, out);
    }
}

void TsMux::emit_due(Duration t, std::vector<TsPacket>& out) {
    const bool video_first = !tracks_.empty() && tracks_[0].video;
    while (next_psi_ <= t || next_pcr_ <= t) {
        if (next_psi_ <= next_pcr_) {
            emit_psi(next_psi_, false, out);
            continue;
        }
        const bool lost = video_first && std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) {
                              return fault.kind == FaultKind::VideoLost && occurrence_at(fault, next_pcr_);
                          });
        for (int service = 0; service < settings_.services && !lost; ++service) emit_pcr_only(next_pcr_, service, out);
        next_pcr_ += kPcrEvery;
    }
}

void TsMux::emit_pcr_only(Duration t, int service, std::vector<TsPacket>& out) {
    TsPacket packet;
    packet.time = t;
    packet.role = tracks_[0].video ? PacketRole::Video : PacketRole::Audio;
    packet.stamp_offset = offset_;
    set_header(packet, es_pid(0, service, psi_state_), false);
    packet.bytes[3] = 0x20;  // no payload: the counter stays (2.4.3.3)
    packet.bytes[4] = 183;
    packet.bytes[5] = 0x10;
    write_pcr(&packet.bytes[6], pcr_at(t, offset_));
    std::fill(packet.bytes.begin() + 12, packet.bytes.end(), std::uint8_t{0xff});
    emit(packet, out);
}

void TsMux::emit_psi(Duration t, bool before_key, std::vector<TsPacket>& out) {
    std::vector<int> pmt_pids;
    for (int service = 0; service < settings_.services; ++service) pmt_pids.push_back(pmt_pid(service, t));
    const bool moved = pmt_pids[0] != 4096;
    const std::size_t first = out.size();
    emit_section(kPatPid, make_pat(pmt_pids, moved ? 1 : 0), t, true, out);
    if (first < out.size()) out[first].segment_may_start = before_key;
    for (int service = 0; service < settings_.services; ++service) {
        std::vector<int> pids;
        for (std::size_t i = 0; i < tracks_.size(); ++i) pids.push_back(es_pid(i, service, psi_state_));
        emit_section(pmt_pids[static_cast<std::size_t>(service)], make_pmt(service + 1, tracks_, pids, psi_state_ % 32),
                     t, true, out);
    }
    if (next_sdt_ <= t) {
        emit_section(kSdtPid, make_sdt(settings_.service_name, settings_.services), t, true, out);
        next_sdt_ = t + kSdtEvery;
    }
    next_psi_ = t + kPsiEvery;
}

void TsMux::emit_section(int pid, const std::vector<std::uint8_t>& section, Duration t, bool first,
                         std::vector<TsPacket>& out) {
    for (std::size_t at = 0; at < section.size(); first = false) {
        TsPacket packet;
        packet.time = t;
        packet.role = PacketRole::Psi;
        packet.bytes.fill(0xff);
        set_header(packet, pid, first);
        std::size_t offset = 4;
        if (first) packet.bytes[offset++] = 0;  // pointer_field
        const std::size_t size = std::min(section.size() - at, kPacketSize - offset);
        std::memcpy(&packet.bytes[offset], &section[at], size);
        at += size;
        emit(packet, out);
    }
}

void TsMux::emit(TsPacket packet, std::vector<TsPacket>& out) {
    if (settings_.mux_rate_bps > 0) {
        pad(out, packet.time);
        if (packet.has_pcr()) write_pcr(&packet.bytes[6], pcr_at(slot_, packet.stamp_offset));
        packet.time = slot_;
        ++slots_;
    }
    std::uint8_t& counter = counters_.try_emplace(packet.pid(), std::uint8_t{15}).first->second;
    if ((packet.bytes[3] & 0x10) != 0) counter = (counter + 1) & 15;
    packet.bytes[3] = static_cast<std::uint8_t>((packet.bytes[3] & 0xf0) | counter);
    out.push_back(packet);
}

void TsMux::pad(std::vector<TsPacket>& out, Duration until) {
    const auto slot_time = [&] {
        constexpr std::int64_t kBits = static_cast<std::int64_t>(kPacketSize) * 8;
        const std::int64_t bits = slots_ * kBits;
        return slot_origin_ + core::ticks_to_duration(bits, settings_.mux_rate_bps);
    };
    for (slot_ = slot_time(); slot_ < until; slot_ = slot_time()) {
        TsPacket null;
        null.bytes.fill(0xff);
        set_header(null, kNullPid, false);
        null.time = slot_;
        ++slots_;
        out.push_back(null);
    }
}

}  // namespace sightline::testdata
