// SPDX-License-Identifier: Apache-2.0
// Runs the rules of one stream over evidence that comes in the order of time; alarm_engine.hpp puts it in that order.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
    Judge(const core::StreamSpec& stream, std::span<const core::ConditionSpec> catalogue, StreamClock& clock,
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

    /// The next moment of `lane` at which something changes by itself.
    [[nodiscard]] std::optional<Moment> due(Lane lane);
    /// That moment came.
    void advance(Lane lane);

    void reconfigure(const core::StreamSpec& stream);
    void restore(std::span<const core::AlarmTransition> alarms);

    [[nodiscard]] std::vector<core::AlarmTransition> open() const;
    [[nodiscard]] const ConditionTable& conditions() const { return table_; }
    [[nodiscard]] std::optional<core::Severity> whole_run_severity() const;

private:
    /// Time, then conditions before rules, then the order in which they were made.
    struct Timer {
        core::Duration time{};
        bool of_slot = false;
        std::size_t number = 0;
        friend auto operator<=>(const Timer&,
                                const Timer&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads <=>
    };
    struct Slot {
        const ReadyRule* rule;
        std::unique_ptr<RuleInstance> instance;
        Lane lane = 0;
        std::optional<Timer> timer{};
        bool held = false;  // as touch() saw it last
    };

    std::size_t slot_for(const ReadyRule& rule, const core::Subject& subject);
    [[nodiscard]] std::optional<std::size_t> simple_slot(const Condition& condition);
    void tell(Condition& condition, const Evidence& evidence);
    void refresh_events(const core::Instant& at);
    void combine(const core::ConditionSpec& spec, const core::Subject& subject, const Evidence& evidence);
    void evaluate(std::size_t slot, const core::Instant& at, bool exact);
    void add_slot(const ReadyRule& rule, std::unique_ptr<RuleInstance> instance, bool held);
    void settle_precedence(const core::Instant& at);
    void allow_below(std::uint32_t places, const core::Instant& at);
    [[nodiscard]] bool explained(const Slot& slot) const;
    void touch(std::size_t slot);
    void hold_event(Condition& condition, std::optional<Moment> until);
    [[nodiscard]] std::set<Timer>& timers(Lane lane);

    std::span<const core::ConditionSpec> catalogue_;
    StreamClock& clock_;
    AlarmWriter& writer_;
    std::unique_ptr<RuleBook> book_;
    ConditionTable table_;
    std::vector<Slot> slots_;
    std::map<std::pair<const ReadyRule*, core::Subject>, std::size_t> slot_of_;
    core::AirState air_ = core::AirState::OnAir;
    bool awaiting_watchers_ = false;
    std::vector<std::size_t> explaining_;  // slots that stand above others
    std::uint32_t changed_places_ = 0;     // whose holds() changed since settle_precedence()
    std::vector<std::set<Timer>> timers_;  // by lane
};

}  // namespace sightline::alarms
