// SPDX-License-Identifier: Apache-2.0
// One rule on one subject: its triggers, and the one alarm they may open.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alarms/alarm_writer.hpp"
#include "alarms/flap_watch.hpp"
#include "alarms/trigger_state.hpp"
#include "core/alarm.hpp"
#include "core/findings.hpp"
#include "core/rules.hpp"

namespace sightline::alarms {

/// Threading: one thread.
class RuleInstance {
public:
    /// `spec` is null for a combined rule; `domain` is the clock it counts on.
    RuleInstance(core::Rule rule, const core::ConditionSpec* spec, core::ClockDomain domain, core::Subject subject);

    [[nodiscard]] const core::Rule& rule() const { return rule_; }
    [[nodiscard]] const core::ConditionSpec* spec() const { return spec_; }
    [[nodiscard]] const core::Subject& subject() const { return subject_; }
    [[nodiscard]] core::ClockDomain domain() const { return domain_; }
    [[nodiscard]] core::Verdict verdict() const { return latest_.verdict; }
    /// The open alarm as its last transition, or null.
    [[nodiscard]] const core::AlarmTransition* alarm() const { return alarm_ ? &*alarm_ : nullptr; }
    [[nodiscard]] bool muted() const { return muted_; }
    /// A higher alarm in the sense of the precedence list: open, or on its way to be.
    [[nodiscard]] bool holds() const;

    void evidence(const Evidence& evidence, AlarmWriter& writer);
    void event(const Moment& at, std::uint64_t count, AlarmWriter& writer);
    void reading(const LevelReading& reading, std::optional<int> pid, AlarmWriter& writer);
    /// Not while a higher alarm holds: it may neither raise nor worsen. What is open stays as it is.
    void allow(const Moment& at, bool allowed, AlarmWriter& writer);

    /// Muted: what is open ends with `reason`; nothing counts until unmute(), and what was bad before does not either.
    void mute(const Moment& at, const std::string& reason, AlarmWriter& writer);
    void unmute(const Moment& at, AlarmWriter& writer);

    [[nodiscard]] std::optional<Moment> due() const;
    void advance(const Moment& at, AlarmWriter& writer);

    /// Goes on with an alarm that is open from before.
    void adopt(const core::AlarmTransition& alarm);
    /// Goes on where `old`, the same rule as it was before a reload, stands; nothing is due before `now`.
    void take_over(RuleInstance& old, const Moment& now, AlarmWriter& writer);
    /// A rule that is new since a reload: nothing is due before `now`, however long its condition has been bad.
    void start_at(const Moment& now) { not_before_ = now; }
    /// Ends what is open for a reason of its own ("rule removed").
    void close(const Moment& at, const std::string& reason, AlarmWriter& writer);

    /// Severity it would have reached, had what was bad from the first to the last been watched for longer. `first` is
    /// the beginning of its clock.
    [[nodiscard]] std::optional<core::Severity> whole_run_severity(std::optional<core::Duration> first) const;

private:
    struct Part {
        core::Severity severity;
        std::unique_ptr<TriggerState> state;
    };
    void make_parts();
    void adopt_parts(core::Severity severity);
    [[nodiscard]] const Part* worst() const;
    [[nodiscard]] Moment good_since(const Moment& otherwise) const;
    void settle(const Moment& at, AlarmWriter& writer);
    void raise(const Part& part, const Moment& at, AlarmWriter& writer);
    void change(const Part& part, const Moment& at, AlarmWriter& writer);
    void lapse(const Moment& at, AlarmWriter& writer);
    void clear(const Moment& until, const Moment& at, const std::string& reason, AlarmWriter& writer);
    void announce_flapping(const Moment& at, AlarmWriter& writer);
    void end_flapping(const FlapWatch::Next& next, AlarmWriter& writer);
    void show_reading(const Part* part, AlarmWriter& writer);
    [[nodiscard]] struct AlarmFacts facts(const Moment& at) const;

    core::Rule rule_;
    const core::ConditionSpec* spec_;
    core::ClockDomain domain_;
    core::Subject subject_;
    std::vector<Part> parts_;  // rising severity
    Evidence latest_;
    core::Verdict last_known_ = core::Verdict::Unknown;
    std::optional<Moment> first_seen_;
    bool first_exact_ = true;
    bool allowed_ = true;
    bool muted_ = false;
    std::optional<Moment> not_before_;
    std::optional<core::AlarmTransition> alarm_;
    std::optional<Moment> since_;  // of alarm_; empty where it is from before a restart
    FlapWatch flap_;
};

}  // namespace sightline::alarms
