// SPDX-License-Identifier: Apache-2.0
// What is known of each condition of a stream now: honest, whatever any alarm makes of it.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "alarms/rule_book.hpp"
#include "alarms/runs.hpp"
#include "core/findings.hpp"

namespace sightline::alarms {

/// One condition on one subject.
struct Condition {
    const core::ConditionSpec* spec = nullptr;
    core::Subject subject;
    std::size_t number = 0;             ///< in the order they were first named
    Evidence now;                       ///< the last that was said
    std::optional<Moment> event_until;  ///< of an event condition: bad until then
    bool declared_unwatched = false;    ///< of an event condition: its watcher said so
    bool awaiting_watcher = false;      ///< of an event condition: nobody has come back since the worker died
};

/// Threading: one thread.
class ConditionTable {
public:
    /// More subjects than any stream has; a worker that invents names gets no further.
    static constexpr std::size_t kMaxConditions = 4096;

    /// The entry for `spec` on `subject`, made where new; null where the table is full.
    Condition* entry(const core::ConditionSpec& spec, const core::Subject& subject);
    [[nodiscard]] const Condition* find(const core::ConditionSpec& spec, const core::Subject& subject) const;

    /// False while nothing arrives as far as signal.* conditions tell: then nothing that did not happen is evidence.
    /// As of the last read_signal(), which is due whenever one of them changed.
    [[nodiscard]] bool signal_good() const { return signal_good_; }
    void read_signal();
    [[nodiscard]] Condition& numbered(std::size_t number) { return *by_number_[number]; }
    /// What an event condition amounts to now, by what its entry says.
    [[nodiscard]] core::Verdict event_verdict(const Condition& condition) const;

    /// The verdict of a combined rule for the services, renditions and legs that `group` names.
    /// `content`: whether content conditions take part (not off the air).
    [[nodiscard]] core::Verdict combined_verdict(const ReadyRule& rule, const core::Subject& group, bool content) const;

    [[nodiscard]] auto begin() { return entries_.begin(); }
    [[nodiscard]] auto end() { return entries_.end(); }
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }

private:
    using Key = std::pair<const core::ConditionSpec*, core::Subject>;
    struct Before {  // by place in the catalogue, so that the order is the same in every run
        bool operator()(const Key& a, const Key& b) const {
            if (a.first != b.first) return a.first < b.first;
            return a.second < b.second;
        }
    };
    [[nodiscard]] core::Verdict in_all(const RuleMember& member, const core::Subject& group) const;
    [[nodiscard]] std::optional<core::Verdict> in_any(const RuleMember& member, const core::Subject& group) const;

    std::map<Key, Condition, Before> entries_;
    std::vector<Condition*> by_number_;  // map nodes stay where they are
    bool signal_good_ = true;
};

}  // namespace sightline::alarms
