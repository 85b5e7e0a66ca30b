// SPDX-License-Identifier: Apache-2.0
// What a check found, as one JSON object and as one sentence that can be read out on the phone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/findings.hpp"
#include "engine/check.hpp"
#include "engine/pipeline.hpp"

namespace sightline::engine {

/// Gathers while the check runs.
///
/// Threading: one thread.
class CheckSummary {
public:
    explicit CheckSummary(std::string input) : input_(std::move(input)) {}

    void note(const core::Observation& observation);
    void note(const core::AlarmTransition& transition);
    /// Conditions that were bad for the whole of a live check, named in `what`.
    void note_whole_run(core::Severity severity, std::string what) {
        worst_ = worst_ ? std::max(*worst_, severity) : severity;
        whole_run_ = std::move(what);
    }

    /// At the end: whether there was anything to judge. Where no picture and no sound came out of an input that has or
    /// should have them, and no alarm says so, the verdict is unknown. @return why; empty where something was judged.
    std::string note_unjudged(const PipelineTotals& totals, bool decodes);

    [[nodiscard]] CheckExit exit() const;
    [[nodiscard]] std::string json(const PipelineTotals& totals) const;
    [[nodiscard]] std::string sentence(const PipelineTotals& totals) const;

private:
    struct Seen {
        core::AlarmTransition last;
        core::Severity worst = core::Severity::Info;
    };
    /// Of one track; empty: not measured.
    struct Loudness {
        std::optional<double> integrated, range, true_peak;
    };
    void note_loudness(const core::LevelSample& sample);
    [[nodiscard]] std::string loudness_json() const;
    [[nodiscard]] std::string tracks_json() const;
    [[nodiscard]] std::string left_out_json() const;

    std::string input_;
    std::optional<core::Severity> worst_;
    std::string whole_run_;
    std::string unjudged_;
    std::map<std::string, Seen> alarms_;  // by id
    std::vector<std::string> order_;      // ids as first raised
    core::Inventory inventory_;
    std::map<core::Subject, Loudness> loudness_;
    double bitrate_min_ = 0, bitrate_max_ = 0;
    std::uint64_t bitrate_windows_ = 0;
};

}  // namespace sightline::engine
