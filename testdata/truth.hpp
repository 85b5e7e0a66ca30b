// SPDX-License-Identifier: Apache-2.0
// What is really wrong with a generated signal, and since when: the measure for everything that claims to find it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "testdata/access_unit.hpp"
#include "testdata/fault_schedule.hpp"

namespace sightline::testdata {

/// Where an edge lies. Exactly one of frame and sample is set for picture and sound faults.
struct EdgePlace {
    core::Duration media{0};
    std::optional<std::int64_t> frame, sample;
};

/// What happened to the packets of one PID. The counts of faults are by cause; those from `transport_errors` on are
/// what a receiver must count: a packet without its sync byte is none, one with transport_error_indicator says no more.
struct PidTruth {
    std::uint64_t made = 0, sent = 0, dropped = 0, duplicated = 0, reordered = 0, corrupted = 0;
    std::uint64_t transport_errors = 0, sync_bytes_broken = 0, scrambled = 0, continuity_errors = 0;
};

// What Truth keeps. Not nested in it: clang 14 takes no std::optional of a nested type with initialisers there.
struct SentTime {
    std::string output;
    core::UtcTime utc;
    core::ArrivalTime monotonic;
};
struct TruthEdge {
    EdgePlace place;
    core::PtsTicks pts{0};
    std::vector<SentTime> sent;
};
struct TruthEntry {
    std::string kind;
    std::size_t fault = 0;
    std::int64_t occurrence = 0;
    std::size_t track = static_cast<std::size_t>(-1);
    std::optional<TruthEdge> bad, good;
    std::map<int, std::uint64_t> packets;  // by PID
};

/// Collects edges from the makers of a signal and sending times from its outputs, and writes them as JSON.
///
/// Threading: any function from any thread.
class Truth {
public:
    Truth(std::vector<Track> tracks, std::vector<Fault> faults, std::uint64_t seed);

    /// The first bad place of an occurrence. `track` is an index, or npos where the whole signal is meant.
    void bad(std::size_t fault, std::int64_t occurrence, std::size_t track, const EdgePlace& place);
    /// The first good place after it.
    void good(std::size_t fault, std::int64_t occurrence, std::size_t track, const EdgePlace& place);
    /// One more packet taken by a packet fault.
    void packet(std::size_t fault, std::int64_t occurrence, int pid, core::Duration media);

    /// The edges whose first bad or first good picture or sample `unit` carries: to be given to sent() once its last
    /// packet went out. −1 without any; call it once per unit.
    [[nodiscard]] int mark_of(const AccessUnit& unit);
    void sent(int mark, std::string_view output, core::UtcTime utc, core::ArrivalTime monotonic);
    /// Live: when media time 0 was due.
    void started(core::UtcTime utc, core::ArrivalTime monotonic);

    /// Faults that were put into a replayed file, by what its own truth file says.
    struct Known {
        std::string kind;
        std::size_t track = npos;
        EdgePlace bad;
        std::optional<EdgePlace> good;
    };
    [[nodiscard]] static core::Result<std::vector<Known>> read_known(const std::string& json);
    /// Enters `known`, moved by `shift` on the timeline of the `loop`-th pass.
    void replayed(const Known& known, std::size_t number, std::int64_t loop, core::Duration shift,
                  std::int64_t frame_shift, std::int64_t sample_shift);

    void set_totals(core::Duration duration, std::int64_t frames, core::PtsTicks start_pts, bool transport_stream);
    void set_pids(std::map<int, PidTruth> pids, std::uint64_t bytes);

    /// One JSON object, indented by two.
    [[nodiscard]] std::string to_json() const;
    /// Lines of JSON for the edges sent since the last call, in the order they were sent.
    [[nodiscard]] std::vector<std::string> take_sent_lines();

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

private:
    struct Pending {  // an edge that waits for its unit
        std::size_t entry;
        bool good;
    };

    TruthEntry& entry_of(std::string_view kind, std::size_t fault, std::int64_t occurrence, std::size_t track);
    void add_edge(TruthEntry& entry, bool good, const EdgePlace& place);
    [[nodiscard]] std::string track_name(std::size_t track) const;

    mutable std::mutex mutex_;  // guards all below
    std::vector<Track> tracks_;
    std::vector<Fault> faults_;
    std::uint64_t seed_;
    std::vector<TruthEntry> entries_;
    std::map<std::pair<std::size_t, std::pair<std::int64_t, std::size_t>>, std::size_t> index_;
    std::vector<Pending> pending_;
    std::vector<std::vector<Pending>> marks_;
    std::vector<std::string> lines_;
    std::optional<std::pair<core::UtcTime, core::ArrivalTime>> started_;
    core::Duration duration_{0};
    std::int64_t frames_ = 0;
    core::PtsTicks start_pts_{0};
    bool transport_stream_ = false;
    std::map<int, PidTruth> pids_;
    std::uint64_t bytes_ = 0;
};

}  // namespace sightline::testdata
