// SPDX-License-Identifier: Apache-2.0
#include "testdata/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace sightline::testdata {
namespace {

using Json = nlohmann::ordered_json;

/// Nearest millionth, so that the text has no noise digits.
double seconds(core::Duration d) {
    return std::round(static_cast<double>(d.count()) / 1e3) / 1e6;
}

core::PtsTicks ticks_of(core::Duration d) {
    const std::int64_t ns = d.count();
    const std::int64_t whole = ns / 1'000'000'000;
    return core::PtsTicks{whole * 90'000 + ((ns % 1'000'000'000) * 9 + (ns < 0 ? -50'000 : 50'000)) / 100'000};
}

const char* codec_name(Codec codec) {
    switch (codec) {
        case Codec::H264:
            return "h264";
        case Codec::Hevc:
            return "hevc";
        case Codec::Mpeg2Video:
            return "mpeg2video";
        case Codec::Aac:
            return "aac";
        case Codec::Mp2:
            return "mp2";
        case Codec::Pcm:
            return "pcm";
        case Codec::None:
            break;
    }
    return "none";
}

Json track_json(const Track& track, const std::string& id) {
    Json json{{"id", id}, {"codec", codec_name(track.codec)}};
    if (track.video) {
        json["width"] = track.width;
        json["height"] = track.height;
        json["fps"] = fmt::format("{}/{}", track.fps.num, track.fps.den);
    } else {
        json["sample_rate"] = track.sample_rate;
        json["channels"] = track.channels;
        json["language"] = track.language.empty() ? Json(nullptr) : Json(track.language);
    }
    return json;
}

Json place_json(const EdgePlace& place) {
    Json json{{"media_s", seconds(place.media)}, {"media_ns", place.media.count()}};
    if (place.frame) json["frame"] = *place.frame;
    if (place.sample) json["sample"] = *place.sample;
    return json;
}

Json pid_json(int pid, const PidTruth& t) {
    return {{"pid", pid},
            {"packets", t.sent},
            {"made", t.made},
            {"dropped", t.dropped},
            {"duplicated", t.duplicated},
            {"reordered", t.reordered},
            {"corrupted", t.corrupted},
            {"transport_errors", t.transport_errors},
            {"sync_bytes_broken", t.sync_bytes_broken},
            {"scrambled", t.scrambled},
            {"continuity_errors", t.continuity_errors}};
}

std::optional<EdgePlace> read_place(const Json& json) {
    if (!json.is_object() || !json.contains("media_ns")) return std::nullopt;
    EdgePlace place;
    place.media = core::Duration{json["media_ns"].get<std::int64_t>()};
    if (json.contains("frame")) place.frame = json["frame"].get<std::int64_t>();
    if (json.contains("sample")) place.sample = json["sample"].get<std::int64_t>();
    return place;
}

EdgePlace moved(EdgePlace place, core::Duration shift, std::int64_t frames, std::int64_t samples) {
    place.media += shift;
    if (place.frame) *place.frame += frames;
    if (place.sample) *place.sample += samples;
    return place;
}

}  // namespace

Truth::Truth(std::vector<Track> tracks, std::vector<Fault> faults, std::uint64_t seed)
    : tracks_(std::move(tracks)), faults_(std::move(faults)), seed_(seed) {}

std::string Truth::track_name(std::size_t track) const {
    if (track >= tracks_.size()) return {};
    return fmt::format("{}:{}", tracks_[track].video ? "video" : "audio", tracks_[track].order);
}

TruthEntry& Truth::entry_of(std::string_view kind, std::size_t fault, std::int64_t occurrence, std::size_t track) {
    const auto [found, fresh] = index_.try_emplace({fault, {occurrence, track}}, entries_.size());
    if (fresh) {
        TruthEntry entry;
        entry.kind = kind;
        entry.fault = fault;
        entry.occurrence = occurrence;
        entry.track = track;
        entries_.push_back(std::move(entry));
    }
    return entries_[found->second];
}

void Truth::add_edge(TruthEntry& entry, bool good, const EdgePlace& place) {
    std::optional<TruthEdge>& edge = good ? entry.good : entry.bad;
    edge.emplace();
    edge->place = place;
    edge->pts = ticks_of(place.media);
    if (entry.track != npos) pending_.push_back({static_cast<std::size_t>(&entry - entries_.data()), good});
}

