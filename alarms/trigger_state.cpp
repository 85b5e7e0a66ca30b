// SPDX-License-Identifier: Apache-2.0
#include "alarms/trigger_state.hpp"

#include <algorithm>

namespace sightline::alarms {

using core::ConditionKind;
using core::Duration;

namespace {

/// Longer patience than this is as good as never; keeps sums of times far from overflow.
constexpr Duration kLongest = std::chrono::hours{24 * 366};

Duration bounded(Duration duration) {
    return std::clamp(duration, Duration{}, kLongest);
}

/// A form that has no meaning for the kind of condition it was given.
class NeverState final : public TriggerState {
public:
    void verdict(const Evidence& /*evidence*/) override {}
    void allow(const Moment& /*at*/, bool /*allowed*/) override {}
    [[nodiscard]] std::optional<Moment> due() const override { return std::nullopt; }
    void advance(const Moment& /*at*/) override {}
    void adopt() override {}
};

class Maker {
public:
    Maker(ConditionKind kind, Duration clear) : kind_(kind), clear_(clear) {}

    std::unique_ptr<TriggerState> operator()(const core::HoldFor& hold) const {
        return make_hold_state(bounded(hold.duration), clear_);
    }
    std::unique_ptr<TriggerState> operator()(core::OutsideLimits limits) const {
        limits.duration = bounded(limits.duration);
        if (kind_ != ConditionKind::Level) return make_hold_state(limits.duration, clear_);
        if (!limits.below && !limits.above) return std::make_unique<NeverState>();
        return make_limits_state(limits, clear_);
    }
    std::unique_ptr<TriggerState> operator()(core::ErroredSeconds errored) const {
        errored.within = bounded(errored.within);
        return make_errored_state(errored, kind_, clear_);
    }
    std::unique_ptr<TriggerState> operator()(core::CountInWindow count) const {
        count.within = bounded(count.within);
        return make_count_state(count, clear_);
    }
    std::unique_ptr<TriggerState> operator()(core::PercentOfWindow percent) const {
        percent.within = bounded(percent.within);
        return make_percent_state(percent, clear_);
    }

private:
    ConditionKind kind_;
    Duration clear_;
};

}  // namespace

std::unique_ptr<TriggerState> make_trigger_state(const core::Trigger& trigger, ConditionKind kind, Duration clear) {
    return std::visit(Maker(kind, bounded(clear)), trigger);
}

}  // namespace sightline::alarms
