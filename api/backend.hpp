// SPDX-License-Identifier: Apache-2.0
// What the API needs of a running probe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "engine/event_log.hpp"
#include "engine/state.hpp"

namespace sightline::api {

/// Threading: any thread. The functions that change or query something wait for the probe's loop, 2 s at most.
class Backend {
public:
    virtual ~Backend() = default;
    [[nodiscard]] virtual std::shared_ptr<const engine::ProbeState> state() = 0;
    [[nodiscard]] virtual engine::EventLog& events() = 0;
    virtual core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                                       const std::string& actor) = 0;
    virtual core::Result<void> focus(const std::string& stream, bool wanted) = 0;
    /// Newest transitions first.
    [[nodiscard]] virtual core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) = 0;
};

}  // namespace sightline::api
