// SPDX-License-Identifier: Apache-2.0
// Looks into every packet of an MPEG transport stream: sync, continuity, tables, clocks, scrambling, bitrates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/findings.hpp"
#include "core/time.hpp"
#include "formats/ts/services.hpp"

namespace sightline::formats::ts {

/// Which clock intervals and windows are measured on.
enum class ClockSource : std::uint8_t {
    Media,    ///< PCR-interpolated: files, HLS, SRT and whatever else is delivered in bursts
    Arrival,  ///< when the bytes came: UDP, RTP
};

struct InspectorOptions {
    ClockSource intervals = ClockSource::Media;  ///< of ts.* conditions and of the Transport ticks
    ClockSource bitrate = ClockSource::Media;    ///< of bitrate.*; live streams: Arrival
    bool arrival_known = true;       ///< false (files): `arrival` of feed() is ignored and no Instant has one
    std::vector<int> services{};     ///< programme numbers to report on; empty: all
    std::string rendition{}, leg{};  ///< go into every Subject
};

/// A cut in the bytes: what follows does not continue what came before.
enum class Boundary : std::uint8_t {
    Segment,  ///< HLS segment: packets, continuity counters, sections and PCR start anew
    Session,  ///< new connection: services and PIDs start anew as well. Media time goes on either way
};

struct PidReport {
    std::uint16_t pid = 0;
    std::uint64_t packets = 0;  ///< duplicates and packets with transport_error_indicator included
    std::uint64_t continuity_errors = 0;
    std::uint64_t scrambled = 0;
    std::string type;  ///< codec, or "pat", "pmt", "null", …; empty: nothing refers to this PID
    friend bool operator==(const PidReport&, const PidReport&) = default;
};

/// Totals since the inspector was made.
struct TransportReport {
    std::uint64_t packets = 0;
    std::uint64_t sync_losses = 0;
    std::uint64_t sync_byte_errors = 0;
    std::uint64_t continuity_errors = 0;
    std::uint64_t transport_errors = 0;
    std::uint64_t crc_errors = 0;
    int packet_size = 0;          ///< 188, 192 or 204; 0: never in sync
    core::Duration duration{};    ///< of media passed, by PCR
    std::vector<PidReport> pids;  ///< ascending
    /// Indicator ("1.1" … "2.6") and how often it was raised, in the order of TR 101 290.
    std::vector<std::pair<std::string, std::uint64_t>> tr101290;
    friend bool operator==(const TransportReport&, const TransportReport&) = default;
};

/// Feeds on a transport stream and says what is so.
///
/// Emits:     StateEdge, Occurrence and LevelSample of transport_conditions() and transport_measurements(), and
///            Tick{ClockDomain::Transport} at least every 100 ms of the intervals' clock while bytes come. A flood of
///            events of one condition and PID is one Occurrence at once and one with the count of the rest before the
///            next Tick. Media of an Instant: 0 is the packet that carries the first video (else audio) presentation
///            time; 33-bit wraps and discontinuities do not show.
/// Blocks:    the same bytes give the same observations however they are cut, where `intervals` and `bitrate` run on
///            media time and `arrival` is the same or unknown.
/// Sync:      188-, 192- (M2TS) and 204-byte packets; acquired on 5 good sync bytes, lost on 2 bad ones in a row
///            (ISO/IEC 13818-1, annex G.1); bytes before the first are skipped.
/// Continuity: expected = last + 1 on packets with payload, last on others, resynchronised after each error. One
///            duplicate is legal if equal to its original in all bytes but the PCR. Null packets, packets with
///            transport_error_indicator (as if they had not come) or discontinuity_indicator are not judged.
/// Threading: one thread. `out` must outlive it.
/// Cost:      feed() does not allocate but for PIDs, tables and findings it has not had before.
/// Does not see: PCR accuracy (2.4), which needs constant delivery; sections above priority 2.
class TransportInspector {
public:
    TransportInspector(InspectorOptions options, core::Findings& out);
    ~TransportInspector();
    TransportInspector(TransportInspector&&) noexcept;
    TransportInspector& operator=(TransportInspector&&) noexcept;

    /// `bytes` are borrowed for the call. `arrival` never goes back.
    void feed(std::span<const std::byte> bytes, core::ArrivalTime arrival);
    void on_boundary(Boundary boundary);
    /// Arrival time passes without bytes: bitrate windows and intervals that run on arrival are judged.
    void advance(core::ArrivalTime now);
    /// The input is over: what was held back for want of a next packet or tick is judged and said.
    void finish();

    /// Programmes of the PAT in ascending number, all of them whatever `services` says.
    [[nodiscard]] const std::vector<Programme>& programmes() const;
    /// Grows whenever programmes() changes (PAT, PMT version, names).
    [[nodiscard]] std::uint64_t programmes_revision() const;
    [[nodiscard]] TransportReport report() const;
    /// Media time of the newest packet; empty before the first presentation time.
    [[nodiscard]] std::optional<core::MediaTime> position() const;
    [[nodiscard]] bool in_sync() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::formats::ts
