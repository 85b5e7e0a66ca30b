// SPDX-License-Identifier: Apache-2.0
// Delivers what is owed, to every receiver at its own pace.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "incidents/delivery_lane.hpp"

namespace sightline::incidents {

/// At least once, in order per alarm and receiver; a dead receiver delays nobody else.
///
/// Threading: the loop's thread.
class Outbox {
public:
    /// `seed` spreads the retries of different probes.
    Outbox(net::EventLoop& loop, Journal& journal, std::uint64_t seed);

    /// Adds a receiver, or replaces the settings and transport of the one of that name: its queue stays.
    void set_receiver(DeliveryLane::Settings settings, std::unique_ptr<Transport> transport);
    /// What is owed to it is given up, with an audit entry each.
    void remove_receiver(const std::string& notifier);

    /// What a store held when it was opened. Receivers must be set already; what is owed to others is given up.
    void restore(std::span<const PendingDelivery> pending);
    /// `in_store`: the journal can load it again; otherwise memory alone holds it.
    enum class Kept : std::uint8_t { InStore, InMemory };
    void add(const RoutedNotice& routed, Kept kept);

    /// Age of the oldest delivery owed to anybody, for metrics and the `probe.outbox` condition.
    [[nodiscard]] std::optional<core::Duration> oldest_undelivered() const;
    /// Deliveries owed to anybody.
    [[nodiscard]] std::size_t pending() const;
    /// In the order of names.
    [[nodiscard]] std::vector<LaneMetrics> metrics() const;

private:
    net::EventLoop& loop_;
    Journal& journal_;
    std::uint64_t seed_;
    std::map<std::string, std::unique_ptr<DeliveryLane>> lanes_;
};

}  // namespace sightline::incidents
