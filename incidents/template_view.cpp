// SPDX-License-Identifier: Apache-2.0
#include "incidents/template_view.hpp"

#include <charconv>

#include "core/text.hpp"
#include "incidents/template_view_impl.hpp"

namespace sightline::incidents {
namespace {

using Json = nlohmann::ordered_json;
using When = config::VendorTemplate::When;

/// A round that is missed must not end an alert: Prometheus, too, says four rounds.
constexpr int kRoundsAhead = 4;

std::string upper(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return text;
}

std::string text_at(const Json& json, std::string_view place) {
    return text_of(value_at(json, place));
}

/// A moment that is either a text or an alarm's {media_s, utc}.
std::string moment(const Json& json, std::string_view name) {
    const Json& value = value_at(json, name);
    return value.is_object() ? text_at(value, "utc") : text_of(value);
}

When when_of(const Json& payload, bool alarm) {
    const std::string state = text_at(payload, "state");
    if (alarm) {
        if (state == "cleared") return When::Resolve;
        return state == "changed" ? When::Update : When::Create;
    }
    if (!is_empty(value_at(payload, "merged_into"))) return When::Merge;
    if (state == "resolved" || state == "closed") return When::Resolve;
    // What a receiver hears first need not be the first there was.
    const std::string reason = text_at(payload, "reason");
    if (reason == "merged") return When::Merge;
    return reason == "opened" || (reason.empty() && text_at(payload, "sequence") == "1") ? When::Create : When::Update;
}

const char* word_of(When when) {
    switch (when) {
        case When::Create:
            return "created";
        case When::Update:
            return "updated";
        case When::Resolve:
            return "resolved";
        case When::Merge:
            return "merged";
    }
    return "updated";
}

void add_line(std::string& out, std::string_view label, const std::string& value) {
    if (value.empty()) return;
    if (!out.empty()) out += '\n';
    out += label;
    out += ": ";
    out += value;
}

std::string tag_words(const Json& tags) {
    std::string out;
    if (!tags.is_object()) return out;
    for (const auto& [key, value] : tags.items()) out += (out.empty() ? "" : ", ") + key + "=" + text_of(value);
    return out;
}

/// One line for each thing that a reader wants to know, in the order of their questions.
std::string details_of(const Json& values, bool alarm) {
    std::string out;
    add_line(out, "Severity", text_at(values, "severity"));
    add_line(out, alarm ? "Stream" : "Cause", text_at(values, "source"));
    add_line(out, "Condition", text_at(values, "condition"));
    add_line(out, "Track", text_at(values, "track"));
    add_line(out, "Why", text_at(values, "why"));
    add_line(out, "State", text_at(values, "state"));
    add_line(out, "Since", text_at(values, "since_utc"));
    if (value_at(values, "transition") == "resolved") add_line(out, "Until", text_at(values, "until_utc"));
    if (const Json& seconds = value_at(values, "duration_s"); seconds.is_number())
        add_line(out, "Duration", core::json_number(seconds.get<double>(), 1) + " s");
    add_line(out, "Acknowledged by", text_at(values, "acknowledged_by"));
    add_line(out, "Owner", text_at(values, "owner"));
    add_line(out, "Merged into", text_at(values, "merged_into"));
    const Json& alarms = value_at(values, "alarms");
    if (alarms.is_array() && !alarms.empty()) add_line(out, "Alarms", std::to_string(alarms.size()));
    add_line(out, "Path", text_at(values, "path"));
    add_line(out, "Tags", tag_words(value_at(values, "tags")));
    add_line(out, "Probe", text_at(values, "probe"));
    add_line(out, "Runbook", text_at(values, "runbook"));
    add_line(out, "Id", text_at(values, "id"));
    return out;
}

void derive(Json& values, When when, core::Duration repeat_every) {
    const bool alarm = text_at(values, "type") != "incident";
    const Json payload = values;
    values["payload"] = payload;
    values["transition"] = word_of(when);
    const std::string stream = text_at(payload, "stream");
    std::string title = text_at(payload, "title");
    const std::string message = text_at(payload, "message");
    if (alarm) title = stream + ": " + (message.empty() ? text_at(payload, "condition") : message);
    values["title"] = title;
    const std::string why = text_at(payload, "why");
    if (message.empty()) values["message"] = why.empty() ? title : why;
    const std::string mark = when == When::Resolve ? "RESOLVED"
                             : when == When::Merge ? "MERGED"
                                                   : upper(text_at(payload, "severity"));
    values["summary"] = mark + " " + title + (alarm || why.empty() ? "" : ": " + why);
    std::string source = alarm ? stream : text_at(payload, "cause.name");
    if (source.empty()) source = text_at(payload, "probe");
    values["source"] = source.empty() ? "sightline" : source;
    const std::string track = text_at(payload, "track");
    values["component"] = alarm ? (track.empty() ? "stream" : track) : text_at(payload, "cause.kind");
    const std::string sent = text_at(payload, "sent_at");
    const std::string since = moment(payload, "since");
    values["since_utc"] = since.empty() ? sent : since;
    std::string until = moment(payload, "until");
    if (until.empty()) until = text_at(payload, "resolved_at");
    values["until_utc"] = until.empty() ? sent : until;
    const auto now = core::parse_rfc3339(sent);
    values["expires_at"] = now ? core::to_rfc3339(*now + kRoundsAhead * repeat_every) : sent;
    const std::string runbook = text_at(payload, "runbook");
    const bool url = runbook.starts_with("https://") || runbook.starts_with("http://");
    values["runbook_url"] = url ? runbook : "";
    values["details"] = details_of(values, alarm);
}

}  // namespace

const Json& value_at(const Json& json, std::string_view place) {
    static const Json kNull;
    const Json* at = &json;
    while (!place.empty()) {
        if (at->is_object()) {
            // A key may hold dots itself ("a.b"): the whole rest is tried first.
            if (const auto whole = at->find(std::string(place)); whole != at->end()) return *whole;
        }
        const std::size_t dot = place.find('.');
        const std::string_view step = place.substr(0, dot);
        place = dot == std::string_view::npos ? std::string_view{} : place.substr(dot + 1);
        if (at->is_object()) {
            const auto found = at->find(std::string(step));
            if (found == at->end()) return kNull;
            at = &*found;
        } else if (at->is_array()) {
            std::size_t index = 0;
            const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
            if (error != std::errc{} || end != step.data() + step.size() || index >= at->size()) return kNull;
            at = &(*at)[index];
        } else {
            return kNull;
        }
    }
    return *at;
}

std::string text_of(const Json& json) {
    if (json.is_null()) return {};
    if (json.is_string()) return json.get<std::string>();
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_empty(const Json& json) {
    if (json.is_null() || json == 0 || json == false) return true;
    return json.is_string() ? json.get_ref<const std::string&>().empty() : json.is_structured() && json.empty();
}

const Json& TemplateView::Impl::at(std::string_view name) const {
    return value_at(values, name);
}

TemplateView::TemplateView(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TemplateView::TemplateView(TemplateView&&) noexcept = default;
TemplateView& TemplateView::operator=(TemplateView&&) noexcept = default;
TemplateView::~TemplateView() = default;

core::Result<TemplateView> TemplateView::from(std::string_view payload, core::Duration repeat_every,
                                              std::optional<core::UtcTime> sent_at) {
    auto impl = std::make_unique<Impl>();
    impl->values = Json::parse(payload, nullptr, /*allow_exceptions=*/false);
    if (!impl->values.is_object()) return core::fail(core::ErrorCode::Corrupt, "the payload is no JSON object");
    if (sent_at) impl->values["sent_at"] = core::to_rfc3339(*sent_at);
    impl->when = when_of(impl->values, text_at(impl->values, "type") != "incident");
    derive(impl->values, impl->when, repeat_every);
    return TemplateView(std::move(impl));
}

void TemplateView::set(const std::string& prefix, const std::map<std::string, std::string>& values) {
    impl_->values[prefix] = values;
}

std::string TemplateView::text(std::string_view name) const {
    return text_of(impl_->at(name));
}

bool TemplateView::empty(std::string_view name) const {
    return is_empty(impl_->at(name));
}

std::map<std::string, std::string> TemplateView::tags() const {
    std::map<std::string, std::string> out;
    const Json& tags = impl_->at("tags");
    if (!tags.is_object()) return out;
    for (const auto& [key, value] : tags.items()) out[key] = text_of(value);
    return out;
}

config::VendorTemplate::When TemplateView::when() const {
    return impl_->when;
}

}  // namespace sightline::incidents
