// SPDX-License-Identifier: Apache-2.0
// Triggers that count in a window: errored seconds, and events.
#include <algorithm>
#include <deque>

#include "alarms/trigger_state.hpp"

namespace sightline::alarms {

using core::ConditionKind;
using core::Duration;
using core::Verdict;
using std::chrono::seconds;

namespace {

/// More than this many entries in a window change nothing that anybody can see; the oldest go.
constexpr std::size_t kMaxEntries = 4096;

std::int64_t second_of(const Moment& at) {
    return std::chrono::floor<seconds>(at.time).count();
}

/// The first moment of the second after `at`'s.
Moment next_second(const Moment& at) {
    return shifted(at, seconds{second_of(at) + 1} - at.time);
}

/// Counts seconds of the rule's clock in which something happened. `clear` without an errored second leaves it.
class ErroredState final : public TriggerState {
public:
    ErroredState(const core::ErroredSeconds& trigger, ConditionKind kind, Duration clear)
        : needed_(static_cast<std::size_t>(std::clamp(trigger.seconds, 1, 4096))),
          within_(trigger.within),
          kind_(kind),
          clear_(clear) {}

    void event(const Moment& at, std::uint64_t /*count*/) override {
        drop_other_epoch(at);
        watch(at);
        note_below(at);
        while (!entries_.empty() && at.time - entries_.front().time >= within_) entries_.pop_front();
        if (entries_.empty() || second_of(entries_.back()) < second_of(at)) entries_.push_back(at);
        if (entries_.size() > kMaxEntries) entries_.pop_front();
        if (entries_.size() >= needed_) below_since_.reset();
        good_.bad();
        good_.good(next_second(at));
        try_activate();
    }

    void verdict(const Evidence& evidence) override {
        drop_other_epoch(evidence.at);
        if (evidence.verdict != Verdict::Unknown) watch(evidence.at);
        bad_since_.reset();
        switch (evidence.verdict) {
            case Verdict::Unknown:
                watched_from_.reset();
                good_.unknown(evidence.at);
                break;
            case Verdict::Good:
                if (!good_.running()) good_.good(evidence.at);
                break;
            case Verdict::Bad:
                if (kind_ == ConditionKind::Event) {
                    if (!good_.running()) good_.good(next_second(evidence.at));
                    break;
                }
                event(evidence.at, 1);
                bad_since_ = next_second(evidence.at);
                break;
        }
    }

    void allow(const Moment& /*at*/, bool allowed) override { allowed_ = allowed; }

    [[nodiscard]] std::optional<Moment> due() const override {
        if (bad_since_) return bad_since_;  // a state that stays bad makes each second errored
        if (!active()) return std::nullopt;
        auto moment = good_.due(clear_);
        const auto fewer = leaves_window();
        if (fewer && (!moment || fewer->time < moment->time)) moment = fewer;
        return moment;
    }

    void advance(const Moment& at) override {
        if (bad_since_) {
            if (bad_since_->time > at.time) return;
            const Moment second = *bad_since_;
            event(second, 1);
            bad_since_ = next_second(second);
            return;
        }
        const auto moment = due();
        if (!moment || moment->time > at.time) return;
        deactivate(good_.start());
        below_since_.reset();
    }

    [[nodiscard]] std::optional<Reading> shown() const override {
        return Reading{static_cast<double>(entries_.size()), static_cast<double>(needed_), "s"};
    }

private:
    void drop_other_epoch(const Moment& at) {
        if (entries_.empty() || entries_.back().epoch == at.epoch) return;
        entries_.clear();
        below_since_.reset();
    }

    void try_activate() {
        if (active() || !allowed_ || entries_.size() < needed_) return;
        activate(RunStart{entries_.front(), true, {}});
    }

    /// When the window came to hold too few, as seen from `at`.
    void note_below(const Moment& at) {
        if (below_since_ || entries_.size() < needed_) return;
        const Moment moment = shifted(entries_[entries_.size() - needed_], within_);
        if (moment.time <= at.time) below_since_ = moment;
    }

