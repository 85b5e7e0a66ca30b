// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_form.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "incidents/report_evidence.hpp"

namespace sightline::incidents {
namespace {

using core::Duration;
using core::json_number;
using core::json_string;

template <class Items, class Write>
std::string list(const Items& items, const Write& write) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += write(item);
    }
    return out + "]";
}

std::string seconds(Duration duration) {
    return json_number(core::to_seconds(duration), 3);
}
std::string seconds(std::optional<Duration> duration) {
    return duration ? seconds(*duration) : "null";
}
std::string time_json(core::UtcTime time) {
    return json_string(core::to_rfc3339(time));
}

std::string mean_json(const MeanTime& mean) {
    return fmt::format(R"({{"count":{},"mean_s":{},"longest_s":{}}})", mean.count, seconds(mean.mean()),
                       mean.count > 0 ? seconds(mean.longest) : "null");
}

std::string availability_json(const Availability& of) {
    return fmt::format(
        R"({{"id":{},"availability":{},"on_air_s":{},"maintenance_s":{},"unmonitored_s":{},"counted_s":{},"bad_s":{},"outages":{}}})",
        json_string(of.id), json_number(of.ratio, 6), seconds(of.on_air), seconds(of.maintenance),
        seconds(of.unmonitored), seconds(of.counted), seconds(of.bad), of.outages.size());
}

std::string rate_json(const Rate& rate) {
    return fmt::format(
        R"({{"count":{},"mean_per_10min":{},"peak_10min":{},"floods":{},"flood_share":{},"step_s":{},"per_step":{}}})",
        rate.count, json_number(rate.mean_per_10min, 3), rate.peak_10min, rate.floods, json_number(rate.flood_share, 4),
        seconds(rate.step), list(rate.per_step, [](std::uint32_t count) { return std::to_string(count); }));
}

std::string noise_json(const RuleNoise& noise) {
    return fmt::format(R"({{"rule":{},"stream":{},"alarms":{}}})", json_string(noise.rule),
                       noise.stream.empty() ? "null" : json_string(noise.stream), noise.alarms);
}

std::string evidence_json(const Report& report) {
    if (!report.evidence) return "null";
    std::string out = "{";
    for (const auto& [id, kept] : *report.evidence) {
        out += fmt::format(R"({}{}:{{"path":{},"files":{}}})", out.size() > 1 ? "," : "", json_string(id),
                           json_string(evidence_path(id)), list(kept.files, [&id = id](const EvidenceFile& file) {
                               return fmt::format(R"({{"name":{},"bytes":{},"path":{}}})", json_string(file.name),
                                                  file.bytes, json_string(evidence_path(id, file.name)));
                           }));
    }
    return out + "}";
}

std::string incidents_json(const std::vector<core::Incident>& incidents) {
    return list(incidents, [](const core::Incident& incident) { return core::to_json(incident, {false, 0}); });
}

