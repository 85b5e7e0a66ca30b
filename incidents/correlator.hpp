// SPDX-License-Identifier: Apache-2.0
// How correlate() does it: one pass over the alarms of a moment, in steps that join what has one cause.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "incidents/correlation.hpp"
#include "incidents/resource_cover.hpp"

namespace sightline::incidents {

/// Sets that grow together.
class Unions {
public:
    explicit Unions(std::size_t size) : root_(size) { std::iota(root_.begin(), root_.end(), std::size_t{0}); }
    std::size_t find(std::size_t n) {
        while (root_[n] != n) n = root_[n] = root_[root_[n]];
        return n;
    }
    void join(std::size_t one, std::size_t other) {
        const std::size_t a = find(one), b = find(other);
        root_[std::max(a, b)] = std::min(a, b);
    }

private:
    std::vector<std::size_t> root_;
};

/// One use of correlate(): construct, run(), forget.
///
/// Threading: one thread; borrows topology and alarms.
class Correlator {
public:
    Correlator(const Topology& topology, std::span<const LiveAlarm> alarms);

    std::vector<AlarmGroup> run(const std::map<std::string, std::string>& resources);

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    static constexpr std::size_t kMostBack = 64;  // earlier alarms of a stream that a new one is compared with

    [[nodiscard]] bool before(std::size_t a, std::size_t b) const;
    [[nodiscard]] core::UtcTime end_of(std::size_t n) const { return alarms_[n].until.value_or(core::UtcTime::max()); }
    /// One began before the other ended, or no more than `gap` after it.
    [[nodiscard]] bool near(std::size_t earlier, std::size_t later, core::Duration gap) const;

    // Streams and paths (correlation.cpp):
    void join_one_stream(const std::vector<std::size_t>& list);
    [[nodiscard]] bool one_fault(std::size_t earlier, std::size_t later, core::Duration back) const;
    void join_fault(std::size_t a, std::size_t b);
    /// Bad enough that the member of a group counts as lost.
    [[nodiscard]] bool lost(std::size_t n) const;
    void join_lost_points();
    /// An alarm of each member, all of them bad at one time; empty: some member works.
    [[nodiscard]] std::vector<std::size_t> lost_together(const std::vector<std::string>& members) const;
    void join_upstream(std::size_t n);
    /// The alarms, one of each member, by which a fault of `upper` explains alarm `n` at `lower`; empty: it does not.
    [[nodiscard]] std::vector<std::size_t> explaining(const config::PathPoint& upper, const config::PathPoint& lower,
                                                      std::size_t n) const;
    [[nodiscard]] bool explains_in_time(std::size_t up, core::Duration up_delay, std::size_t down,
                                        core::Duration down_delay) const;
    [[nodiscard]] core::Duration uncertainty(const std::string& stream) const;
    /// A fault of which any alarm follows something is no cause.
    void find_causes();
    [[nodiscard]] bool is_cause(std::size_t n) { return explained_.count(fault_.find(n)) == 0; }

    // What is shared (shared_faults.cpp):
    void join_resources(const std::map<std::string, std::string>& resources);
    void number_streams();
    [[nodiscard]] std::vector<Failure> failures_of(const std::string& resource);
    [[nodiscard]] std::vector<std::size_t> followers_of(const std::string& resource);
    [[nodiscard]] SharedCause candidate(const std::string& resource);
    [[nodiscard]] SharedCause cascade(const std::string& resource, const std::vector<Failure>& failures);
    void join_chosen(const SharedCause& cause, const std::set<std::string>& taken);

    std::vector<AlarmGroup> groups();
    AlarmGroup group_of(const std::vector<std::size_t>& members);

    // In words (cause_names.cpp):
    void name_cause(AlarmGroup& group, const std::vector<std::size_t>& causes, std::size_t consequences);
    void name_resource(AlarmGroup& group, const SharedCause& shared, std::size_t consequences);
    void name_point(AlarmGroup& group, const std::vector<std::size_t>& causes, std::size_t consequences);
    [[nodiscard]] std::size_t worst_of(const std::vector<std::size_t>& causes) const;
    [[nodiscard]] bool spare_works(const std::string& stream, std::string& spare) const;
    [[nodiscard]] std::string stream_name(const std::string& stream) const;

    const Topology& topology_;
    std::span<const LiveAlarm> alarms_;
    std::vector<std::size_t> order_;  // by time
    std::unordered_map<std::string, std::vector<std::size_t>> by_stream_;
    Unions fault_, all_;  // of one stream; of one cause
    std::vector<std::string> follows_;
    std::vector<std::size_t> path_;
    std::set<std::size_t> explained_;  // roots of fault_
    std::unordered_map<std::string, std::size_t> numbers_;
    std::vector<std::string> names_;  // by number
    std::vector<SharedCause> chosen_;
};

/// "encoder enc7": a resource in a sentence.
[[nodiscard]] std::string resource_words(const std::string& resource);

}  // namespace sightline::incidents
