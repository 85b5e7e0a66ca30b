// SPDX-License-Identifier: Apache-2.0
// `sightline incidents`, `maintenance` and `report`: the desk from a terminal.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/sightline/api_request.hpp"
#include "apps/sightline/commands.hpp"
#include "apps/sightline/terminal_text.hpp"
#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::apps {
namespace {

using nlohmann::json;

struct IncidentArguments {
    std::string api;
    bool as_json = false;
    std::string id, state, severity, stream, text, duration, owner, operator_name;
    int limit = 50;
    // maintenance
    std::string on, from, to, zone, reason;
    std::vector<std::string> weekly;
    // report
    std::string format = "html", date, shifts, out;
};

/// Who acts: as said, else the user's login.
std::string operator_of(const IncidentArguments& arguments) {
    if (!arguments.operator_name.empty()) return arguments.operator_name;
    const char* user = std::getenv("USER");
    return user != nullptr && *user != 0 ? user : fmt::format("uid {}", ::getuid());
}

/// Arguments may hold any bytes; JSON may not.
std::string body_of(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

void print_incident(const json& incident) {
    fmt::print("{:8} {:12} {:16} {:25} {:14} {}\n", text(incident, "severity"), text(incident, "state"),
               text(incident, "id"), text(incident, "opened_at"), text(incident, "owner"), text(incident, "title"));
}

std::string answered_in_words(const json& incident) {
    const std::string at = text(incident, "acknowledged_at"), who = text(incident, "acknowledged_by");
    if (at != "-") return fmt::format("acknowledged {} by {}", at, who);
    return who == "-" ? "not acknowledged" : "not acknowledged, seen to by " + who;  // it was over by then
}

void print_whole(const json& incident) {
    print_incident(incident);
    const std::string why = text(incident, "why");
    if (text(incident, "title").find(why) == std::string::npos) fmt::print("  why: {}\n", why);
    fmt::print("  since {}, notified {}, {}, {}\n", text(incident, "since"), text(incident, "notified_at"),
               answered_in_words(incident),
               text(incident, "resolved_at") == "-" ? "not resolved" : "resolved " + text(incident, "resolved_at"));
    if (text(incident, "snoozed_until") != "-")
        fmt::print("  snoozed until {} by {}: {}\n", text(incident, "snoozed_until"), text(incident, "snoozed_by"),
                   text(incident, "snooze_reason"));
    if (text(incident, "runbook") != "-") fmt::print("  runbook: {}\n", text(incident, "runbook"));
    for (const json& alarm : incident.value("alarms", json::array())) {
        fmt::print("  {:8} {:11} {:6} {:16} {:20} {}\n", text(alarm, "severity"), text(alarm, "role"),
                   text(alarm, "open") == "true" ? "open" : "over", text(alarm, "id"), text(alarm, "stream"),
                   text(alarm, "condition"));
    }
    bool evidence = false;
    for (const json& entry : incident.value("timeline", json::array())) {
        fmt::print("  {} {:12} {:14} {}\n", text(entry, "at"), text(entry, "who"), text(entry, "kind"),
                   text(entry, "text"));
        evidence = evidence || text(entry, "kind") == "evidence";
    }
    if (evidence) fmt::print("  evidence: GET /api/v1/incidents/{}/evidence\n", text(incident, "id"));
}

int list(const IncidentArguments& arguments) {
    std::string path = fmt::format("/api/v1/incidents?limit={}", arguments.limit);
    const auto filter = [&path](const char* key, const std::string& value) {
        if (!value.empty()) path += fmt::format("&{}={}", key, core::percent_encode(value));
    };
    filter("state", arguments.state);
    filter("severity", arguments.severity);
    filter("stream", arguments.stream);
    return print_list(ask_api({arguments.api, "GET", path, {}}), "incidents", arguments.as_json, print_incident);
}

int show_whole(const IncidentArguments& arguments, const core::Result<std::string>& answer) {
    if (!answer) return failed(answer.error());
    if (arguments.as_json) {
        fmt::print("{}\n", *answer);
        return 0;
    }
    const json parsed = json::parse(*answer, nullptr, false);
    if (!parsed.is_object()) return failed({core::ErrorCode::Corrupt, "the answer is no incident"});
    print_whole(parsed);
    return 0;
}

int act(const IncidentArguments& arguments, const std::string& what) {
    json body = {{"operator", operator_of(arguments)}};
    if (what == "snooze") {
        body["for"] = arguments.duration;
        body["reason"] = arguments.text;
    } else if (what == "assign") {
        body["owner"] = arguments.text;
    } else if (!arguments.text.empty()) {
        body["note"] = arguments.text;
    }
    const std::string path = "/api/v1/incidents/" + core::percent_encode(arguments.id) + "/" + what;
    return show_whole(arguments, ask_api({arguments.api, "POST", path, body_of(body)}));
}

void add_api(CLI::App& command, IncidentArguments& arguments) {
    command.add_option("--api", arguments.api,
                       "http://HOST:PORT or unix:PATH of the probe; default: $SIGHTLINE_API, then the local socket");
    command.add_flag("--json", arguments.as_json, "the answer as it is");
}

/// One subcommand that changes an incident.
CLI::App* add_change(CLI::App& parent, const std::string& name, const std::string& help,
                     const std::shared_ptr<IncidentArguments>& arguments, Action& run) {
    CLI::App* command = parent.add_subcommand(name, help);
    add_api(*command, *arguments);
    command->add_option("ID", arguments->id, "the incident")->required();
    command->add_option("--operator", arguments->operator_name, "who does it; default: $USER");
    command->callback([arguments, name, &run] { run = [arguments, name] { return act(*arguments, name); }; });
    return command;
}

void print_window(const json& window) {
    std::string weekly;
    for (const json& span : window.value("weekly", json::array()))
        weekly += " " + core::clean_utf8(span.is_string() ? span.get<std::string>() : "");
    fmt::print("{:16} {:7} {:20} {} to {}{} ({}) {}: {}\n", text(window, "id"), text(window, "on"),
               text(window, "name"), text(window, "from"), text(window, "to"), weekly, text(window, "zone"),
               text(window, "who"), text(window, "reason"));
}

int list_maintenance(const IncidentArguments& arguments) {
    return print_list(ask_api({arguments.api, "GET", "/api/v1/maintenance", {}}), "maintenance", arguments.as_json,
                      print_window);
}

int add_window(const IncidentArguments& arguments) {
    const std::size_t mark = arguments.on.find(':');
    json body = {{"on", arguments.on.substr(0, mark)},
                 {"name", mark == std::string::npos ? "" : arguments.on.substr(mark + 1)},
                 {"reason", arguments.reason},
                 {"operator", operator_of(arguments)}};
    if (!arguments.from.empty()) body["from"] = arguments.from;
    if (!arguments.to.empty()) body["to"] = arguments.to;
    if (!arguments.zone.empty()) body["zone"] = arguments.zone;
    if (!arguments.weekly.empty()) body["weekly"] = arguments.weekly;
    if (!arguments.duration.empty()) body["for"] = arguments.duration;
    const auto answer = ask_api({arguments.api, "POST", "/api/v1/maintenance", body_of(body)});
    if (!answer) return failed(answer.error());
    const json parsed = json::parse(*answer, nullptr, false);
    if (arguments.as_json || !parsed.is_object()) {
        fmt::print("{}\n", *answer);
    } else {
        print_window(parsed);
    }
    return 0;
}

int remove_window(const IncidentArguments& arguments) {
    const auto answer = ask_api({arguments.api,
                                 "DELETE",
                                 "/api/v1/maintenance/" + core::percent_encode(arguments.id) +
                                     "?operator=" + core::percent_encode(operator_of(arguments)),
                                 {}});
    return answer ? 0 : failed(answer.error());
}

int report(const IncidentArguments& arguments, const std::string& kind) {
    std::string path = fmt::format("/api/v1/reports/{}?format={}", kind, arguments.format);
    const auto add = [&path](const char* key, const std::string& value) {
        if (!value.empty()) path += fmt::format("&{}={}", key, core::percent_encode(value));
    };
    add("date", arguments.date);
    add("zone", arguments.zone);
    add("shifts", arguments.shifts);
    const auto answer = ask_api({arguments.api, "GET", path, {}});
    if (!answer) return failed(answer.error());
    if (arguments.out.empty()) {
        std::fwrite(answer->data(), 1, answer->size(), stdout);
        return 0;
    }
    FILE* file = std::fopen(arguments.out.c_str(), "wb");
    const bool written = file != nullptr && std::fwrite(answer->data(), 1, answer->size(), file) == answer->size();
    if (file == nullptr || std::fclose(file) != 0 || !written)
        return failed({core::ErrorCode::Io, "cannot write " + arguments.out});
    fmt::print(stderr, "wrote {}\n", arguments.out);
    return 0;
}

}  // namespace

void add_incidents(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<IncidentArguments>();
    CLI::App* command = app.add_subcommand("incidents", "the incidents of the running probe: list, show, act");
    add_api(*command, *arguments);
    command->require_subcommand(0, 1);
    const auto lists = [arguments, &run](CLI::App& to) {
        to.add_option("--state", arguments->state, "open, acknowledged, resolved, closed; several with commas");
        to.add_option("--severity", arguments->severity, "critical, major, minor, warning, info; several with commas");
        to.add_option("--stream", arguments->stream, "those with an alarm of this stream");
        to.add_option("--limit", arguments->limit, "newest so many, 1 to 5000")->check(CLI::Range(1, 5'000));
    };
    lists(*command);
    command->callback([arguments, command, &run] {
        if (command->get_subcommands().empty()) run = [arguments] { return list(*arguments); };
    });
    CLI::App* listing = command->add_subcommand("list", "newest first (what `incidents` alone does too)");
    add_api(*listing, *arguments);
    lists(*listing);
    listing->callback([arguments, &run] { run = [arguments] { return list(*arguments); }; });
    CLI::App* showing = command->add_subcommand("show", "one incident with its alarms and its timeline");
    add_api(*showing, *arguments);
    showing->add_option("ID", arguments->id, "the incident")->required();
    showing->callback([arguments, &run] {
        run = [arguments] {
            return show_whole(
                *arguments,
                ask_api({arguments->api, "GET", "/api/v1/incidents/" + core::percent_encode(arguments->id), {}}));
        };
    });
    const char* note = "a note for the timeline";
    add_change(*command, "ack", "acknowledge it", arguments, run)->add_option("--note", arguments->text, note);
    add_change(*command, "unack", "take the acknowledge back", arguments, run)
        ->add_option("--note", arguments->text, note);
    CLI::App* snooze = add_change(*command, "snooze", "be quiet about it for a time", arguments, run);
    snooze->add_option("--for", arguments->duration, "such as 30m, 2h")->required();
    snooze->add_option("--reason", arguments->text, "why")->required();
    add_change(*command, "unsnooze", "end the snooze", arguments, run);
    add_change(*command, "note", "write something down", arguments, run)
        ->add_option("TEXT", arguments->text, "the note")
        ->required();
    add_change(*command, "assign", "give it an owner", arguments, run)
        ->add_option("OWNER", arguments->text, "who; \"\" for nobody")
        ->required();
    add_change(*command, "resolve", "say that it is over", arguments, run)->add_option("--note", arguments->text, note);
    add_change(*command, "close", "close a resolved one", arguments, run)->add_option("--note", arguments->text, note);
}

void add_maintenance(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<IncidentArguments>();
    CLI::App* command = app.add_subcommand("maintenance", "planned work, during which nobody is called");
    command->require_subcommand(1);
    CLI::App* adding = command->add_subcommand("add", "plan some");
    add_api(*adding, *arguments);
    adding->add_option("ON", arguments->on, "stream:ID, tag:KEY=VALUE, path:ID or probe")->required();
    adding->add_option("--from", arguments->from, "RFC 3339 time; default: now");
    auto* until = adding->add_option("--to", arguments->to, "RFC 3339 time");
    adding->add_option("--for", arguments->duration, "such as 2h, instead of --to")->excludes(until);
    adding->add_option("--weekly", arguments->weekly, "\"Mon-Fri 02:00-04:00\" within the times; may be repeated");
    adding->add_option("--zone", arguments->zone, "IANA time zone of --weekly");
    adding->add_option("--reason", arguments->reason, "why")->required();
    adding->add_option("--operator", arguments->operator_name, "who plans it; default: $USER");
    adding->callback([arguments, &run] { run = [arguments] { return add_window(*arguments); }; });
    CLI::App* listing = command->add_subcommand("list", "what is planned and what is going on");
    add_api(*listing, *arguments);
    listing->callback([arguments, &run] { run = [arguments] { return list_maintenance(*arguments); }; });
    CLI::App* removing = command->add_subcommand("remove", "end it now, or do not let it begin");
    add_api(*removing, *arguments);
    removing->add_option("ID", arguments->id, "the window, as list shows it")->required();
    removing->add_option("--operator", arguments->operator_name, "who removes it; default: $USER");
    removing->callback([arguments, &run] { run = [arguments] { return remove_window(*arguments); }; });
}

void add_report(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<IncidentArguments>();
    CLI::App* command = app.add_subcommand("report", "what a shift, day, week or month was like");
    command->require_subcommand(1);
    for (const char* kind : {"shift", "daily", "weekly", "monthly"}) {
        CLI::App* one = command->add_subcommand(kind, std::string("a ") + kind + " report");
        one->add_option("--api", arguments->api, "as of `sightline streams`");
        one->add_option("--format", arguments->format, "html, csv or json")
            ->check(CLI::IsMember({"html", "csv", "json"}));
        one->add_option("--date", arguments->date,
                        "last (default: the newest that is over), current, 2026-11, 2026-11-21, 2026-11-21T14:00");
        one->add_option("--zone", arguments->zone, "IANA time zone; default: the configuration's (reports.timezone)");
        one->add_option("--shifts", arguments->shifts,
                        "when shifts begin, such as 06:00,18:00; default: the configuration's (reports.shifts)");
        one->add_option("--out", arguments->out, "the file to write; default: standard output");
        one->callback([arguments, kind, &run] { run = [arguments, kind] { return report(*arguments, kind); }; });
    }
}

}  // namespace sightline::apps
