// SPDX-License-Identifier: Apache-2.0
// PagerDuty's webhooks as bytes: for libFuzzer, and replayed by the unit tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text.hpp"
#include "incidents/pagerduty_inbound.hpp"
#include "incidents/payload.hpp"

namespace sightline::fuzz {

/// The parser, and the whole of a signed request: what comes out keeps its promises.
inline void pagerduty_event(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto parsed = incidents::parse_pagerduty_event(body);
    if (parsed) {
        const bool acts = parsed->kind != incidents::PagerDutyCommand::Kind::Nothing;
        if (acts && (parsed->dedup_key.empty() || parsed->dedup_key.size() > incidents::kMaxDedupKey)) std::abort();
        if (core::clean_utf8(parsed->dedup_key) != parsed->dedup_key) std::abort();
        if (core::clean_utf8(parsed->person) != parsed->person) std::abort();
    }
    incidents::PagerDutyInbound inbound({"secret"});
    const core::UtcTime now = parsed ? parsed->occurred_at : core::UtcTime{};
    // The bytes as a header too: no foreign header passes for ours.
    if (inbound.read(body, body, now)) std::abort();
    const std::string header = "v1=" + incidents::hmac_sha256_hex("secret", body);
    const auto first = inbound.read(body, header, now);
    if (first.has_value() != parsed.has_value()) std::abort();
    if (first && inbound.read(body, header, now)) std::abort();  // once
}

}  // namespace sightline::fuzz
