// SPDX-License-Identifier: Apache-2.0
// The base of all analyzers: pure functions of media and time that say what is so *now*. All patience lives in alarms/.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "analyzers/picture.hpp"
#include "core/findings.hpp"
#include "core/media.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"

namespace sightline::analyzers {

/// What an analyzer needs to know about its track and its rules before the first sample.
struct AnalyzerContext {
    core::Track track;
    core::Expect expect;
    /// Parameters by condition id, checked against the specs' ranges. What is absent has the spec's fallback.
    std::map<std::string, std::map<std::string, core::ParameterValue>> parameters;
    /// False at adaptive depth, where only key frames come: picture rates are then judged by the track's own word.
    bool every_picture = true;
};

/// Value of `condition`'s parameter `key`: the context's, else the fallback of `specs`. Words come as their index.
/// A key that `specs` does not have is a programming error and gives 0.
[[nodiscard]] double parameter(const AnalyzerContext& context, std::string_view condition,
                               std::span<const core::ParameterSpec> specs, std::string_view key);

/// Base of all picture analyzers.
///
/// Lifecycle: construct → process()* ⇄ reset()* → destroy. What is said holds until it is said otherwise.
/// Threading: one instance belongs to one decode thread; no call overlaps another.
/// Time:      only the picture's own. An edge may be dated up to three seconds back: a run is known when it has lasted
/// (a
///            freeze under noise longest; a clean one and silence a quarter of a second).
/// Cost:      process() does not allocate per pixel, lock, log or do I/O.
class VideoAnalyzer {
public:
    virtual ~VideoAnalyzer() = default;
    [[nodiscard]] virtual const core::AnalyzerSpec& spec() const = 0;
    /// `picture` holds the statistics of the one pass over the luma (picture.hpp); analyzers never touch pixels.
    virtual void process(const Picture& picture, core::Findings& out) = 0;
    /// Forgets history after a gap in what we saw (decoder restarted, work shed); keeps the configuration. What was
    /// said to be Good or Bad is Unknown from `at` until the next pictures tell.
    virtual void reset(core::Instant at, core::Findings& out) = 0;
};

/// EBU R 128, in LUFS; empty: too little has been heard.
struct LoudnessNow {
    std::optional<double> momentary, short_term;
};

/// Base of all audio analyzers. As VideoAnalyzer; the same samples give the same findings however they were cut.
class AudioAnalyzer {
public:
    virtual ~AudioAnalyzer() = default;
    [[nodiscard]] virtual const core::AnalyzerSpec& spec() const = 0;
    virtual void process(const core::AudioBlock& block, core::Findings& out) = 0;
    virtual void reset(core::Instant at, core::Findings& out) = 0;
    /// The input is over: what waits for a full window is said of what there was.
    virtual void finish(core::Findings& /*out*/) {}
    /// For meters that people look at; empty where this analyzer does not measure it. Changes no finding.
    [[nodiscard]] virtual std::optional<LoudnessNow> loudness() { return std::nullopt; }
};

/// The three-state memory of one condition on one subject: says an edge only when something changed.
class Announcer {
public:
    Announcer(std::string_view condition, core::Subject subject, std::optional<int> pid)
        : condition_(condition), subject_(std::move(subject)), pid_(pid) {}

    [[nodiscard]] core::Verdict verdict() const { return verdict_; }
    /// An edge as said now, with condition, subject and pid filled in; the rest is the caller's to set before say().
    [[nodiscard]] core::StateEdge edge(core::Verdict verdict, core::Instant at) const;
    /// Passes `edge` on if it changes the verdict or its words.
    void say(core::StateEdge edge, core::Findings& out);
    void say(core::Verdict verdict, core::Instant at, core::Findings& out) { say(edge(verdict, at), out); }

private:
    std::string condition_;
    core::Subject subject_;
    std::optional<int> pid_;
    core::Verdict verdict_ = core::Verdict::Unknown;
    std::string detail_;
};

}  // namespace sightline::analyzers
