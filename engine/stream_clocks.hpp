// SPDX-License-Identifier: Apache-2.0
// Which clocks a stream's rules run on, told from its URL alone: the supervisor never opens an input.
#pragma once

#include "core/stream_spec.hpp"

namespace sightline::engine {

struct StreamClocks {
    bool file = false;                  ///< nothing arrives: media time is the only clock
    bool transport_on_arrival = false;  ///< UDP, RTP
};

[[nodiscard]] inline StreamClocks clocks_of(const core::InputSpec& input) {
    const std::size_t mark = input.url.find("://");
    const std::string scheme = mark == std::string::npos ? "file" : input.url.substr(0, mark);
    return {scheme == "file", scheme == "udp" || scheme == "rtp"};
}

}  // namespace sightline::engine