/// One field of a CSV line.
std::string csv(std::string_view raw) {
    std::string text = core::clean_utf8(raw);
    const std::size_t first = text.find_first_not_of(' ');
    if (first != std::string::npos && std::string_view("=+-@").find(text[first]) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + '"';
}

class Table {
public:
    /// `value` is a figure of ours, or a text through csv().
    void add(std::string_view section, std::string_view item, std::string_view measure, const std::string& value) {
        if (value == "null") return;
        out_ += fmt::format("{},{},{},{}\r\n", section, csv(item), measure, value);
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    std::string out_ = "section,item,measure,value\r\n";
};

void add_availability(Table& table, std::string_view section, const std::vector<Availability>& all) {
    for (const Availability& of : all) {
        table.add(section, of.id, "availability", json_number(of.ratio, 6));
        table.add(section, of.id, "on_air_s", seconds(of.on_air));
        table.add(section, of.id, "maintenance_s", seconds(of.maintenance));
        table.add(section, of.id, "unmonitored_s", seconds(of.unmonitored));
        table.add(section, of.id, "counted_s", seconds(of.counted));
        table.add(section, of.id, "bad_s", seconds(of.bad));
    }
}

void add_rate(Table& table, std::string_view item, const Rate& rate) {
    table.add("rate", item, "count", std::to_string(rate.count));
    table.add("rate", item, "mean_per_10min", json_number(rate.mean_per_10min, 3));
    table.add("rate", item, "peak_10min", std::to_string(rate.peak_10min));
    table.add("rate", item, "floods", std::to_string(rate.floods));
    table.add("rate", item, "flood_share", json_number(rate.flood_share, 4));
}

}  // namespace

std::optional<ReportForm> report_form_from(std::string_view word) {
    if (word == "json") return ReportForm::Json;
    if (word == "csv") return ReportForm::Csv;
    if (word == "html") return ReportForm::Html;
    return std::nullopt;
}

const char* content_type(ReportForm form) {
    if (form == ReportForm::Json) return "application/json";
    return form == ReportForm::Csv ? "text/csv; charset=utf-8" : "text/html; charset=utf-8";
}

std::string to_json(const Report& report) {
    std::string severities;
    for (const auto& [severity, count] : report.by_severity)
        severities += fmt::format("{}\"{}\":{}", severities.empty() ? "" : ",", core::name(severity), count);
    std::string out = fmt::format(
        R"({{"type":"report","kind":"{}","label":{},"from":{},"to":{},"at":{},"zone":{},"probe":{})", name(report.kind),
        json_string(report.period.label), time_json(report.period.from), time_json(report.period.to),
        time_json(report.at), json_string(report.zone), json_string(report.probe));
    out += fmt::format(
        R"(,"incidents":{{"opened":{},"by_severity":{{{}}},"notified":{},"acknowledged":{},"self_cleared":{},"returned":{},"merged":{},"mtta":{},"mttr":{}}})",
        report.incidents, severities, report.notified, report.acknowledged, report.self_cleared, report.returned,
        report.merged, mean_json(report.mtta), mean_json(report.mttr));
    out += fmt::format(R"(,"streams":{},"paths":{})", list(report.streams, availability_json),
                       list(report.paths, availability_json));
    out += ",\"worst_offenders\":" + list(report.offenders, [](const Offender& of) {
               return fmt::format(R"({{"stream":{},"incidents":{},"alarms":{},"bad_s":{}}})", json_string(of.stream),
                                  of.incidents, of.alarms, seconds(of.bad));
           });
    out += fmt::format(R"(,"flapping":{},"never_acted_on":{},"alarm_rate":{},"notification_rate":{})",
                       list(report.flapping, noise_json), list(report.never_acted, noise_json),
                       rate_json(report.alarms), rate_json(report.notifications));
    out += fmt::format(R"(,"handover":{{"open":{},"snoozed":{},"in_maintenance":{},"notes":{}}},"opened":{})",
                       incidents_json(report.open),
                       list(report.snoozed, [](const core::Incident& incident) { return json_string(incident.id); }),
                       list(report.in_maintenance, [](const std::string& stream) { return json_string(stream); }),
                       list(report.notes,
                            [](const ReportNote& note) {
                                return fmt::format(R"({{"incident":{},"at":{},"who":{},"text":{}}})",
                                                   json_string(note.incident), time_json(note.entry.at),
                                                   json_string(note.entry.who), json_string(note.entry.text));
                            }),
                       incidents_json(report.list));
    out += ",\"evidence\":" + evidence_json(report);
    return out + fmt::format(R"(,"audit_head":{{"number":{},"chain":"{}"}}}})", report.head.number, report.head.chain);
}

std::string to_csv(const Report& report) {
    Table table;
    table.add("report", name(report.kind), "label", csv(report.period.label));
    table.add("report", name(report.kind), "from", core::to_rfc3339(report.period.from));
    table.add("report", name(report.kind), "to", core::to_rfc3339(report.period.to));
    table.add("report", name(report.kind), "probe", csv(report.probe));
    table.add("report", name(report.kind), "audit_head", report.head.chain);
    table.add("incidents", "all", "opened", std::to_string(report.incidents));
    for (const auto& [severity, count] : report.by_severity)
        table.add("incidents", core::name(severity), "opened", std::to_string(count));
    table.add("incidents", "all", "notified", std::to_string(report.notified));
    table.add("incidents", "all", "acknowledged", std::to_string(report.acknowledged));
    table.add("incidents", "all", "self_cleared", std::to_string(report.self_cleared));
    table.add("incidents", "all", "mtta_s", seconds(report.mtta.mean()));
    table.add("incidents", "all", "mttr_s", seconds(report.mttr.mean()));
    add_availability(table, "stream", report.streams);
    add_availability(table, "path", report.paths);
    for (const Offender& of : report.offenders) {
        table.add("offender", of.stream, "incidents", std::to_string(of.incidents));
        table.add("offender", of.stream, "alarms", std::to_string(of.alarms));
        table.add("offender", of.stream, "bad_s", seconds(of.bad));
    }
    for (const RuleNoise& noise : report.flapping)
        table.add("flapping", noise.rule + " on " + noise.stream, "alarms", std::to_string(noise.alarms));
    for (const RuleNoise& noise : report.never_acted)
        table.add("never_acted_on", noise.rule, "alarms", std::to_string(noise.alarms));
    add_rate(table, "alarms", report.alarms);
    add_rate(table, "notifications", report.notifications);
    for (const core::Incident& incident : report.open) table.add("open", incident.id, "title", csv(incident.title));
    for (const core::Incident& incident : report.list) table.add("opened", incident.id, "title", csv(incident.title));
    if (report.evidence) {
        for (const auto& [id, kept] : *report.evidence)
            for (const EvidenceFile& file : kept.files)
                table.add("evidence", id, file.name, csv(evidence_path(id, file.name)));
    }
    for (const ReportNote& note : report.notes)
        table.add("note", note.incident, "text", csv(note.entry.who + ": " + note.entry.text));
    return table.take();
}

std::string to_form(const Report& report, ReportForm form) {
    if (form == ReportForm::Json) return to_json(report) + "\n";
    return form == ReportForm::Csv ? to_csv(report) : to_html(report);
}

}  // namespace sightline::incidents
