// SPDX-License-Identifier: Apache-2.0
// The base of all analyzers: pure functions of media and time that say what is so *now*. All patience lives in alarms/.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzers/picture.hpp"
#include "core/findings.hpp"
#include "core/media.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"

namespace sightline::analyzers {

/// What an analyzer needs to know about its track and its rules before the first sample.
struct AnalyzerContext {
    core::Track track;
    core::Expect expect;
    /// Parameters by condition id, complete with defaults, checked against the specs' ranges.
    std::map<std::string, std::map<std::string, core::ParameterValue>> parameters;
};

/// Base of all picture analyzers.
///
/// Lifecycle: construct → process()* ⇄ reset()* → finish() → destroy.
/// Threading: one instance belongs to one decode thread; no call overlaps another.
/// Time:      only the picture's own.
/// Cost:      process() does not allocate per pixel, lock, log or do I/O.
class VideoAnalyzer {
public:
    virtual ~VideoAnalyzer() = default;
    [[nodiscard]] virtual const core::AnalyzerSpec& spec() const = 0;
    /// `picture` holds the statistics of the one pass over the luma (picture.hpp); analyzers never touch pixels.
    virtual void process(const Picture& picture, core::Findings& out) = 0;
    /// Forgets history after a gap in what we saw (decoder restarted, work shed); keeps the configuration. What is
    /// known to hold from here on is Unknown until the next picture.
    virtual void reset(core::Instant at, core::Findings& out) = 0;
};

/// Base of all audio analyzers. As VideoAnalyzer; the same samples give the same findings however they were cut.
class AudioAnalyzer {
public:
    virtual ~AudioAnalyzer() = default;
    [[nodiscard]] virtual const core::AnalyzerSpec& spec() const = 0;
    virtual void process(const core::AudioBlock& block, core::Findings& out) = 0;
    virtual void reset(core::Instant at, core::Findings& out) = 0;
};

}  // namespace sightline::analyzers
