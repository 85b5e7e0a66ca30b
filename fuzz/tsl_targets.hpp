// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of tally does with its input; the unit test replays kept inputs through the same function.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <vector>

#include "core/text.hpp"
#include "link/tsl.hpp"

namespace sightline::fuzz {

/// A datagram is read or refused in words; a stream gives the same messages in any pieces.
inline void read_tally(std::span<const std::byte> bytes) {
    const auto held = [](bool so) {
        if (!so) std::abort();
    };
    const auto sane = [&](const link::TallyMessage& message) {
        held(core::clean_utf8(message.text) == message.text && message.index >= 0 && message.index <= 0xFFFF);
        held(message.brightness >= 0 && message.brightness <= 3);
    };
    if (const auto read = link::decode_tsl_datagram(bytes)) {
        for (const auto& message : *read) sane(message);
    } else {
        held(!read.error().message.empty());
    }
    std::vector<link::TallyMessage> whole;
    link::TslStream all;
    all.feed(bytes, [&](link::TallyMessage message) { whole.push_back(std::move(message)); });
    for (const auto& message : whole) sane(message);
    held(all.skipped() <= bytes.size());
    for (const std::size_t block : {1U, 7U, 33U}) {
        std::vector<link::TallyMessage> cut;
        link::TslStream stream;
        for (std::size_t at = 0; at < bytes.size(); at += block) {
            stream.feed(bytes.subspan(at, std::min(block, bytes.size() - at)),
                        [&](link::TallyMessage message) { cut.push_back(std::move(message)); });
        }
        held(cut == whole && stream.skipped() == all.skipped());
    }
}

}  // namespace sightline::fuzz
