// SPDX-License-Identifier: Apache-2.0
// The trigger that weighs bad against watched time in a sliding window.
#include <algorithm>
#include <cmath>
#include <deque>

#include "alarms/trigger_state.hpp"

namespace sightline::alarms {

using core::Duration;
using core::Verdict;

namespace {

/// Pieces of watched time that are kept; beyond it the two oldest become one (a foreign flood of edges).
constexpr std::size_t kMaxPieces = 512;

/// Fires when bad time is `percent` of the watched part of the window, once half of the window has been watched, or
/// earlier where the bad time alone is `percent` of the whole window. Time not watched is neither good nor bad.
class PercentState final : public TriggerState {
public:
    PercentState(const core::PercentOfWindow& trigger, Duration clear)
        : share_(std::clamp(trigger.percent, 0.0, 100.0) / 100.0), window_(trigger.within), clear_(clear) {}

    void verdict(const Evidence& evidence) override {
        if (from_ && from_->epoch != evidence.at.epoch) forget_pieces();
        now_ = evidence.verdict;
        seen_good_ = seen_good_ || now_ == Verdict::Good;
        seen_bad_ = seen_bad_ || now_ == Verdict::Bad;
        if (running_ == now_) return;
        close(evidence.at);
        running_ = now_;
        from_ = evidence.at;
        if (now_ == Verdict::Unknown) {
            good_from_.reset();
        } else {
            evaluate(evidence.at);
        }
    }

    void allow(const Moment& at, bool allowed) override {
        if (allowed_ == allowed) return;
        allowed_ = allowed;
        if (running_ != Verdict::Unknown) evaluate(at);
    }

    [[nodiscard]] std::optional<Moment> due() const override {
        if (running_ == Verdict::Unknown || !from_) return std::nullopt;
        std::optional<Duration> next = next_turn();
        if (active() && good_from_) {
            const Duration clears = good_from_->time + clear_;
            if (!next || clears < *next) next = clears;
        }
        if (!next) return std::nullopt;
        return shifted(*from_, *next - from_->time);
    }

    void advance(const Moment& at) override {
        const auto moment = due();
        if (moment && moment->time <= at.time) evaluate(*moment);
    }

    [[nodiscard]] bool bad_throughout() const override { return seen_bad_ && !seen_good_ && now_ == Verdict::Bad; }

    [[nodiscard]] std::optional<Reading> shown() const override { return Reading{shown_percent_, share_ * 100.0, "%"}; }

private:
    struct Piece {
        Moment begin;
        Duration end{};
        bool bad = false;
    };
    struct Sums {
        double bad = 0, watched = 0;              // ns in the window that ends at the moment asked
        double bad_slope = 0, watched_slope = 0;  // change per ns from there on, until `turn`
        std::optional<Duration> turn;             // when the slopes change
    };

    void close(const Moment& at) {
        if (!from_ || running_ == Verdict::Unknown || at.time <= from_->time) return;
        pieces_.push_back({*from_, at.time, running_ == Verdict::Bad});
        while (!pieces_.empty() && pieces_.front().end <= at.time - window_) pieces_.pop_front();
        if (pieces_.size() > kMaxPieces) {
            pieces_[1].begin = pieces_[0].begin;
            pieces_[1].bad = pieces_[0].bad || pieces_[1].bad;
            pieces_.pop_front();
        }
    }

    void forget_pieces() {
        pieces_.clear();
        from_.reset();
        running_ = Verdict::Unknown;
        good_from_.reset();
    }

    void add(const Duration begin, const Duration end, bool bad, Duration tail, Sums& sums) const {
        const double length = static_cast<double>((end - std::max(begin, tail)).count());
        if (length > 0) {
            sums.watched += length;
            if (bad) sums.bad += length;
        }
        if (begin <= tail && tail < end) {
            sums.watched_slope -= 1;
            if (bad) sums.bad_slope -= 1;
        }
        for (const Duration edge : {begin, end}) {
            const Duration turn = edge + window_;
            if (edge > tail && (!sums.turn || turn < *sums.turn)) sums.turn = turn;
        }
    }

