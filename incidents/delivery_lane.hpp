// SPDX-License-Identifier: Apache-2.0
// Everything that is owed to one receiver, in order per alarm.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/result.hpp"
#include "incidents/records.hpp"
#include "incidents/retry_delay.hpp"
#include "incidents/transport.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

/// What the outbox needs of the store.
class Journal {
public:
    virtual ~Journal() = default;
    [[nodiscard]] virtual core::Result<Notice> load(const std::string& event_id) = 0;
    /// A delivery ended, delivered or given up.
    virtual void finished(FinishedDelivery delivery) = 0;
};

/// Counts of one receiver, since the start of the process where not said otherwise.
struct LaneMetrics {
    std::string notifier;
    std::size_t pending = 0;    ///< owed now, those in flight included
    std::size_t in_flight = 0;  ///< attempts running now
    std::uint64_t delivered = 0;
    std::uint64_t failed_attempts = 0;
    std::uint64_t dropped = 0;             ///< given up: rejected, too old, queue full, notifier removed
    int failures_in_a_row = 0;             ///< attempts that found the receiver unreachable since it was last reached
    std::optional<core::Duration> oldest;  ///< age of the oldest owed
    std::string last_error;                ///< of the last attempt that failed; stays after success
};

/// The queue of one receiver.
///
/// The next transition of an alarm waits until the one before it is delivered or given up; other alarms go on, up to
/// `concurrency` at once. While the receiver is unreachable one attempt at a time asks for it, with growing delays, and
/// alarms take turns, so that one notice that the receiver chokes on does not stand before the others. A notice that is
/// rejected is tried kRejectedAttempts times a minute apart, then given up; any notice is given up `give_up` after it
/// was committed.
///
/// Threading: the loop's thread.
class DeliveryLane {
public:
    struct Settings {
        std::string notifier;
        core::Duration give_up = std::chrono::hours{24};
        int concurrency = 4;
    };
    static constexpr int kRejectedAttempts = 5;
    static constexpr core::Duration kRejectedDelay = std::chrono::seconds{60};
    /// A receiver's Retry-After counts up to this.
    static constexpr core::Duration kLongestRetryAfter = std::chrono::minutes{10};
    /// Beyond it the oldest is given up.
    static constexpr std::size_t kMaxPending = 100'000;
    /// Notices beyond this many wait in the store instead of in memory.
    static constexpr std::size_t kMaxInMemory = 1'000;

    DeliveryLane(net::EventLoop& loop, Journal& journal, Settings settings, std::unique_ptr<Transport> transport,
                 std::uint64_t seed);
    ~DeliveryLane();
    DeliveryLane(const DeliveryLane&) = delete;
    DeliveryLane& operator=(const DeliveryLane&) = delete;

    /// At a reload. What was in flight is tried anew.
    void replace(Settings settings, std::unique_ptr<Transport> transport);

    /// Appends to the alarm's queue. `notice` may be empty where the journal has it.
    void add(const std::string& event_id, const std::string& alarm, core::ArrivalTime created,
             std::shared_ptr<const Notice> notice);
    /// Gives up all that is owed.
    void drop_all(const std::string& reason);

    [[nodiscard]] LaneMetrics metrics() const;

private:
    using Age = std::pair<core::ArrivalTime, std::uint64_t>;  // created, and a number that makes it unique
    struct Entry {
        std::string event_id;
        Age age;
        std::shared_ptr<const Notice> notice;
        int attempts = 0;
        int rejections = 0;
        std::string last_error;
    };
    enum class Stage : std::uint8_t { Ready, Waiting, InFlight };
    struct AlarmQueue {
        std::deque<Entry> entries;
        Stage stage = Stage::Ready;
        core::ArrivalTime due;  // of Waiting
    };

    void pump();
    void expire(core::ArrivalTime now);
    void wake(core::ArrivalTime now);
    void start(const std::string& alarm);
    void settle(const std::string& alarm, const Outcome& outcome);
    void retry(const std::string& alarm, const Outcome& outcome);
    void finish_front(const std::string& alarm, bool delivered);
    void arm();

    net::EventLoop& loop_;
    Journal& journal_;
    Settings settings_;
    RetryDelay delay_;
    std::unordered_map<std::string, AlarmQueue> alarms_;
    std::deque<std::string> ready_;                          // may name alarms that are ready no more
    std::multimap<core::ArrivalTime, std::string> waiting_;  // the same
    std::map<Age, std::string> by_age_;
    std::size_t in_flight_ = 0;
    int failures_in_a_row_ = 0;
    core::ArrivalTime paused_until_{};
    std::uint64_t next_number_ = 0;
    std::uint64_t delivered_ = 0, failed_attempts_ = 0, dropped_ = 0;
    std::string last_error_;
    net::EventLoop::Handle timer_;
    std::unique_ptr<Transport> transport_;  // last: its callbacks see all above
};

}  // namespace sightline::incidents
