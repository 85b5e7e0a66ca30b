// SPDX-License-Identifier: Apache-2.0
// How long a condition has been bad, or good, counting only what was seen.
#pragma once

#include <optional>
#include <string>

#include "alarms/moment.hpp"
#include "core/findings.hpp"

namespace sightline::alarms {

/// What a rule is told about its condition: from `at` on it is `verdict`.
struct Evidence {
    core::Verdict verdict = core::Verdict::Unknown;
    Moment at;
    bool exact = true;
    core::Duration uncertainty{};
    std::optional<double> value, threshold;
    std::string unit;
    std::optional<int> pid;
    std::string detail;
};

/// Where a run of bad began.
struct RunStart {
    Moment since;
    bool exact = true;
    core::Duration uncertainty{};
};

/// A run of bad. Time not watched, and time while it may not raise (a higher alarm holds), is not counted. A run
/// survives not being watched for kMaxBadGap, so that a restarted worker goes on where its predecessor died.
class BadRun {
public:
    static constexpr core::Duration kMaxBadGap = std::chrono::seconds{10};

    void bad(const Evidence& evidence);
    void good();
    void unknown(const Moment& at);
    void allow(const Moment& at, bool allowed);
    /// When the run will have lasted `hold`, if nothing changes.
    [[nodiscard]] std::optional<Moment> due(core::Duration hold) const;
    [[nodiscard]] const std::optional<RunStart>& start() const { return start_; }

private:
    void stop(const Moment& at);

    std::optional<RunStart> start_;
    core::Duration counted_{};
    std::optional<Moment> counting_from_;
    std::optional<Moment> unknown_from_;
    bool bad_ = false;
    bool allowed_ = true;
};

/// A run of good. It must be seen without a break: only a gap of up to kMaxGoodGap (a decoder that restarts) is
/// bridged, and not counted.
class GoodRun {
public:
    static constexpr core::Duration kMaxGoodGap = std::chrono::seconds{1};

    void good(const Moment& at);
    void bad();
    void unknown(const Moment& at);
    [[nodiscard]] std::optional<Moment> due(core::Duration clear) const;
    [[nodiscard]] const std::optional<Moment>& start() const { return start_; }
    [[nodiscard]] bool running() const { return counting_from_.has_value(); }

private:
    std::optional<Moment> start_;
    core::Duration counted_{};
    std::optional<Moment> counting_from_;
    std::optional<Moment> unknown_from_;
};

}  // namespace sightline::alarms
