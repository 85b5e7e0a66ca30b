// SPDX-License-Identifier: Apache-2.0
#include "engine/check_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analyzers/audio_loudness.hpp"
#include "core/text.hpp"

namespace sightline::engine {
namespace {

using core::json_number;
using core::json_string;
using core::Severity;

std::string ts_json(const formats::ts::TransportReport& report) {
    std::string pids;
    for (const auto& pid : report.pids) {
        pids += fmt::format(R"({}{{"pid":{},"packets":{},"continuity_errors":{},"scrambled":{},"type":{}}})",
                            pids.empty() ? "" : ",", pid.pid, pid.packets, pid.continuity_errors, pid.scrambled,
                            pid.type.empty() ? "null" : json_string(pid.type));
    }
    std::string indicators;
    for (const auto& [number, count] : report.tr101290)
        indicators += fmt::format(R"({}"{}":{})", indicators.empty() ? "" : ",", number, count);
    return fmt::format(
        R"({{"packets":{},"sync_losses":{},"continuity_errors":{},"transport_errors":{},"crc_errors":{},"pids":[{}],"tr101290":{{{}}}}})",
        report.packets, report.sync_losses, report.continuity_errors, report.transport_errors, report.crc_errors, pids,
        indicators);
}

const char* verdict(CheckExit exit) {
    switch (exit) {
        case CheckExit::Ok:
            return "ok";
        case CheckExit::Warning:
            return "warning";
        case CheckExit::Critical:
            return "critical";
        case CheckExit::Unknown:
            return "unknown";
    }
    return "unknown";
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

/// "00:00:12.480"
std::string clock_text(core::MediaTime at) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
    return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

std::string track_text(const core::Track& track) {
    const std::string codec = upper(track.codec);
    if (track.kind == core::TrackKind::Video && track.width > 0) {
        return fmt::format("{} {}x{}{}{}", codec, track.width, track.height, track.interlaced ? "i" : "p",
                           track.fps > 0 ? fmt::format("{:.4g}", track.fps) : "");
    }
    if (track.kind == core::TrackKind::Audio && track.channels > 0) {
        return fmt::format("{} {}{}", codec, track.channels == 6 ? "5.1" : fmt::format("{}.0", track.channels),
                           track.language.empty() ? "" : " " + track.language);
    }
    return codec.empty() ? core::name(track.kind) : codec;
}

/// " H264 1920x1080p25 + 3 x AAC 2.0 eng": equal ones once with their number, and no more than a line holds.
std::string tracks_text(const std::vector<core::Track>& tracks) {
    constexpr std::size_t kShown = 6;
    std::vector<std::pair<std::string, int>> kinds;
    for (const core::Track& track : tracks) {
        if (track.kind != core::TrackKind::Video && track.kind != core::TrackKind::Audio) continue;
        std::string text = track_text(track);
        if (!track.watched) text += fmt::format(" ({})", track.not_watched);
        const auto same =
            std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.first == text; });
        if (same == kinds.end()) {
            kinds.emplace_back(std::move(text), 1);
        } else {
            ++same->second;
        }
    }
    std::string out;
    for (std::size_t i = 0; i < std::min(kShown, kinds.size()); ++i) {
        const auto& [text, number] = kinds[i];
        out += (i == 0 ? " " : " + ") + (number > 1 ? fmt::format("{} x ", number) : "") + text;
    }
    if (kinds.size() > kShown) out += fmt::format(" + {} other kinds of track", kinds.size() - kShown);
    return out;
}

}  // namespace

void CheckSummary::note(const core::Observation& observation) {
    if (const auto* inventory = std::get_if<core::Inventory>(&observation)) {
        inventory_ = *inventory;
    } else if (const auto* sample = std::get_if<core::LevelSample>(&observation);
               sample != nullptr && sample->measurement == "bitrate.mux") {
        bitrate_min_ = bitrate_windows_ == 0 ? sample->value : std::min(bitrate_min_, sample->value);
        bitrate_max_ = std::max(bitrate_max_, sample->value);
        ++bitrate_windows_;
    } else if (sample != nullptr && sample->subject.track.starts_with("audio:")) {
        note_loudness(*sample);
    }
}

