// SPDX-License-Identifier: Apache-2.0
// The state of TransportInspector, shared by its source files (private to formats/ts).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/ts/condition_table.hpp"
#include "formats/ts/inspector.hpp"
#include "formats/ts/media_clock.hpp"
#include "formats/ts/packet.hpp"
#include "formats/ts/psi.hpp"

namespace sightline::formats::ts {

/// Lane::expected where every packet needs a look: no header word without priority is this.
inline constexpr std::uint32_t kLookAtAll = 0xFFFF'FFFFU;

/// What of a PID the hot loop touches.
struct Lane {
    std::uint32_t expected = kLookAtAll;  ///< header word, without priority, of a packet that needs no look
    std::uint64_t packets = 0;
    const std::byte* last = nullptr;  ///< newest judged packet, while it lies in the caller's bytes
};

enum class Role : std::uint8_t { Unknown, Null, Elementary, Pat, Cat, Nit, Sdt, Eit, Tot, Pmt };
[[nodiscard]] constexpr bool is_table(Role role) {
    return role >= Role::Pat;
}

/// Events of one condition and PID since the tick, but for the first, which was said at once.
struct Flood {
    std::uint64_t count = 0;
    core::Instant at;  ///< of the newest
    std::string detail;
};

/// What of a PID is touched when a packet needs a look; what each look needs comes first.
struct PidState {
    std::uint16_t pid = 0;
    std::uint16_t said = 0;  ///< bit per Condition: an event of it was said since the tick
    Role role = Role::Unknown;
    bool reported = true;  ///< false: it belongs to services that are not watched, and to no other
    bool carries_pcr = false;
    core::TrackKind kind = core::TrackKind::None;            ///< of its track
    core::Verdict scrambling_said = core::Verdict::Unknown;  ///< of its track
    bool duplicated = false;                                 ///< the newest judged packet was itself a legal duplicate
    bool stored_valid = false;
    int track = -1;                  ///< index into tracks
    int counter = -1;                ///< of the newest judged packet; −1: none yet
    std::uint64_t packets_left = 0;  ///< Lane::packets as the last look left it
    std::optional<std::int64_t> last_pcr;
    core::Duration last_pcr_at{};
    std::optional<core::Duration> last_pts_at;
    std::unique_ptr<SectionAssembler> sections;
    std::uint64_t scrambled = 0;
    std::uint64_t continuity_errors = 0;
    std::uint64_t window_packets = 0;             ///< Lane::packets at the start of the bitrate window
    std::array<std::byte, kPacketSize> stored{};  ///< the newest judged packet, from an earlier block
    std::string type;
    core::Subject subject;
};
static_assert(kConditions.size() <= 16, "PidState::said has a bit for each");

/// A track of a watched programme: what is said about it outlives its PID.
struct TrackState {
    core::Subject subject;
    core::TrackKind kind = core::TrackKind::Data;
    std::uint16_t pid = 0;
    std::size_t slot = 0;
    core::Verdict scrambled = core::Verdict::Unknown;
    core::Verdict missing = core::Verdict::Unknown;
    std::uint64_t packets_seen = 0;
    core::Duration seen_at{};
};

/// What of a programme is not its description.
struct ProgrammeState {
    std::uint32_t pmt_crc = 0;
    bool pmt_known = false;  ///< in this session
    core::Verdict pmt = core::Verdict::Unknown;
    core::Duration pmt_at{};
};

struct TransportInspector::Impl {
    Impl(InspectorOptions options, core::Findings& out);

    // inspector.cpp: bytes to packets
    void feed(std::span<const std::byte> bytes, core::ArrivalTime arrival);
    void on_boundary(Boundary boundary);
    void finish();
    enum class More : std::uint8_t { MayCome, WillNotCome };
    std::size_t consume(std::span<const std::byte> bytes, More more);
    bool acquire(std::span<const std::byte> bytes, std::size_t& position, More more);
    void search_went_to(std::uint64_t reached);
    void run(std::span<const std::byte> bytes, std::size_t& position, More more);
    bool starts_unit(const std::byte* packet, std::uint64_t offset);
    bool bad_sync_byte(std::span<const std::byte> bytes, std::size_t position, More more);
    void keep_last_packets();
    void drain();
    void reset_pids();

    // inspector_packets.cpp: one packet that needs a look
    void look(const std::byte* packet, std::uint64_t offset);
    enum class Continues : std::uint8_t { Yes, Duplicate, Lost };
    Continues judge_continuity(const PacketView& packet, PidState& state, const Lane& lane, std::uint64_t offset);
    void judge_pcr(const PacketView& packet, PidState& state, std::uint64_t offset);
    void judge_scrambling(const PacketView& packet, PidState& state, std::uint64_t offset);
    void judge_pes_start(const PacketView& packet, PidState& state, std::uint64_t offset);
    void set_zero(core::TrackKind kind, std::uint64_t offset);
    std::uint16_t slot_for(std::uint16_t pid);
    void settle(std::size_t slot);
    void pass_by(std::size_t slot);

