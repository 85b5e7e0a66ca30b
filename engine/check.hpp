// SPDX-License-Identifier: Apache-2.0
// `sightline check`: one input, one verdict. `sightline analyze`: the same look at its transport, and no verdict.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::engine {

enum class CheckForm {
    Verdict,    ///< rules judge: alarms as they come, then a summary
    Transport,  ///< nothing is judged: a report of what the transport stream carries
};

struct CheckOptions {
    CheckForm form = CheckForm::Verdict;
    core::StreamSpec stream;                             ///< input, rules, expectations; depth transport for a report
    core::Duration duration = std::chrono::seconds{20};  ///< of live inputs, from the first media
    bool json = false;
    std::size_t read_size = 0;
    std::function<void(const std::string&)> print;     ///< data (mostly one line), without its last newline
    std::function<void(const std::string&)> progress;  ///< the present progress text; empty: nobody looks
};

/// Exit status as monitoring plugins have it.
enum class CheckExit : int { Ok = 0, Warning = 1, Critical = 2, Unknown = 3 };

/// Runs the check to its end on the calling thread (which becomes its event loop). SIGINT and SIGTERM end it early with
/// what is known so far.
[[nodiscard]] CheckExit run_check(const CheckOptions& options);

/// The line for an input that could not be checked: {"type":"error","code":…,"message":…}, secrets masked; as text
/// "UNKNOWN  …" without `json`.
[[nodiscard]] std::string error_line(const core::Error& error, bool json);

}  // namespace sightline::engine
