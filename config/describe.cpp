// SPDX-License-Identifier: Apache-2.0
#include "config/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/evidence_reader.hpp"
#include "config/incidents_reader.hpp"
#include "config/rule_reader.hpp"
#include "config/transport_reader.hpp"
#include "config/trigger_reader.hpp"
#include "config/values.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

using core::Severity;

constexpr int kMinutesADay = 24 * 60;

/// Builds the text; knows what must not be in it.
class Writer {
public:
    Writer(const Config& config, const Surroundings& around) : config_(config), around_(around) {}

    [[nodiscard]] std::string take() { return std::move(out_); }

    /// A text as its user may see it, in quotes.
    [[nodiscard]] std::string shown(const std::string& text) const {
        const auto written = config_.written.find(text);
        if (written != config_.written.end()) return core::json_string(core::mask_secrets(written->second));
        // "$${" is how a literal "${" is written.
        std::string escaped;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') escaped += '$';
            escaped += text[i];
        }
        return core::json_string(core::mask_secrets(escaped));
    }
    /// A text that is a secret whatever it holds.
    [[nodiscard]] std::string secret(const std::string& text) const {
        const auto written = config_.written.find(text);
        const bool only_a_name = written != config_.written.end() && written->second.starts_with("${") &&
                                 written->second.find('}') + 1 == written->second.size();
        return only_a_name ? core::json_string(written->second) : "\"***\"";
    }
    [[nodiscard]] std::string list(const std::vector<std::string>& texts) const {
        std::string out = "[";
        for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + shown(text);
        return out + "]";
    }
    template <class... Args>
    void line(int indent, fmt::format_string<Args...> format, Args&&... args) {
        out_.append(static_cast<std::size_t>(indent), ' ');
        out_ += fmt::format(format, std::forward<Args>(args)...);
        out_ += '\n';
    }

    void general();
    void api();
    void reports();
    void stream(const core::StreamSpec& spec);
    void input(const core::InputSpec& spec);
    void expect(const core::Expect& spec);
    void air(const core::AirCalendar& air);
    void rule(const core::Rule& rule);
    void paths();
    void notifiers();
    void transport(const Notifier& notifier);
    void server(const std::string& host, int port);
    void email(const EmailSettings& email);
    void syslog(const SyslogSettings& syslog);
    void snmp(const SnmpSettings& snmp);

private:
    [[nodiscard]] std::string parameter(const core::Rule& rule, const std::string& key,
                                        const core::ParameterValue& value) const;

    const Config& config_;
    const Surroundings& around_;
    std::string out_;
};

void Writer::general() {
    line(0, "version: 1");
    if (!config_.probe.empty()) line(0, "probe: {}", shown(config_.probe));
    line(0, "timezone: {}", config_.timezone);
    line(0, "store: {{sqlite: {}, keep: {}}}", shown(config_.store_sqlite), core::to_text(config_.store_keep));
    api();
    if (config_.heartbeat) {
        line(0, "heartbeat: {{url: {}, every: {}}}", shown(config_.heartbeat->url),
             core::to_text(config_.heartbeat->every));
    }
    for (const std::string& text : incidents_lines(config_.incidents)) line(0, "{}", text);
    line(0, "{}", evidence_line(config_.evidence, shown(config_.evidence.folder)));
    reports();
    line(0, "workers: {{memory: {}}}", config_.worker_memory_bytes);
    line(0, "stdout: {}", config_.stdout_json ? "json" : "none");
}

void Writer::reports() {
    line(0, "reports:");
    if (!config_.reports.timezone.empty()) line(2, "timezone: {}", config_.reports.timezone);
    std::vector<std::string> shifts;
    for (const int start : config_.reports.shifts) shifts.push_back('"' + time_of_day_text(start) + '"');
    line(2, "shifts: [{}]", fmt::join(shifts, ", "));
}

