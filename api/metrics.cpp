// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "api/views.hpp"
#include "core/text.hpp"

namespace sightline::api {
namespace {

/// A label value: clean UTF-8, with the format's three escapes.
std::string label(std::string_view text) {
    std::string out;
    for (const char c : core::clean_utf8(text)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

/// "bitrate.mux/audio:1/2" and so on become sightline_stream_measurement{name=…,track=…,channel=…}.
std::string measurement_labels(const std::string& key) {
    const std::size_t first = key.find('/');
    if (first == std::string::npos) return fmt::format("name=\"{}\"", label(key));
    const std::size_t second = key.find('/', first + 1);
    std::string out = fmt::format("name=\"{}\",of=\"{}\"", label(key.substr(0, first)),
                                  label(key.substr(first + 1, second - first - 1)));
    if (second != std::string::npos) out += fmt::format(",channel=\"{}\"", label(key.substr(second + 1)));
    return out;
}

class Exposition {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ += fmt::format("# HELP sightline_{} {}\n# TYPE sightline_{} {}\n", name, help, name, type);
    }
    void sample(const std::string& labels, double value) {
        out_ += fmt::format("sightline_{}{} {}\n", name_, labels.empty() ? "" : "{" + labels + "}", value);
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    std::string name_;
    std::string out_;
};

void write_streams(const engine::ProbeState& state, Exposition& out) {
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help, const auto& value) {
        out.family(name, type, help);
        for (const auto& stream : state.streams)
            out.sample(fmt::format("stream=\"{}\"", label(stream->id)), value(*stream));
    };
    out.family("stream_state", "gauge", "1 for the state a stream is in: good, alarm, unknown, standby.");
    constexpr std::array kStates{engine::StreamHealth::Good, engine::StreamHealth::Alarm, engine::StreamHealth::Unknown,
                                 engine::StreamHealth::Standby};
    for (const auto& stream : state.streams) {
        for (const engine::StreamHealth health : kStates) {
            out.sample(fmt::format("stream=\"{}\",state=\"{}\"", label(stream->id), engine::name(health)),
                       stream->health == health ? 1 : 0);
        }
    }
    out.family("stream_alarms_open", "gauge", "Open alarms by severity.");
    constexpr std::array kSeverities{core::Severity::Critical, core::Severity::Major, core::Severity::Minor,
                                     core::Severity::Warning, core::Severity::Info};
    for (const auto& stream : state.streams) {
        for (const core::Severity severity : kSeverities) {
            double count = 0;
            for (const auto& alarm : stream->open) count += alarm.severity == severity;
            out.sample(fmt::format("stream=\"{}\",severity=\"{}\"", label(stream->id), core::name(severity)), count);
        }
    }
    each("stream_bytes_total", "counter", "Bytes received since the worker started.",
         [](const auto& s) { return static_cast<double>(s.bytes); });
    each("stream_packets_total", "counter", "Transport packets since the worker started.",
         [](const auto& s) { return static_cast<double>(s.packets); });
    each("stream_continuity_errors_total", "counter",
         "Continuity_count_error (TR 101 290, 1.4) since the worker started.",
         [](const auto& s) { return static_cast<double>(s.continuity_errors); });
    each("stream_worker_restarts_total", "counter", "Times the stream's worker was started again.",
         [](const auto& s) { return static_cast<double>(s.worker_restarts); });
    out.family("stream_measurement", "gauge", "Newest value of each measurement, in its own unit.");
    for (const auto& stream : state.streams) {
        for (const auto& [key, value] : stream->measurements)
            out.sample(fmt::format("stream=\"{}\",{}", label(stream->id), measurement_labels(key)), value);
    }
}

/// What the probe counts of itself; docs/operations.md lists the same.
constexpr std::array kOwnCounters{
    std::pair<std::string_view, std::string_view>{"transitions_total", "Transitions of alarms since the start."},
    std::pair<std::string_view, std::string_view>{"store_commits_total", "Transactions written to the store."},
    std::pair<std::string_view, std::string_view>{"store_failed_commits_total", "Transactions that failed."},
    std::pair<std::string_view, std::string_view>{"store_longest_commit_seconds", "The longest transaction so far."},
    std::pair<std::string_view, std::string_view>{"outbox_pending", "Deliveries owed to all receivers."},
    std::pair<std::string_view, std::string_view>{"outbox_oldest_seconds", "Age of the oldest delivery owed."},
    std::pair<std::string_view, std::string_view>{"incidents", "Incidents that are not closed."},
    std::pair<std::string_view, std::string_view>{"incident_notices_total", "Notices about incidents since the start."},
    std::pair<std::string_view, std::string_view>{"evidence_kept", "Incidents whose evidence is kept."},
    std::pair<std::string_view, std::string_view>{"evidence_bytes", "Size of the evidence kept."},
    std::pair<std::string_view, std::string_view>{"evidence_skipped_total", "Incidents without evidence: too many."},
    std::pair<std::string_view, std::string_view>{"evidence_failed_total", "Evidence that could not be made."},
};

std::string_view help_of(std::string_view name) {
    const auto* const own = std::find_if(kOwnCounters.begin(), kOwnCounters.end(),
                                         [&](const auto& counter) { return counter.first == name; });
    return own == kOwnCounters.end() ? std::string_view("Of the probe itself.") : own->second;
}

}  // namespace

std::string metrics_text(const engine::ProbeState& state) {
    Exposition out;
    out.family("build_info", "gauge", "Version, as a label.");
    out.sample(fmt::format("version=\"{}\",probe=\"{}\"", label(state.version), label(state.probe)), 1);
    out.family("host_clock_synchronised", "gauge", "1 if the kernel believes its civil clock.");
    out.sample("", state.clock_synchronised ? 1 : 0);
    out.family("store_writable", "gauge", "1 if transitions can be stored.");
    out.sample("", state.store_error.empty() ? 1 : 0);
    for (const auto& [name, value] : state.counters) {
        out.family(name, name.ends_with("_total") ? "counter" : "gauge", help_of(name));
        out.sample("", value);
    }
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help, const auto& value) {
        out.family(name, type, help);
        for (const auto& notifier : state.notifiers)
            out.sample(fmt::format("notifier=\"{}\"", label(notifier.name)), value(notifier));
    };
    each("notifier_delivered_total", "counter", "Notifications taken by the receiver.",
         [](const auto& n) { return static_cast<double>(n.delivered); });
    each("notifier_failed_attempts_total", "counter", "Attempts that failed.",
         [](const auto& n) { return static_cast<double>(n.failed); });
    each("notifier_given_up_total", "counter", "Notifications given up.",
         [](const auto& n) { return static_cast<double>(n.given_up); });
    each("notifier_waiting", "gauge", "Notifications owed.",
         [](const auto& n) { return static_cast<double>(n.waiting); });
    each("notifier_oldest_seconds", "gauge", "Age of the oldest one owed.", [](const auto& n) { return n.oldest_s; });
    write_streams(state, out);
    return out.take();
}

}  // namespace sightline::api
