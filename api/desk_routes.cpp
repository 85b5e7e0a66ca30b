// SPDX-License-Identifier: Apache-2.0
#include "api/desk_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "core/text.hpp"
#include "incidents/evidence_shelf.hpp"
#include "incidents/report_form.hpp"

namespace sightline::api {
namespace {

using core::json_string;

Answer only(const char* methods) {
    return error_answer(405, "refused", fmt::format("only {} is understood here", methods));
}

Answer audit(Backend& backend, const Request& request) {
    if (!request.reads()) return only("GET");
    const auto limit = read_limit(request);
    if (!limit) return from_error(limit.error());
    const auto entries = backend.audit(*limit);
    if (!entries) return from_error(entries.error());
    std::string out;
    for (const incidents::AuditEntry& entry : *entries) {
        out += fmt::format(R"({}{{"at":{},"actor":{},"action":{},"subject":{},"detail":{}}})", out.empty() ? "" : ",",
                           json_string(core::to_rfc3339(entry.at)), json_string(entry.actor), json_string(entry.action),
                           json_string(entry.subject), json_string(entry.detail));
    }
    return json(fmt::format(R"({{"audit":[{}]}})", out));
}

using incidents::IncidentCommand;

constexpr std::size_t kLongestName = 200;  // of an operator

Answer bad(const std::string& message) {
    return error_answer(400, "invalid_config", message);
}

/// A text member of a body; empty where it is absent, nothing where it is no text.
std::optional<std::string> text_of(const nlohmann::json& body, const char* key) {
    const auto found = body.find(key);
    if (found == body.end() || found->is_null()) return std::string();
    if (!found->is_string()) return std::nullopt;
    return core::clean_utf8(found->get<std::string>());
}

/// Comma-separated words of a query.
template <class Value, class Read>
bool read_words(const Request& request, const char* key, std::set<Value>& out, const Read& read) {
    const auto given = request.query.find(key);
    if (given == request.query.end() || given->second.empty()) return true;
    const std::string& text = given->second;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const auto value = read(text.substr(begin, end - begin));
        if (!value) return false;
        out.insert(*value);
        begin = end + 1;
    }
    return true;
}

std::string query_text(const Request& request, const char* key) {
    const auto given = request.query.find(key);
    return given == request.query.end() ? "" : core::clean_utf8(given->second);
}

Answer list(Backend& backend, const Request& request) {
    incidents::IncidentQuery query;
    const auto limit = read_limit(request);
    if (!limit) return from_error(limit.error());
    query.limit = *limit;
    if (!read_words(request, "state", query.states,
                    [](const std::string& word) { return core::incident_state_from(word); }))
        return bad("state is open, acknowledged, resolved or closed, several with commas");
    if (!read_words(request, "severity", query.severities,
                    [](const std::string& word) { return core::severity_from(word); }))
        return bad("severity is critical, major, minor, warning or info, several with commas");
    query.stream = query_text(request, "stream");
    query.before = query_text(request, "before");
    const auto found = backend.incidents(query);
    if (!found) return from_error(found.error());
    std::string out;
    for (const core::Incident& incident : *found) {
        if (!out.empty()) out += ',';
        out += core::to_json(incident, core::kShortIncident);
    }
    return json(fmt::format(R"({{"incidents":[{}]}})", out));
}

struct Verb {
    const char* word;
    IncidentCommand::Kind kind;
    const char* text_key;  ///< the member of the body that is the command's text
};
constexpr std::array kVerbs{Verb{"ack", IncidentCommand::Kind::Acknowledge, "note"},
                            Verb{"unack", IncidentCommand::Kind::Unacknowledge, "note"},
                            Verb{"snooze", IncidentCommand::Kind::Snooze, "reason"},
                            Verb{"unsnooze", IncidentCommand::Kind::Unsnooze, "note"},
                            Verb{"note", IncidentCommand::Kind::Note, "note"},
                            Verb{"assign", IncidentCommand::Kind::Assign, "owner"},
                            Verb{"resolve", IncidentCommand::Kind::Resolve, "note"},
                            Verb{"close", IncidentCommand::Kind::Close, "note"}};

/// Who the body says it is, else whose token or socket it is.
std::optional<std::string> operator_of(const nlohmann::json& body, const Caller& caller) {
    auto name = text_of(body, "operator");
    if (!name || name->size() > kLongestName) return std::nullopt;
    return name->empty() ? caller.name : name;
}

Answer act(Backend& backend, const Request& request, const std::string& id, const Verb& verb, const Caller& caller) {
    const nlohmann::json body = nlohmann::json::parse(request.body.empty() ? "{}" : request.body, nullptr, false);
    if (!body.is_object()) return bad("the body is not a JSON object");
    IncidentCommand command;
    command.kind = verb.kind;
    command.incident = id;
    const auto name = operator_of(body, caller);
    if (!name) return bad("operator is a name of up to 200 bytes");
    command.actor = *name;
    command.via = caller.name;
    const auto text = text_of(body, verb.text_key);
    if (!text) return bad(fmt::format("{} is a text", verb.text_key));
    command.text = *text;
    if (verb.kind == IncidentCommand::Kind::Snooze) {
        const auto time = text_of(body, "for");
        const auto duration = core::parse_duration(time.value_or(""));
        if (!duration) return bad("for is a duration such as 30m or 2h");
        command.duration = *duration;
    }
    const auto done = backend.act(command);
    return done ? json(core::to_json(*done)) : from_error(done.error());
}

Answer evidence(Backend& backend, const std::string& id) {
    const auto found = backend.evidence(id);
    if (!found) return from_error(found.error());
    using State = engine::EvidenceView::State;
    std::string files;
    for (const incidents::EvidenceFile& file : found->files) {
        files +=
            fmt::format(R"({}{{"name":{},"type":{},"bytes":{}}})", files.empty() ? "" : ",", json_string(file.name),
                        json_string(incidents::evidence_content_type(file.name)), file.bytes);
    }
    const char* state = found->state == State::Kept          ? "kept"
                        : found->state == State::InTheMaking ? "in_the_making"
                                                             : "none";
    const bool sound = nlohmann::json::accept(found->facts);
    return json(fmt::format(R"({{"incident":{},"state":"{}","why":{},"files":[{}],"about":{}}})", json_string(id),
                            state, found->why.empty() ? "null" : json_string(found->why), files,
                            sound ? found->facts.substr(0, found->facts.find_last_not_of("\n ") + 1) : "null"));
}

Answer evidence_file(Backend& backend, const std::string& id, const std::string& name) {
    const char* type = incidents::evidence_content_type(name);
    if (type == nullptr) return error_answer(404, "not_found", "no such evidence");
    const auto opened = backend.evidence_file(id, name);
    if (!opened) return from_error(opened.error());
    Answer answer;
    answer.content_type = type;
    answer.file = *opened;
    return answer;
}

Answer incident(Backend& backend, const Request& request, const std::string& rest, const Caller& caller) {
    const std::size_t slash = rest.find('/');
    const std::string id = rest.substr(0, slash);
    if (slash == std::string::npos) {
        if (!request.reads()) return only("GET");
        const auto found = backend.incident(id);
        return found ? json(core::to_json(*found)) : from_error(found.error());
    }
    const std::string what = rest.substr(slash + 1);
    if (what == "evidence") return request.reads() ? evidence(backend, id) : only("GET");
    if (what.starts_with("evidence/"))
        return request.reads() ? evidence_file(backend, id, what.substr(9)) : only("GET");
    for (const Verb& verb : kVerbs) {
        if (rest.substr(slash + 1) != verb.word) continue;
        return request.method == "POST" ? act(backend, request, id, verb, caller) : only("POST");
    }
    return error_answer(404, "not_found", "no such path");
}

Answer plan(Backend& backend, const Request& request, const Caller& caller) {
    nlohmann::json body = nlohmann::json::parse(request.body, nullptr, false);
    if (!body.is_object()) return bad("the body is not a JSON object");
    const auto name = operator_of(body, caller);
    if (!name) return bad("operator is a name of up to 200 bytes");
    const core::UtcTime now = backend.now();
    if (body.contains("for")) {
        const auto duration = core::parse_duration(text_of(body, "for").value_or(""));
        if (!duration || body.contains("to")) return bad("for is a duration such as 2h, instead of to");
        const auto from = core::parse_rfc3339(text_of(body, "from").value_or(""));
        body["to"] = core::to_rfc3339((from ? *from : now) + *duration);
        body.erase("for");
    }
    auto window =
        incidents::maintenance_from_json(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), now);
    if (!window) return from_error(window.error());
    window->who = *name;
    const auto added = backend.add_maintenance(*window, caller.name);
    return added ? json(incidents::to_json(*added)) : from_error(added.error());
}

