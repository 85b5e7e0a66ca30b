// SPDX-License-Identifier: Apache-2.0
// One send through a transport, and its answer.
#pragma once

#include <optional>
#include <string>

#include "incidents/transport.hpp"
#include "net/event_loop.hpp"
#include "tests/catch.hpp"

namespace sightline::incidents {

/// Sends `body` and runs the loop until it is answered; never from within send() itself.
inline Outcome send_and_wait(net::EventLoop& loop, Transport& transport, const std::string& body,
                             const std::string& event_id = {}) {
    std::optional<Outcome> outcome;
    Delivery delivery;
    delivery.event_id = event_id;
    delivery.body = body;
    transport.send(delivery, [&](const Outcome& how) {
        outcome = how;
        loop.quit();
    });
    CHECK_FALSE(outcome);
    loop.run();
    return *outcome;
}

}  // namespace sightline::incidents
