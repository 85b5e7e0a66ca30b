// SPDX-License-Identifier: Apache-2.0
#include "incidents/delivery_lane.hpp"

#include <algorithm>
#include <utility>

#include "incidents/payload.hpp"

namespace sightline::incidents {

DeliveryLane::DeliveryLane(net::EventLoop& loop, Journal& journal, Settings settings,
                           std::unique_ptr<Transport> transport, std::uint64_t seed)
    : loop_(loop), journal_(journal), settings_(std::move(settings)), delay_(seed), transport_(std::move(transport)) {}

DeliveryLane::~DeliveryLane() = default;

void DeliveryLane::replace(Settings settings, std::unique_ptr<Transport> transport) {
    transport_ = std::move(transport);  // abandons what was in flight
    settings_ = std::move(settings);
    in_flight_ = 0;
    failures_in_a_row_ = 0;
    paused_until_ = {};
    for (auto& [alarm, queue] : alarms_) {
        if (queue.stage == Stage::Ready) continue;
        queue.stage = Stage::Ready;
        ready_.push_back(alarm);
    }
    pump();
}

void DeliveryLane::add(const std::string& event_id, const std::string& alarm, core::ArrivalTime created,
                       std::shared_ptr<const Notice> notice) {
    const Age age{created, next_number_++};
    by_age_.emplace(age, alarm);
    AlarmQueue& queue = alarms_[alarm];
    if (queue.entries.empty()) ready_.push_back(alarm);
    queue.entries.push_back({event_id, age, std::move(notice), 0, 0, {}});
    pump();
}

void DeliveryLane::drop_all(const std::string& reason) {
    transport_.reset();
    in_flight_ = 0;
    timer_.reset();
    for (auto& [alarm, queue] : alarms_) {
        for (Entry& entry : queue.entries) {
            ++dropped_;
            journal_.finished({entry.event_id, settings_.notifier, false, entry.attempts, reason});
        }
    }
    alarms_.clear();
    by_age_.clear();
    ready_.clear();
    waiting_.clear();
}

void DeliveryLane::pump() {
    if (!transport_) return;
    const core::ArrivalTime now = loop_.clock().now();
    expire(now);
    wake(now);
    const auto limit = failures_in_a_row_ > 0 ? 1U : static_cast<std::size_t>(std::max(1, settings_.concurrency));
    while (in_flight_ < limit && now >= paused_until_ && !ready_.empty()) {
        const std::string alarm = std::move(ready_.front());
        ready_.pop_front();
        const auto found = alarms_.find(alarm);
        if (found != alarms_.end() && found->second.stage == Stage::Ready) start(alarm);
    }
    arm();
}

// Entries of one alarm age in order, so what is too old and not in flight is the front of its queue.
void DeliveryLane::expire(core::ArrivalTime now) {
    for (auto it = by_age_.begin(); it != by_age_.end();) {
        const bool overfull = by_age_.size() > kMaxPending;
        if (!overfull && now - it->first.first < settings_.give_up) return;
        const std::string alarm = it->second;
        ++it;  // finish_front erases the one before
        AlarmQueue& queue = alarms_.at(alarm);
        if (queue.stage == Stage::InFlight) continue;  // its outcome decides
        Entry& front = queue.entries.front();
        const std::string why = overfull ? "more than " + std::to_string(kMaxPending) + " deliveries owed"
                                         : "undelivered for " + core::to_text(settings_.give_up);
        front.last_error = front.last_error.empty() ? why : why + ": " + front.last_error;
        finish_front(alarm, false);
    }
}

void DeliveryLane::wake(core::ArrivalTime now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        const auto entry = waiting_.extract(waiting_.begin());
        const auto found = alarms_.find(entry.mapped());
        if (found == alarms_.end() || found->second.stage != Stage::Waiting || found->second.due != entry.key()) {
            continue;
        }
        found->second.stage = Stage::Ready;
        ready_.push_back(entry.mapped());
    }
}

