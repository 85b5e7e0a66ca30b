// SPDX-License-Identifier: Apache-2.0
// What `sightline analyze` tells of a transport stream: services, PIDs, rates and faults, without any judgement.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/findings.hpp"
#include "engine/pipeline.hpp"

namespace sightline::engine {

/// Gathers while the input is looked at.
///
/// Threading: one thread.
class TransportSummary {
public:
    explicit TransportSummary(std::string input) : input_(std::move(input)) {}

    void note(const core::Observation& observation);

    /// One JSON object: {"type":"transport",…}. `totals.transport` is there.
    [[nodiscard]] std::string json(const PipelineTotals& totals) const;
    /// The same for people: several lines, the last without its newline.
    [[nodiscard]] std::string text(const PipelineTotals& totals) const;

private:
    /// Of one-second windows, in bit/s.
    struct Rate {
        double min = 0, max = 0;
        std::uint64_t windows = 0;
        void note(double value);
    };
    /// What happened to one PID (−1: to the stream), or was so: how often, and when for the first and the last time.
    struct Fault {
        std::uint64_t count = 0;
        std::optional<core::MediaTime> first, last;
        std::string detail;  ///< of the first
    };
    void note_fault(const std::string& condition, std::optional<int> pid, std::uint64_t count,
                    const std::optional<core::MediaTime>& at, const std::string& detail);
    [[nodiscard]] std::string services_json(const PipelineTotals& totals) const;
    [[nodiscard]] std::string pids_json(const PipelineTotals& totals) const;
    [[nodiscard]] std::string faults_json() const;

    std::string input_;
    Rate mux_, payload_;
    std::map<int, Rate> pids_;
    std::map<std::pair<std::string, int>, Fault> faults_;
};

}  // namespace sightline::engine
