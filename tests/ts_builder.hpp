// SPDX-License-Identifier: Apache-2.0
// Writes MPEG transport streams for tests: tables, PES packets, single packets, and a whole small programme.
// Independent of formats/ts, which it is used to test.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline::testing {

using Bytes = std::vector<std::byte>;

inline void append(Bytes& to, std::span<const std::byte> bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}
inline Bytes bytes_of(std::initializer_list<int> values) {
    Bytes bytes;
    for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

/// Bit by bit, unlike the table-driven one under test.
inline std::uint32_t slow_crc32(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xFFFF'FFFFU;
    for (const std::byte b : bytes) {
        crc ^= std::to_integer<std::uint32_t>(b) << 24;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000'0000U) != 0 ? (crc << 1) ^ 0x04C1'1DB7U : crc << 1;
    }
    return crc;
}

/// One packet as its fields; the builder turns it into 188 bytes.
struct PacketFields {
    int pid = 0;
    bool unit_start = false;
    bool transport_error = false;
    bool discontinuity = false;
    int scrambling = 0;
    bool adaptation_only = false;
    std::optional<std::int64_t> pcr{};     ///< 27 MHz
    std::optional<int> counter{};          ///< instead of the PID's own next
    std::span<const std::byte> payload{};  ///< shorter than the room: stuffed by an adaptation field
};

struct StreamEntry {
    int pid = 0;
    int stream_type = 0;
    Bytes descriptors{};
};
struct ServiceEntry {
    int programme = 0;
    std::string provider, name;
};

/// Appends packets to `bytes`, with a continuity counter for each PID.
class TsBuilder {
public:
    Bytes bytes;

    [[nodiscard]] std::size_t packets() const { return bytes.size() / 188; }
    [[nodiscard]] std::span<std::byte> packet(std::size_t index) { return std::span(bytes).subspan(index * 188, 188); }
    /// What was written since `from` (a value of bytes.size()), for building by cut and paste.
    [[nodiscard]] Bytes since(std::size_t from) const {
        return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end()};
    }

    /// @return payload bytes used.
    std::size_t add(const PacketFields& fields) {
        std::array<std::byte, 188> packet{};
        packet.fill(std::byte{0xFF});
        const bool flags = fields.discontinuity || fields.pcr.has_value();
        const std::size_t wanted = fields.adaptation_only ? 0 : fields.payload.size();
        std::size_t head = flags ? 2 + (fields.pcr ? 6 : 0) : 0;  // of the adaptation field, with its length byte
        const std::size_t room = 184 - head;
        const std::size_t used = std::min(wanted, room);
        if (fields.adaptation_only || used < room) head = 184 - used;
        int& next = counters_[fields.pid];
        int counter = fields.counter.value_or(next);
        if (fields.adaptation_only && !fields.counter) counter = (next + 15) & 15;
        if (!fields.adaptation_only) next = (counter + 1) & 15;
        const int control = (head > 0 ? 2 : 0) | (fields.adaptation_only ? 0 : 1);
        packet[0] = std::byte{0x47};
        packet[1] = static_cast<std::byte>((fields.transport_error ? 0x80 : 0) | (fields.unit_start ? 0x40 : 0) |
                                           (fields.pid >> 8));
        packet[2] = static_cast<std::byte>(fields.pid & 0xFF);
        packet[3] = static_cast<std::byte>((fields.scrambling << 6) | (control << 4) | counter);
        if (head > 0) packet[4] = static_cast<std::byte>(head - 1);
        if (head > 1) packet[5] = static_cast<std::byte>((fields.discontinuity ? 0x80 : 0) | (fields.pcr ? 0x10 : 0));
        if (fields.pcr) write_pcr(packet, *fields.pcr);
        std::copy_n(fields.payload.begin(), used, packet.begin() + static_cast<std::ptrdiff_t>(4 + head));
        append(bytes, packet);
        return used;
    }

    /// `count` full packets of payload on one PID.
    void payload(int pid, int count, int scrambling = 0) {
        std::array<std::byte, 184> body{};
        for (int i = 0; i < count; ++i) {
            body.fill(static_cast<std::byte>(fill_ = (fill_ * 5 + 77) & 0xFF));
            add({.pid = pid, .scrambling = scrambling, .payload = body});
        }
    }
    void null_packets(int count) {
        std::array<std::byte, 184> body{};
        for (int i = 0; i < count; ++i) add({.pid = 0x1FFF, .counter = 0, .payload = body});
    }
    void clock(int pid, std::int64_t pcr, bool discontinuity = false) {
        add({.pid = pid, .discontinuity = discontinuity, .adaptation_only = true, .pcr = pcr});
    }
    /// The newest packet once more.
    void repeat_last() { append(bytes, Bytes(bytes.end() - 188, bytes.end())); }

    /// A section with its CRC_32 (`section`: from table_id on, without CRC; its length is filled in) in packets.
    void section(int pid, Bytes section, bool wrong_crc = false) {
        const std::size_t length = section.size() - 3 + 4;
        section[1] = static_cast<std::byte>((std::to_integer<unsigned>(section[1]) & 0xF0U) | (length >> 8));
        section[2] = static_cast<std::byte>(length & 0xFF);
        const std::uint32_t crc = slow_crc32(section) ^ (wrong_crc ? 1U : 0U);
        for (int shift = 24; shift >= 0; shift -= 8) section.push_back(static_cast<std::byte>(crc >> shift));
        section.insert(section.begin(), std::byte{0});  // pointer_field
        section.resize((section.size() + 183) / 184 * 184, std::byte{0xFF});
        for (std::size_t at = 0; at < section.size(); at += 184) {
            add({.pid = pid, .unit_start = at == 0, .payload = std::span(section).subspan(at, 184)});
        }
    }
    static Bytes long_section(int table, int extension, int version) {
        return bytes_of({table, 0xB0, 0, extension >> 8, extension & 0xFF, 0xC1 | (version << 1), 0, 0});
    }

    void pat(const std::map<int, int>& programmes, int version = 0, bool wrong_crc = false) {
        Bytes body = long_section(0x00, 1, version);
        for (const auto& [number, pid] : programmes) {
            append(body, bytes_of({number >> 8, number & 0xFF, 0xE0 | (pid >> 8), pid & 0xFF}));
        }
        section(0, std::move(body), wrong_crc);
    }
    void pmt(int pid, int programme, int pcr_pid, const std::vector<StreamEntry>& streams, int version = 0,
             const Bytes& programme_info = {}) {
        Bytes body = long_section(0x02, programme, version);
        append(body, bytes_of({0xE0 | (pcr_pid >> 8), pcr_pid & 0xFF, 0xF0, static_cast<int>(programme_info.size())}));
        append(body, programme_info);
        for (const StreamEntry& s : streams) {
            append(body, bytes_of({s.stream_type, 0xE0 | (s.pid >> 8), s.pid & 0xFF, 0xF0,
                                   static_cast<int>(s.descriptors.size())}));
            append(body, s.descriptors);
        }
        section(pid, std::move(body));
    }
    void sdt(const std::vector<ServiceEntry>& services, int version = 0) {
        Bytes body = long_section(0x42, 1, version);
        append(body, bytes_of({0, 1, 0xFF}));
        for (const ServiceEntry& s : services) {
            const int text = static_cast<int>(s.provider.size() + s.name.size());
            append(body, bytes_of({s.programme >> 8, s.programme & 0xFF, 0xFC, 0x80, text + 5, 0x48, text + 3, 0x01,
                                   static_cast<int>(s.provider.size())}));
            append(body, std::as_bytes(std::span(s.provider)));
            append(body, bytes_of({static_cast<int>(s.name.size())}));
            append(body, std::as_bytes(std::span(s.name)));
        }
        section(0x11, std::move(body));
    }

    /// A PES packet of `size` payload bytes; `pcr` goes into its first packet.
    void pes(int pid, int stream_id, std::int64_t pts, std::size_t size, std::optional<std::int64_t> pcr = {},
             int scrambling = 0) {
        Bytes body = bytes_of({0, 0, 1, stream_id, 0, 0, 0x80, 0x80, 5});
        const std::int64_t t = pts & ((std::int64_t{1} << 33) - 1);
        append(body, bytes_of({static_cast<int>(0x21 | ((t >> 29) & 0x0E)), static_cast<int>((t >> 22) & 0xFF),
                               static_cast<int>(((t >> 14) & 0xFE) | 1), static_cast<int>((t >> 7) & 0xFF),
                               static_cast<int>(((t << 1) & 0xFE) | 1)}));
        for (std::size_t i = 0; i < size; ++i) body.push_back(static_cast<std::byte>((i * 7 + 3) & 0x7F));
        bool first = true;
        for (std::span<const std::byte> rest = body; !rest.empty(); first = false) {
            PacketFields fields{.pid = pid, .unit_start = first, .scrambling = scrambling, .payload = rest};
            if (first) fields.pcr = pcr;
            rest = rest.subspan(add(fields));
        }
    }

    void set_counter(int pid, int next) { counters_[pid] = next & 15; }

private:
    static void write_pcr(std::array<std::byte, 188>& packet, std::int64_t pcr) {
        const std::int64_t period = (std::int64_t{1} << 33) * 300;
        const std::int64_t ticks = ((pcr % period) + period) % period;
        const std::int64_t base = ticks / 300;
        const std::int64_t extension = ticks % 300;
        for (int i = 0; i < 4; ++i)
            packet[static_cast<std::size_t>(6 + i)] = static_cast<std::byte>(base >> (25 - 8 * i));
        packet[10] = static_cast<std::byte>(((base & 1) << 7) | 0x7E | (extension >> 8));
        packet[11] = static_cast<std::byte>(extension & 0xFF);
    }

    std::map<int, int> counters_;
    int fill_ = 1;
};

