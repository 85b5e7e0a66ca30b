// SPDX-License-Identifier: Apache-2.0
// Tells an alarm that comes and goes from one that stays: three times within a minute, and it is one flapping alarm.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "alarms/moment.hpp"

namespace sightline::alarms {

/// Threading: one thread.
class FlapWatch {
public:
    static constexpr int kCycles = 3;
    static constexpr core::Duration kWithin = std::chrono::minutes{1};
    static constexpr core::Duration kQuiet = std::chrono::minutes{1};      ///< of good, or of bad, ends flapping
    static constexpr core::Duration kAnnounce = std::chrono::seconds{10};  ///< at least between two updates

    enum class Due : std::uint8_t { Announce, Quiet, Steady };
    struct Next {
        Moment at;
        Due what;
    };

    /// The alarm would clear at `at`. True: it flaps, and stays open.
    bool cleared(const Moment& at) {
        if (!cycles_.empty() && cycles_.back().epoch != at.epoch) cycles_.clear();
        cycles_.push_back(at);
        while (at.time - cycles_.front().time > kWithin) cycles_.pop_front();
        if (flapping_) {
            ++count_;
            announce_ = true;
        } else if (cycles_.size() >= static_cast<std::size_t>(kCycles)) {
            flapping_ = true;
            count_ = static_cast<int>(cycles_.size());
            announce_ = true;
            announced_.reset();
        }
        down_ = flapping_;
        steady_from_ = at;
        return flapping_;
    }
    /// While flapping: it is bad again.
    void raised(const Moment& at) {
        if (!down_) return;
        down_ = false;
        steady_from_ = at;
    }
    /// Whether it is watched; quiet must be seen.
    void watched(const Moment& at, bool watched) {
        if (!watched) {
            steady_from_.reset();
            announced_.reset();
        } else if (flapping_ && !steady_from_) {
            steady_from_ = at;
        }
    }
    /// Goes on with a flapping alarm of before a restart.
    void adopt(int count) {
        flapping_ = count > 0;
        count_ = count;
    }
    void announced(const Moment& at) {
        announce_ = false;
        announced_ = at;
    }
    void end() {
        flapping_ = down_ = announce_ = false;
        count_ = 0;
        cycles_.clear();
        steady_from_.reset();
        announced_.reset();
    }

    [[nodiscard]] bool flapping() const { return flapping_; }
    [[nodiscard]] bool down() const { return down_; }
    [[nodiscard]] int count() const { return count_; }

    [[nodiscard]] std::optional<Next> due() const {
        if (!flapping_) return std::nullopt;
        std::optional<Next> next;
        if (steady_from_) next = Next{shifted(*steady_from_, kQuiet), down_ ? Due::Quiet : Due::Steady};
        if (announce_ && announced_) {
            const Moment at = shifted(*announced_, kAnnounce);
            if (!next || at.time < next->at.time) next = Next{at, Due::Announce};
        }
        return next;
    }
    /// An update may be sent at `at` already.
    [[nodiscard]] bool may_announce(const Moment& at) const {
        return announce_ && (!announced_ || announced_->epoch != at.epoch || at.time - announced_->time >= kAnnounce);
    }

private:
    std::deque<Moment> cycles_;
    bool flapping_ = false;
    bool down_ = false;
    bool announce_ = false;
    int count_ = 0;
    std::optional<Moment> announced_;
    std::optional<Moment> steady_from_;
};

}  // namespace sightline::alarms
