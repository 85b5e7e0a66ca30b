// SPDX-License-Identifier: Apache-2.0
// What the probes' clients know, joined into what the views draw. Pure.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "link/api_client.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

/// Probes, streams and incidents of `states` (none null), in their order. A probe without an incident desk gives one
/// incident for each of its open alarms (`from_desk` false). What a probe last said stays when it falls silent. Faults
/// at least as bad as `latch` stay until somebody has acknowledged them, over or not; none do without it.
[[nodiscard]] WallSnapshot build_snapshot(const std::vector<std::shared_ptr<const link::ApiState>>& states,
                                          std::optional<core::Severity> latch = core::Severity::Major);

/// What a command means to the API of the stream's or incident's probe; empty path: nothing to post.
struct CommandTarget {
    std::string probe;
    link::ApiCommand command;
};
struct Command;
[[nodiscard]] CommandTarget target_of(const Command& command);

}  // namespace sightline::ui
