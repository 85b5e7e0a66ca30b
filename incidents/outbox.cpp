// SPDX-License-Identifier: Apache-2.0
#include "incidents/outbox.hpp"

#include <algorithm>
#include <utility>

#include "incidents/payload.hpp"

namespace sightline::incidents {

Outbox::Outbox(net::EventLoop& loop, Journal& journal, std::uint64_t seed)
    : loop_(loop), journal_(journal), seed_(seed) {}

void Outbox::set_receiver(DeliveryLane::Settings settings, std::unique_ptr<Transport> transport) {
    auto& lane = lanes_[settings.notifier];
    if (lane) {
        lane->replace(std::move(settings), std::move(transport));
    } else {
        lane = std::make_unique<DeliveryLane>(loop_, journal_, std::move(settings), std::move(transport),
                                              seed_ + lanes_.size());
    }
}

void Outbox::remove_receiver(const std::string& notifier) {
    const auto found = lanes_.find(notifier);
    if (found == lanes_.end()) return;
    found->second->drop_all("notifier removed from the configuration");
    lanes_.erase(found);
}

void Outbox::restore(std::span<const PendingDelivery> pending) {
    const core::ArrivalTime now = loop_.clock().now();
    const core::UtcTime utc = loop_.clock().utc();
    for (const PendingDelivery& delivery : pending) {
        const auto lane = lanes_.find(delivery.notifier);
        if (lane == lanes_.end()) {
            journal_.finished(
                {delivery.event_id, delivery.notifier, false, 0, "notifier removed from the configuration"});
            continue;
        }
        // From here on ages run on monotonic time: a step of the host's clock gives nothing up.
        const core::Duration age = std::max(core::Duration::zero(), utc - delivery.created);
        lane->second->add(delivery.event_id, delivery.alarm, now - age, nullptr);
    }
}

void Outbox::add(const RoutedNotice& routed, Kept kept) {
    if (routed.notifiers.empty()) return;
    const auto notice = std::make_shared<const Notice>(routed.notice);
    const std::string event = event_id(*notice);
    for (const std::string& notifier : routed.notifiers) {
        const auto found = lanes_.find(notifier);
        if (found == lanes_.end()) {
            journal_.finished({event, notifier, false, 0, "no such notifier"});
            continue;
        }
        DeliveryLane& lane = *found->second;
        const bool hold = kept == Kept::InMemory || lane.metrics().pending < DeliveryLane::kMaxInMemory;
        lane.add(event, queue_key(*notice), loop_.clock().now(), hold ? notice : nullptr);
    }
}

std::optional<core::Duration> Outbox::oldest_undelivered() const {
    std::optional<core::Duration> oldest;
    for (const auto& [name, lane] : lanes_) {
        const auto age = lane->metrics().oldest;
        if (age && (!oldest || *age > *oldest)) oldest = age;
    }
    return oldest;
}

std::size_t Outbox::pending() const {
    std::size_t sum = 0;
    for (const auto& [name, lane] : lanes_) sum += lane->metrics().pending;
    return sum;
}

std::vector<LaneMetrics> Outbox::metrics() const {
    std::vector<LaneMetrics> all;
    all.reserve(lanes_.size());
    for (const auto& [name, lane] : lanes_) all.push_back(lane->metrics());
    return all;
}

}  // namespace sightline::incidents