void DeliveryLane::start(const std::string& alarm) {
    AlarmQueue& queue = alarms_.at(alarm);
    Entry& entry = queue.entries.front();
    Delivery delivery;
    delivery.event_id = entry.event_id;
    if (entry.notice) {
        delivery.notice = *entry.notice;
    } else {
        auto loaded = journal_.load(entry.event_id);
        if (!loaded) {
            entry.last_error = last_error_ = loaded.error().message;
            if (loaded.error().code == core::ErrorCode::NotFound) return finish_front(alarm, false);
            ++entry.attempts;
            return retry(alarm, {Outcome::Kind::Failed, {}, std::nullopt});
        }
        delivery.notice = std::move(*loaded);
    }
    delivery.body = payload(delivery.notice, loop_.clock().utc());
    queue.stage = Stage::InFlight;
    ++in_flight_;
    transport_->send(delivery, [this, alarm](const Outcome& outcome) {
        --in_flight_;
        settle(alarm, outcome);
        pump();
    });
}

void DeliveryLane::settle(const std::string& alarm, const Outcome& outcome) {
    const bool known = loop_.clock().now() < paused_until_;  // begun before the attempt that failed first
    if (outcome.kind == Outcome::Kind::Unreachable) {
        if (!known) ++failures_in_a_row_;
    } else {
        failures_in_a_row_ = 0;  // it answered
        paused_until_ = {};
    }
    if (outcome.kind == Outcome::Kind::Delivered) return finish_front(alarm, true);
    ++failed_attempts_;
    last_error_ = outcome.reason;
    Entry& entry = alarms_.at(alarm).entries.front();
    ++entry.attempts;
    entry.last_error = outcome.reason;
    if (outcome.kind == Outcome::Kind::Rejected && ++entry.rejections >= kRejectedAttempts) {
        return finish_front(alarm, false);
    }
    retry(alarm, outcome);
}

void DeliveryLane::retry(const std::string& alarm, const Outcome& outcome) {
    const core::ArrivalTime now = loop_.clock().now();
    AlarmQueue& queue = alarms_.at(alarm);
    core::Duration wait = outcome.kind == Outcome::Kind::Rejected ? delay_.jitter(kRejectedDelay)
                                                                  : delay_.after(queue.entries.front().attempts);
    if (outcome.retry_after) wait = std::max(wait, std::min(*outcome.retry_after, kLongestRetryAfter));
    if (outcome.kind == Outcome::Kind::Unreachable) {
        core::Duration pause = delay_.after(failures_in_a_row_);
        if (outcome.retry_after) pause = std::max(pause, std::min(*outcome.retry_after, kLongestRetryAfter));
        paused_until_ = std::max(paused_until_, now + pause);
    }
    queue.stage = Stage::Waiting;
    queue.due = now + wait;
    waiting_.emplace(queue.due, alarm);
}

void DeliveryLane::finish_front(const std::string& alarm, bool delivered) {
    const auto found = alarms_.find(alarm);
    AlarmQueue& queue = found->second;
    Entry entry = std::move(queue.entries.front());
    queue.entries.pop_front();
    by_age_.erase(entry.age);
    if (queue.entries.empty()) {
        alarms_.erase(found);
    } else {
        queue.stage = Stage::Ready;
        ready_.push_back(alarm);
    }
    if (delivered) ++entry.attempts;
    ++(delivered ? delivered_ : dropped_);
    journal_.finished({std::move(entry.event_id), settings_.notifier, delivered, entry.attempts,
                       delivered ? std::string{} : std::move(entry.last_error)});
}

void DeliveryLane::arm() {
    timer_.reset();
    if (by_age_.empty()) return;
    core::ArrivalTime due = by_age_.begin()->first.first + settings_.give_up;
    if (due <= loop_.clock().now()) due = core::ArrivalTime::max();  // in flight: its outcome comes here again
    if (!waiting_.empty()) due = std::min(due, waiting_.begin()->first);
    if (!ready_.empty() && paused_until_ > loop_.clock().now()) due = std::min(due, paused_until_);
    if (due == core::ArrivalTime::max()) return;
    timer_ = loop_.at(due, [this] { pump(); });
}

LaneMetrics DeliveryLane::metrics() const {
    LaneMetrics metrics;
    metrics.notifier = settings_.notifier;
    metrics.pending = by_age_.size();
    metrics.in_flight = in_flight_;
    metrics.delivered = delivered_;
    metrics.failed_attempts = failed_attempts_;
    metrics.dropped = dropped_;
    metrics.failures_in_a_row = failures_in_a_row_;
    if (!by_age_.empty()) metrics.oldest = loop_.clock().now() - by_age_.begin()->first.first;
    metrics.last_error = last_error_;
    return metrics;
}

}  // namespace sightline::incidents
