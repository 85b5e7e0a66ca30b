// SPDX-License-Identifier: Apache-2.0
// Receivers and a store without network, disk or real time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "incidents/outbox.hpp"
#include "incidents/payload.hpp"
#include "net/event_loop.hpp"
#include "tests/unit/incidents/notices.hpp"

namespace sightline::incidents {

/// Virtual time that runs in steps, the loop doing what is due after each.
struct VirtualLoop {
    core::VirtualClock clock{core::ArrivalTime{std::chrono::hours{1}}, kNoon};
    net::EventLoop loop{clock};

    void settle() {
        while (loop.poll() > 0) {
        }
    }
    void run(core::Duration time, core::Duration step = std::chrono::milliseconds{100}) {
        for (core::Duration done{}; done < time; done += step) {
            clock.advance(step);
            settle();
        }
    }
};

/// What a receiver saw and how it answers; outlives its transport.
struct FakeReceiver {
    std::function<Outcome(const Delivery&)> answer = [](const Delivery&) {
        return Outcome{Outcome::Kind::Delivered, {}, std::nullopt};
    };
    core::Duration latency{};              ///< of an answer
    std::vector<std::string> attempts;     ///< event ids
    std::vector<std::string> delivered;    ///< event ids
    std::vector<core::ArrivalTime> times;  ///< of attempts
    std::size_t in_flight = 0, most_in_flight = 0;
};

class FakeTransport final : public Transport {
public:
    FakeTransport(net::EventLoop& loop, FakeReceiver& receiver) : loop_(loop), receiver_(receiver) {}
    ~FakeTransport() override { receiver_.in_flight -= timers_.size(); }

    void send(const Delivery& delivery, std::function<void(Outcome)> done) override {
        receiver_.attempts.push_back(delivery.event_id);
        receiver_.times.push_back(loop_.clock().now());
        receiver_.most_in_flight = std::max(receiver_.most_in_flight, ++receiver_.in_flight);
        const Outcome outcome = receiver_.answer(delivery);
        const int key = next_++;
        timers_[key] = loop_.after(receiver_.latency, [this, key, outcome, event = delivery.event_id, done] {
            const auto timer = timers_.extract(key);
            --receiver_.in_flight;
            if (outcome.kind == Outcome::Kind::Delivered) receiver_.delivered.push_back(event);
            done(outcome);
        });
    }

private:
    net::EventLoop& loop_;
    FakeReceiver& receiver_;
    int next_ = 0;
    std::map<int, net::EventLoop::Handle> timers_;
};

/// A journal in memory.
class FakeJournal final : public Journal {
public:
    core::Result<Notice> load(const std::string& event_id) override {
        ++loads;
        if (broken) return core::fail(core::ErrorCode::Io, "disk gone");
        const auto found = notices.find(event_id);
        if (found == notices.end()) return core::fail(core::ErrorCode::NotFound, "no transition " + event_id);
        return found->second;
    }
    void finished(FinishedDelivery delivery) override { ended.push_back(std::move(delivery)); }

    std::map<std::string, Notice> notices;
    std::vector<FinishedDelivery> ended;
    int loads = 0;
    bool broken = false;
};

inline Outcome unreachable() {
    return {Outcome::Kind::Unreachable, "connection refused", std::nullopt};
}

/// The sequence numbers of one alarm in a list of event ids.
inline std::vector<std::string> of_alarm(const std::vector<std::string>& events, const std::string& alarm) {
    std::vector<std::string> mine;
    for (const std::string& event : events) {
        if (event.compare(0, alarm.size() + 1, alarm + '.') == 0) mine.push_back(event);
    }
    return mine;
}

}  // namespace sightline::incidents
