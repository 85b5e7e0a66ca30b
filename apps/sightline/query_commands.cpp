// SPDX-License-Identifier: Apache-2.0
// `sightline streams` and `sightline alarms`: what the running probe knows.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/sightline/api_request.hpp"
#include "apps/sightline/commands.hpp"
#include "core/url.hpp"

namespace sightline::apps {
namespace {

using nlohmann::json;

constexpr int kUnknown = 3;

struct Arguments {
    std::string api;
    bool as_json = false;
    bool all = false;
    std::string air, id;
};

std::string text(const json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || at->is_null()) return "-";
    return at->is_string() ? at->get<std::string>() : at->dump();
}

int failed(const core::Error& error) {
    fmt::print(stderr, "sightline: {}\n", error.message);
    return kUnknown;
}

/// Asks, and prints the answer as it is or as `rows` shows it.
template <class Rows>
int show(const Arguments& arguments, const std::string& path, const char* list, const Rows& rows) {
    const auto answer = ask_api({arguments.api, "GET", path, {}});
    if (!answer) return failed(answer.error());
    if (arguments.as_json) {
        fmt::print("{}\n", *answer);
        return 0;
    }
    const json parsed = json::parse(*answer, nullptr, false);
    if (!parsed.is_object() || !parsed.contains(list) || !parsed[list].is_array())
        return failed({core::ErrorCode::Corrupt, "the answer is no list; is this a Sightline probe?"});
    for (const json& item : parsed[list]) rows(item);
    return 0;
}

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

int set_air(const Arguments& arguments) {
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

void add_common(CLI::App& command, Arguments& arguments) {
    command.add_option("--api", arguments.api,
                       "http://HOST:PORT or unix:PATH of the probe; default: $SIGHTLINE_API, then the local socket");
    command.add_flag("--json", arguments.as_json, "the answer as it is");
}

}  // namespace

void add_streams(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<Arguments>();
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
            return show(*arguments, "/api/v1/streams", "streams", print_stream);
        };
    });
}

void add_alarms(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("alarms", "list the open alarms of the running probe");
    add_common(*command, *arguments);
    command->add_flag("--all", arguments->all, "the history too, newest first");
    command->callback([arguments, &run] {
        run = [arguments] {
            return show(*arguments, arguments->all ? "/api/v1/alarms?state=all" : "/api/v1/alarms", "alarms",
                        print_alarm);
        };
    });
}

}  // namespace sightline::apps