Answer maintenance(Backend& backend, const Request& request, const std::string& id, const Caller& caller) {
    if (!id.empty()) {
        if (request.method != "DELETE") return only("DELETE");
        const std::string said = query_text(request, "operator");
        const auto removed =
            backend.remove_maintenance(id, said.empty() ? caller.name : said + " (" + caller.name + ")");
        return removed ? json(R"({"ok":true})") : from_error(removed.error());
    }
    if (request.method == "POST") return plan(backend, request, caller);
    if (!request.reads()) return only("GET and POST");
    const auto windows = backend.maintenance();
    if (!windows) return from_error(windows.error());
    std::string out;
    for (const incidents::MaintenanceWindow& window : *windows) {
        if (!out.empty()) out += ',';
        out += incidents::to_json(window);
    }
    return json(fmt::format(R"({{"maintenance":[{}]}})", out));
}

Answer report(Backend& backend, const Request& request, const std::string& word) {
    if (!request.reads()) return only("GET");
    const auto kind = incidents::report_kind_from(word);
    if (!kind) return error_answer(404, "not_found", "reports are shift, daily, weekly and monthly");
    const std::string wanted = query_text(request, "format");
    const auto form = incidents::report_form_from(wanted.empty() ? "json" : wanted);
    if (!form) return bad("format is json, csv or html");
    const auto made = backend.report({*kind, query_text(request, "date"), query_text(request, "zone"),
                                      query_text(request, "shifts"), *form == incidents::ReportForm::Html});
    if (!made) return from_error(made.error());
    return {200, incidents::content_type(*form), incidents::to_form(*made, *form), false};
}

}  // namespace

std::optional<Answer> desk_answer(Backend& backend, const Request& request, const std::string& path,
                                  const Caller& caller) {
    if (path == "audit") return audit(backend, request);
    if (path == "incidents") return request.reads() ? list(backend, request) : only("GET");
    if (path.starts_with("incidents/")) return incident(backend, request, path.substr(10), caller);
    if (path == "maintenance") return maintenance(backend, request, {}, caller);
    if (path.starts_with("maintenance/") && path.size() > 12)
        return maintenance(backend, request, path.substr(12), caller);
    if (path.starts_with("reports/")) return report(backend, request, path.substr(8));
    return std::nullopt;
}

std::optional<Answer> inbound_answer(Backend& backend, const Request& request) {
    if (request.path != "/api/v1/pagerduty") return std::nullopt;
    if (request.method != "POST") return only("POST");
    const auto [status, why] = backend.pagerduty(request.body, request.signature);
    if (status >= 400) return error_answer(status, "refused", why);
    Answer answer = json(fmt::format(R"({{"ok":true,"message":{}}})", json_string(why)));
    answer.status = status;
    return answer;
}

}  // namespace sightline::api