void Writer::api() {
    line(0, "api:");
    line(2, "listen: {}", config_.api_listen.empty() ? "off" : shown(config_.api_listen));
    if (!config_.api_token.empty()) line(2, "token: {}", secret(config_.api_token));
    line(2, "socket: {}", shown(config_.api_socket));
    if (!config_.api_certificate.empty())
        line(2, "tls: {{certificate: {}, key: {}}}", shown(config_.api_certificate), shown(config_.api_key));
    if (!config_.api_hosts.empty()) line(2, "hosts: [{}]", fmt::join(config_.api_hosts, ", "));
    if (!config_.api_pagerduty_secrets.empty()) {
        std::vector<std::string> hidden;
        for (const std::string& text : config_.api_pagerduty_secrets) hidden.push_back(secret(text));
        line(2, "pagerduty_secrets: [{}]", fmt::join(hidden, ", "));
    }
    if (config_.api_tokens.empty()) return;
    line(2, "tokens:");
    static constexpr std::array kRoles{"viewer", "operator", "admin"};
    for (const ApiToken& token : config_.api_tokens) {
        line(4, "- {{name: {}, role: {}, sha256: \"{}\"}}", token.name, kRoles[static_cast<std::size_t>(token.role)],
             token.sha256);
    }
}

void Writer::input(const core::InputSpec& spec) {
    line(4, "url: {}", shown(spec.url));
    line(4, "depth: {}", core::name(spec.depth));
    if (!spec.services.empty()) line(4, "services: [{}]", fmt::join(spec.services, ", "));
    if (!spec.interface.empty()) line(4, "interface: {}", shown(spec.interface));
    if (!spec.source.empty()) line(4, "source: {}", shown(spec.source));
    if (spec.receive_buffer_bytes > 0) line(4, "receive_buffer: {}", spec.receive_buffer_bytes);
    if (spec.allow_private) line(4, "allow_private: true");
    if (!spec.rtmp_app.empty() || !spec.rtmp_key.empty()) {
        line(4, "rtmp:");
        if (!spec.rtmp_app.empty()) line(6, "app: {}", shown(spec.rtmp_app));
        if (!spec.rtmp_key.empty()) line(6, "key: {}", secret(spec.rtmp_key));
    }
    if (!spec.http_headers.empty()) {
        line(4, "http:");
        line(6, "headers:");
        for (const auto& [name, value] : spec.http_headers) line(8, "{}: {}", core::json_string(name), secret(value));
    }
    line(4, "connect_timeout: {}", core::to_text(spec.connect_timeout));
    line(4, "max_tracks: {}", spec.max_tracks);
    line(4, "max_pixels: {}", spec.max_pixels);
}

