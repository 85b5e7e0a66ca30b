// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "apps/sightline/commands.hpp"
#include "engine/check.hpp"
#include "engine/clip_process.hpp"
#include "engine/worker_main.hpp"
#include "incidents/hook_guard.hpp"

namespace {

using namespace sightline;

/// Bad arguments are a verdict too: one line, exit 3 (unknown), as monitoring plugins have it.
int refuse(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    bool json = false;
    for (int i = 1; i < argc; ++i) json = json || std::string_view(argv[i]) == "--json";
    const core::Error why{core::ErrorCode::InvalidConfig, error.what()};
    if (json) {
        fmt::print("{}\n", engine::error_line(why, true));
    } else {
        fmt::print(stderr, "sightline: {} (see --help)\n", error.what());
    }
    return static_cast<int>(engine::CheckExit::Unknown);
}

}  // namespace

int main(int argc, char** argv) {
    // The program's own helpers, before anything is set up.
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == incidents::kHookGuardCommand) return incidents::run_hook_guard(argc, argv);
    if (first == engine::kClipCommand) return engine::run_clip(argc, argv);
    if (first == engine::kWorkerCommand) return engine::run_worker(engine::kWorkerChannelFd);
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app{"Sightline: watches broadcast and streaming signal paths and tells when they go wrong", "sightline"};
    app.require_subcommand(1);
    sightline::apps::Action run;
    sightline::apps::add_check(app, run);
    sightline::apps::add_analyze(app, run);
    sightline::apps::add_run(app, run);
    sightline::apps::add_streams(app, run);
    sightline::apps::add_alarms(app, run);
    sightline::apps::add_notify(app, run);
    sightline::apps::add_validate(app, run);
    sightline::apps::add_incidents(app, run);
    sightline::apps::add_maintenance(app, run);
    sightline::apps::add_report(app, run);
    sightline::apps::add_token(app, run);
    sightline::apps::add_audit(app, run);
    sightline::apps::add_store(app, run);
    app.add_subcommand("version", "print the version")->callback([&run] {
        run = [] {
            fmt::print("sightline {}\n", SIGHTLINE_VERSION);
            return 0;
        };
    });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return refuse(app, error, argc, argv);
    }
    return run();
}
