// SPDX-License-Identifier: Apache-2.0
// A transport's sends that are not answered yet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "incidents/transport.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

/// Holds the handle of each send until its answer is passed on. Destroying it abandons them all.
///
/// Threading: the loop's thread.
class SendsUnderWay {
public:
    using Done = std::function<void(Outcome)>;

    explicit SendsUnderWay(net::EventLoop& loop) : loop_(loop) {}

    /// `start` begins a send and returns its handle; it is given what to call with the outcome, once and later.
    template <typename Start>
    void begin(Start&& start, Done done) {
        const std::uint64_t number = next_++;
        sends_[number] = std::forward<Start>(start)([this, number, done = std::move(done)](const Outcome& outcome) {
            const auto handle = sends_.extract(number);  // dies after the answer is passed on
            done(outcome);
        });
    }
    /// Answers "rejected", from the loop: a send is never answered from within itself.
    void refuse(const std::string& reason, Done done) {
        begin(
            [&](const Done& answer) {
                return loop_.after(core::Duration::zero(), [answer, reason] {
                    answer({Outcome::Kind::Rejected, reason, std::nullopt});
                });
            },
            std::move(done));
    }

private:
    net::EventLoop& loop_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, net::EventLoop::Handle> sends_;
};

}  // namespace sightline::incidents