std::string video_text(const core::ExpectVideo& video) {
    if (video.none) return "none";
    std::vector<std::string> parts;
    if (video.codec) parts.push_back("codec: " + *video.codec);
    if (video.width) parts.push_back(fmt::format("width: {}", *video.width));
    if (video.height) parts.push_back(fmt::format("height: {}", *video.height));
    if (video.fps) parts.push_back(fmt::format("fps: {}", *video.fps));
    if (video.interlaced) parts.push_back(fmt::format("interlaced: {}", *video.interlaced));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string audio_text(const std::vector<core::ExpectAudio>& tracks) {
    if (tracks.empty()) return "none";
    std::vector<std::string> out;
    for (const core::ExpectAudio& track : tracks) {
        std::vector<std::string> parts;
        if (track.codec) parts.push_back("codec: " + *track.codec);
        if (track.language) parts.push_back("language: " + *track.language);
        if (track.channels) parts.push_back(fmt::format("channels: {}", *track.channels));
        if (track.sample_rate) parts.push_back(fmt::format("sample_rate: {}", *track.sample_rate));
        out.push_back(fmt::format("{{{}}}", fmt::join(parts, ", ")));
    }
    return fmt::format("[{}]", fmt::join(out, ", "));
}

void Writer::expect(const core::Expect& spec) {
    if (spec == core::Expect{}) return;
    line(4, "expect:");
    if (spec.video) line(6, "video: {}", video_text(*spec.video));
    if (spec.audio) line(6, "audio: {}", audio_text(*spec.audio));
    std::vector<std::string> limits;
    if (spec.bitrate_min_bps) limits.push_back("min: " + bitrate_text(*spec.bitrate_min_bps));
    if (spec.bitrate_max_bps) limits.push_back("max: " + bitrate_text(*spec.bitrate_max_bps));
    if (!limits.empty()) line(6, "bitrate: {{{}}}", fmt::join(limits, ", "));
}

std::vector<std::string> weekly(const std::vector<core::WeeklySpan>& plan) {
    std::vector<std::string> spans;
    for (const core::WeeklySpan& span : plan) {
        for (int begin = span.begin_minute; begin < span.end_minute;) {
            const int end = std::min(span.end_minute, (begin / kMinutesADay + 1) * kMinutesADay);
            spans.push_back(core::json_string(weekly_text({begin, end})));
            begin = end;
        }
    }
    return spans;
}

void Writer::air(const core::AirCalendar& air) {
    line(4, "timezone: {}", air.zone);
    if (air.on_air.empty()) {
        line(4, "on_air: {}", core::name(air.fixed));
        return;
    }
    line(4, "on_air: {{weekly: [{}], otherwise: {}}}", fmt::join(weekly(air.on_air), ", "), core::name(air.otherwise));
}

std::string Writer::parameter(const core::Rule& rule, const std::string& key, const core::ParameterValue& value) const {
    if (const auto* word = std::get_if<std::string>(&value)) return shown(*word);
    const core::ConditionSpec* spec = find_condition(around_, rule.name);
    std::string_view unit;
    if (spec != nullptr) {
        for (const core::ParameterSpec& parameter : spec->parameters) {
            if (parameter.key == key) unit = parameter.unit;
        }
    }
    return quantity_text(std::get<double>(value), unit);
}

void Writer::rule(const core::Rule& rule) {
    const Judged what = judged(find_condition(around_, rule.name), around_);
    std::vector<std::string> parts;
    if (!rule.enabled) parts.emplace_back("enabled: false");
    if (!rule.all.empty()) parts.push_back(fmt::format("all: [{}]", fmt::join(rule.all, ", ")));
    if (!rule.any.empty()) parts.push_back(fmt::format("any: [{}]", fmt::join(rule.any, ", ")));
    for (const Severity severity :
         {Severity::Critical, Severity::Major, Severity::Minor, Severity::Warning, Severity::Info}) {
        const auto trigger = rule.triggers.find(severity);
        const core::Rule* shipped = core::find(around_.default_rules, rule.name);
        if (trigger != rule.triggers.end()) {
            parts.push_back(fmt::format("{}: {}", core::name(severity), trigger_text(trigger->second, what.unit)));
        } else if (shipped != nullptr && shipped->triggers.count(severity) > 0) {
            parts.push_back(fmt::format("{}: off", core::name(severity)));
        }
    }
    parts.push_back("clear: " + core::to_text(rule.clear));
    for (const auto& [key, value] : rule.parameters)
        parts.push_back(fmt::format("{}: {}", key, parameter(rule, key, value)));
    line(6, "- {{{}: {{{}}}}}", rule.name, fmt::join(parts, ", "));
    if (rule.clear_severity.empty()) return;
    parts.clear();
    for (const auto& [severity, clear] : rule.clear_severity) {
        parts.push_back(fmt::format("{}: {}", core::name(severity), core::to_text(clear)));
    }
    line(6, "- {{{}: {{clear: {{{}}}}}}}", rule.name, fmt::join(parts, ", "));
}

void Writer::stream(const core::StreamSpec& spec) {
    line(2, "- id: {}", spec.id);
    line(4, "name: {}", shown(spec.name));
    input(spec.input);
    expect(spec.expect);
    air(spec.air);
    if (!spec.tags.empty()) line(4, "tags:");
    for (const auto& [key, value] : spec.tags) line(6, "{}: {}", key, shown(value));
    if (!spec.runbook.empty()) line(4, "runbook: {}", shown(spec.runbook));
    if (!spec.rules.empty()) line(4, "rules:");
    for (const core::Rule& one : spec.rules) rule(one);
}

void Writer::paths() {
    if (!config_.paths.empty()) line(0, "paths:");
    for (const Path& path : config_.paths) {
        line(2, "- id: {}", path.id);
        line(4, "points:");
        for (const PathPoint& point : path.points) {
            line(6, "- {{any: [{}], delay: {}}}", fmt::join(point.any_of, ", "), core::to_text(point.delay));
        }
    }
}

void Writer::notifiers() {
    if (!config_.notify.empty()) line(0, "notify:");
    for (const Notifier& notifier : config_.notify) {
        line(2, "- name: {}", notifier.name);
        transport(notifier);
        if (notifier.about == NotifyAbout::Incidents) line(4, "about: incidents");
        line(4, "timeout: {}", core::to_text(notifier.timeout));
        line(4, "give_up: {}", core::to_text(notifier.give_up));
        std::vector<std::string> severities;
        for (const Severity severity : notifier.severities) severities.emplace_back(core::name(severity));
        if (!severities.empty()) line(4, "severity: [{}]", fmt::join(severities, ", "));
        if (!notifier.streams.empty()) line(4, "streams: [{}]", fmt::join(notifier.streams, ", "));
        if (!notifier.paths.empty()) line(4, "paths: [{}]", fmt::join(notifier.paths, ", "));
        if (!notifier.tags.empty()) line(4, "tags:");
        for (const auto& [tag, values] : notifier.tags) line(6, "{}: {}", core::json_string(tag), list(values));
        if (notifier.hours) {
            line(4, "hours: {{weekly: [{}], timezone: {}}}", fmt::join(weekly(notifier.hours->on_air), ", "),
                 notifier.hours->zone);
        }
    }
}

void Writer::transport(const Notifier& notifier) {
    switch (notifier.type) {
        case NotifierType::Webhook:
            line(4, "type: webhook");
            line(4, "url: {}", shown(notifier.url));
            if (!notifier.secret.empty()) line(4, "secret: {}", secret(notifier.secret));
            if (!notifier.headers.empty()) line(4, "headers:");
            for (const auto& [name, value] : notifier.headers)
                line(6, "{}: {}", core::json_string(name), secret(value));
            break;
        case NotifierType::Exec:
            line(4, "type: exec");
            line(4, "command: {}", list(notifier.command));
            break;
        case NotifierType::Vendor:
            line(4, "type: {}", notifier.vendor.vendor.empty() ? "template" : notifier.vendor.vendor);
            if (!notifier.vendor.template_file.empty()) line(4, "template: {}", shown(notifier.vendor.template_file));
            for (const auto& [name, value] : notifier.vendor.values) {
                if (value.empty()) continue;
                line(4, "{}: {}", name, notifier.vendor.secrets.count(name) > 0 ? secret(value) : shown(value));
            }
            break;
        case NotifierType::Email:
            email(notifier.email);
            break;
        case NotifierType::Syslog:
            syslog(notifier.syslog);
            break;
        case NotifierType::Snmp:
            snmp(notifier.snmp);
            break;
    }
}

void Writer::server(const std::string& host, int port) {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    line(4, "server: {}", shown(port == 0 ? name : fmt::format("{}:{}", name, port)));
}

void Writer::email(const EmailSettings& email) {
    static constexpr std::array kTls{"none", "starttls", "tls"};
    line(4, "type: email");
    server(email.host, email.port);
    line(4, "tls: {}", kTls[static_cast<std::size_t>(email.tls)]);
    if (!email.ca_file.empty()) line(4, "ca: {}", shown(email.ca_file));
    if (!email.user.empty()) line(4, "user: {}", shown(email.user));
    if (!email.password.empty()) line(4, "password: {}", secret(email.password));
    line(4, "from: {}", shown(email.from));
    line(4, "to: {}", list(email.to));
}

void Writer::syslog(const SyslogSettings& syslog) {
    static constexpr std::array kProtocols{"udp", "tcp", "tls"};
    line(4, "type: syslog");
    server(syslog.host, syslog.port);
    line(4, "protocol: {}", kProtocols[static_cast<std::size_t>(syslog.protocol)]);
    if (!syslog.ca_file.empty()) line(4, "ca: {}", shown(syslog.ca_file));
    line(4, "facility: {}", facility_name(syslog.facility));
    line(4, "enterprise: {}", syslog.enterprise);
}

void Writer::snmp(const SnmpSettings& snmp) {
    static constexpr std::array kAuth{"none", "sha1", "sha256"};
    line(4, "type: snmp");
    server(snmp.host, snmp.port);
    if (snmp.version == SnmpSettings::Version::V2c) {
        line(4, "version: v2c");
        line(4, "community: {}", secret(snmp.community));
        return;
    }
    line(4, "version: v3");
    line(4, "user: {}", shown(snmp.user));
    line(4, "auth: {}", kAuth[static_cast<std::size_t>(snmp.auth)]);
    if (!snmp.auth_password.empty()) line(4, "auth_password: {}", secret(snmp.auth_password));
    line(4, "privacy: {}", snmp.privacy == SnmpSettings::Privacy::None ? "none" : "aes128");
    if (!snmp.privacy_password.empty()) line(4, "privacy_password: {}", secret(snmp.privacy_password));
    if (!snmp.engine_id.empty()) line(4, "engine_id: {}", shown(snmp.engine_id));
}

}  // namespace

std::string describe(const Config& config, const Surroundings& around) {
    Writer writer(config, around);
    writer.general();
    writer.notifiers();
    writer.paths();
    writer.line(0, "{}", config.streams.empty() ? "streams: []" : "streams:");
    for (const core::StreamSpec& stream : config.streams) writer.stream(stream);
    return writer.take();
}

}  // namespace sightline::config
