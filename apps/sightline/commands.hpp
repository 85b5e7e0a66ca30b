// SPDX-License-Identifier: Apache-2.0
// The subcommands of `sightline`. Each adds itself to the parser and leaves what to do in `run`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "config/surroundings.hpp"

namespace sightline::apps {

/// What the chosen subcommand does; its result is the process's exit status.
using Action = std::function<int()>;

void add_check(CLI::App& app, Action& run);
void add_analyze(CLI::App& app, Action& run);
void add_run(CLI::App& app, Action& run);
void add_streams(CLI::App& app, Action& run);
void add_alarms(CLI::App& app, Action& run);
void add_notify(CLI::App& app, Action& run);
void add_validate(CLI::App& app, Action& run);
void add_incidents(CLI::App& app, Action& run);
void add_maintenance(CLI::App& app, Action& run);
void add_report(CLI::App& app, Action& run);
void add_token(CLI::App& app, Action& run);
void add_audit(CLI::App& app, Action& run);
void add_store(CLI::App& app, Action& run);

/// The shipped catalogue, rules and measurements, and this machine.
[[nodiscard]] config::Surroundings surroundings();

}  // namespace sightline::apps
