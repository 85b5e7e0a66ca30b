// SPDX-License-Identifier: Apache-2.0
// A small MPEG-TS multiplexer whose output is known to the bit, and which can do what no good one would.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "testdata/access_unit.hpp"
#include "testdata/fault_schedule.hpp"
#include "testdata/ts_packet.hpp"

namespace sightline::testdata {

struct TsSettings {
    core::PtsTicks start_pts{126'000};  ///< of media time 0; stamps wrap at 2^33
    int services = 1;                   ///< each carries the same units on its own PIDs
    std::string service_name = "Sightline";
    std::int64_t mux_rate_bps = 0;  ///< constant rate with null packets; 0: none
};

/// Units in decoding order in, timed packets out.
///
/// PIDs: service s (from 0) has its PMT at 4096 + s, video at 256 + 32 s, sound from 257 + 32 s. A unit's packets are
/// due evenly over the time before its decoding time; PCR every ≤ 30 ms; PAT and PMT every 100 ms and before key
/// frames; SDT every second. Faults read here: pmt-pid, es-pids, and video-lost (which stops the PCR too).
/// Does not: check a buffer model.
class TsMux {
public:
    /// @return Unsupported for codecs that have no place here (PCM).
    [[nodiscard]] static core::Result<std::unique_ptr<TsMux>> open(TsSettings settings, std::vector<Track> tracks,
                                                                   std::vector<Fault> faults);
    /// `mark` goes onto the unit's last packet (first service). Appends what is now complete to `out`.
    void push(const AccessUnit& unit, int mark, std::vector<TsPacket>& out);
    void flush(std::vector<TsPacket>& out);

private:
    struct Planned {
        TsPacket packet;
        std::uint64_t order = 0;
        bool starts_key = false;
        int pid_state = 0;  ///< how often es-pids had happened when its unit was due
    };
    struct Later {
        bool operator()(const Planned& a, const Planned& b) const {
            return a.packet.time != b.packet.time ? a.packet.time > b.packet.time : a.order > b.order;
        }
    };

    TsMux(TsSettings settings, std::vector<Track> tracks, std::vector<Fault> faults);
    void plan(const AccessUnit& unit, int service, int mark);
    void emit_until(core::Duration t, std::vector<TsPacket>& out);
    void emit(TsPacket packet, std::vector<TsPacket>& out);
    void emit_psi(core::Duration t, bool before_key, std::vector<TsPacket>& out);
    void emit_section(int pid, const std::vector<std::uint8_t>& section, core::Duration t, bool first,
                      std::vector<TsPacket>& out);
    void emit_due(core::Duration t, std::vector<TsPacket>& out);
    void emit_pcr_only(core::Duration t, int service, std::vector<TsPacket>& out);
    void pad(std::vector<TsPacket>& out, core::Duration until);
    [[nodiscard]] int pmt_pid(int service, core::Duration t) const;
    [[nodiscard]] int es_pid(std::size_t track, int service, int pid_state) const;
    [[nodiscard]] int pid_state_at(core::Duration t) const;
    [[nodiscard]] std::int64_t pcr_at(core::Duration t, core::PtsTicks offset) const;

    TsSettings settings_;
    std::vector<Track> tracks_;
    std::vector<Fault> faults_;
    std::priority_queue<Planned, std::vector<Planned>, Later> planned_;
    std::uint64_t order_ = 0;
    std::map<int, std::uint8_t> counters_;  ///< continuity, by PID
    core::Duration next_psi_{0}, next_sdt_{0}, next_pcr_{0};
    bool begun_ = false;
    int psi_state_ = 0;         ///< es-pids as the PMT last sent says
    core::PtsTicks offset_{0};  ///< of timestamp jumps, as last sent
    core::Duration slot_{0};    ///< constant rate: when the next packet is due
    std::int64_t slots_ = 0;
    core::Duration slot_origin_{0};
};

}  // namespace sightline::testdata
