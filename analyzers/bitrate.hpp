// SPDX-License-Identifier: Apache-2.0
// bitrate.low, bitrate.high: levels against a rule's limits; and the meter for inputs that are no transport stream.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/findings.hpp"

namespace sightline::analyzers {

inline constexpr core::MeasurementSpec kBitrateMux{"bitrate.mux", "bit/s", 0, 1e11,
                                                   "all bytes of the input, null packets included, over one second"};
inline constexpr core::MeasurementSpec kBitrateMuxNet{"bitrate.mux_net", "bit/s", 0, 1e11,
                                                      "all bytes of the input without null packets, over one second"};
inline constexpr core::MeasurementSpec kBitratePid{"bitrate.pid", "bit/s", 0, 1e11,
                                                   "all packets of one PID, over one second"};

inline constexpr core::ConditionSpec kBitrateLow{"bitrate.low",
                                                 core::ConditionKind::Level,
                                                 core::ClockDomain::Arrival,
                                                 core::TrackKind::None,
                                                 false,
                                                 "bitrate.mux",
                                                 {},
                                                 {},
                                                 "the input's bitrate is below the limit"};
inline constexpr core::ConditionSpec kBitrateHigh{"bitrate.high",
                                                  core::ConditionKind::Level,
                                                  core::ClockDomain::Arrival,
                                                  core::TrackKind::None,
                                                  false,
                                                  "bitrate.mux",
                                                  {},
                                                  {},
                                                  "the input's bitrate is above the limit"};

inline constexpr std::array kBitrateMeasurements{kBitrateMux, kBitrateMuxNet, kBitratePid};
inline constexpr std::array kBitrateConditions{kBitrateLow, kBitrateHigh};

/// Counts bytes in windows of one second of the clock that the caller chose (arrival; media time for files and HLS)
/// and says one LevelSample a window, also for windows without bytes. TR 101 290 5.3.3.2 MG bit rate with a time slice
/// of 1 s and no overlap.
///
/// Threading: one thread.
class BitrateMeter {
public:
    static constexpr core::Duration kWindow = std::chrono::seconds{1};
    static constexpr core::AnalyzerSpec kSpec{"bitrate", "bitrates", "TR 101 290 5.3.3.2", kBitrateMeasurements,
                                              kBitrateConditions};

    /// A clock that steps further is taken as another clock: the open window is dropped.
    static constexpr core::Duration kLongestGap = std::chrono::minutes{5};

    enum class Clock : std::uint8_t { Arrival, Media };

    BitrateMeter(std::string_view measurement, core::Subject subject, Clock clock, std::optional<int> pid = {});

    /// `bytes` more at `at`; 0 just moves the clock. Times that go back count into the open window. The first call
    /// begins the first window.
    void add(core::Instant at, std::uint64_t bytes, core::Findings& out);
    /// Forgets the open window: the clock will start anew.
    void reset() { begin_.reset(); }

private:
    [[nodiscard]] std::optional<core::Duration> time_of(core::Instant at) const;

    std::string_view measurement_;
    core::Subject subject_;
    Clock clock_;
    std::optional<int> pid_;
    std::optional<core::Duration> begin_;
    std::uint64_t bytes_ = 0;
};

}  // namespace sightline::analyzers
