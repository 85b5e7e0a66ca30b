// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of link/ does with its input; the unit test replays kept inputs through the same function.
#pragma once

#include <cstdlib>
#include <string_view>

#include "link/messages.hpp"

namespace sightline::fuzz {

/// What was accepted can be said again, and is then accepted again: the second form is the first one cleaned.
inline void read_frame(std::string_view frame) {
    const auto message = link::decode(frame);
    if (!message) {
        if (message.error().code != core::ErrorCode::Corrupt || message.error().message.empty()) std::abort();
        return;
    }
    const auto again = link::encode(*message);
    if (!again) return;  // cleaned text and spelled-out defaults may be longer than what was read
    const auto twice = link::decode(*again);
    if (!twice || twice->index() != message->index()) std::abort();
}

}  // namespace sightline::fuzz
