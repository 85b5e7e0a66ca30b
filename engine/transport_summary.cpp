// SPDX-License-Identifier: Apache-2.0
#include "engine/transport_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/text.hpp"
#include "engine/conditions.hpp"
#include "formats/ts/packet.hpp"

namespace sightline::engine {
namespace {

using core::json_number;
using core::json_string;
using formats::ts::PidReport;
using formats::ts::Programme;
using formats::ts::TransportReport;

constexpr int kStream = -1;
constexpr std::uint16_t kNoPid = 0x1FFF;

std::string json_or_null(const std::string& text) {
    return text.empty() ? "null" : json_string(text);
}

std::string seconds_or_null(const std::optional<core::MediaTime>& at) {
    return json_number(at ? std::optional(core::to_seconds(*at)) : std::nullopt, 3);
}

std::string tr101290_of(const std::string& condition) {
    for (const core::ConditionSpec& spec : condition_catalogue()) {
        if (spec.id == condition) return std::string(spec.tr101290);
    }
    return {};
}

const std::vector<Programme>& programmes_of(const PipelineTotals& totals) {
    static const std::vector<Programme> kNone;
    return totals.programmes ? *totals.programmes : kNone;
}

/// Numbers of the services that a PID belongs to, by their PMTs.
std::vector<int> services_of(std::uint16_t pid, const std::vector<Programme>& programmes) {
    std::set<int> numbers;
    if (pid == kNoPid) return {};  // null packets
    for (const Programme& programme : programmes) {
        const bool carries = std::any_of(programme.streams.begin(), programme.streams.end(),
                                         [pid](const auto& stream) { return stream.pid == pid; });
        if (carries || programme.pmt_pid == pid || programme.pcr_pid == pid) numbers.insert(programme.number);
    }
    return {numbers.begin(), numbers.end()};
}

std::string joined(const std::vector<int>& numbers) {
    return fmt::format("{}", fmt::join(numbers, ","));
}

/// Bit/s over all of the input, of 188 bytes a packet as in the windows; empty where no clock says how long it is.
std::optional<double> mean_of(std::uint64_t packets, const TransportReport& report) {
    const double seconds = core::to_seconds(report.duration);
    if (seconds <= 0) return std::nullopt;
    return static_cast<double>(packets * formats::ts::kPacketSize * 8) / seconds;
}

std::string rate_text(std::optional<double> bits) {
    if (!bits) return "–";
    return *bits >= 999'500 ? fmt::format("{:.2f} Mb/s", *bits * 1e-6) : fmt::format("{:.1f} kb/s", *bits * 1e-3);
}

/// What people call the stream on a PID: "h264", "aac eng", "pmt", "–".
std::string content_of(const PidReport& pid, const std::vector<Programme>& programmes) {
    std::string language;
    for (const Programme& programme : programmes) {
        for (const auto& stream : programme.streams) {
            if (stream.pid == pid.pid) language = stream.language;
        }
    }
    if (pid.type.empty()) return "–";
    return language.empty() ? pid.type : pid.type + ' ' + language;
}

/// `text` in a column of `width` characters, some of which may be of several bytes.
std::string column(const std::string& text, std::size_t width) {
    const auto characters = static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
    return text + std::string(characters < width ? width - characters : 0, ' ');
}

}  // namespace

void TransportSummary::Rate::note(double value) {
    min = windows == 0 ? value : std::min(min, value);
    max = std::max(max, value);
    ++windows;
}

void TransportSummary::note(const core::Observation& observation) {
    if (const auto* sample = std::get_if<core::LevelSample>(&observation)) {
        if (sample->measurement == "bitrate.mux") mux_.note(sample->value);
        if (sample->measurement == "bitrate.payload") payload_.note(sample->value);
        if (sample->measurement == "bitrate.pid" && sample->pid) pids_[*sample->pid].note(sample->value);
    } else if (const auto* event = std::get_if<core::Occurrence>(&observation)) {
        note_fault(event->condition, event->pid, event->count, event->at.media, event->detail);
    } else if (const auto* edge = std::get_if<core::StateEdge>(&observation);
               edge != nullptr && edge->verdict == core::Verdict::Bad) {
        note_fault(edge->condition, edge->pid, 1, edge->at.media, edge->detail);
    }
}

void TransportSummary::note_fault(const std::string& condition, std::optional<int> pid, std::uint64_t count,
                                  const std::optional<core::MediaTime>& at, const std::string& detail) {
    if (!condition.starts_with("ts.")) return;
    Fault& fault = faults_[{condition, pid.value_or(kStream)}];
    if (fault.count == 0) {
        fault.first = at;
        fault.detail = detail;
    }
    fault.count += count;
    fault.last = at;
}

std::string TransportSummary::services_json(const PipelineTotals& totals) const {
    std::string services;
    for (const Programme& programme : programmes_of(totals)) {
        std::string tracks;
        for (const auto& stream : programme.streams) {
            tracks += fmt::format(R"({}{{"id":{},"pid":{},"stream_type":{},"codec":{},"language":{}}})",
                                  tracks.empty() ? "" : ",", json_or_null(stream.track), stream.pid, stream.stream_type,
                                  json_or_null(stream.codec), json_or_null(stream.language));
        }
        services += fmt::format(
            R"({}{{"service":{},"name":{},"provider":{},"pmt_pid":{},"pcr_pid":{},"scrambling_declared":{},"tracks":[{}]}})",
            services.empty() ? "" : ",", programme.number, json_or_null(programme.name),
            json_or_null(programme.provider), programme.pmt_pid,
            programme.pcr_pid == kNoPid ? "null" : std::to_string(programme.pcr_pid), programme.scrambling_declared,
            tracks);
    }
    return services;
}

std::string TransportSummary::pids_json(const PipelineTotals& totals) const {
    const TransportReport& report = *totals.transport;
    std::string pids;
    for (const PidReport& pid : report.pids) {
        const auto rate = pids_.find(pid.pid);
        const bool known = rate != pids_.end();
        pids += fmt::format(
            R"({}{{"pid":{},"type":{},"services":[{}],"packets":{},"bitrate_bps":{{"mean":{},"min":{},"max":{}}},"continuity_errors":{},"scrambled":{}}})",
            pids.empty() ? "" : ",", pid.pid, json_or_null(pid.type),
            joined(services_of(pid.pid, programmes_of(totals))), pid.packets,
            json_number(mean_of(pid.packets, report), 0),
            json_number(known ? std::optional(rate->second.min) : std::nullopt, 0),
            json_number(known ? std::optional(rate->second.max) : std::nullopt, 0), pid.continuity_errors,
            pid.scrambled);
    }
    return pids;
}

std::string TransportSummary::faults_json() const {
    std::string faults;
    for (const auto& [key, fault] : faults_) {
        const auto& [condition, pid] = key;
        faults += fmt::format(
            R"({}{{"condition":{},"tr101290":{},"pid":{},"count":{},"first_s":{},"last_s":{},"detail":{}}})",
            faults.empty() ? "" : ",", json_string(condition), json_or_null(tr101290_of(condition)),
            pid == kStream ? "null" : std::to_string(pid), fault.count, seconds_or_null(fault.first),
            seconds_or_null(fault.last), json_or_null(fault.detail));
    }
    return faults;
}

std::string TransportSummary::json(const PipelineTotals& totals) const {
    const TransportReport& report = *totals.transport;
    const auto rate = [&](const Rate& windows, std::optional<double> mean) {
        const bool known = windows.windows > 0;
        return fmt::format(R"({{"mean":{},"min":{},"max":{}}})", json_number(mean, 0),
                           json_number(known ? std::optional(windows.min) : std::nullopt, 0),
                           json_number(known ? std::optional(windows.max) : std::nullopt, 0));
    };
    std::uint64_t nulls = 0;
    for (const PidReport& pid : report.pids) nulls += pid.pid == kNoPid ? pid.packets : 0;
    std::string indicators;
    for (const auto& [number, count] : report.tr101290)
        indicators += fmt::format(R"({}"{}":{})", indicators.empty() ? "" : ",", number, count);
    std::string out = fmt::format(
        R"({{"type":"transport","input":{},"packet_size":{},"duration_s":{},"bytes":{},"packets":{})",
        json_string(core::mask_secrets(input_)), report.packet_size,
        json_number(report.duration.count() > 0 ? std::optional(core::to_seconds(report.duration)) : std::nullopt, 3),
        totals.bytes, report.packets);
    out += fmt::format(R"(,"bitrate_bps":{},"payload_bps":{})", rate(mux_, mean_of(report.packets, report)),
                       rate(payload_, mean_of(report.packets - nulls, report)));
    out += fmt::format(
        R"(,"sync_losses":{},"sync_byte_errors":{},"continuity_errors":{},"transport_errors":{},"crc_errors":{})",
        report.sync_losses, report.sync_byte_errors, report.continuity_errors, report.transport_errors,
        report.crc_errors);
    return out + fmt::format(R"(,"services":[{}],"pids":[{}],"tr101290":{{{}}},"faults":[{}]}})", services_json(totals),
                             pids_json(totals), indicators, faults_json());
}

std::string TransportSummary::text(const PipelineTotals& totals) const {
    const TransportReport& report = *totals.transport;
    const std::vector<Programme>& programmes = programmes_of(totals);
    std::string out =
        fmt::format("{}\n{} packets of {} bytes, ", core::mask_secrets(input_), report.packets, report.packet_size);
    if (const auto mean = mean_of(report.packets, report)) {
        out += fmt::format("{:.1f} s, {}", core::to_seconds(report.duration), rate_text(mean));
    } else {
        out += "no clock: no length, no bitrate";
    }
    if (mux_.windows > 0) out += fmt::format(" ({} to {})", rate_text(mux_.min), rate_text(mux_.max));
    out += "\n\nservices\n";
    for (const Programme& programme : programmes) {
        out += fmt::format("  {:<6} {}  PMT {}  PCR {}{}\n", programme.number,
                           column(programme.name.empty() ? "–" : programme.name, 24), programme.pmt_pid,
                           programme.pcr_pid == kNoPid ? "–" : std::to_string(programme.pcr_pid),
                           programme.scrambling_declared ? "  scrambling declared" : "");
    }
    if (programmes.empty()) out += "  none: no PAT and PMT\n";
    out += "\nPID    carries           service       packets       bitrate  continuity errors  scrambled\n";
    for (const PidReport& pid : report.pids) {
        out +=
            fmt::format("{:<6} {} {} {:>10} {:>13}  {:>17}  {:>9}\n", pid.pid, column(content_of(pid, programmes), 17),
                        column(joined(services_of(pid.pid, programmes)), 10), pid.packets,
                        rate_text(mean_of(pid.packets, report)), pid.continuity_errors, pid.scrambled);
    }
    out += "\nTR 101 290\n";
    for (const auto& [number, count] : report.tr101290) out += fmt::format("  {}: {}", number, count);
    if (faults_.empty()) return out + "\n\nno faults";
    out += "\n\nfaults\n";
    for (const auto& [key, fault] : faults_) {
        const auto& [condition, pid] = key;
        const std::string number = tr101290_of(condition);
        out += fmt::format("  {}{}{}: {} ×", condition, number.empty() ? "" : " (" + number + ")",
                           pid == kStream ? "" : fmt::format(" on PID {}", pid), fault.count);
        if (fault.first) out += fmt::format(", first at {:.3f} s", core::to_seconds(*fault.first));
        if (fault.last && fault.count > 1) out += fmt::format(", last at {:.3f} s", core::to_seconds(*fault.last));
        out += (fault.detail.empty() ? "" : ": " + fault.detail) + '\n';
    }
    out.pop_back();
    return out;
}

}  // namespace sightline::engine
