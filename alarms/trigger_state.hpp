// SPDX-License-Identifier: Apache-2.0
// One severity of one rule on one subject: whether its trigger has fired, and when that changes next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "alarms/runs.hpp"
#include "core/findings.hpp"
#include "core/rules.hpp"

namespace sightline::alarms {

/// One value of a level over the window that ends at `end`.
struct LevelReading {
    Moment end;
    core::Duration window{};
    double value = 0;
};

/// The number that goes with an alarm.
struct Reading {
    std::optional<double> value, threshold;
    std::string_view unit;
};

/// The base of all trigger forms: fed with evidence in order of time, asked when it changes by itself.
///
/// Threading: one thread. The same evidence gives the same changes, however often due() is asked.
class TriggerState {
public:
    virtual ~TriggerState() = default;

    /// The condition's verdict from evidence.at on. The same verdict may be told again.
    virtual void verdict(const Evidence& evidence) = 0;
    /// `count` things happened (event conditions), or the condition began (state conditions).
    virtual void event(const Moment& /*at*/, std::uint64_t /*count*/) {}
    virtual void reading(const LevelReading& /*reading*/) {}
    /// Whether it may fire: not while a higher alarm holds. Clearing is always allowed.
    virtual void allow(const Moment& at, bool allowed) = 0;

    /// The next moment at which advance() has something to do.
    [[nodiscard]] virtual std::optional<Moment> due() const = 0;
    virtual void advance(const Moment& at) = 0;

    /// An alarm of this severity is open from before: active until evidence says otherwise.
    virtual void adopt() { active_ = true; }

    /// Bad from the first evidence to the last, never good, and a form for which that means something.
    [[nodiscard]] virtual bool bad_throughout() const { return false; }
    /// The number to show, where the evidence's own is not it.
    [[nodiscard]] virtual std::optional<Reading> shown() const { return std::nullopt; }

    [[nodiscard]] bool active() const { return active_; }
    /// Of the run that made it active.
    [[nodiscard]] const std::optional<RunStart>& raised_by() const { return raised_by_; }
    /// First good of the run that ended it.
    [[nodiscard]] const std::optional<Moment>& good_since() const { return good_since_; }

protected:
    void activate(const RunStart& start) {
        active_ = true;
        raised_by_ = start;
        good_since_.reset();
    }
    void deactivate(const std::optional<Moment>& good_since) {
        active_ = false;
        good_since_ = good_since;
    }

private:
    bool active_ = false;
    std::optional<RunStart> raised_by_;
    std::optional<Moment> good_since_;
};

/// Makes the state for one trigger of a condition of `kind`; `clear` is how long good must last to leave it. A form
/// that does not fit the kind becomes the nearest that does (docs/alerting.md), or never fires.
[[nodiscard]] std::unique_ptr<TriggerState> make_trigger_state(const core::Trigger& trigger, core::ConditionKind kind,
                                                               core::Duration clear);

// The forms, each in a file of its own.
[[nodiscard]] std::unique_ptr<TriggerState> make_hold_state(core::Duration hold, core::Duration clear);
[[nodiscard]] std::unique_ptr<TriggerState> make_limits_state(const core::OutsideLimits& limits, core::Duration clear);
[[nodiscard]] std::unique_ptr<TriggerState> make_errored_state(const core::ErroredSeconds& trigger,
                                                               core::ConditionKind kind, core::Duration clear);
[[nodiscard]] std::unique_ptr<TriggerState> make_count_state(const core::CountInWindow& trigger, core::Duration clear);
[[nodiscard]] std::unique_ptr<TriggerState> make_percent_state(const core::PercentOfWindow& trigger,
                                                               core::Duration clear);

/// True where `value` is outside `limits`.
[[nodiscard]] bool outside(const core::OutsideLimits& limits, double value);

}  // namespace sightline::alarms
