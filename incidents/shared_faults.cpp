// SPDX-License-Identifier: Apache-2.0
// The Correlator: what streams that fail together share.
#include <algorithm>
#include <tuple>

#include "incidents/correlator.hpp"
#include "incidents/explanation.hpp"

namespace sightline::incidents {

void Correlator::number_streams() {
    for (const std::size_t n : order_) {
        const auto [at, fresh] = numbers_.emplace(alarms_[n].stream, names_.size());
        if (fresh) names_.push_back(alarms_[n].stream);
    }
}

std::vector<Failure> Correlator::failures_of(const std::string& resource) {
    std::vector<Failure> failures;
    for (const std::string& stream : topology_.sharing(resource)) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) continue;
        for (const std::size_t n : list->second) {
            if (points_at_shared(alarms_[n].condition) && is_cause(n))
                failures.push_back({alarms_[n].since, numbers_.at(stream)});
        }
    }
    std::sort(failures.begin(), failures.end(),
              [](const Failure& a, const Failure& b) { return std::tie(a.at, a.stream) < std::tie(b.at, b.stream); });
    return failures;
}

/// How many that share `resource` follow each stream that shares it.
std::vector<std::size_t> Correlator::followers_of(const std::string& resource) {
    std::vector<std::size_t> count(names_.size());
    const auto& sharing = topology_.sharing(resource);
    for (const std::string& stream : sharing) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) continue;
        for (const std::size_t n : list->second) {
            if (follows_[n].empty()) continue;
            if (std::find(sharing.begin(), sharing.end(), follows_[n]) != sharing.end())
                ++count[numbers_.at(follows_[n])];
            break;
        }
    }
    return count;
}

SharedCause Correlator::candidate(const std::string& resource) {
    const std::vector<Failure> failures = failures_of(resource);
    const config::Incidents& settings = topology_.settings();
    if (failures.size() < 2) return {};
    SharedCause found =
        failing_together(failures, settings.group_within, static_cast<std::size_t>(std::max(1, settings.group_streams)),
                         settings.group_percent, topology_.sharing(resource).size(), followers_of(resource));
    if (found.streams.empty()) found = cascade(resource, failures);
    found.resource = resource;
    return found;
}

/// All that share it are down now, one after the other.
SharedCause Correlator::cascade(const std::string& resource, const std::vector<Failure>& failures) {
    const auto& sharing = topology_.sharing(resource);
    std::map<std::size_t, core::UtcTime> down;
    for (const std::string& stream : sharing) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) return {};
        for (const std::size_t n : list->second) {
            if (!alarms_[n].until && points_at_shared(alarms_[n].condition) && is_cause(n))
                down.emplace(numbers_.at(stream), alarms_[n].since);
        }
    }
    if (down.size() < sharing.size() || failures.empty()) return {};
    std::vector<core::UtcTime> times;
    for (const auto& [stream, since] : down) times.push_back(since);
    std::sort(times.begin(), times.end());
    for (std::size_t n = 1; n < times.size(); ++n) {
        if (times[n] - times[n - 1] > kCascadeStep) return {};
    }
    SharedCause found;
    found.cascade = true;
    found.sharing = sharing.size();
    found.first = times.front();
    found.span = times.back() - times.front();
    found.counted = times.size();
    for (const auto& [stream, since] : down) found.streams.insert(stream);
    return found;
}

void Correlator::join_resources(const std::map<std::string, std::string>& resources) {
    number_streams();
    std::map<std::string, SharedCause> found;
    for (const std::string& resource : topology_.groupable()) {
        SharedCause cause = candidate(resource);
        if (!cause.streams.empty()) found[resource] = std::move(cause);
    }
    // What was found before stays a candidate while its streams are causes.
    for (const std::size_t n : order_) {
        const auto before = resources.find(alarms_[n].incident);
        if (before == resources.end() || !is_cause(n) || !points_at_shared(alarms_[n].condition)) continue;
        const auto& sharing = topology_.sharing(before->second);
        if (std::find(sharing.begin(), sharing.end(), alarms_[n].stream) == sharing.end()) continue;
        SharedCause& cause = found[before->second];
        if (cause.resource.empty()) {
            cause.resource = before->second;
            cause.first = alarms_[n].since;
            cause.sharing = sharing.size();
        }
        if (cause.streams.insert(numbers_.at(alarms_[n].stream)).second && cause.counted < cause.streams.size() &&
            !cause.cascade) {
            cause.counted = cause.streams.size();
            cause.span = std::max(cause.span, alarms_[n].since - cause.first);
        }
    }
    std::vector<SharedCause> candidates;
    candidates.reserve(found.size());
    for (auto& [resource, cause] : found) candidates.push_back(std::move(cause));
    std::set<std::string> taken;
    for (const std::size_t n : smallest_cover(candidates)) {
        chosen_.push_back(candidates[n]);
        for (const std::size_t stream : candidates[n].streams) taken.insert(names_[stream]);
    }
    for (const SharedCause& cause : chosen_) join_chosen(cause, taken);
}

/// Its streams, and those of the same kind that fail later and that nothing else explains.
void Correlator::join_chosen(const SharedCause& cause, const std::set<std::string>& taken) {
    std::size_t anchor = kNone;
    for (const std::string& stream : topology_.sharing(cause.resource)) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) continue;
        const bool own = cause.streams.count(numbers_.at(stream)) == 1;
        if (!own && taken.count(stream) == 1) continue;
        for (const std::size_t n : list->second) {
            if (!is_cause(n) || !points_at_shared(alarms_[n].condition)) continue;
            if (end_of(n) < cause.first || (!own && alarms_[n].since < cause.first)) continue;
            if (anchor == kNone) anchor = n;
            all_.join(anchor, n);
        }
    }
}

}  // namespace sightline::incidents