void CheckSummary::note_loudness(const core::LevelSample& sample) {
    if (sample.measurement == analyzers::kLoudnessIntegrated.id) {
        loudness_[sample.subject].integrated = sample.value;
    } else if (sample.measurement == analyzers::kLoudnessRange.id) {
        loudness_[sample.subject].range = sample.value;
    } else if (sample.measurement == analyzers::kTruePeak.id) {
        std::optional<double>& peak = loudness_[sample.subject].true_peak;
        peak = std::max(peak.value_or(sample.value), sample.value);
    }
}

std::string CheckSummary::loudness_json() const {
    std::string items;
    for (const auto& [subject, loudness] : loudness_) {
        items += fmt::format(R"({}{{"track":{},"integrated_lufs":{},"range_lu":{},"true_peak_dbtp":{})",
                             items.empty() ? "" : ",", json_string(subject.track), json_number(loudness.integrated, 1),
                             json_number(loudness.range, 1), json_number(loudness.true_peak, 1));
        if (subject.service != 0) items += fmt::format(R"(,"service":{})", subject.service);
        items += '}';
    }
    return items;
}

void CheckSummary::note(const core::AlarmTransition& transition) {
    const auto [seen, is_new] = alarms_.try_emplace(transition.id);
    if (is_new) order_.push_back(transition.id);
    seen->second.last = transition;
    if (transition.state != core::AlarmState::Cleared)
        seen->second.worst = std::max(seen->second.worst, transition.severity);
    worst_ = worst_ ? std::max(*worst_, seen->second.worst) : seen->second.worst;
}

std::string CheckSummary::note_unjudged(const PipelineTotals& totals, bool decodes) {
    unjudged_.clear();
    const bool timed = totals.transport && totals.transport->duration > core::Duration::zero();
    if (totals.pictures > 0 || totals.sounds > 0 || (timed && !decodes)) return unjudged_;
    bool announced = false;
    for (const core::Track& track : inventory_.tracks) {
        if (track.kind != core::TrackKind::Video && track.kind != core::TrackKind::Audio) continue;
        announced = true;
        if (!track.watched && decodes) unjudged_ += (unjudged_.empty() ? "" : ", ") + track.not_watched;
    }
    if (!unjudged_.empty()) return unjudged_;
    if (!decodes) {
        unjudged_ = "no clock reference in it, so nothing could be timed";
    } else if (announced) {
        unjudged_ = "not one picture and no sound could be decoded";
    } else if (!timed) {
        unjudged_ = "no picture and no sound in it";
    }
    return unjudged_;  // else a service of data only: its transport was judged
}

CheckExit CheckSummary::exit() const {
    if (!unjudged_.empty() && (!worst_ || *worst_ == Severity::Info)) return CheckExit::Unknown;
    if (!worst_ || *worst_ == Severity::Info) return CheckExit::Ok;
    return *worst_ >= Severity::Major ? CheckExit::Critical : CheckExit::Warning;
}

std::string CheckSummary::tracks_json() const {
    std::string tracks;
    for (const core::Track& track : inventory_.tracks) {
        const auto positive = [](double value) { return value > 0 ? std::optional(value) : std::nullopt; };
        tracks += fmt::format(R"({}{{"id":{},"pid":{},"codec":{})", tracks.empty() ? "" : ",",
                              json_string(track.subject.track), track.pid ? std::to_string(*track.pid) : "null",
                              track.codec.empty() ? "null" : json_string(track.codec));
        if (track.kind == core::TrackKind::Video) {
            tracks += fmt::format(R"(,"width":{},"height":{},"fps":{},"interlaced":{})",
                                  json_number(positive(track.width), 0), json_number(positive(track.height), 0),
                                  track.fps > 0 && track.fps == static_cast<int>(track.fps)
                                      ? json_number(track.fps, 1)
                                      : json_number(positive(track.fps), 3),
                                  track.interlaced);
        } else if (track.kind == core::TrackKind::Audio) {
            tracks += fmt::format(R"(,"channels":{},"sample_rate":{})", json_number(positive(track.channels), 0),
                                  json_number(positive(track.sample_rate), 0));
        }
        if (!track.language.empty()) tracks += fmt::format(R"(,"language":{})", json_string(track.language));
        if (track.subject.service != 0) tracks += fmt::format(R"(,"service":{})", track.subject.service);
        tracks += fmt::format(R"(,"watched":{})", track.watched);
        if (!track.watched) tracks += fmt::format(R"(,"not_watched":{})", json_string(track.not_watched));
        tracks += '}';
    }
    return tracks;
}

