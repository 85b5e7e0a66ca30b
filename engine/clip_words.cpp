// SPDX-License-Identifier: Apache-2.0
#include "engine/clip_words.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace sightline::engine {
namespace {

using nlohmann::json;

constexpr std::int64_t kFarthest = 1LL << 62;
constexpr std::size_t kMostNote = 500;

std::int64_t count(core::UtcTime time) {
    return time.time_since_epoch().count();
}

std::optional<std::int64_t> whole(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    const auto value = found->get<std::int64_t>();
    return value > -kFarthest && value < kFarthest ? std::optional(value) : std::nullopt;
}

core::UtcTime utc(const json& object, const char* key) {
    return core::UtcTime{core::Duration{whole(object, key).value_or(0)}};
}

std::optional<core::MediaTime> media(const json& object, const char* key) {
    const auto value = whole(object, key);
    return value ? std::optional(core::MediaTime{*value}) : std::nullopt;
}

bool flag(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

json written(const std::optional<core::MediaTime>& time) {
    return time ? json(time->count()) : json(nullptr);
}

json written(const std::optional<ClipStill>& still) {
    if (!still) return nullptr;
    return {{"utc", count(still->utc)}, {"media", written(still->media)}};
}

std::optional<ClipStill> still(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_object()) return std::nullopt;
    return ClipStill{utc(*found, "utc"), media(*found, "media"), {}};
}

json written(const std::vector<RingHole>& holes) {
    json out = json::array();
    for (const RingHole& hole : holes) out.push_back({{"from", count(hole.from)}, {"to", count(hole.to)}});
    return out;
}

std::vector<RingHole> holes_of(const json& object) {
    std::vector<RingHole> out;
    const auto found = object.find("holes");
    if (found == object.end() || !found->is_array()) return out;
    for (const json& hole : *found) {
        if (out.size() == kMostHoles) break;
        if (hole.is_object()) out.push_back({utc(hole, "from"), utc(hole, "to")});
    }
    return out;
}

}  // namespace

std::string to_json(const ClipJob& job) {
    const ClipOrder& order = job.order;
    return json{{"since_media", written(order.since_media)},
                {"since", count(order.since)},
                {"uncertainty", order.uncertainty.count()},
                {"from", count(order.from)},
                {"to", count(order.to)},
                {"service", order.service},
                {"max_tracks", order.max_tracks},
                {"max_pixels", order.max_pixels},
                {"most_bytes", order.most_bytes},
                {"pictures", order.pictures},
                {"memory", job.memory_bytes},
                {"sandbox", job.sandbox}}
        .dump();
}

core::Result<ClipJob> clip_job_from(std::string_view text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return core::fail(core::ErrorCode::Corrupt, "the order is no JSON object");
    ClipJob job;
    job.order.since_media = media(object, "since_media");
    job.order.since = utc(object, "since");
    job.order.uncertainty = core::Duration{whole(object, "uncertainty").value_or(0)};
    job.order.from = utc(object, "from");
    job.order.to = utc(object, "to");
    job.order.service = static_cast<int>(std::clamp<std::int64_t>(whole(object, "service").value_or(0), 0, 0xFFFF));
    job.order.max_tracks =
        static_cast<int>(std::clamp<std::int64_t>(whole(object, "max_tracks").value_or(64), 1, 4'096));
    job.order.max_pixels = whole(object, "max_pixels").value_or(job.order.max_pixels);
    job.order.most_bytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(whole(object, "most_bytes").value_or(0), 0));
    job.order.pictures = flag(object, "pictures");
    job.memory_bytes = whole(object, "memory").value_or(0);
    job.sandbox = flag(object, "sandbox");
    return job;
}

std::string to_json(const ClipReport& report) {
    return json{{"bytes", report.bytes},      {"from", count(report.from)}, {"to", count(report.to)},
                {"remuxed", report.remuxed},  {"whole", report.whole},      {"good", written(report.good)},
                {"bad", written(report.bad)}, {"note", report.note},        {"holes", written(report.holes)}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

core::Result<ClipReport> clip_report_from(std::string_view text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return core::fail(core::ErrorCode::Corrupt, "its making reported no JSON object");
    ClipReport report;
    report.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(whole(object, "bytes").value_or(0), 0));
    report.from = utc(object, "from");
    report.to = utc(object, "to");
    report.remuxed = flag(object, "remuxed");
    report.whole = flag(object, "whole");
    report.good = still(object, "good");
    report.bad = still(object, "bad");
    report.holes = holes_of(object);
    const auto note = object.find("note");
    if (note != object.end() && note->is_string())
        report.note = core::clean_utf8(note->get<std::string>().substr(0, kMostNote));
    return report;
}

}  // namespace sightline::engine
