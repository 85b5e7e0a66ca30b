// SPDX-License-Identifier: Apache-2.0
#include "incidents/pagerduty_inbound.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "incidents/payload.hpp"

namespace sightline::incidents {
namespace {

using nlohmann::json;
using Kind = PagerDutyCommand::Kind;

constexpr std::size_t kMostHeader = 4096;
constexpr std::size_t kMostPerson = 128;
constexpr std::size_t kMostEventId = 128;

tl::unexpected<PagerDutyRefusal> refuse(int status, const char* why) {
    return tl::unexpected<PagerDutyRefusal>(PagerDutyRefusal{status, why});
}

/// Takes as long for equal texts as for others of the same length.
bool same_digest(std::string_view one, std::string_view other) {
    if (one.size() != other.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
        difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
    return difference == 0;
}

std::string text(const json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

const json& member(const json& object, const char* key) {
    static const json kNull;
    if (!object.is_object()) return kNull;
    const auto found = object.find(key);
    return found == object.end() ? kNull : *found;
}

Kind kind_of(const std::string& type) {
    if (type == "incident.acknowledged") return Kind::Acknowledge;
    if (type == "incident.unacknowledged") return Kind::Unacknowledge;
    if (type == "incident.resolved") return Kind::Resolve;
    return Kind::Nothing;
}

}  // namespace

tl::expected<PagerDutyCommand, PagerDutyRefusal> parse_pagerduty_event(std::string_view body) {
    if (body.size() > PagerDutyInbound::kMostBody) return refuse(400, "the body is too long");
    const json root = json::parse(body, nullptr, /*allow_exceptions=*/false);
    const json& event = member(root, "event");
    if (!event.is_object()) return refuse(400, "the body is no JSON object with an event");
    PagerDutyCommand out;
    out.event_id = text(event, "id");
    if (out.event_id.empty() || out.event_id.size() > kMostEventId) return refuse(400, "the event has no usable id");
    const auto occurred = core::parse_rfc3339(text(event, "occurred_at"));
    if (!occurred) return refuse(400, "the event's occurred_at is no time");
    out.occurred_at = *occurred;
    out.kind = kind_of(text(event, "event_type"));
    if (out.kind == Kind::Nothing) return out;
    const json& incident = member(event, "data");
    const std::string key = text(incident, "incident_key");
    if (key.empty() || key.size() > kMaxDedupKey || core::clean_utf8(key) != key)
        return refuse(400, "the event's incident_key is none of ours");
    out.dedup_key = key;
    const std::string person = core::clean_utf8(text(member(event, "agent"), "summary"));
    const bool named = !person.empty() && person.size() <= kMostPerson;
    out.person = named ? person : "PagerDuty";
    return out;
}

bool PagerDutyInbound::is_signed(std::string_view body, std::string_view signatures) const {
    if (signatures.size() > kMostHeader) return false;
    std::vector<std::string> ours;
    for (const std::string& secret : secrets_) {
        if (!secret.empty()) ours.push_back(hmac_sha256_hex(secret, body));
    }
    bool found = false;
    for (std::size_t count = 0; !signatures.empty() && count < kMostSignatures; ++count) {
        const std::size_t comma = std::min(signatures.find(','), signatures.size());
        std::string_view one = signatures.substr(0, comma);
        signatures.remove_prefix(std::min(comma + 1, signatures.size()));
        while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
        while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
        if (!one.starts_with("v1=")) continue;
        one.remove_prefix(3);
        for (const std::string& digest : ours) found = same_digest(one, digest) || found;
    }
    return found;
}

bool PagerDutyInbound::is_known(const PagerDutyCommand& command, core::UtcTime now) {
    for (auto it = seen_.begin(); it != seen_.end();) {
        it = now - it->second > kOldest ? seen_.erase(it) : std::next(it);
    }
    return seen_.count(command.event_id) > 0;
}

tl::expected<PagerDutyCommand, PagerDutyRefusal> PagerDutyInbound::read(std::string_view body,
                                                                        std::string_view signatures,
                                                                        core::UtcTime now) {
    if (body.size() > kMostBody) return refuse(400, "the body is too long");
    if (!is_signed(body, signatures)) return refuse(401, "no signature of this body was made with our secret");
    auto command = parse_pagerduty_event(body);
    if (!command) return command;
    if (now - command->occurred_at > kOldest) return refuse(409, "the event is too old");
    if (command->occurred_at - now > kMostAhead) return refuse(409, "the event lies in the future");
    if (is_known(*command, now)) return refuse(409, "the event was taken before");
    // Full of events within the hour: better to refuse some than to take one twice.
    if (seen_.size() >= kMostRemembered) return refuse(409, "too many events within an hour");
    seen_[command->event_id] = command->occurred_at;
    return command;
}

}  // namespace sightline::incidents
