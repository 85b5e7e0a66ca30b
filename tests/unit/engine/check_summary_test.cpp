// SPDX-License-Identifier: Apache-2.0
#include "engine/check_summary.hpp"

#include <string>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using core::AlarmState;
using core::Severity;
using engine::CheckExit;
using engine::CheckSummary;

namespace {

core::AlarmTransition transition(const std::string& id, AlarmState state, Severity severity, const std::string& message,
                                 std::optional<core::MediaTime> since = std::nullopt) {
    core::AlarmTransition out;
    out.id = id;
    out.state = state;
    out.severity = severity;
    out.message = message;
    out.since.media = since;
    return out;
}

core::LevelSample rate(double value) {
    core::LevelSample out;
    out.measurement = "bitrate.mux";
    out.value = value;
    return out;
}

core::Inventory tracks() {
    core::Track video;
    video.subject = {101, "", "", "video:1"};
    video.kind = core::TrackKind::Video;
    video.pid = 256;
    video.codec = "h264";
    video.width = 1920;
    video.height = 1080;
    video.fps = 25;
    video.interlaced = true;
    core::Track sound;
    sound.subject.track = "audio:1";
    sound.kind = core::TrackKind::Audio;
    sound.codec = "ac3";
    sound.language = "deu";
    sound.channels = 6;
    sound.sample_rate = 48'000;
    core::Track other = sound;
    other.subject.track = "audio:2";
    other.codec = "ac4";
    other.language.clear();
    other.channels = other.sample_rate = 0;
    other.watched = false;
    other.not_watched = "sound not decoded: AC-4";
    core::Track text;
    text.subject.track = "subtitle:1";
    text.kind = core::TrackKind::Subtitle;
    return {"mpegts", {video, sound, other, text}};
}

engine::PipelineTotals totals() {
    engine::PipelineTotals out;
    out.bytes = 5'000'000;
    out.pictures = 250;
    out.sounds = 468;
    out.format = "mpegts";
    out.duration = 10s;
    return out;
}

}  // namespace

TEST_CASE("A check that finds nothing is ok and says so in one sentence", "[check_summary]") {
    CheckSummary summary("news.ts");
    summary.note(tracks());
    CHECK(summary.exit() == CheckExit::Ok);
    CHECK(
        summary.sentence(totals()) ==
        "OK  news.ts  nothing wrong; 10.0 s, 4.0 Mb/s H264 1920x1080i25 + AC3 5.1 deu + AC4 (sound not decoded: AC-4)");
}

TEST_CASE("The sentence of a multiplex counts what is alike, and stays a line", "[check_summary]") {
    CheckSummary summary("mux.ts");
    core::Inventory many = tracks();
    for (int i = 0; i < 199; ++i) many.tracks.push_back(many.tracks[1]);
    summary.note(many);
    CHECK(
        summary.sentence(totals()).ends_with("H264 1920x1080i25 + 200 x AC3 5.1 deu + AC4 (sound not decoded: AC-4)"));
    for (int i = 1; i <= 5; ++i) {
        core::Track smaller = many.tracks[0];
        smaller.width = 100 * i;
        many.tracks.push_back(smaller);
    }
    summary.note(many);
    CHECK(summary.sentence(totals()).ends_with("+ H264 300x1080i25 + 2 other kinds of track"));
}

TEST_CASE("A check of nothing at all still is an object and a sentence", "[check_summary]") {
    const CheckSummary summary("udp://239.0.0.1:5000");
    CHECK(summary.sentence({}) == "OK  udp://239.0.0.1:5000  nothing wrong; 0.0 s");
    CHECK(
        summary.json({}) ==
        R"({"type":"summary","input":"udp://239.0.0.1:5000","format":null,"duration_s":null,"bytes":0,)"
        R"("bitrate_bps":{"mean":null,"min":null,"max":null},"frames":{"video":0,"audio":0},"tracks":[],"ts":null,"loudness":[],"not_watched":[],)"
        R"("alarms":{"critical":0,"major":0,"minor":0,"warning":0,"open":0},"verdict":"ok","exit":0})");
}

