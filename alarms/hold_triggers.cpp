// SPDX-License-Identifier: Apache-2.0
// Triggers that count one run: a state that holds, a level outside its limits.
#include <algorithm>

#include "alarms/trigger_state.hpp"

namespace sightline::alarms {

using core::Duration;
using core::Verdict;

namespace {

class HoldState final : public TriggerState {
public:
    HoldState(Duration hold, Duration clear) : hold_(hold), clear_(clear) {}

    void verdict(const Evidence& evidence) override {
        switch (evidence.verdict) {
            case Verdict::Bad:
                seen_bad_ = true;
                good_.bad();
                bad_.bad(evidence);
                break;
            case Verdict::Good:
                seen_good_ = true;
                bad_.good();
                good_.good(evidence.at);
                break;
            case Verdict::Unknown:
                bad_.unknown(evidence.at);
                good_.unknown(evidence.at);
                break;
        }
        now_ = evidence.verdict;
    }

    void allow(const Moment& at, bool allowed) override { bad_.allow(at, allowed); }

    [[nodiscard]] std::optional<Moment> due() const override { return active() ? good_.due(clear_) : bad_.due(hold_); }

    void advance(const Moment& at) override {
        const auto moment = due();
        if (!moment || moment->time > at.time) return;
        if (active()) {
            deactivate(good_.start());
        } else {
            activate(*bad_.start());
        }
    }

    [[nodiscard]] bool bad_throughout() const override { return seen_bad_ && !seen_good_ && now_ == Verdict::Bad; }

private:
    Duration hold_;
    Duration clear_;
    BadRun bad_;
    GoodRun good_;
    Verdict now_ = Verdict::Unknown;
    bool seen_bad_ = false;
    bool seen_good_ = false;
};

/// Time between two windows that no window covers. Segments come in bursts, but their windows touch on media time.
Duration gap_between(const Moment& end, const Moment& begin) {
    Duration gap = key_span(end, begin);
    if (end.epoch == begin.epoch && end.at.media && begin.at.media) {
        gap = std::min(gap, std::max(*begin.at.media - *end.at.media, Duration{}));
    }
    return gap;
}

/// Judges windows: a window outside the limits is bad as a whole, and known at its end.
class LimitsState final : public TriggerState {
public:
    LimitsState(const core::OutsideLimits& limits, Duration clear) : limits_(limits), clear_(clear) {}

    void verdict(const Evidence& evidence) override {
        if (evidence.verdict == Verdict::Unknown) good_since_run_.reset();
    }

    void allow(const Moment& /*at*/, bool allowed) override { allowed_ = allowed; }

    void reading(const LevelReading& reading) override {
        const Moment begin = shifted(reading.end, -reading.window);
        const Duration unmeasured = last_end_ ? gap_between(*last_end_, begin) : Duration{};
        const bool gap = unmeasured > reading.window / 2;
        const bool long_gap = unmeasured > BadRun::kMaxBadGap;
        last_end_ = reading.end;
        shown_ = reading.value;
        if (outside(limits_, reading.value)) {
            seen_outside_ = true;
            good_since_run_.reset();
            if (!bad_since_ || long_gap) {
                bad_since_ = RunStart{begin, true, {}};
                counted_ = Duration{};
            }
            if (allowed_) counted_ += reading.window;
            if (!active() && allowed_ && counted_ >= limits_.duration) activate(*bad_since_);
            return;
        }
        seen_inside_ = true;
        bad_since_.reset();
        if (!good_since_run_ || gap) {
            good_since_run_ = begin;
            good_counted_ = Duration{};
        }
        good_counted_ += reading.window;
        if (active() && good_counted_ >= clear_) deactivate(good_since_run_);
    }

    [[nodiscard]] std::optional<Moment> due() const override { return std::nullopt; }
    void advance(const Moment& /*at*/) override {}

    [[nodiscard]] bool bad_throughout() const override { return seen_outside_ && !seen_inside_; }

    [[nodiscard]] std::optional<Reading> shown() const override {
        const bool low = shown_ && limits_.below && *shown_ < *limits_.below;
        return Reading{shown_, low || !limits_.above ? limits_.below : limits_.above, {}};
    }

private:
    core::OutsideLimits limits_;
    Duration clear_;
    bool allowed_ = true;
    std::optional<RunStart> bad_since_;
    Duration counted_{};
    std::optional<Moment> good_since_run_;
    Duration good_counted_{};
    std::optional<Moment> last_end_;
    std::optional<double> shown_;
    bool seen_outside_ = false;
    bool seen_inside_ = false;
};

}  // namespace

bool outside(const core::OutsideLimits& limits, double value) {
    return (limits.below && value < *limits.below) || (limits.above && value > *limits.above);
}

std::unique_ptr<TriggerState> make_hold_state(Duration hold, Duration clear) {
    return std::make_unique<HoldState>(hold, clear);
}

std::unique_ptr<TriggerState> make_limits_state(const core::OutsideLimits& limits, Duration clear) {
    return std::make_unique<LimitsState>(limits, clear);
}

}  // namespace sightline::alarms
