// SPDX-License-Identifier: Apache-2.0
// Sets of time, as reports need them: when a stream was on air, watched, bad.
#pragma once

#include <vector>

#include "core/time.hpp"

namespace sightline::incidents {

/// [from, to)
struct Span {
    core::UtcTime from{}, to{};
    friend bool operator==(const Span&, const Span&) = default;
};

/// Spans in order that neither touch nor overlap.
using Spans = std::vector<Span>;

/// Any spans in any order, empty and backward ones among them, as a set.
[[nodiscard]] Spans as_set(std::vector<Span> spans);
[[nodiscard]] Spans unite(const Spans& a, const Spans& b);
[[nodiscard]] Spans intersect(const Spans& a, const Spans& b);
/// What is in `a` and not in `b`.
[[nodiscard]] Spans subtract(const Spans& a, const Spans& b);
[[nodiscard]] core::Duration length(const Spans& spans);

}  // namespace sightline::incidents
