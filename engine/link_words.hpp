// SPDX-License-Identifier: Apache-2.0
// The words for what a link is doing, as the API and the terminal show them.
#pragma once

#include "probe/source.hpp"

namespace sightline::engine {

[[nodiscard]] constexpr const char* link_word(probe::LinkState state) {
    switch (state) {
        case probe::LinkState::Connecting:
            return "connecting";
        case probe::LinkState::Connected:
            return "connected";
        case probe::LinkState::Unreachable:
            return "unreachable";
        case probe::LinkState::Ended:
            return "ended";
        case probe::LinkState::Failed:
            return "failed";
    }
    return "connecting";
}

}  // namespace sightline::engine
