// SPDX-License-Identifier: Apache-2.0
// Runs the rules of one stream over evidence that comes in the order of time; alarm_engine.hpp puts it in that order.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alarms/alarm_writer.hpp"
#include "alarms/condition_table.hpp"
#include "alarms/rule_book.hpp"
#include "alarms/rule_instance.hpp"
#include "alarms/stream_clock.hpp"

namespace sightline::alarms {

/// Threading: one thread.
class Judge {
public:
    /// `clock` and `writer` outlive the judge.
    Judge(const core::StreamSpec& stream, std::span<const core::ConditionSpec> catalogue, const StreamClock& clock,
          AlarmWriter& writer);

    [[nodiscard]] const RuleBook& book() const { return *book_; }

    void edge(const core::StateEdge& edge, const Moment& at);
    void occurrence(const core::Occurrence& occurrence, const Moment& at);
    /// `spec` is a level condition judged by the sample's measurement.
    void sample(const core::ConditionSpec& spec, const core::LevelSample& sample, const Moment& end);
    /// A worker lives and says so: what it does not report does not happen.
    void watcher_came();
    /// From here on nothing is known, but for what the supervisor itself watches.
    void forget();
    void set_air(core::AirState air, const core::Instant& at);

    /// The next moment of `domain` at which something changes by itself.
    [[nodiscard]] std::optional<Moment> due(core::ClockDomain domain);
    /// That moment came.
    void advance(core::ClockDomain domain, const Moment& at);

    void reconfigure(const core::StreamSpec& stream);
    void restore(std::span<const core::AlarmTransition> alarms);

    [[nodiscard]] std::vector<core::AlarmTransition> open() const;
    [[nodiscard]] const ConditionTable& conditions() const { return table_; }
    [[nodiscard]] std::optional<core::Severity> whole_run_severity() const;

private:
    struct Slot {
        const ReadyRule* rule;
        std::unique_ptr<RuleInstance> instance;
        bool held = false;  // as settle_precedence() saw it last
    };
    struct Timer {
        Moment at;
        RuleInstance* instance = nullptr;  // else the condition's
        Condition* condition = nullptr;
    };

    RuleInstance& instance_of(const ReadyRule& rule, const core::Subject& subject);
    [[nodiscard]] RuleInstance* simple_instance(const Condition& condition);
    void tell(Condition& condition, Evidence evidence);
    void refresh_events(const core::Instant& at);
    void combine(const core::ConditionSpec& spec, const core::Subject& subject, const Evidence& evidence);
    void evaluate(RuleInstance& instance, const ReadyRule& rule, const core::Instant& at, bool exact);
    void settle_precedence(const core::Instant& at);
    [[nodiscard]] bool explained(const Slot& slot) const;
    void find_timers();

    std::span<const core::ConditionSpec> catalogue_;
    const StreamClock& clock_;
    AlarmWriter& writer_;
    std::unique_ptr<RuleBook> book_;
    ConditionTable table_;
    std::vector<Slot> slots_;
    std::map<std::pair<const ReadyRule*, core::Subject>, std::size_t> slot_of_;
    core::AirState air_ = core::AirState::OnAir;
    bool signal_was_good_ = true;
    bool awaiting_watchers_ = false;
    bool timers_known_ = false;
    std::array<std::optional<Timer>, 3> timers_;
};

}  // namespace sightline::alarms
