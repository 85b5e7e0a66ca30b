// SPDX-License-Identifier: Apache-2.0
// The last step to a receiver: one attempt to deliver one notice.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// One attempt.
struct Delivery {
    std::string event_id;
    Notice notice;
    std::string body;  ///< payload(), stamped for this attempt
};

/// How an attempt ended, by what the outbox does next.
struct Outcome {
    enum class Kind : std::uint8_t {
        Delivered,
        Failed,       ///< this notice did not get through; others may
        Unreachable,  ///< the receiver takes nothing at the moment: all its notices wait
        Rejected,     ///< the receiver understood, and refuses this notice for what it is
    };
    Kind kind = Kind::Failed;
    std::string reason;                         ///< in words, without secrets; empty where delivered
    std::optional<core::Duration> retry_after;  ///< the receiver's own wish
    std::string answer = {};                    ///< of a delivery: what the receiver said, for `notify test`
};

/// The picture that goes with a mail, as JPEG; empty where there is none. `incident`: empty of a notice about an alarm.
using MailStill = std::function<std::string(const std::string& stream, const std::string& incident)>;

/// One receiver.
///
/// Threading: the loop's thread.
/// Every send() is answered exactly once, never from within send() itself, within the transport's own time limit.
/// Destroying the transport abandons what is in flight: no answer comes any more.
class Transport {
public:
    virtual ~Transport() = default;
    virtual void send(const Delivery& delivery, std::function<void(Outcome)> done) = 0;
    /// Once, before the first send(): payloads of what the receiver was told of in an earlier life and still stands.
    virtual void resume(const std::vector<std::string>& payloads) { (void)payloads; }
};

}  // namespace sightline::incidents
