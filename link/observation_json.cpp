// SPDX-License-Identifier: Apache-2.0
#include "link/observation_json.hpp"

#include <cstdint>

#include "link/checked_json.hpp"
#include "link/shared_segment.hpp"

namespace sightline::link {
namespace {

using nlohmann::json;

constexpr int kMaxPid = 1 << 20;

json write(const core::Subject& subject) {
    json out = json::object();
    if (subject.service != 0) out["service"] = subject.service;
    if (!subject.rendition.empty()) out["rendition"] = subject.rendition;
    if (!subject.leg.empty()) out["leg"] = subject.leg;
    if (!subject.track.empty()) out["track"] = subject.track;
    return out;
}

core::Subject read_subject(const CheckedObject& in) {
    const json* value = in.find("about");
    core::Subject subject;
    if (value == nullptr) return subject;
    const CheckedObject about(*value);
    subject.service = about.integer<std::uint16_t>("service", 0, 65'535, 0);
    subject.rendition = about.text("rendition");
    subject.leg = about.text("leg");
    subject.track = about.text("track");
    return subject;
}

void write_instant(const core::Instant& at, json& out) {
    if (at.media) out["media"] = at.media->count();
    if (at.arrival) out["arrival"] = at.arrival->time_since_epoch().count();
}

core::Instant read_instant(const CheckedObject& in) {
    core::Instant at;
    if (const auto media = in.optional_integer<std::int64_t>("media", -kMaxTime, kMaxTime))
        at.media = core::MediaTime{*media};
    if (const auto arrival = in.optional_integer<std::int64_t>("arrival", -kMaxTime, kMaxTime))
        at.arrival = core::ArrivalTime{core::Duration{*arrival}};
    return at;
}

json write(const core::Track& track) {
    json out{{"about", write(track.subject)},
             {"kind", static_cast<int>(track.kind)},
             {"codec", track.codec},
             {"language", track.language},
             {"width", track.width},
             {"height", track.height},
             {"fps", track.fps},
             {"interlaced", track.interlaced},
             {"channels", track.channels},
             {"sample_rate", track.sample_rate},
             {"watched", track.watched},
             {"not_watched", track.not_watched}};
    if (track.pid) out["pid"] = *track.pid;
    return out;
}

core::Track read_track(const json& item) {
    const CheckedObject in(item);
    core::Track track;
    track.subject = read_subject(in);
    track.kind = static_cast<core::TrackKind>(in.integer<int>("kind", 0, static_cast<int>(core::TrackKind::Data), 0));
    track.pid = in.optional_integer<int>("pid", 0, kMaxPid);
    track.codec = in.text("codec");
    track.language = in.text("language");
    track.width = in.integer<int>("width", 0, 1 << 20, 0);
    track.height = in.integer<int>("height", 0, 1 << 20, 0);
    track.fps = in.number("fps").value_or(0);
    track.interlaced = in.flag("interlaced", false);
    track.channels = in.integer<int>("channels", 0, 1'024, 0);
    track.sample_rate = in.integer<int>("sample_rate", 0, 10'000'000, 0);
    track.watched = in.flag("watched", true);
    track.not_watched = in.text("not_watched");
    return track;
}

struct ObservationWriter {
    json operator()(const core::StateEdge& edge) const {
        json out{{"is", "edge"},
                 {"condition", edge.condition},
                 {"about", write(edge.subject)},
                 {"verdict", static_cast<int>(edge.verdict)},
                 {"exact", edge.exact},
                 {"uncertainty", edge.uncertainty.count()},
                 {"unit", edge.unit},
                 {"detail", edge.detail}};
        write_instant(edge.at, out);
        if (edge.value) out["value"] = *edge.value;
        if (edge.threshold) out["threshold"] = *edge.threshold;
        if (edge.pid) out["pid"] = *edge.pid;
        return out;
    }
    json operator()(const core::Occurrence& event) const {
        json out{{"is", "event"},
                 {"condition", event.condition},
                 {"about", write(event.subject)},
                 {"count", event.count},
                 {"detail", event.detail}};
        write_instant(event.at, out);
        if (event.pid) out["pid"] = *event.pid;
        return out;
    }
    json operator()(const core::LevelSample& sample) const {
        json out{{"is", "level"},
                 {"measurement", sample.measurement},
                 {"about", write(sample.subject)},
                 {"window", sample.window.count()},
                 {"value", sample.value}};
        write_instant(sample.at, out);
        if (sample.pid) out["pid"] = *sample.pid;
        if (sample.channel) out["channel"] = *sample.channel;
        return out;
    }
    json operator()(const core::Tick& tick) const {
        json out{{"is", "tick"}, {"domain", static_cast<int>(tick.domain)}, {"track", tick.track}};
        write_instant(tick.at, out);
        return out;
    }
    json operator()(const core::Inventory& inventory) const {
        json tracks = json::array();
        for (const core::Track& track : inventory.tracks) tracks.push_back(write(track));
        return {{"is", "inventory"},
                {"format", inventory.format},
                {"tracks", std::move(tracks)},
                {"left_out", inventory.left_out}};
    }
};

core::StateEdge read_edge(const CheckedObject& in) {
    core::StateEdge edge;
    edge.condition = in.text("condition");
    edge.subject = read_subject(in);
    edge.verdict =
        static_cast<core::Verdict>(in.integer<int>("verdict", 0, static_cast<int>(core::Verdict::Unknown), 2));
    edge.at = read_instant(in);
    edge.exact = in.flag("exact", true);
    edge.uncertainty = core::Duration{in.integer<std::int64_t>("uncertainty", 0, kMaxTime, 0)};
    edge.value = in.number("value");
    edge.threshold = in.number("threshold");
    edge.unit = in.text("unit");
    edge.pid = in.optional_integer<int>("pid", 0, kMaxPid);
    edge.detail = in.text("detail");
    return edge;
}

core::Occurrence read_event(const CheckedObject& in) {
    core::Occurrence event;
    event.condition = in.text("condition");
    event.subject = read_subject(in);
    event.at = read_instant(in);
    event.count = in.integer<std::uint64_t>("count", 1, 1'000'000'000'000, 1);
    event.pid = in.optional_integer<int>("pid", 0, kMaxPid);
    event.detail = in.text("detail");
    return event;
}

core::LevelSample read_level(const CheckedObject& in) {
    core::LevelSample sample;
    sample.measurement = in.text("measurement");
    sample.subject = read_subject(in);
    sample.at = read_instant(in);
    sample.window = core::Duration{in.integer<std::int64_t>("window", 0, kMaxTime, 0)};
    sample.value = in.number("value").value_or(0);
    sample.pid = in.optional_integer<int>("pid", 0, kMaxPid);
    sample.channel = in.optional_integer<int>("channel", 0, 1'024);
    return sample;
}

core::Inventory read_inventory(const CheckedObject& in) {
    core::Inventory inventory;
    inventory.format = in.text("format");
    in.list("tracks", [&](const json& item) { inventory.tracks.push_back(read_track(item)); });
    in.list("left_out", [&](const json& item) {
        if (!item.is_string()) throw BadMember{"left_out is not a list of strings"};
        inventory.left_out.push_back(core::clean_utf8(item.get<std::string>()));
    });
    return inventory;
}

json write_expect(const core::Expect& expect) {
    json out = json::object();
    const auto put = [](json& object, const char* key, const auto& value) {
        if (value) object[key] = *value;
    };
    if (expect.video) {
        json video{{"none", expect.video->none}};
        put(video, "codec", expect.video->codec);
        put(video, "width", expect.video->width);
        put(video, "height", expect.video->height);
        put(video, "fps", expect.video->fps);
        put(video, "interlaced", expect.video->interlaced);
        out["video"] = std::move(video);
    }
    if (expect.audio) {
        out["audio"] = json::array();
        for (const core::ExpectAudio& wanted : *expect.audio) {
            json audio = json::object();
            put(audio, "codec", wanted.codec);
            put(audio, "language", wanted.language);
            put(audio, "channels", wanted.channels);
            put(audio, "sample_rate", wanted.sample_rate);
            out["audio"].push_back(std::move(audio));
        }
    }
    put(out, "bitrate_min", expect.bitrate_min_bps);
    put(out, "bitrate_max", expect.bitrate_max_bps);
    return out;
}

std::optional<std::string> optional_text(const CheckedObject& in, const char* key) {
    return in.has(key) ? std::optional(in.text(key)) : std::nullopt;
}

core::Expect read_expect(const json& item) {
    const CheckedObject in(item);
    core::Expect expect;
    if (const json* value = in.find("video")) {
        const CheckedObject video(*value);
        core::ExpectVideo wanted;
        wanted.none = video.flag("none", false);
        wanted.codec = optional_text(video, "codec");
        wanted.width = video.optional_integer<int>("width", 0, 1 << 20);
        wanted.height = video.optional_integer<int>("height", 0, 1 << 20);
        wanted.fps = video.number("fps");
        if (video.has("interlaced")) wanted.interlaced = video.flag("interlaced", false);
        expect.video = wanted;
    }
    if (in.has("audio")) {
        expect.audio.emplace();
        in.list("audio", [&](const json& element) {
            const CheckedObject audio(element);
            core::ExpectAudio wanted;
            wanted.codec = optional_text(audio, "codec");
            wanted.language = optional_text(audio, "language");
            wanted.channels = audio.optional_integer<int>("channels", 0, 1'024);
            wanted.sample_rate = audio.optional_integer<int>("sample_rate", 0, 10'000'000);
            expect.audio->push_back(wanted);
        });
    }
    expect.bitrate_min_bps = in.number("bitrate_min");
    expect.bitrate_max_bps = in.number("bitrate_max");
    return expect;
}

json write_input(const core::InputSpec& input) {
    return {{"url", input.url},
            {"depth", static_cast<int>(input.depth)},
            {"services", input.services},
            {"interface", input.interface},
            {"source", input.source},
            {"receive_buffer", input.receive_buffer_bytes},
            {"allow_private", input.allow_private},
            {"rtmp_app", input.rtmp_app},
            {"rtmp_key", input.rtmp_key},
            {"headers", input.http_headers},
            {"connect_timeout", input.connect_timeout.count()},
            {"max_tracks", input.max_tracks},
            {"max_pixels", input.max_pixels}};
}

core::InputSpec read_input(const json& item) {
    const CheckedObject in(item);
    core::InputSpec input;
    input.url = in.text("url");
    input.depth =
        static_cast<core::DepthMode>(in.integer<int>("depth", 0, static_cast<int>(core::DepthMode::Transport), 0));
    in.list("services", [&](const json& number) {
        const bool in_range = number.is_number_unsigned() && number.get<std::uint64_t>() <= 65'535;
        if (!in_range) throw BadMember{"\"services\" holds something that is no programme number"};
        input.services.push_back(number.get<int>());
    });
    input.interface = in.text("interface");
    input.source = in.text("source");
    input.receive_buffer_bytes = in.integer<int>("receive_buffer", 0, 1 << 30, 0);
    input.allow_private = in.flag("allow_private", false);
    input.rtmp_app = in.text("rtmp_app");
    input.rtmp_key = in.text("rtmp_key");
    in.members("headers", [&](const std::string& name, const json& value) {
        if (value.is_string()) input.http_headers[name] = value.get<std::string>();
    });
    input.connect_timeout =
        core::Duration{in.integer<std::int64_t>("connect_timeout", 0, kMaxTime, input.connect_timeout.count())};
    input.max_tracks = in.integer<int>("max_tracks", 1, 1'024, input.max_tracks);
    input.max_pixels = in.integer<std::int64_t>("max_pixels", 1, 1LL << 40, input.max_pixels);
    return input;
}

}  // namespace

json write(const core::Observation& observation) {
    return std::visit(ObservationWriter{}, observation);
}

core::Observation read_observation(const json& item) {
    const CheckedObject in(item);
    const std::string is = in.text("is");
    if (is == "edge") return read_edge(in);
    if (is == "event") return read_event(in);
    if (is == "level") return read_level(in);
    if (is == "inventory") return read_inventory(in);
    if (is != "tick") throw BadMember{"\"is\" names no observation"};
    return core::Tick{
        static_cast<core::ClockDomain>(in.integer<int>("domain", 0, static_cast<int>(core::ClockDomain::Arrival), 0)),
        read_instant(in), in.text("track")};
}

json write(const core::StreamSpec& spec) {
    json parameters = json::object();
    for (const core::Rule& rule : spec.rules) {
        for (const auto& [key, value] : rule.parameters) {
            json& place = parameters[rule.name][key];
            std::visit([&place](const auto& plain) { place = plain; }, value);
        }
    }
    return {{"id", spec.id},
            {"input", write_input(spec.input)},
            {"expect", write_expect(spec.expect)},
            {"parameters", std::move(parameters)}};
}

core::StreamSpec read_spec(const json& item) {
    const CheckedObject in(item);
    core::StreamSpec spec;
    spec.id = in.text("id");
    spec.input = read_input(in.has("input") ? *in.find("input") : json::object());
    spec.expect = read_expect(in.has("expect") ? *in.find("expect") : json::object());
    in.members("parameters", [&](const std::string& name, const json& values) {
        core::Rule rule;
        rule.name = name;
        if (!values.is_object()) throw BadMember{"\"parameters\" holds something that is no object"};
        for (const auto& [key, value] : values.items()) {
            if (value.is_number()) {
                rule.parameters[key] = value.get<double>();
            } else if (value.is_string()) {
                rule.parameters[key] = value.get<std::string>();
            }
        }
        spec.rules.push_back(std::move(rule));
    });
    return spec;
}

}  // namespace sightline::link
