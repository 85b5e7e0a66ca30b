// SPDX-License-Identifier: Apache-2.0
#include "incidents/topology.hpp"

#include <algorithm>

#include "core/url.hpp"

namespace sightline::incidents {
namespace {

core::Duration uncertainty_of(const core::Url& url) {
    if (url.path.find(".m3u8") != std::string::npos || url.path.find(".mpd") != std::string::npos)
        return Topology::kSegmentUncertainty;
    if (url.scheme.starts_with("http") || url.scheme.starts_with("rtmp")) return Topology::kHttpUncertainty;
    return Topology::kPacketUncertainty;
}

/// The host is where it comes from, not where we listen.
bool is_sender(const core::Url& url) {
    if (url.host.empty() || url.host == "0.0.0.0" || url.host == "::") return false;
    const auto mode = url.query.find("mode");
    return mode == url.query.end() || mode->second != "listener";
}

bool counts(const config::Incidents& settings, const std::string& tag) {
    const auto& only = settings.group_by;
    return only.empty() || std::find(only.begin(), only.end(), tag) != only.end();
}

}  // namespace

Topology::Topology(const config::Config& config)
    : paths_(config.paths), settings_(config.incidents), probe_(config.probe) {
    for (const core::StreamSpec& spec : config.streams) {
        TopologyStream stream;
        stream.id = spec.id;
        stream.name = spec.name.empty() ? spec.id : spec.name;
        stream.runbook = spec.runbook;
        stream.tags = spec.tags;
        stream.uncertainty = kPacketUncertainty;
        for (const auto& [key, value] : spec.tags) {
            if (counts(settings_, key)) stream.shares.push_back(key + '=' + value);
        }
        if (const auto url = core::parse_url(spec.input.url)) {
            stream.uncertainty = uncertainty_of(*url);
            if (is_sender(*url) && counts(settings_, "host")) stream.shares.push_back("host=" + url->host);
        }
        for (const std::string& shared : stream.shares) sharing_[shared].push_back(spec.id);
        streams_[spec.id] = std::move(stream);
    }
    for (std::size_t p = 0; p < paths_.size(); ++p) {
        for (std::size_t n = 0; n < paths_[p].points.size(); ++n) {
            for (const std::string& id : paths_[p].points[n].any_of) {
                const auto found = streams_.find(id);
                if (found != streams_.end()) found->second.places.push_back({p, n});
            }
        }
    }
    for (const auto& [resource, streams] : sharing_) {
        if (streams.size() >= static_cast<std::size_t>(std::max(2, settings_.group_streams)))
            groupable_.push_back(resource);
    }
}

const TopologyStream* Topology::find(const std::string& stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : &found->second;
}

const std::vector<std::string>& Topology::sharing(const std::string& resource) const {
    static const std::vector<std::string> kNobody;
    const auto found = sharing_.find(resource);
    return found == sharing_.end() ? kNobody : found->second;
}

bool Topology::has_company(const std::string& stream) const {
    const TopologyStream* found = find(stream);
    if (found == nullptr) return false;
    const bool on_path = std::any_of(found->places.begin(), found->places.end(), [&](const PathPlace& place) {
        return paths_[place.path].points.size() > 1 || paths_[place.path].points[place.point].any_of.size() > 1;
    });
    return on_path || std::any_of(found->shares.begin(), found->shares.end(), [&](const std::string& shared) {
               return sharing(shared).size() >= static_cast<std::size_t>(std::max(2, settings_.group_streams));
           });
}

}  // namespace sightline::incidents
