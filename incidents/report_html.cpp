// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "incidents/report_evidence.hpp"
#include "incidents/report_form.hpp"
#include "incidents/template_render.hpp"

namespace sightline::incidents {
namespace {

using core::Duration;

constexpr double kPlotWidth = 720, kPlotHeight = 120;
constexpr double kFloodLine = 10;  // EEMUA 191: more in 10 minutes are a flood

constexpr const char* kHead = R"html(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>
body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:62em;padding:0 1em;color:#1b1f24;background:#fff}
h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:2em 0 .4em;border-bottom:1px solid #d0d7de}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #eaeef2;vertical-align:top}
th{font-weight:600;color:#57606a}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.big{display:flex;flex-wrap:wrap;gap:1em 2.5em;margin:1em 0}.big b{display:block;font-size:1.6em;font-weight:600}
.big span,.dim{color:#57606a}code{font-size:.85em;word-break:break-all}svg{width:100%;height:auto;display:block}
.still{display:block;width:15em;max-width:100%;margin:.3em 0;border:1px solid #d0d7de}
.critical{color:#a40e26;font-weight:600}.major{color:#bc4c00;font-weight:600}
@media print{h2{break-after:avoid}table{break-inside:auto}}
</style>
)html";

std::string words(Duration duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (duration == Duration::zero()) return "0 s";
    if (seconds < 60) return fmt::format("{:.1f} s", core::to_seconds(duration));
    if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
    return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}
std::string words(std::optional<Duration> duration) {
    return duration ? words(*duration) : "–";
}
std::string percent(std::optional<double> ratio) {
    if (!ratio) return "–";
    // Never rounded up to a hundred that it was not.
    const double cut = *ratio < 1.0 ? std::min(*ratio, 0.99999) : 1.0;
    return fmt::format("{:.3f} %", cut * 100);
}

std::string size_words(std::uint64_t bytes) {
    const auto of = static_cast<double>(bytes);
    return bytes < 1'000'000 ? fmt::format("{:.0f} kB", of / 1e3) : fmt::format("{:.1f} MB", of / 1e6);
}

constexpr std::array<std::pair<const char*, const char*>, 5> kFileWords{{{kEvidenceClip, "clip"},
                                                                         {kEvidenceBadStill, "first bad picture"},
                                                                         {kEvidenceGoodStill, "last good picture"},
                                                                         {kEvidenceMeasurements, "measurements"},
                                                                         {kEvidenceFacts, "about it"}}};

class Page {
public:
    explicit Page(const Report& report) : report_(report) {
        if (auto zone = core::load_time_zone(report.zone)) zone_ = std::move(*zone);
    }
    std::string write();

private:
    void heading();
    void figures();
    void plot(const char* title, const Rate& rate);
    void availability(const char* title, const std::vector<Availability>& all);
    void offenders();
    void noise();
    void handover();
    void incidents(const char* title, const std::vector<core::Incident>& all);
    std::string evidence_of(const core::Incident& incident);
    std::string link(const core::Incident& incident, const char* file, const std::string& text) const;
    std::string local(core::UtcTime time) const { return core::html_escaped(local_text(time, zone_)); }
    std::string local(std::optional<core::UtcTime> time) const { return time ? local(*time) : "–"; }

    const Report& report_;
    core::TimeZone zone_;
    std::set<std::string> shown_;  // incidents whose still is in the page
    std::string out_ = kHead;
};

void Page::heading() {
    const std::string title =
        fmt::format("{} · {} report · {}", report_.probe, name(report_.kind), report_.period.label);
    out_ += fmt::format("<title>{0}</title></head><body><h1>{0}</h1>\n", core::html_escaped(title));
    out_ += fmt::format("<p class=\"dim\">{} to {} ({}), computed {}{}</p>\n", local(report_.period.from),
                        local(report_.period.to), core::html_escaped(report_.zone), local(report_.at),
                        report_.at < report_.period.to ? "; <b>the period is not over</b>" : "");
}

void Page::figures() {
    const auto figure = [this](const std::string& value, const std::string& what) {
        out_ += fmt::format("<div><b>{}</b><span>{}</span></div>", value, what);
    };
    out_ += "<div class=\"big\">";
    figure(std::to_string(report_.incidents), "incidents");
    figure(words(report_.mtta.mean()), fmt::format("to acknowledge, mean of {}", report_.mtta.count));
    figure(words(report_.mttr.mean()), fmt::format("to resolve, mean of {}", report_.mttr.count));
    figure(std::to_string(report_.self_cleared), "over before anybody acknowledged");
    figure(std::to_string(report_.returned), "came back");
    figure(std::to_string(report_.alarms.count), "alarms");
    out_ += "</div>\n<p>";
    for (auto by = report_.by_severity.rbegin(); by != report_.by_severity.rend(); ++by)
        out_ += fmt::format("<span class=\"{0}\">{0}</span>: {1} &nbsp; ", core::name(by->first), by->second);
    out_ += "</p>\n";
}

/// Bars over time, with the flood figure as a line where one bar is one step of 10 minutes.
void Page::plot(const char* title, const Rate& rate) {
    out_ += fmt::format(
        "<h2>{}</h2>\n<p>{:.2f} per 10 minutes on average, {} at most; {} flood{} ({:.1f} % of the time). "
        "<span class=\"dim\">EEMUA 191: about 1 can be handled, more than 10 are a flood.</span></p>\n",
        title, rate.mean_per_10min, rate.peak_10min, rate.floods, rate.floods == 1 ? "" : "s", rate.flood_share * 100);
    if (rate.per_step.empty()) return;
    const std::uint32_t highest = *std::max_element(rate.per_step.begin(), rate.per_step.end());
    const bool line = rate.step == std::chrono::minutes{10};
    const double top = std::max({1.0, static_cast<double>(highest), line ? kFloodLine * 1.2 : 1.0});
    const double width = kPlotWidth / static_cast<double>(rate.per_step.size());
    out_ += fmt::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">"
        "<rect width=\"{}\" height=\"{}\" fill=\"#f6f8fa\"/>",
        kPlotWidth, kPlotHeight + 16, title, kPlotWidth, kPlotHeight);
    for (std::size_t i = 0; i < rate.per_step.size(); ++i) {
        if (rate.per_step[i] == 0) continue;
        const double height = kPlotHeight * rate.per_step[i] / top;
        out_ += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"#4f7cac\">"
            "<title>{}: {}</title></rect>",
            width * static_cast<double>(i), kPlotHeight - height, std::max(0.5, width * 0.85), height,
            local(report_.period.from + rate.step * static_cast<std::int64_t>(i)), rate.per_step[i]);
    }
    if (line) {
        const double y = kPlotHeight - kPlotHeight * kFloodLine / top;
        out_ += fmt::format(
            "<path d=\"M0 {0:.1f}H{1}\" stroke=\"#a40e26\" stroke-dasharray=\"4 3\"/>"
            "<text x=\"2\" y=\"{2:.1f}\" font-size=\"9\" fill=\"#a40e26\">flood</text>",
            y, kPlotWidth, y - 2);
    }
    out_ += fmt::format(
        "<text x=\"0\" y=\"{0}\" font-size=\"10\">{1}</text><text x=\"{2}\" y=\"{0}\" font-size=\"10\" "
        "text-anchor=\"middle\">highest bar: {3} in {4}</text><text x=\"{5}\" y=\"{0}\" font-size=\"10\" "
        "text-anchor=\"end\">{6}</text></svg>\n",
        kPlotHeight + 12, local(report_.period.from), kPlotWidth / 2, highest, words(rate.step), kPlotWidth,
        local(report_.period.to));
}

void Page::availability(const char* title, const std::vector<Availability>& all) {
    if (all.empty()) return;
    out_ += fmt::format(
        "<h2>{}</h2>\n<table><tr><th></th><th class=\"n\">available</th><th class=\"n\">bad</th>"
        "<th class=\"n\">outages</th><th class=\"n\">on air</th><th class=\"n\">maintenance</th>"
        "<th class=\"n\">not monitored</th><th>when (red: bad)</th></tr>\n",
        title);
    const double period = core::to_seconds(report_.period.to - report_.period.from);
    for (const Availability& of : all) {
        std::string when = "<svg viewBox=\"0 0 200 10\"><rect width=\"200\" height=\"10\" fill=\"#dbe7d6\"/>";
        for (const Span& outage : of.outages) {
            const double x = 200 * core::to_seconds(outage.from - report_.period.from) / period;
            const double width = 200 * core::to_seconds(outage.to - outage.from) / period;
            when += fmt::format("<rect x=\"{:.2f}\" width=\"{:.2f}\" height=\"10\" fill=\"#a40e26\"/>", x,
                                std::max(0.6, width));
        }
        out_ += fmt::format(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
            "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</svg></td></tr>\n",
            core::html_escaped(of.id), percent(of.ratio), words(of.bad), of.outages.size(), words(of.on_air),
            words(of.maintenance), words(of.unmonitored), when);
    }
    out_ += "</table>\n";
}

void Page::offenders() {
    if (report_.offenders.empty()) return;
    out_ +=
        "<h2>Worst offenders</h2>\n<table><tr><th>stream</th><th class=\"n\">bad</th><th class=\"n\">incidents</th>"
        "<th class=\"n\">alarms</th></tr>\n";
    for (const Offender& of : report_.offenders) {
        out_ +=
            fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                        core::html_escaped(of.stream), words(of.bad), of.incidents, of.alarms);
    }
    out_ += "</table>\n";
}

void Page::noise() {
    if (report_.flapping.empty() && report_.never_acted.empty()) return;
    out_ += "<h2>Noise</h2>\n<table><tr><th>rule</th><th>stream</th><th class=\"n\">alarms</th><th></th></tr>\n";
    const auto rows = [this](const std::vector<RuleNoise>& all, const char* why) {
        for (const RuleNoise& noise : all) {
            out_ += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
                                core::html_escaped(noise.rule),
                                noise.stream.empty() ? "all" : core::html_escaped(noise.stream), noise.alarms, why);
        }
    };
    rows(report_.flapping, "flaps: three within a minute");
    rows(report_.never_acted, "nobody ever acted on it");
    out_ += "</table>\n";
}

std::string Page::link(const core::Incident& incident, const char* file, const std::string& text) const {
    if (report_.links_base.empty()) return text;
    return fmt::format("<a href=\"{}\">{}</a>",
                       core::html_escaped(report_.links_base + evidence_path(incident.id, file)), text);
}

/// What its timeline says of evidence, where the files are, and the first bad picture itself.
std::string Page::evidence_of(const core::Incident& incident) {
    const auto told = std::find_if(incident.timeline.rbegin(), incident.timeline.rend(),
                                   [](const core::TimelineEntry& entry) { return entry.kind == "evidence"; });
    std::string out;
    if (told != incident.timeline.rend())
        out += fmt::format("<br><span class=\"dim\">evidence {}</span>", core::html_escaped(told->text));
    if (!report_.evidence) return out;
    const auto kept = report_.evidence->find(incident.id);
    if (kept == report_.evidence->end())
        return out.empty() ? out : out + "<br><span class=\"dim\">it has made room for newer since</span>";
    const ReportEvidence& evidence = kept->second;
    std::string files;
    for (const auto& [name, words] : kFileWords) {
        const auto file = std::find_if(evidence.files.begin(), evidence.files.end(),
                                       [&name = name](const EvidenceFile& one) { return one.name == name; });
        if (file == evidence.files.end()) continue;
        files += (files.empty() ? "" : " · ") +
                 link(incident, name, fmt::format("{} ({}, {})", words, name, size_words(file->bytes)));
    }
    out += "<br><span class=\"dim\">" + files + "</span>";
    if (evidence.still.empty() || !shown_.insert(incident.id).second) return out;
    return out + fmt::format("<img class=\"still\" alt=\"first bad picture of {}\" src=\"data:image/jpeg;base64,{}\">",
                             core::html_escaped(incident.id), base64(evidence.still));
}

void Page::incidents(const char* title, const std::vector<core::Incident>& all) {
    out_ += fmt::format("<h2>{}</h2>\n", title);
    if (all.empty()) {
        out_ += "<p>None.</p>\n";
        return;
    }
    out_ +=
        "<table><tr><th>incident</th><th>severity</th><th>what</th><th>opened</th><th>acknowledged</th>"
        "<th>resolved</th><th>owner</th></tr>\n";
    for (const core::Incident& incident : all) {
        out_ += fmt::format(
            "<tr><td>{}</td><td class=\"{}\">{}</td><td>{}<br><span class=\"dim\">{}</span>{}</td><td>{}</td>"
            "<td>{}<br>{}</td><td>{}</td><td>{}</td></tr>\n",
            core::html_escaped(incident.id), core::name(incident.severity), core::name(incident.severity),
            core::html_escaped(incident.title),
            incident.title.find(incident.why) == std::string::npos ? core::html_escaped(incident.why) : "",
            evidence_of(incident), local(incident.opened_at), local(incident.acknowledged_at),
            core::html_escaped(incident.acknowledged_by), local(incident.resolved_at),
            core::html_escaped(incident.owner));
    }
    out_ += "</table>\n";
}

void Page::handover() {
    incidents("Handover: open incidents", report_.open);
    out_ += "<h2>Handover: snoozed</h2>\n";
    if (report_.snoozed.empty()) out_ += "<p>None.</p>\n";
    for (const core::Incident& incident : report_.snoozed) {
        out_ += fmt::format("<p>{} until {}, by {}: {}</p>\n", core::html_escaped(incident.id),
                            local(incident.snoozed_until), core::html_escaped(incident.snoozed_by),
                            core::html_escaped(incident.snooze_reason));
    }
    out_ += "<h2>Handover: in maintenance</h2>\n<p>";
    for (const std::string& stream : report_.in_maintenance) out_ += core::html_escaped(stream) + " ";
    out_ += report_.in_maintenance.empty() ? "None.</p>\n" : "</p>\n";
    out_ += "<h2>Notes</h2>\n";
    if (report_.notes.empty()) out_ += "<p>None.</p>\n";
    for (const ReportNote& note : report_.notes) {
        out_ += fmt::format("<p><span class=\"dim\">{} · {} · {}</span><br>{}</p>\n", local(note.entry.at),
                            core::html_escaped(note.incident), core::html_escaped(note.entry.who),
                            core::html_escaped(note.entry.text));
    }
}

std::string Page::write() {
    heading();
    figures();
    if (report_.kind == ReportKind::Shift) handover();
    availability("Paths", report_.paths);
    availability("Streams", report_.streams);
    plot("Alarms", report_.alarms);
    plot("Notified incidents", report_.notifications);
    offenders();
    noise();
    incidents("Incidents", report_.list);
    if (report_.kind != ReportKind::Shift) handover();
    out_ += fmt::format("<p class=\"dim\">Audit log at entry {}: <code>{}</code></p>\n</body></html>\n",
                        report_.head.number, report_.head.chain);
    return std::move(out_);
}

}  // namespace

std::string to_html(const Report& report) {
    return Page(report).write();
}

}  // namespace sightline::incidents
