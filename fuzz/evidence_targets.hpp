// SPDX-License-Identifier: Apache-2.0
// The fuzz targets of what cuts received bytes, for libFuzzer and for the unit tests that replay their finds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>

#include "engine/session_head.hpp"
#include "engine/ts_start.hpp"

namespace sightline::fuzz {

/// The first byte chooses the container and the size of the blocks; whatever they are, the head is the same.
inline void session_head(std::span<const std::uint8_t> data) {
    if (data.empty()) return;
    const auto container = (data[0] & 1U) != 0 ? probe::Container::Flv : probe::Container::Mp4Fragments;
    const std::size_t step = 1 + (data[0] >> 1U);
    const auto bytes = std::as_bytes(data.subspan(1));
    engine::SessionHead whole, parts;
    whole.begin(container);
    parts.begin(container);
    (void)whole.feed(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        const auto part = bytes.subspan(at, std::min(step, bytes.size() - at));
        const auto resume = parts.feed(part);
        if (resume && *resume >= part.size()) std::abort();
    }
    if (whole.head() != parts.head() || whole.head().size() > 4 * engine::SessionHead::kMostHead) std::abort();
}

/// The first two bytes choose the place and the PID.
inline void ts_start(std::span<const std::uint8_t> data) {
    if (data.size() < 2) return;
    const auto bytes = std::as_bytes(data.subspan(2));
    const std::size_t from = bytes.size() * data[0] / 255;
    const engine::TsTracks tracks{{data[1]}, data[1]};
    for (const std::optional<std::int64_t> pts : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{7}}) {
        const auto start = engine::ts_start(bytes, from, tracks, pts);
        if (start.begin < from || start.begin > bytes.size() || start.tables.size() % 188 != 0) std::abort();
    }
}

}  // namespace sightline::fuzz