    [[nodiscard]] Sums sums_at(Duration time) const {
        Sums sums;
        const Duration tail = time - window_;
        for (const Piece& piece : pieces_) {
            if (piece.end > tail) add(piece.begin.time, piece.end, piece.bad, tail, sums);
        }
        const bool bad = running_ == Verdict::Bad;
        // The running piece grows at the front for as long as nothing else is said.
        const double length = static_cast<double>((time - std::max(from_->time, tail)).count());
        sums.watched += std::max(length, 0.0);
        sums.watched_slope += from_->time <= tail ? 0 : 1;
        if (bad) {
            sums.bad += std::max(length, 0.0);
            sums.bad_slope += from_->time <= tail ? 0 : 1;
        }
        if (from_->time > tail) {
            const Duration turn = from_->time + window_;
            if (!sums.turn || turn < *sums.turn) sums.turn = turn;
        }
        return sums;
    }

    [[nodiscard]] bool satisfied(const Sums& sums) const {
        constexpr double kNanosecond = 1.0;
        const double window = static_cast<double>(window_.count());
        if (sums.bad <= 0) return false;
        if (sums.bad + kNanosecond > share_ * window) return true;
        return sums.watched + kNanosecond > window / 2 && sums.bad + kNanosecond > share_ * sums.watched;
    }

    void evaluate(const Moment& at) {
        evaluated_ = at.time;
        const Sums sums = sums_at(at.time);
        const bool fires = satisfied(sums);
        if (sums.watched > 0) shown_percent_ = 100.0 * sums.bad / sums.watched;
        if (!active()) {
            if (fires && allowed_) activate(RunStart{first_bad(at), true, {}});
            good_from_.reset();
            return;
        }
        if (fires || running_ != Verdict::Good) {
            good_from_.reset();
            return;
        }
        if (!good_from_) good_from_ = at;
        if (at.time - good_from_->time >= clear_) {
            deactivate(from_);
            good_from_.reset();
        }
    }

    [[nodiscard]] Moment first_bad(const Moment& at) const {
        for (const Piece& piece : pieces_) {
            if (piece.bad && piece.end > at.time - window_) return piece.begin;
        }
        return *from_;
    }

    /// The next time after the last evaluation at which firing may change.
    [[nodiscard]] std::optional<Duration> next_turn() const {
        const Sums sums = sums_at(evaluated_);
        std::optional<Duration> next = sums.turn;
        const double window = static_cast<double>(window_.count());
        constexpr double kPast = 2.0;  // ns; satisfied() has one of tolerance
        const auto consider = [&](double missing, double slope) {
            if (slope == 0) return;
            const double wait = missing / slope;
            if (!(wait > -kPast) || wait > window) return;
            for (const double past : {0.0, kPast}) {  // there it begins to hold; beyond there it ceases to
                const Duration at = evaluated_ + Duration{static_cast<std::int64_t>(std::ceil(wait) + past)};
                if (at > evaluated_ && (!next || at < *next)) next = at;
            }
        };
        consider(share_ * window - sums.bad, sums.bad_slope);
        consider(window / 2 - sums.watched, sums.watched_slope);
        consider(share_ * sums.watched - sums.bad, sums.bad_slope - share_ * sums.watched_slope);
        if (next && *next <= evaluated_) return std::nullopt;
        return next;
    }

    double share_;
    Duration window_;
    Duration clear_;
    std::deque<Piece> pieces_;
    Verdict running_ = Verdict::Unknown;  // of the piece that grows
    std::optional<Moment> from_;          // its begin
    Duration evaluated_{};
    std::optional<Moment> good_from_;
    std::optional<double> shown_percent_;
    Verdict now_ = Verdict::Unknown;
    bool allowed_ = true;
    bool seen_good_ = false;
    bool seen_bad_ = false;
};

}  // namespace

std::unique_ptr<TriggerState> make_percent_state(const core::PercentOfWindow& trigger, Duration clear) {
    return std::make_unique<PercentState>(trigger, clear);
}

}  // namespace sightline::alarms