std::string CheckSummary::left_out_json() const {
    std::string items;
    for (const std::string& what : inventory_.left_out) items += (items.empty() ? "" : ",") + json_string(what);
    return items;
}

std::string CheckSummary::json(const PipelineTotals& totals) const {
    std::array<int, 5> counts{};
    int open = 0;
    for (const auto& [id, seen] : alarms_) {
        ++counts[static_cast<std::size_t>(seen.worst)];
        open += seen.last.state != core::AlarmState::Cleared;
    }
    const auto count = [&](Severity severity) { return counts[static_cast<std::size_t>(severity)]; };
    const double seconds = totals.duration ? core::to_seconds(*totals.duration) : 0;
    const auto known = [&](double value) { return bitrate_windows_ > 0 ? std::optional(value) : std::nullopt; };
    std::string out = fmt::format(
        R"({{"type":"summary","input":{},"format":{},"duration_s":{},"bytes":{})",
        json_string(core::mask_secrets(input_)), totals.format.empty() ? "null" : json_string(totals.format),
        json_number(totals.duration ? std::optional(seconds) : std::nullopt, 3), totals.bytes);
    out += fmt::format(
        R"(,"bitrate_bps":{{"mean":{},"min":{},"max":{}}})",
        json_number(seconds > 0 ? std::optional(static_cast<double>(totals.bytes) * 8 / seconds) : std::nullopt, 0),
        json_number(known(bitrate_min_), 0), json_number(known(bitrate_max_), 0));
    out += fmt::format(R"(,"frames":{{"video":{},"audio":{}}},"tracks":[{}])", totals.pictures, totals.sounds,
                       tracks_json());
    out += fmt::format(
        R"(,"ts":{},"loudness":[{}],"not_watched":[{}],"alarms":{{"critical":{},"major":{},"minor":{},"warning":{},"open":{}}})",
        totals.transport && totals.transport->packets > 0 ? ts_json(*totals.transport) : "null", loudness_json(),
        left_out_json(), count(Severity::Critical), count(Severity::Major), count(Severity::Minor),
        count(Severity::Warning), open);
    return out + fmt::format(R"(,"verdict":"{}","exit":{}}})", verdict(exit()), static_cast<int>(exit()));
}

std::string CheckSummary::sentence(const PipelineTotals& totals) const {
    std::vector<const Seen*> ranked;
    for (const std::string& id : order_) ranked.push_back(&alarms_.at(id));
    std::stable_sort(ranked.begin(), ranked.end(), [](const Seen* a, const Seen* b) { return a->worst > b->worst; });
    std::string out = fmt::format("{}  {}  ", upper(verdict(exit())), core::mask_secrets(input_));
    for (std::size_t i = 0; i < std::min<std::size_t>(ranked.size(), 3); ++i) {
        const core::AlarmTransition& alarm = ranked[i]->last;
        out += alarm.message;
        if (alarm.since.media) out += " from " + clock_text(*alarm.since.media);
        if (alarm.state != core::AlarmState::Cleared) out += ", still so";
        out += "; ";
    }
    if (ranked.size() > 3) out += fmt::format("{} more alarms; ", ranked.size() - 3);
    if (ranked.empty() && worst_) out += fmt::format("{} for the whole of the check; ", whole_run_);
    if (!unjudged_.empty()) {
        out += unjudged_ + "; ";
    } else if (ranked.empty() && !worst_) {
        out += "nothing wrong; ";
    }
    const double seconds = totals.duration ? core::to_seconds(*totals.duration) : 0;
    if (totals.transport && totals.transport->packets > 0)
        out += fmt::format("{} continuity error{}; ", totals.transport->continuity_errors,
                           totals.transport->continuity_errors == 1 ? "" : "s");
    out += fmt::format("{:.1f} s", seconds);
    if (seconds > 0) out += fmt::format(", {:.1f} Mb/s", static_cast<double>(totals.bytes) * 8e-6 / seconds);
    out += tracks_text(inventory_.tracks);
    for (const std::string& what : inventory_.left_out) out += "; not watched: " + what;
    return out;
}

}  // namespace sightline::engine