TEST_CASE("The summary has everything that was seen", "[check_summary]") {
    CheckSummary summary("srt://10.0.0.1:7000?passphrase=do-not-tell");
    summary.note(tracks());
    for (const double value : {4.1e6, 3.9e6, 4.4e6}) summary.note(rate(value));
    summary.note(transition("a", AlarmState::Raised, Severity::Critical, "Black picture", 2s));
    summary.note(transition("b", AlarmState::Raised, Severity::Warning, "Low level", 3s));
    summary.note(transition("a", AlarmState::Cleared, Severity::Critical, "Black picture", 2s));
    auto all = totals();
    formats::ts::TransportReport report;
    report.packets = 26'595;
    report.sync_losses = 1;
    report.continuity_errors = 2;
    report.transport_errors = 3;
    report.crc_errors = 4;
    formats::ts::PidReport pid{};
    pid.pid = 256;
    pid.packets = 20'000;
    pid.continuity_errors = 2;
    pid.type = "h264";
    report.pids = {pid};
    report.tr101290 = {{"1.4", 2}, {"2.2", 4}};
    all.transport = report;
    CHECK(
        summary.json(all) ==
        R"({"type":"summary","input":"srt://10.0.0.1:7000?passphrase=***","format":"mpegts","duration_s":10.000,"bytes":5000000,)"
        R"("bitrate_bps":{"mean":4000000,"min":3900000,"max":4400000},"frames":{"video":250,"audio":468},"tracks":[)"
        R"({"id":"video:1","pid":256,"codec":"h264","width":1920,"height":1080,"fps":25.0,"interlaced":true,"service":101,"watched":true},)"
        R"({"id":"audio:1","pid":null,"codec":"ac3","channels":6,"sample_rate":48000,"language":"deu","watched":true},)"
        R"({"id":"audio:2","pid":null,"codec":"ac4","channels":null,"sample_rate":null,"watched":false,"not_watched":"sound not decoded: AC-4"},)"
        R"({"id":"subtitle:1","pid":null,"codec":null,"watched":true}],)"
        R"("ts":{"packets":26595,"sync_losses":1,"continuity_errors":2,"transport_errors":3,"crc_errors":4,)"
        R"("pids":[{"pid":256,"packets":20000,"continuity_errors":2,"scrambled":0,"type":"h264"}],"tr101290":{"1.4":2,"2.2":4}},)"
        R"("loudness":[],"not_watched":[],"alarms":{"critical":1,"major":0,"minor":0,"warning":1,"open":1},"verdict":"critical","exit":2})");
    CHECK(summary.sentence(all) ==
          "CRITICAL  srt://10.0.0.1:7000?passphrase=***  Black picture from 00:00:02.000; Low level from 00:00:03.000, "
          "still so; "
          "2 continuity errors; 10.0 s, 4.0 Mb/s H264 1920x1080i25 + AC3 5.1 deu + AC4 (sound not decoded: AC-4)");
}

TEST_CASE("Loudness is the last word of each track, true peak the highest", "[check_summary]") {
    CheckSummary summary("x");
    const auto say = [&](const char* measurement, const char* track, std::uint16_t service, double value) {
        core::LevelSample sample;
        sample.measurement = measurement;
        sample.subject.track = track;
        sample.subject.service = service;
        sample.value = value;
        summary.note(sample);
    };
    say("audio.loudness_integrated", "audio:1", 0, -25);
    say("audio.loudness_integrated", "audio:1", 0, -22.96);
    say("audio.range", "audio:1", 0, 7.25);
    say("audio.true_peak", "audio:1", 0, -3.04);
    say("audio.true_peak", "audio:1", 0, -9);
    say("audio.loudness_short", "audio:1", 0, -1);
    say("audio.true_peak", "audio:2", 7, -120);
    CHECK(summary.json({}).find(
              R"("loudness":[{"track":"audio:1","integrated_lufs":-23.0,"range_lu":7.2,"true_peak_dbtp":-3.0},)"
              R"({"track":"audio:2","integrated_lufs":null,"range_lu":null,"true_peak_dbtp":-120.0,"service":7}],)") !=
          std::string::npos);
}

TEST_CASE("An alarm counts at the worst it ever was", "[check_summary]") {
    CheckSummary summary("x");
    summary.note(transition("a", AlarmState::Raised, Severity::Warning, "m"));
    summary.note(transition("a", AlarmState::Changed, Severity::Major, "m"));
    summary.note(transition("a", AlarmState::Changed, Severity::Minor, "m"));
    summary.note(transition("a", AlarmState::Cleared, Severity::Minor, "m"));
    CHECK(summary.exit() == CheckExit::Critical);
    CHECK(summary.json({}).find(
              R"("alarms":{"critical":0,"major":1,"minor":0,"warning":0,"open":0},"verdict":"critical","exit":2)") !=
          std::string::npos);
}

