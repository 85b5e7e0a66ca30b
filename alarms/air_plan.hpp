// SPDX-License-Identifier: Apache-2.0
// Whether a stream is on air: by its calendar, unless somebody said otherwise.
#pragma once

#include <optional>

#include "alarms/calendar.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::alarms {

/// Threading: one thread.
class AirPlan {
public:
    /// A zone that cannot be read leaves the stream on air: better one alarm too many. config's caller checks zones
    /// with WeeklyCalendar::load() before it gets here.
    explicit AirPlan(const core::AirCalendar& plan) {
        auto calendar = WeeklyCalendar::load(plan);
        if (calendar) calendar_ = std::move(*calendar);
        planned_ = plan.on_air.empty() ? plan.fixed : core::AirState::OnAir;
    }

    [[nodiscard]] core::AirState state() const { return forced_.value_or(planned_); }
    [[nodiscard]] const std::optional<core::AirState>& forced() const { return forced_; }
    void force(std::optional<core::AirState> state) { forced_ = state; }

    /// Civil time is `now`: reads the calendar afresh.
    void read(core::UtcTime now) {
        if (!calendar_) return;
        planned_ = calendar_->at(now);
        next_ = calendar_->next_change(now);
        started_ = true;
    }
    [[nodiscard]] bool started() const { return started_; }
    /// When the calendar changes next.
    [[nodiscard]] const std::optional<core::UtcTime>& next() const { return next_; }

private:
    std::optional<WeeklyCalendar> calendar_;
    core::AirState planned_ = core::AirState::OnAir;
    std::optional<core::AirState> forced_;
    std::optional<core::UtcTime> next_;
    bool started_ = false;
};

}  // namespace sightline::alarms