    void watch(const Moment& at) {
        if (!watched_from_) watched_from_ = at;
    }

    /// When the window has held too few for long enough, as far as that was watched.
    [[nodiscard]] std::optional<Moment> leaves_window() const {
        if (!good_.running() || !watched_from_) return std::nullopt;
        std::optional<Moment> few = below_since_;
        if (!few && entries_.size() >= needed_) few = shifted(entries_[entries_.size() - needed_], within_);
        if (!few) return std::nullopt;
        if (few->time < watched_from_->time) few = watched_from_;
        return shifted(*few, clear_);
    }

    std::size_t needed_;
    Duration within_;
    ConditionKind kind_;
    Duration clear_;
    std::deque<Moment> entries_;  // first event of each errored second
    std::optional<Moment> below_since_;
    std::optional<Moment> bad_since_;  // of a state that is bad now: its next second
    GoodRun good_;
    std::optional<Moment> watched_from_;
    bool allowed_ = true;
};

/// Counts events, or beginnings of a state, in a sliding window. Left after `clear` of good with too few of them.
class CountState final : public TriggerState {
public:
    CountState(const core::CountInWindow& trigger, Duration clear)
        : needed_(static_cast<std::uint64_t>(std::max(trigger.count, 1))), within_(trigger.within), clear_(clear) {}

    void event(const Moment& at, std::uint64_t count) override {
        drop_other_epoch(at);
        while (!entries_.empty() && at.time - entries_.front().at.time >= within_) drop_front();
        entries_.push_back({at, count});
        total_ += count;
        if (entries_.size() > kMaxEntries) drop_front();
        if (!active() && allowed_ && total_ >= needed_) activate(RunStart{entries_.front().at, true, {}});
    }

    void verdict(const Evidence& evidence) override {
        drop_other_epoch(evidence.at);
        switch (evidence.verdict) {
            case Verdict::Good:
                good_.good(evidence.at);
                break;
            case Verdict::Bad:
                good_.bad();
                break;
            case Verdict::Unknown:
                good_.unknown(evidence.at);
                break;
        }
    }

    void allow(const Moment& /*at*/, bool allowed) override { allowed_ = allowed; }

    [[nodiscard]] std::optional<Moment> due() const override {
        if (!active()) return std::nullopt;
        const auto moment = good_.due(clear_);
        if (!moment) return std::nullopt;
        std::uint64_t left = total_;
        for (const Entry& entry : entries_) {
            if (left < needed_) break;
            left -= entry.count;
            const Moment few = shifted(entry.at, within_ + clear_);
            if (left < needed_ && few.time > moment->time) return few;
        }
        return moment;
    }

    void advance(const Moment& at) override {
        const auto moment = due();
        if (moment && moment->time <= at.time) deactivate(good_.start());
    }

    [[nodiscard]] std::optional<Reading> shown() const override {
        return Reading{static_cast<double>(total_), static_cast<double>(needed_), ""};
    }

private:
    struct Entry {
        Moment at;
        std::uint64_t count;
    };
    void drop_front() {
        total_ -= entries_.front().count;
        entries_.pop_front();
    }
    void drop_other_epoch(const Moment& at) {
        if (entries_.empty() || entries_.back().at.epoch == at.epoch) return;
        entries_.clear();
        total_ = 0;
    }

    std::uint64_t needed_;
    Duration within_;
    Duration clear_;
    std::deque<Entry> entries_;
    std::uint64_t total_ = 0;
    GoodRun good_;
    bool allowed_ = true;
};

}  // namespace

std::unique_ptr<TriggerState> make_errored_state(const core::ErroredSeconds& trigger, ConditionKind kind,
                                                 Duration clear) {
    return std::make_unique<ErroredState>(trigger, kind, clear);
}

std::unique_ptr<TriggerState> make_count_state(const core::CountInWindow& trigger, Duration clear) {
    return std::make_unique<CountState>(trigger, clear);
}

}  // namespace sightline::alarms