TEST_CASE("The exit status follows the worst alarm", "[check_summary]") {
    const auto exit_of = [](Severity severity) {
        CheckSummary summary("x");
        summary.note(transition("a", AlarmState::Raised, severity, "m"));
        return summary.exit();
    };
    CHECK(exit_of(Severity::Info) == CheckExit::Ok);
    CHECK(exit_of(Severity::Warning) == CheckExit::Warning);
    CHECK(exit_of(Severity::Minor) == CheckExit::Warning);
    CHECK(exit_of(Severity::Major) == CheckExit::Critical);
    CHECK(exit_of(Severity::Critical) == CheckExit::Critical);
}

TEST_CASE("What was wrong for the whole of the check counts without an alarm", "[check_summary]") {
    CheckSummary summary("x");
    summary.note_whole_run(Severity::Warning, "Nothing received");
    CHECK(summary.exit() == CheckExit::Warning);
    CHECK(summary.sentence({}) == "WARNING  x  Nothing received for the whole of the check; 0.0 s");
    summary.note_whole_run(Severity::Critical, "Nothing received");
    summary.note_whole_run(Severity::Minor, "Nothing received");
    CHECK(summary.exit() == CheckExit::Critical);
}

TEST_CASE("Of many alarms the sentence names the three worst, earliest first", "[check_summary]") {
    CheckSummary summary("x");
    summary.note(transition("1", AlarmState::Cleared, Severity::Warning, "w1"));
    for (const auto& [id, severity] : {std::pair{"2", Severity::Major}, std::pair{"3", Severity::Critical},
                                       std::pair{"4", Severity::Major}, std::pair{"5", Severity::Major}}) {
        summary.note(transition(id, AlarmState::Raised, severity, std::string("m") + id));
        summary.note(transition(id, AlarmState::Cleared, severity, std::string("m") + id));
    }
    CHECK(summary.sentence({}) == "CRITICAL  x  m3; m2; m4; 2 more alarms; 0.0 s");
}

TEST_CASE("Where nothing could be judged and no alarm says so, the verdict is unknown and says why",
          "[check_summary]") {
    core::Track video, sound, text;
    video.kind = core::TrackKind::Video;
    video.watched = false;
    video.not_watched = "picture not decoded: vvc";
    sound.kind = core::TrackKind::Audio;
    text.kind = core::TrackKind::Subtitle;
    const auto of = [](std::vector<core::Track> found, const engine::PipelineTotals& totals, bool decodes) {
        CheckSummary summary("x");
        core::Inventory inventory;
        inventory.tracks = std::move(found);
        summary.note(inventory);
        const std::string why = summary.note_unjudged(totals, decodes);
        CHECK(summary.exit() == (why.empty() ? CheckExit::Ok : CheckExit::Unknown));
        if (!why.empty()) CHECK(summary.sentence(totals).starts_with("UNKNOWN  x  " + why + "; "));
        return why;
    };
    engine::PipelineTotals nothing, pictures, timed;
    pictures.pictures = 1;
    timed.transport.emplace();
    timed.transport->duration = 1s;
    CHECK(of({}, nothing, true) == "no picture and no sound in it");
    CHECK(of({sound}, nothing, true) == "not one picture and no sound could be decoded");
    CHECK(of({sound}, timed, true) == "not one picture and no sound could be decoded");
    CHECK(of({video, sound}, timed, true) == "picture not decoded: vvc");
    CHECK(of({video, sound}, pictures, true).empty());
    CHECK(of({text}, timed, true).empty());  // data only
    CHECK(of({video}, timed, false).empty());
    CHECK(of({video}, nothing, false) == "no clock reference in it, so nothing could be timed");
}

TEST_CASE("An alarm goes before an unknown verdict", "[check_summary]") {
    CheckSummary summary("x");
    summary.note(transition("a", AlarmState::Raised, Severity::Warning, "m"));
    CHECK_FALSE(summary.note_unjudged({}, true).empty());
    CHECK(summary.exit() == CheckExit::Warning);
    CHECK(summary.json({}).find(R"("verdict":"warning","exit":1)") != std::string::npos);
}
