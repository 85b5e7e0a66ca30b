// SPDX-License-Identifier: Apache-2.0
// The wall's connections, on a thread of their own: probes' APIs and tally in, commands out, snapshots published.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/clock.hpp"
#include "core/published.hpp"
#include "link/api_client.hpp"
#include "link/tally_receiver.hpp"
#include "ui/command.hpp"
#include "ui/layout.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

struct ProbeLinksOptions {
    std::vector<link::ApiEndpoint> probes;
    std::string room;
    ClockZone zone;
    std::optional<TallySpec> tally;
    std::optional<core::Severity> latch = core::Severity::Major;  ///< see build_snapshot()
};

/// Publishes a new snapshot at most every kPublish when something changed, and while a probe is silent once a second.
///
/// Threading: make and destroy on one thread; the snapshots and `wake` come from a thread of its own. `snapshots` and
/// `commands` outlive it.
class ProbeLinks {
public:
    static constexpr core::Duration kPublish = std::chrono::milliseconds{50};

    ProbeLinks(const core::Clock& clock, ProbeLinksOptions options, core::Published<WallSnapshot>& snapshots,
               CommandQueue& commands, std::function<void()> wake);
    ~ProbeLinks();
    ProbeLinks(const ProbeLinks&) = delete;
    ProbeLinks& operator=(const ProbeLinks&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::ui
