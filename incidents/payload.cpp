// SPDX-License-Identifier: Apache-2.0
#include "incidents/payload.hpp"

#include <gnutls/crypto.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "core/text.hpp"

namespace sightline::incidents {
namespace {

constexpr std::size_t kSha256Bytes = 32;
using Digest = std::array<unsigned char, kSha256Bytes>;

std::string hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const unsigned char byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xfU];
    }
    return text;
}

// `text` cut to at most `size` bytes, never inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t size) {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;
    return text.substr(0, size);
}

std::string json_object(const std::map<std::string, std::string>& members) {
    std::string text = "{";
    for (const auto& [key, value] : members) {
        if (text.size() > 1) text += ',';
        text += core::json_string(key) + ':' + core::json_string(value);
    }
    return text + '}';
}

std::string string_or_null(const std::string& text) {
    return text.empty() ? "null" : core::json_string(text);
}

std::map<std::string, std::string> string_members(const nlohmann::json& object, const char* key) {
    std::map<std::string, std::string> members;
    const auto found = object.find(key);
    if (found == object.end() || !found->is_object()) return members;
    for (const auto& [name, value] : found->items()) {
        if (value.is_string()) members[name] = value.get<std::string>();
    }
    return members;
}

std::string string_member(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

std::string event_id(const core::AlarmTransition& alarm) {
    return alarm.id + '.' + std::to_string(alarm.sequence);
}

std::string dedup_key(const core::AlarmTransition& alarm) {
    std::string key = alarm.stream + '/' + alarm.rule + '/';
    const auto& subject = alarm.subject;
    const auto append = [&](const std::string& part) {
        if (part.empty()) return;
        if (key.back() != '/') key += ';';
        key += part;
    };
    if (subject.service != 0) append("service:" + std::to_string(subject.service));
    if (!subject.rendition.empty()) append("rendition:" + subject.rendition);
    if (!subject.leg.empty()) append("leg:" + subject.leg);
    append(subject.track);
    if (key.back() == '/') key += "stream";
    key = core::clean_utf8(key);
    if (key.size() <= kMaxDedupKey) return key;
    constexpr std::size_t kDigestDigits = 32;
    const std::string digest = hmac_sha256_hex("dedup_key", key).substr(0, kDigestDigits);
    return std::string(cut_utf8(key, kMaxDedupKey - kDigestDigits - 1)) + '#' + digest;
}

std::optional<double> duration_so_far(const core::AlarmTransition& alarm) {
    if (alarm.duration_s) return alarm.duration_s;
    const core::AlarmTime& end = alarm.until ? *alarm.until : alarm.at;
    if (end.media && alarm.since.media) return core::to_seconds(*end.media - *alarm.since.media);
    if (end.utc && alarm.since.utc) return core::to_seconds(*end.utc - *alarm.since.utc);
    return std::nullopt;
}

std::string event_id(const Notice& notice) {
    if (!notice.incident) return event_id(notice.alarm);
    return notice.incident->id + '.' + std::to_string(notice.incident->sequence) + '.' + name(notice.reason);
}

std::string dedup_key(const Notice& notice) {
    return notice.incident ? notice.incident->id : dedup_key(notice.alarm);
}

const std::string& queue_key(const Notice& notice) {
    return notice.incident ? notice.incident->id : notice.alarm.id;
}

core::Incident shortened(const core::Incident& incident) {
    core::Incident out = incident;
    if (out.alarms.size() > Notice::kAlarmsInNotice) {
        out.more_alarms += out.alarms.size() - Notice::kAlarmsInNotice;
        out.alarms.resize(Notice::kAlarmsInNotice);
    }
    if (out.timeline.size() > Notice::kEntriesInNotice) {
        const auto excess = static_cast<std::ptrdiff_t>(out.timeline.size() - Notice::kEntriesInNotice);
        out.timeline.erase(out.timeline.begin(), out.timeline.begin() + excess);
    }
    return out;
}

namespace {

std::string incident_payload(const Notice& notice, core::UtcTime sent_at) {
    const core::Incident& incident = *notice.incident;
    const core::UtcTime end = incident.resolved_at.value_or(incident.closed_at.value_or(sent_at));
    std::string extra = "\"reason\":" + core::json_string(name(notice.reason));
    if (notice.escalation > 0) extra += ",\"escalation\":" + std::to_string(notice.escalation);
    extra += ",\"dedup_key\":" + core::json_string(dedup_key(notice));
    extra += ",\"probe\":" + core::json_string(notice.facts.probe);
    extra += ",\"links\":" + json_object(notice.facts.links);
    extra += ",\"duration_s\":" + core::json_number(core::to_seconds(end - incident.since), 3);
    extra += ",\"event_id\":" + core::json_string(event_id(notice));
    extra += ",\"sent_at\":\"" + core::to_rfc3339(sent_at) + '"';
    return core::to_json(incident, {}, extra);
}

}  // namespace

std::string payload(const Notice& notice, core::UtcTime sent_at) {
    if (notice.incident) return incident_payload(notice, sent_at);
    core::AlarmTransition alarm = notice.alarm;
    const bool cleared = alarm.state == core::AlarmState::Cleared;  // then the alarm object itself says how long
    if (cleared) alarm.duration_s = duration_so_far(alarm);
    std::string extra = "\"dedup_key\":" + core::json_string(dedup_key(alarm));
    extra += ",\"probe\":" + core::json_string(notice.facts.probe);
    extra += ",\"path\":" + string_or_null(notice.facts.path);
    extra += ",\"tags\":" + json_object(notice.facts.tags);
    extra += ",\"runbook\":" + string_or_null(notice.facts.runbook);
    extra += ",\"links\":" + json_object(notice.facts.links);
    if (!cleared) extra += ",\"duration_s\":" + core::json_number(duration_so_far(alarm), 3);
    extra += ",\"event_id\":" + core::json_string(event_id(alarm));
    extra += ",\"sent_at\":\"" + core::to_rfc3339(sent_at) + '"';
    return core::to_json(alarm, extra);
}

std::string hmac_sha256_hex(std::string_view secret, std::string_view body) {
    Digest digest{};
    gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret.data(), secret.size(), body.data(), body.size(), digest.data());
    return hex(digest);
}

std::string to_json(const AlarmFacts& facts) {
    return "{\"probe\":" + core::json_string(facts.probe) + ",\"path\":" + core::json_string(facts.path) +
           ",\"tags\":" + json_object(facts.tags) + ",\"runbook\":" + core::json_string(facts.runbook) +
           ",\"links\":" + json_object(facts.links) + '}';
}

core::Result<AlarmFacts> facts_from_json(const std::string& text) {
    const auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return core::fail(core::ErrorCode::Corrupt, "stored alarm facts are not a JSON object");
    AlarmFacts facts;
    facts.probe = string_member(object, "probe");
    facts.path = string_member(object, "path");
    facts.tags = string_members(object, "tags");
    facts.runbook = string_member(object, "runbook");
    facts.links = string_members(object, "links");
    return facts;
}

}  // namespace sightline::incidents
