// SPDX-License-Identifier: Apache-2.0
// Which condition explains which: the one table behind correlation, printed in docs/incidents.md.
#pragma once

#include <span>
#include <string_view>

namespace sightline::incidents {

/// Conditions as patterns with spaces between: "signal.*" is every condition that begins so.
struct ExplanationRow {
    std::string_view upstream;
    std::string_view downstream;
    std::string_view why;
};
[[nodiscard]] std::span<const ExplanationRow> explanation_table();

/// A fault of `upstream` at one point of a path explains `downstream` further down. Every condition explains itself.
[[nodiscard]] bool explains(std::string_view upstream, std::string_view downstream);
/// Both on one stream at one time are one fault: one explains the other, or they are picture and sound of the same
/// loss.
[[nodiscard]] bool goes_together(std::string_view one, std::string_view other);
/// A signal, transport or HTTP condition: evidence that something shared has failed. Black and silence are not:
/// junctions are no site failures.
[[nodiscard]] bool points_at_shared(std::string_view condition);
/// About the probe, not about what it watches.
[[nodiscard]] bool about_probe(std::string_view condition);

}  // namespace sightline::incidents
