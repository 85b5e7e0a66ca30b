// SPDX-License-Identifier: Apache-2.0
// A test message through one receiver of the configuration, as `sightline notify test` sends it.
#pragma once

#include <string>

#include "config/config.hpp"
#include "core/result.hpp"
#include "incidents/http_send.hpp"
#include "incidents/transport.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

struct NotifyTestResult {
    Outcome raised;
    std::optional<Outcome> cleared;  ///< nothing where `raised` was not delivered
};

/// Sends an alarm that says in every text that it is a test, and its end, so that nothing stays open at the receiver;
/// runs `loop` until both were answered. Nothing is stored; filters and hours of the receiver do not count.
/// @return NotFound where the configuration has no receiver of that name; the text names those it has.
[[nodiscard]] core::Result<NotifyTestResult> test_notifier(net::EventLoop& loop, const HttpSend& http,
                                                           const config::Config& config, const std::string& name);

}  // namespace sightline::incidents
