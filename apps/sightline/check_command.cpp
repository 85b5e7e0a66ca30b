// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "alarms/default_rules.hpp"
#include "apps/sightline/commands.hpp"
#include "config/loader.hpp"
#include "config/set_option.hpp"
#include "engine/check.hpp"
#include "engine/conditions.hpp"

namespace sightline::apps {
namespace {

struct CheckArguments {
    std::string input;
    std::string duration = "20s";
    bool json = false;
    std::string depth;
    std::string config;
    std::vector<std::string> sets;
    std::size_t read_size = 0;
    bool allow_private = false;
    engine::CheckForm form = engine::CheckForm::Verdict;
};

/// The stream as the configuration has it: the one whose id or URL was given, else the input with what the only stream
/// of the file says, else the input with the shipped rules.
core::Result<core::StreamSpec> spec_of(const CheckArguments& arguments) {
    core::StreamSpec spec;
    spec.rules = alarms::default_rules();
    spec.input.url = arguments.input;
    if (!arguments.config.empty()) {
        auto config = config::load(arguments.config, surroundings());
        if (!config) return core::fail(core::ErrorCode::InvalidConfig, config::joined(config.error()));
        bool named = false;
        for (const core::StreamSpec& stream : config->streams) {
            if (stream.id != arguments.input && stream.input.url != arguments.input) continue;
            spec = stream;
            named = true;
        }
        if (!named && config->streams.size() == 1) {
            spec = config->streams.front();
            spec.input.url = arguments.input;
        }
    }
    if (spec.id.empty()) spec.id = "check";
    // A check looks at what is there now, whatever the calendar says.
    spec.air = {};
    if (!arguments.depth.empty()) spec.input.depth = core::depth_from(arguments.depth).value_or(core::DepthMode::Full);
    spec.input.allow_private = spec.input.allow_private || arguments.allow_private;
    if (auto applied = config::parse_sets(arguments.sets, spec.rules, engine::condition_catalogue(),
                                          engine::measurement_catalogue());
        !applied) {
        return tl::unexpected(applied.error());
    }
    return spec;
}

int check(const CheckArguments& arguments) {
    const auto unknown = [&](const core::Error& error) {
        fmt::print("{}\n", engine::error_line(error, arguments.json));
        return static_cast<int>(engine::CheckExit::Unknown);
    };
    engine::CheckOptions options;
    const auto duration = core::parse_duration(arguments.duration);
    if (!duration) return unknown({core::ErrorCode::InvalidConfig, "--for: " + duration.error().message});
    options.duration = *duration;
    auto spec = spec_of(arguments);
    if (!spec) return unknown(spec.error());
    options.stream = std::move(*spec);
    options.form = arguments.form;
    options.json = arguments.json;
    options.read_size = arguments.read_size;
    options.print = [](const std::string& line) {
        fmt::print("{}\n", line);
        std::fflush(stdout);
    };
    if (isatty(STDERR_FILENO) != 0) {
        options.progress = [](const std::string& text) {
            fmt::print(stderr, "\r\x1b[K{}", text);
            std::fflush(stderr);
        };
    }
    return static_cast<int>(engine::run_check(options));
}

/// What every look at one input takes.
void add_input(CLI::App& command, CheckArguments& arguments) {
    command
        .add_option(
            "INPUT", arguments.input,
            "a file, - for standard input, srt:// rtmp:// http(s):// udp:// rtp://, or a stream's id in --config")
        ->required();
    command.add_option("--for", arguments.duration, "how long to look at a live input, from its first media")
        ->capture_default_str();
    command.add_flag("--json", arguments.json, "one JSON object a line");
    command.add_option("--config", arguments.config, "streams, rules and expectations from this file");
    command.add_option("--read-size", arguments.read_size, "bytes per read of a file")->check(CLI::Range(1, 64 << 20));
    command.add_flag("--allow-private", arguments.allow_private,
                     "playlists and redirects from a public address may lead to a private one");
}

}  // namespace

void add_check(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<CheckArguments>();
    CLI::App* command = app.add_subcommand(
        "check", "look at one input and give one verdict (exit 0 ok, 1 warning, 2 critical, 3 unknown)");
    add_input(*command, *arguments);
    command
        ->add_option("--depth", arguments->depth,
                     "full: decode everything; adaptive: key frames and sound; transport: decode nothing")
        ->check(CLI::IsMember({"full", "adaptive", "transport"}));
    command
        ->add_option("--set", arguments->sets,
                     "CONDITION.KEY=VALUE: change one key of one rule, e.g. video.black.warning=2s")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->callback([arguments, &run] { run = [arguments] { return check(*arguments); }; });
}

void add_analyze(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<CheckArguments>();
    arguments->form = engine::CheckForm::Transport;
    arguments->depth = core::name(core::DepthMode::Transport);
    CLI::App* command = app.add_subcommand(
        "analyze",
        "report what a transport stream carries: services, PIDs, bitrates, faults (exit 0, or 3: not readable)");
    add_input(*command, *arguments);
    command->callback([arguments, &run] { run = [arguments] { return check(*arguments); }; });
}

}  // namespace sightline::apps
