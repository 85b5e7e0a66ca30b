// SPDX-License-Identifier: Apache-2.0
// `sightline streams` and `sightline alarms`: what the running probe knows.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/sightline/api_request.hpp"
#include "apps/sightline/commands.hpp"
#include "apps/sightline/terminal_text.hpp"
#include "core/url.hpp"

namespace sightline::apps {
namespace {

using nlohmann::json;

struct QueryArguments {
    std::string api;
    bool as_json = false;
    bool all = false;
    std::string air, id;
};

void print_stream(const json& stream) {
    const double rate =
        stream.contains("bitrate_bps") && stream["bitrate_bps"].is_number() ? stream["bitrate_bps"].get<double>() : 0;
    fmt::print("{:10} {:8} {:9} {:24} {:8} {:>8.2f} Mb/s  {}\n", text(stream, "state"), text(stream, "severity"),
               text(stream, "air"), text(stream, "id"), text(stream, "depth"), rate * 1e-6, text(stream, "reason"));
}

void print_alarm(const json& alarm) {
    const json since = alarm.value("since", json::object());
    fmt::print("{:8} {:8} {:20} {:20} {:25} {}\n", text(alarm, "severity"), text(alarm, "state"), text(alarm, "id"),
               text(alarm, "stream"), text(since, "utc") != "-" ? text(since, "utc") : text(since, "media_s") + " s",
               text(alarm, "message"));
}

int set_air(const QueryArguments& arguments) {
    const std::string state = arguments.air == "auto"      ? "null"
                              : arguments.air == "on-air"  ? "\"on_air\""
                              : arguments.air == "off-air" ? "\"off_air\""
                                                           : "\"standby\"";
    const auto answer =
        ask_api({arguments.api, "POST", "/api/v1/streams/" + core::percent_encode(arguments.id) + "/air",
                 fmt::format(R"({{"state":{}}})", state)});
    if (!answer) return failed(answer.error());
    fmt::print(stderr, "{} is {} now\n", arguments.id, arguments.air == "auto" ? "by its calendar" : arguments.air);
    return 0;
}

void add_common(CLI::App& command, QueryArguments& arguments) {
    command.add_option("--api", arguments.api,
                       "http://HOST:PORT or unix:PATH of the probe; default: $SIGHTLINE_API, then the local socket");
    command.add_flag("--json", arguments.as_json, "the answer as it is");
}

}  // namespace

void add_streams(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<QueryArguments>();
    CLI::App* command =
        app.add_subcommand("streams", "list the streams of the running probe, or set one on air, standby or off air");
    add_common(*command, *arguments);
    command->add_option("STATE", arguments->air, "standby, on-air, off-air, or auto (back to the calendar)")
        ->check(CLI::IsMember({"standby", "on-air", "off-air", "auto"}));
    command->add_option("ID", arguments->id, "the stream");
    command->callback([arguments, &run] {
        if (arguments->air.empty() != arguments->id.empty())
            throw CLI::ValidationError("streams", "STATE and ID go together");
        run = [arguments] {
            if (!arguments->air.empty()) return set_air(*arguments);
            return print_list(ask_api({arguments->api, "GET", "/api/v1/streams", {}}), "streams", arguments->as_json,
                              print_stream);
        };
    });
}

void add_alarms(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<QueryArguments>();
    CLI::App* command = app.add_subcommand("alarms", "list the open alarms of the running probe");
    add_common(*command, *arguments);
    command->add_flag("--all", arguments->all, "the history too, newest first");
    command->callback([arguments, &run] {
        run = [arguments] {
            const char* path = arguments->all ? "/api/v1/alarms?state=all" : "/api/v1/alarms";
            return print_list(ask_api({arguments->api, "GET", path, {}}), "alarms", arguments->as_json, print_alarm);
        };
    });
}

}  // namespace sightline::apps
