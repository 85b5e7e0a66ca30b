// SPDX-License-Identifier: Apache-2.0
#include "api/views.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using nlohmann::json;

namespace {

core::AlarmTransition alarm(const std::string& id, core::Severity severity) {
    core::AlarmTransition out;
    out.id = id;
    out.severity = severity;
    return out;
}

}  // namespace

TEST_CASE("A stream of which nothing is known yet has every member", "[views]") {
    engine::StreamView stream;
    stream.id = "news";
    CHECK(
        api::stream_json(stream) ==
        R"({"id":"news","name":"","url":"","state":"unknown","severity":null,"since":"1970-01-01T00:00:00.000Z","reason":null,)"
        R"("link":{"state":"","reason":null},"air":"on_air","depth":"full","format":null,"bitrate_bps":null,"tracks":[],"not_watched":[],"measurements":{},)"
        R"("alarms":[],"last_alarm":null,"conditions":[],"tags":{},"runbook":null,"packets":0,"continuity_errors":0,"bytes":0,)"
        R"("worker":{"pid":null,"restarts":0},"thumbnail_at":null})");
}

TEST_CASE("A stream tells its tracks, measurements, conditions and tags", "[views]") {
    engine::StreamView stream;
    stream.id = "news";
    stream.worst = core::Severity::Major;
    stream.health = engine::StreamHealth::Alarm;
    stream.measurements = {{"bitrate.mux", 4'512'000.4}, {"audio.level/audio:1/1", -23.5}};
    stream.tags = {{"site", "Z\xC3\xBCrich \"A\"\n"}};
    stream.worker_pid = 4'242;
    stream.still = std::make_shared<const std::string>("x");
    core::Track video;
    video.subject.track = "video:1";
    video.kind = core::TrackKind::Video;
    video.pid = 256;
    video.codec = "h264";
    video.width = 1'280;
    video.height = 720;
    video.fps = 50;
    core::Track sound;
    sound.subject.track = "audio:1";
    sound.kind = core::TrackKind::Audio;
    sound.channels = 2;
    sound.sample_rate = 48'000;
    sound.watched = false;
    sound.not_watched = "AC-4";
    stream.tracks = {video, sound};
    alarms::ConditionView black;
    black.condition = "video.black";
    black.subject.track = "video:1";
    black.verdict = core::Verdict::Bad;
    black.since.media = 12'480ms;
    stream.conditions = {black};
    const json out = json::parse(api::stream_json(stream));
    CHECK(out["state"] == "alarm");
    CHECK(out["severity"] == "major");
    CHECK(out["bitrate_bps"] == 4'512'000);
    CHECK(out["measurements"]["audio.level/audio:1/1"] == -23.5);
    CHECK(out["tags"]["site"] == "Z\xC3\xBCrich \"A\" ");
    CHECK(out["worker"]["pid"] == 4'242);
    CHECK(out["thumbnail_at"] == "1970-01-01T00:00:00.000Z");
    CHECK(out["tracks"][0] ==
          json::parse(
              R"({"id":"video:1","kind":"video","pid":256,"language":null,"codec":"h264","width":1280,"height":720,
                                              "fps":50,"interlaced":false,"watched":true,"not_watched":null})"));
    CHECK(out["tracks"][1] ==
          json::parse(R"({"id":"audio:1","kind":"audio","pid":null,"language":null,"codec":null,"channels":2,
                                              "sample_rate":48000,"watched":false,"not_watched":"AC-4"})"));
    CHECK(
        out["conditions"][0] ==
        json::parse(
            R"({"condition":"video.black","track":"video:1","verdict":"bad","since":{"media_s":12.480,"utc":null}})"));
}

TEST_CASE("Open alarms are those of the probe and of all streams, worst first", "[views]") {
    engine::ProbeState state;
    state.own = {alarm("probe-minor", core::Severity::Minor)};
    for (const auto& [id, severity] :
         {std::pair{"a", core::Severity::Warning}, std::pair{"b", core::Severity::Critical},
          std::pair{"c", core::Severity::Minor}}) {
        auto stream = std::make_shared<engine::StreamView>();
        stream->open = {alarm(id, severity)};
        state.streams.push_back(stream);
    }
    std::string order;
    const json answer = json::parse(api::open_alarms_json(state));  // must outlive the loop over its part
    for (const json& item : answer["alarms"]) order += item["id"].get<std::string>() + " ";
    CHECK(order == "b probe-minor c a ");
}

TEST_CASE("The probe tells of itself", "[views]") {
    engine::ProbeState state;
    state.probe = "hall-3";
    state.version = "1.2.3";
    state.ready = true;
    state.clock_synchronised = false;
    state.store_error = "disk full";
    state.notifiers = {{"noc", 1, 2, 3, 4, 5.5}};
    state.counters = {{"events_total", 9}};
    CHECK(
        api::probe_json(state) ==
        R"({"probe":"hall-3","version":"1.2.3","started":"1970-01-01T00:00:00.000Z","at":"1970-01-01T00:00:00.000Z","ready":true,)"
        R"("clock_synchronised":false,"store_error":"disk full","notifiers":[{"name":"noc","delivered":1,"failed":2,"given_up":3,)"
        R"("waiting":4,"oldest_s":5.500}],"counters":{"events_total":9}})");
    CHECK(api::streams_json(state) == R"({"probe":"hall-3","at":"1970-01-01T00:00:00.000Z","streams":[]})");
}
