// SPDX-License-Identifier: Apache-2.0
// What the command line of sightline-signals asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "testdata/output.hpp"
#include "testdata/programme.hpp"
#include "testdata/ts_mux.hpp"

namespace sightline::testdata {

struct SignalOptions {
    std::vector<std::string> to;
    ProgrammeSettings programme;
    TsSettings ts;
    std::vector<Fault> faults;
    std::uint64_t seed = 1;
    bool paced = false;      ///< some output is live, or --live
    std::string truth_path;  ///< empty: none
    std::string events_path;
    std::string loop_path;  ///< empty: encode
    std::string loop_truth_path;
    core::Duration segment_length = std::chrono::seconds(2);
    int segments_listed = 6;
};

/// What main() does when there is nothing to run.
struct EarlyExit {
    int status = 0;
    std::string text;
};

/// @return options to run with, or how to exit: after --help, or with status 2 and one line that says what is wrong.
[[nodiscard]] tl::expected<SignalOptions, EarlyExit> parse_signal_options(int argc, const char* const* argv);

}  // namespace sightline::testdata
