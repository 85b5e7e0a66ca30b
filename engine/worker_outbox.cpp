// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_outbox.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace sightline::engine {
namespace {

/// In two halves, and so on, where they are too large for one message.
void send_some(link::Channel& channel, std::uint32_t stream, std::vector<core::Observation> observations) {
    link::Observed message{stream, std::move(observations)};
    const auto sent = channel.send(message);
    // Io: the supervisor is gone, and the worker about to exit.
    if (sent || sent.error().code != core::ErrorCode::Unsupported || message.observations.size() < 2) return;
    const auto middle = message.observations.begin() + static_cast<std::ptrdiff_t>(message.observations.size() / 2);
    send_some(channel, stream,
              {std::make_move_iterator(message.observations.begin()), std::make_move_iterator(middle)});
    send_some(channel, stream, {std::make_move_iterator(middle), std::make_move_iterator(message.observations.end())});
}

}  // namespace

bool WorkerOutbox::add(std::uint32_t stream, core::Observation observation) {
    const std::lock_guard lock(mutex_);
    Pending& pending = pending_[stream];
    pending.observations.push_back(std::move(observation));
    if (pending.observations.size() > kMaxPending) thin_out(pending);
    return !std::exchange(asked_, true);
}

void WorkerOutbox::thin_out(Pending& pending) {
    std::vector<core::Observation> kept;
    std::map<std::pair<std::string, core::Subject>, std::size_t> edges, events;
    std::map<std::pair<core::ClockDomain, std::string>, std::size_t> ticks;
    std::optional<std::size_t> inventory;
    // The key is copied before the item is moved: of two arguments nobody knows which is made first.
    const auto replace = [&](auto& places, const auto& key, core::Observation&& item) {
        const auto [place, is_new] = places.try_emplace(key, kept.size());
        if (is_new) {
            kept.push_back(std::move(item));
        } else {
            kept[place->second] = std::move(item);
        }
    };
    for (core::Observation& item : pending.observations) {
        if (auto* edge = std::get_if<core::StateEdge>(&item)) {
            replace(edges, std::pair{edge->condition, edge->subject}, std::move(item));
        } else if (auto* event = std::get_if<core::Occurrence>(&item)) {
            const auto key = std::pair{event->condition, event->subject};
            if (const auto known = events.find(key); known != events.end()) {
                std::get<core::Occurrence>(kept[known->second]).count += event->count;
            } else {
                replace(events, key, std::move(item));
            }
        } else if (auto* tick = std::get_if<core::Tick>(&item)) {
            replace(ticks, std::pair{tick->domain, tick->track}, std::move(item));
        } else if (std::holds_alternative<core::Inventory>(item)) {
            if (inventory) {
                kept[*inventory] = std::move(item);
            } else {
                inventory = kept.size();
                kept.push_back(std::move(item));
            }
        } else {
            ++pending.dropped;
        }
    }
    // A tick says that all before it was said: it goes last.
    std::stable_partition(kept.begin(), kept.end(),
                          [](const core::Observation& item) { return !std::holds_alternative<core::Tick>(item); });
    pending.observations = std::move(kept);
}

void WorkerOutbox::send(link::Channel& channel) {
    for (std::size_t stream = 0; stream < pending_.size(); ++stream) {
        std::vector<core::Observation> batch;
        {
            const std::lock_guard lock(mutex_);
            asked_ = false;
            Pending& pending = pending_[stream];
            if (channel.queued_bytes() > kHoldBackBytes) {
                thin_out(pending);
                continue;
            }
            batch.swap(pending.observations);
        }
        for (std::size_t from = 0; from < batch.size(); from += kPerMessage) {
            const auto begin = batch.begin() + static_cast<std::ptrdiff_t>(from);
            const auto end = begin + static_cast<std::ptrdiff_t>(std::min(kPerMessage, batch.size() - from));
            send_some(channel, static_cast<std::uint32_t>(stream),
                      {std::make_move_iterator(begin), std::make_move_iterator(end)});
        }
    }
}

std::uint64_t WorkerOutbox::dropped(std::uint32_t stream) const {
    const std::lock_guard lock(mutex_);
    return pending_[stream].dropped;
}

}  // namespace sightline::engine