/// A programme of one picture and one sound track at a constant frame rate: what most tests begin with.
struct ProgrammeSpec {
    int programme = 1;
    int pmt_pid = 0x1000;
    int video_pid = 0x100;
    int audio_pid = 0x101;
    int frames_per_second = 25;
    int packets_per_frame = 20;            ///< of picture, about
    std::int64_t first_pts = 900'000;      ///< 90 kHz
    std::int64_t pts_behind_pcr = 45'000;  ///< PTS − PCR, 90 kHz
    int video_type = 0x1B;
    int audio_type = 0x0F;
};

/// Appends frames [from, from + count) of `spec`, tables every 5 frames (200 ms at 25 fps).
inline void write_frames(TsBuilder& ts, const ProgrammeSpec& spec, int from, int count) {
    const std::int64_t step = 90'000 / spec.frames_per_second;
    for (int frame = from; frame < from + count; ++frame) {
        if (frame % 5 == 0) {
            ts.pat({{spec.programme, spec.pmt_pid}});
            ts.pmt(spec.pmt_pid, spec.programme, spec.video_pid,
                   {{spec.video_pid, spec.video_type, {}}, {spec.audio_pid, spec.audio_type, {}}});
        }
        const std::int64_t pts = spec.first_pts + frame * step;
        ts.pes(spec.video_pid, 0xE0, pts, static_cast<std::size_t>(spec.packets_per_frame) * 184 - 60,
               (pts - spec.pts_behind_pcr) * 300);
        ts.pes(spec.audio_pid, 0xC0, pts, 500);
    }
}

}  // namespace sightline::testing
