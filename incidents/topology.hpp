// SPDX-License-Identifier: Apache-2.0
// What the configuration says about how streams hang together: paths, and what they share.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "core/time.hpp"

namespace sightline::incidents {

/// A stream's place on a path.
struct PathPlace {
    std::size_t path = 0, point = 0;
};

/// One stream as correlation sees it.
struct TopologyStream {
    std::string id, name, runbook;
    std::map<std::string, std::string> tags;
    std::vector<std::string> shares;  ///< "encoder=enc7", "host=cdn.example"
    std::vector<PathPlace> places;    ///< in the configuration's order of paths
    core::Duration uncertainty{};     ///< how far apart the same fault may be dated: segment length, reorder delay
};

/// Streams, paths and shared things of one configuration.
///
/// Threading: immutable after construction.
class Topology {
public:
    /// A segment is fetched whole, and we may have to wait for the one after it.
    static constexpr core::Duration kSegmentUncertainty = std::chrono::seconds{12};
    static constexpr core::Duration kHttpUncertainty = std::chrono::seconds{3};  ///< HTTP, RTMP: buffers
    static constexpr core::Duration kPacketUncertainty = std::chrono::seconds{1};

    Topology() = default;
    explicit Topology(const config::Config& config);

    [[nodiscard]] const TopologyStream* find(const std::string& stream) const;
    /// The streams that share it; empty: nobody does.
    [[nodiscard]] const std::vector<std::string>& sharing(const std::string& resource) const;
    /// Resources that at least as many share as make a group, in the order of their names.
    [[nodiscard]] const std::vector<std::string>& groupable() const { return groupable_; }
    [[nodiscard]] const std::vector<config::Path>& paths() const { return paths_; }
    [[nodiscard]] const config::Incidents& settings() const { return settings_; }
    [[nodiscard]] const std::string& probe() const { return probe_; }
    /// Others could fail for the same reason: it is on a path of several points, or shares something groupable.
    [[nodiscard]] bool has_company(const std::string& stream) const;

private:
    std::unordered_map<std::string, TopologyStream> streams_;
    std::map<std::string, std::vector<std::string>> sharing_;
    std::vector<std::string> groupable_;
    std::vector<config::Path> paths_;
    config::Incidents settings_;
    std::string probe_;
};

}  // namespace sightline::incidents
