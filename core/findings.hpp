// SPDX-License-Identifier: Apache-2.0
// What the watching half (analyzers, formats, probe) says to the judging half (alarms): specs that describe
// themselves, and observations on the stream's own clocks. Patience and severity are not here: they are rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/media.hpp"
#include "core/time.hpp"

namespace sightline::core {

/// A parameter that a user may set beside a rule's times: `video.black: {luma: 10%}`.
struct ParameterSpec {
    std::string_view key;
    std::string_view unit;  ///< "%", "dBFS", "dB", "s", "" (a count) or "word"
    double fallback = 0;    ///< the shipped value; for "word", index into `words`
    double min = 0, max = 0;
    std::span<const std::string_view> words{};
    std::string_view help;
};

/// One number that is published while watching. Config, metrics, UI and docs are built from it.
struct MeasurementSpec {
    std::string_view id;    ///< "audio.level"
    std::string_view unit;  ///< "dBFS"
    double min, max;
    std::string_view help;
};

enum class ConditionKind : std::uint8_t {
    State,  ///< begins and ends: StateEdge
    Event,  ///< happens at an instant and is counted: Occurrence
    Level,  ///< a number against a rule's limits: LevelSample with the condition's `level`
};

/// A finding that a rule can raise and clear. Severity is the rule's choice, not the analyzer's.
struct ConditionSpec {
    std::string_view id;  ///< stable, dotted: "video.black"
    ConditionKind kind = ConditionKind::State;
    ClockDomain clock = ClockDomain::Media;
    TrackKind about = TrackKind::None;  ///< None: the stream as a whole
    bool content = false;               ///< muted while the stream is standby
    std::string_view level{};           ///< measurement judged, of a Level condition
    std::string_view tr101290{};        ///< "1.4", where TR 101 290 has a number for it
    std::span<const ParameterSpec> parameters{};
    std::string_view help;  ///< one sentence: what is so while it holds
};

struct AnalyzerSpec {
    std::string_view id, summary, reference;
    std::span<const MeasurementSpec> measurements;
    std::span<const ConditionSpec> conditions;
};

/// Unknown neither raises nor clears; only positive evidence of Good clears.
enum class Verdict : std::uint8_t { Good, Bad, Unknown };
[[nodiscard]] const char* name(Verdict verdict);

/// A state condition changed: from `at` on it is `verdict`.
struct StateEdge {
    std::string condition;
    Subject subject;
    Verdict verdict = Verdict::Unknown;
    Instant at;              ///< first bad (good, unwatched) frame, sample, packet or second
    bool exact = true;       ///< false: it was so already when we began to look, or we looked rarely
    Duration uncertainty{};  ///< how much earlier it may have begun, where !exact and known
    std::optional<double> value;
    std::optional<double> threshold;
    std::string unit;
    std::optional<int> pid;
    std::string detail;  ///< in words, for the message: "connection refused"
};

/// Event conditions: `count` things happened at `at`.
struct Occurrence {
    std::string condition;
    Subject subject;
    Instant at;
    std::uint64_t count = 1;
    std::optional<int> pid;
    std::string detail;
};

/// One value of a measurement over the window that ends at `at`.
struct LevelSample {
    std::string measurement;
    Subject subject;
    Instant at;  ///< the window's end
    Duration window{};
    double value = 0;
    std::optional<int> pid;
    std::optional<int> channel;  ///< from 1, of a number that each channel has
};

/// Time passed on one clock; everything before `at` in that domain has been said. Tracks of one input are a little
/// apart: a media tick that names a `track` speaks for that one only, and a rule's patience runs on its own track.
struct Tick {
    ClockDomain domain = ClockDomain::Media;
    Instant at;
    std::string track{};  ///< empty: all of them
};

/// The tracks of the input as they are from now on.
struct Inventory {
    std::string format;  ///< "mpegts", "mov", "flv", …
    std::vector<Track> tracks;
    std::vector<std::string> left_out{};  ///< what of the input the source never fetches, in words
};

using Observation = std::variant<StateEdge, Occurrence, LevelSample, Tick, Inventory>;

/// Where observations go, in the order they are made (per clock domain).
///
/// Threading: an implementation says which threads may call it; analyzers call theirs from one thread only.
class Findings {
public:
    virtual ~Findings() = default;
    virtual void add(Observation observation) = 0;
};

/// Findings kept in a vector; for tests and for one-thread hand-over.
class FindingsList final : public Findings {
public:
    void add(Observation observation) override { items.push_back(std::move(observation)); }
    std::vector<Observation> items;
};

}  // namespace sightline::core
