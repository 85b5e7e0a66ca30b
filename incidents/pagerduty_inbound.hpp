// SPDX-License-Identifier: Apache-2.0
// What PagerDuty tells us back: acknowledgements and resolutions by its v3 webhooks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/time.hpp"

namespace sightline::incidents {

struct PagerDutyCommand {
    enum class Kind : std::uint8_t {
        Acknowledge,
        Unacknowledge,
        Resolve,
        Nothing,  ///< genuine, but nothing that concerns us
    };
    Kind kind = Kind::Nothing;
    std::string dedup_key;  ///< ours, as the alarm or incident was sent with; empty where `kind` is Nothing
    std::string person;     ///< who did it, as PagerDuty names them; "PagerDuty" where it does not say
    std::string event_id;
    core::UtcTime occurred_at{};
};

struct PagerDutyRefusal {
    int status = 400;  ///< HTTP status to answer with: 400 no such event, 401 signature, 409 replayed or too old
    std::string why;   ///< in words, nothing of the request in it
};

/// Checks and reads one webhook request: signature (`X-PagerDuty-Signature`, a list of "v1=<hex of HMAC-SHA-256>", any
/// of which may be made with any of our secrets: keys are rotated so), age, replay, and only then what it says.
///
/// Bounds:    a body of kMostBody bytes, kMostSignatures signatures, kMostRemembered events remembered.
/// Threading: one thread.
/// Does not see: events that happened while we were down for longer than kOldest.
class PagerDutyInbound {
public:
    static constexpr std::size_t kMostBody = 256U << 10;
    static constexpr std::size_t kMostSignatures = 16;
    static constexpr std::size_t kMostRemembered = 10'000;
    /// Older ones are refused; so long is an event remembered, so that it counts once. PagerDuty tries again for less.
    static constexpr core::Duration kOldest = std::chrono::hours{1};
    /// How far its clock may be ahead of ours.
    static constexpr core::Duration kMostAhead = std::chrono::minutes{5};

    /// `secrets`: of the webhook subscriptions; without one everything is refused.
    explicit PagerDutyInbound(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

    [[nodiscard]] tl::expected<PagerDutyCommand, PagerDutyRefusal> read(std::string_view body,
                                                                        std::string_view signatures, core::UtcTime now);

private:
    [[nodiscard]] bool is_signed(std::string_view body, std::string_view signatures) const;
    [[nodiscard]] bool is_known(const PagerDutyCommand& command, core::UtcTime now);

    std::vector<std::string> secrets_;
    std::map<std::string, core::UtcTime> seen_;  // event id -> when it occurred
};

/// What a genuine body says; the parser alone, for its fuzz target.
[[nodiscard]] tl::expected<PagerDutyCommand, PagerDutyRefusal> parse_pagerduty_event(std::string_view body);

}  // namespace sightline::incidents