void Truth::bad(std::size_t fault, std::int64_t occurrence, std::size_t track, const EdgePlace& place) {
    const std::lock_guard lock(mutex_);
    add_edge(entry_of(name(faults_[fault].kind), fault, occurrence, track), false, place);
}

void Truth::good(std::size_t fault, std::int64_t occurrence, std::size_t track, const EdgePlace& place) {
    const std::lock_guard lock(mutex_);
    add_edge(entry_of(name(faults_[fault].kind), fault, occurrence, track), true, place);
}

void Truth::packet(std::size_t fault, std::int64_t occurrence, int pid, core::Duration media) {
    const std::lock_guard lock(mutex_);
    TruthEntry& entry = entry_of(name(faults_[fault].kind), fault, occurrence, npos);
    if (!entry.bad) add_edge(entry, false, EdgePlace{media, {}, {}});
    ++entry.packets[pid];
}

int Truth::mark_of(const AccessUnit& unit) {
    const std::lock_guard lock(mutex_);
    std::vector<Pending> matching;
    const auto carried = [&](const Pending& pending) {
        const TruthEntry& entry = entries_[pending.entry];
        if (entry.track != unit.track) return false;
        const core::PtsTicks pts = (pending.good ? entry.good : entry.bad)->pts;
        return unit.pts <= pts && pts < unit.pts + unit.duration;
    };
    for (const Pending& pending : pending_) {
        if (carried(pending)) matching.push_back(pending);
    }
    // An edge whose unit was lost on the way would wait for ever.
    const auto stale = [&](const Pending& pending) {
        const TruthEntry& entry = entries_[pending.entry];
        return entry.track == unit.track &&
               (pending.good ? entry.good : entry.bad)->pts + std::chrono::seconds(10) < unit.pts;
    };
    pending_.erase(std::remove_if(pending_.begin(), pending_.end(), stale), pending_.end());
    if (matching.empty()) return -1;
    pending_.erase(std::remove_if(pending_.begin(), pending_.end(), carried), pending_.end());
    marks_.push_back(std::move(matching));
    return static_cast<int>(marks_.size()) - 1;
}

void Truth::sent(int mark, std::string_view output, core::UtcTime utc, core::ArrivalTime monotonic) {
    const std::lock_guard lock(mutex_);
    for (const Pending& pending : marks_[static_cast<std::size_t>(mark)]) {
        TruthEntry& entry = entries_[pending.entry];
        TruthEdge& edge = pending.good ? *entry.good : *entry.bad;
        edge.sent.push_back({std::string(output), utc, monotonic});
        const Json line{{"type", "sent"},
                        {"kind", entry.kind},
                        {"occurrence", entry.occurrence},
                        {"track", track_name(entry.track)},
                        {"edge", pending.good ? "first_good" : "first_bad"},
                        {"media_s", seconds(edge.place.media)},
                        {"to", output},
                        {"utc", core::to_rfc3339(utc)},
                        {"utc_ns", utc.time_since_epoch().count()},
                        {"monotonic_ns", monotonic.time_since_epoch().count()}};
        lines_.push_back(line.dump());
    }
}

void Truth::started(core::UtcTime utc, core::ArrivalTime monotonic) {
    const std::lock_guard lock(mutex_);
    started_.emplace(utc, monotonic);
}

core::Result<std::vector<Truth::Known>> Truth::read_known(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("faults") || !json["faults"].is_array() || !json.contains("tracks")) {
        return core::fail(core::ErrorCode::Corrupt, "not a truth file of sightline-signals");
    }
    std::vector<Known> all;
    for (const Json& fault : json["faults"]) {
        Known known;
        known.kind = fault.value("kind", "");
        for (std::size_t i = 0; i < json["tracks"].size(); ++i) {
            if (fault["track"].is_string() && json["tracks"][i]["id"] == fault["track"]) known.track = i;
        }
        const auto bad = read_place(fault["first_bad"]);
        if (!bad) continue;
        known.bad = *bad;
        known.good = read_place(fault["first_good"]);
        all.push_back(std::move(known));
    }
    return all;
}