    // inspector_tables.cpp: sections and what they say
    void on_section(std::size_t slot, SectionView section, std::uint64_t offset);
    void on_pat(SectionView section, std::uint64_t offset);
    void on_pmt(SectionView section, std::uint64_t offset);
    void on_sdt(SectionView section);
    void apply_pat(const std::vector<PatEntry>& entries, core::Duration now);
    void assign_roles(core::Duration now);
    void assign_tracks(core::Duration now);
    [[nodiscard]] std::size_t index_of(std::uint16_t programme) const;
    [[nodiscard]] bool watched(std::uint16_t programme) const;
    [[nodiscard]] core::Subject stream_subject() const;
    [[nodiscard]] core::Subject service_subject(std::uint16_t programme) const;

    // inspector_timing.cpp: clocks, ticks, windows, and what is said when
    [[nodiscard]] core::Duration interval_time(std::uint64_t offset);
    [[nodiscard]] core::Instant instant(core::Duration at) const;
    [[nodiscard]] core::MediaTime media_of(core::Duration at) const;
    void event(Condition condition, PidState& state, std::optional<int> pid, std::uint64_t offset, std::string detail);
    void state_edge(Condition condition, core::Verdict& state, core::Verdict now, const core::Subject& subject,
                    std::optional<int> pid, core::Duration at, std::string detail);
    void clock_moved(std::uint64_t offset);
    void arrival_moved();
    void tick(core::Duration now);
    void judge_deadlines(core::Duration now);
    void judge_tracks(core::Duration now);
    void flush_floods();
    void close_window(core::Instant at, core::Duration window);
    void begin_session(core::Duration now);

    InspectorOptions options;
    core::Findings* out;

    enum class Sync : std::uint8_t { Fresh, Locked, Lost };
    Sync sync = Sync::Fresh;
    core::Verdict sync_loss = core::Verdict::Unknown;
    core::Verdict pat = core::Verdict::Unknown;
    core::Verdict cat = core::Verdict::Unknown;
    bool arrived = false;       // a first arrival is known
    bool many_watched = false;  // subjects name the service
    int pat_version = -1;
    std::size_t stride = 0;
    std::uint64_t offset = 0;        // in the whole stream, of the first byte not consumed
    std::uint64_t fresh_offset = 0;  // where the search began
    std::vector<std::byte> carry;
    std::size_t need = 1;  // bytes that carry must have before it is worth a look
    std::array<std::uint16_t, 64> recent{};
    std::size_t recent_count = 0;  // packets of this block; beyond the array: all lanes are searched
    std::uint64_t unassigned = 0;  // packets that count for no PID

    std::vector<std::uint16_t> slots;                               // PID -> lane; 0: none yet
    std::vector<Lane> lanes;                                        // [0] stands for PIDs not seen yet
    std::vector<PidState> pids;                                     // beside lanes; [0] is the stream as a whole
    std::vector<std::uint16_t> flooded;                             // lanes with something in PidState::said
    std::map<std::pair<std::uint16_t, std::size_t>, Flood> floods;  // by lane and condition

    MediaClock clock;
    std::uint64_t next_check = UINT64_MAX;  // offset at which the clock goes on without a beat
    core::ArrivalTime arrival{};
    std::optional<core::Duration> zero;
    std::optional<core::Duration> first_sound;  // where a presentation time of sound was first seen
    std::optional<core::Duration> last_tick;
    std::optional<core::Duration> window_start;
    std::uint64_t window_unassigned = 0;

    std::vector<Programme> programmes;
    std::vector<ProgrammeState> programme_states;  // beside programmes
    std::uint64_t revision = 0;
    std::map<std::uint16_t, SdtService> names;
    std::map<std::uint8_t, std::uint32_t> sdt_crcs;  ///< by section_number: of what `names` was last read from
    std::map<std::uint8_t, std::vector<PatEntry>> pat_sections;
    std::vector<TrackState> tracks;
    std::optional<core::Duration> session_start;  // first packet in sync, on the intervals' clock
    std::optional<core::Duration> pat_at;
    std::optional<core::Duration> cat_at;
    std::optional<core::Duration> scrambled_since;
    std::uint64_t scrambled_total = 0;
    std::uint64_t scrambled_at_tick = 0;
    std::array<std::uint64_t, kConditions.size()> counts{};
};

}  // namespace sightline::formats::ts