void Truth::replayed(const Known& known, std::size_t number, std::int64_t loop, core::Duration shift,
                     std::int64_t frame_shift, std::int64_t sample_shift) {
    const std::lock_guard lock(mutex_);
    TruthEntry& entry = entry_of(known.kind, faults_.size() + number, loop, known.track);
    add_edge(entry, false, moved(known.bad, shift, frame_shift, sample_shift));
    if (known.good) add_edge(entry, true, moved(*known.good, shift, frame_shift, sample_shift));
}

void Truth::set_totals(core::Duration duration, std::int64_t frames, core::PtsTicks start_pts, bool transport_stream) {
    const std::lock_guard lock(mutex_);
    duration_ = duration;
    frames_ = frames;
    start_pts_ = start_pts;
    transport_stream_ = transport_stream;
}

void Truth::set_pids(std::map<int, PidTruth> pids, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    pids_ = std::move(pids);
    bytes_ = bytes;
}

std::string Truth::to_json() const {
    const std::lock_guard lock(mutex_);
    Json json{{"type", "truth"}, {"seed", seed_}, {"duration_s", seconds(duration_)}, {"frames", frames_}};
    json["started"] = nullptr;
    if (started_) {
        json["started"] = Json{{"utc", core::to_rfc3339(started_->first)},
                               {"utc_ns", started_->first.time_since_epoch().count()},
                               {"monotonic_ns", started_->second.time_since_epoch().count()}};
    }
    json["tracks"] = Json::array();
    for (std::size_t i = 0; i < tracks_.size(); ++i) json["tracks"].push_back(track_json(tracks_[i], track_name(i)));

    json["faults"] = Json::array();
    const auto edge_json = [&](const std::optional<TruthEdge>& edge) -> Json {
        if (!edge || edge->place.media > duration_) return nullptr;
        Json out = place_json(edge->place);
        if (!edge->sent.empty()) out["sent"] = Json::array();
        for (const SentTime& sent : edge->sent) {
            out["sent"].push_back(Json{{"to", sent.output},
                                       {"utc", core::to_rfc3339(sent.utc)},
                                       {"utc_ns", sent.utc.time_since_epoch().count()},
                                       {"monotonic_ns", sent.monotonic.time_since_epoch().count()}});
        }
        return out;
    };
    std::vector<const TruthEntry*> ordered;
    for (const TruthEntry& entry : entries_) {  // a replay knows of faults that its last pass never reached
        if (entry.bad->place.media < duration_) ordered.push_back(&entry);
    }
    std::stable_sort(ordered.begin(), ordered.end(), [](const TruthEntry* a, const TruthEntry* b) {
        return a->bad->place.media < b->bad->place.media;
    });
    for (const TruthEntry* entry : ordered) {
        Json fault{{"kind", entry->kind}, {"occurrence", entry->occurrence}};
        fault["track"] = entry->track == npos ? Json(nullptr) : Json(track_name(entry->track));
        fault["first_bad"] = edge_json(entry->bad);
        fault["first_good"] = edge_json(entry->good);
        if (!fault["first_good"].is_null()) {
            fault["duration_s"] = seconds(entry->good->place.media - entry->bad->place.media);
        }
        if (!entry->packets.empty()) {
            fault["packets"] = Json::array();
            for (const auto& pair : entry->packets) {
                fault["packets"].push_back(Json{{"pid", pair.first}, {"packets", pair.second}});
            }
        }
        json["faults"].push_back(std::move(fault));
    }
    if (transport_stream_) {
        Json ts{{"start_pts", start_pts_.count()}, {"bytes", bytes_}};
        std::uint64_t packets = 0;
        std::uint64_t errors = 0;
        ts["pids"] = Json::array();
        for (const auto& pair : pids_) {
            packets += pair.second.sent;
            errors += pair.second.continuity_errors;
            ts["pids"].push_back(pid_json(pair.first, pair.second));
        }
        ts["packets"] = packets;
        ts["continuity_errors"] = errors;
        json["ts"] = std::move(ts);
    }
    return json.dump(2) + "\n";
}

std::vector<std::string> Truth::take_sent_lines() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
}

}  // namespace sightline::testdata
