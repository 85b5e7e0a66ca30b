// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/alarm_sound.hpp"

#include <vector>

#include "tests/catch.hpp"
#include "ui/actions.hpp"
#include "ui/listening.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace std::chrono_literals;
using core::Severity;

namespace {

IncidentView incident(std::string id, Severity severity) {
    IncidentView one;
    one.id = std::move(id);
    one.severity = severity;
    one.state = "open";
    return one;
}

/// A bell, and when it rang.
struct Bell {
    explicit Bell(std::vector<Severity> severities) : bell(std::move(severities)) {}
    AlarmBell bell;
    std::vector<IncidentView> incidents;
    core::ArrivalTime now{1h};
    core::UtcTime utc{1h};
    bool muted = false;
    std::vector<std::pair<core::Duration, Severity>> rang;
    void run(core::Duration length) {
        for (const auto end = now + length; now < end; now += 100ms, utc += 100ms)
            if (const auto tone = bell.look(incidents, now, utc, muted))
                rang.emplace_back(now - core::ArrivalTime{1h}, *tone);
    }
};

}  // namespace

TEST_CASE("A list of severities is read, and anything else is refused with what is allowed") {
    CHECK(*sounding_severities("critical,major") == std::vector{Severity::Critical, Severity::Major});
    for (const char* wrong : {"loud", "info", ",", "critical major"}) {
        const auto refused = sounding_severities(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message ==
              std::string("--alarm-sound ") + wrong + ": of critical, major, minor, warning, with commas");
    }
}

TEST_CASE("A new incident is heard at once, and again until it is acknowledged") {
    Bell bell({Severity::Critical});
    bell.run(1s);
    bell.incidents = {incident("a", Severity::Critical)};
    bell.run(11s);
    CHECK(bell.rang == std::vector<std::pair<core::Duration, Severity>>{
                           {1s, Severity::Critical}, {6s, Severity::Critical}, {11s, Severity::Critical}});
    bell.incidents.front().state = "acknowledged";
    bell.run(1min);
    CHECK(bell.rang.size() == 3);
}

TEST_CASE("Severities that were not asked for, snoozed incidents, consequences and planned work are silent") {
    Bell bell({Severity::Critical, Severity::Major});
    auto snoozed = incident("s", Severity::Critical);
    snoozed.snoozed_until = bell.utc + 1h;
    auto follows = incident("f", Severity::Critical);
    follows.follows = "news";
    auto planned = incident("p", Severity::Critical);
    planned.maintenance = true;
    bell.incidents = {incident("m", Severity::Minor), snoozed, follows, planned};
    bell.run(1min);
    CHECK(bell.rang.empty());
    bell.run(1h);
    CHECK(bell.rang.front().first == 1h);  // the snooze has ended
}

TEST_CASE("A minor one is heard once; one that gets worse is heard again") {
    Bell bell({Severity::Major, Severity::Minor});
    bell.incidents = {incident("a", Severity::Minor)};
    bell.run(1min);
    CHECK(bell.rang.size() == 1);
    bell.incidents.front().severity = Severity::Major;
    bell.run(1s);
    REQUIRE(bell.rang.size() == 2);
    CHECK(bell.rang.back() == std::pair<core::Duration, Severity>{1min, Severity::Major});
}

TEST_CASE("A hundred at once are one tone, that of the worst") {
    Bell bell({Severity::Critical, Severity::Minor});
    for (int n = 0; n < 100; ++n)
        bell.incidents.push_back(incident(std::to_string(n), n == 50 ? Severity::Critical : Severity::Minor));
    bell.run(1s);
    CHECK(bell.rang == std::vector<std::pair<core::Duration, Severity>>{{0s, Severity::Critical}});
}

TEST_CASE("While muted nothing is heard; what is still open afterwards is heard again") {
    Bell bell({Severity::Critical});
    bell.muted = true;
    bell.incidents = {incident("a", Severity::Critical)};
    bell.run(5min);
    CHECK(bell.rang.empty());
    bell.muted = false;
    bell.run(1s);
    CHECK(bell.rang.size() == 1);
}

TEST_CASE("A mute ends by itself after five minutes, and with a second press at once") {
    ViewState state;
    state.sound.alarms = true;
    const Moment moment{core::ArrivalTime{1h}, {}, 0};
    CHECK_FALSE(mute_left(state, moment.now));
    toggle_mute(state, moment);
    CHECK(mute_left(state, moment.now) == 5min);
    CHECK(mute_left(state, moment.now + 5min - 1ms) == 1ms);
    CHECK_FALSE(mute_left(state, moment.now + 5min));
    toggle_mute(state, {moment.now + 10min, {}, 0});
    CHECK(mute_left(state, moment.now + 11min) == 4min);
    toggle_mute(state, {moment.now + 11min, {}, 0});
    CHECK_FALSE(mute_left(state, moment.now + 11min));
}

TEST_CASE("A mute where alarm sounds are off says how to have them") {
    ViewState state;
    toggle_mute(state, {core::ArrivalTime{1h}, {}, 0});
    CHECK_FALSE(state.muted_until);
    CHECK(state.message == "alarm sounds are off: start the wall with --alarm-sound critical,major");
}

TEST_CASE("What is heard, and whether it may be trusted for lip-sync, is said in words") {
    WallSnapshot snapshot;
    StreamState stream;
    stream.key = {"hall", "news"};
    stream.name = "News HD";
    snapshot.streams = {stream};
    ViewState state;
    state.selected = stream.key;
    CHECK(sound_words(snapshot, state).empty());
    toggle_listening(snapshot, state, {core::ArrivalTime{1h}, {}, 0});
    CHECK(sound_words(snapshot, state) == "News HD: waiting for its sound");
    state.sound.flow = SoundShown::Flow::Heard;
    CHECK(sound_words(snapshot, state) == "News HD, not for lip-sync");
    state.sound.lip_sync = LipSync::Good;
    state.sound.early = -12ms;
    CHECK(sound_words(snapshot, state) == "News HD, lip-sync -12 ms");
    state.sound.lip_sync = LipSync::Bad;
    state.sound.early = 140ms;
    CHECK(sound_words(snapshot, state) == "News HD, NOT FOR LIP-SYNC (up to +140 ms)");
    state.sound.picture = false;
    CHECK(sound_words(snapshot, state) == "News HD, picture not shown");
    state.sound.flow = SoundShown::Flow::Quiet;
    CHECK(sound_words(snapshot, state) == "News HD: no sound comes");
    state.sound.attached = false;
    CHECK(sound_words(snapshot, state) == "News HD: a remote probe gives no sound");
    state.sound.trouble = "no sound: there is no sound device here";
    CHECK(sound_words(snapshot, state) == "News HD: no sound: there is no sound device here");
    state.selected = {};
    CHECK(sound_words(snapshot, state) == "no tile chosen");
}

TEST_CASE("Tracks, pairs and volume are chosen by keys, are said in words, and belong to the stream") {
    WallSnapshot snapshot;
    for (const char* id : {"news", "film"}) {
        StreamState stream;
        stream.key = {"hall", id};
        stream.name = id;
        for (const int channels : {2, 6}) {
            core::Track track;
            track.kind = core::TrackKind::Audio;
            track.channels = channels;
            track.language = channels == 2 ? "eng" : "fra";
            stream.tracks.push_back(track);
        }
        snapshot.streams.push_back(stream);
    }
    StreamState mute;
    mute.key = {"hall", "mute"};
    snapshot.streams.push_back(mute);
    ViewState state;
    const Moment moment{core::ArrivalTime{1h}, {}, 0};
    next_track(snapshot, state, moment);
    CHECK(state.message == "choose a tile first: arrow keys, or click it");
    state.selected = mute.key;
    next_track(snapshot, state, moment);
    CHECK(state.message == "this stream has no audio track");
    state.selected = {"hall", "news"};
    next_pair(snapshot, state, moment);
    CHECK(state.message == "this track has no more than two channels");
    next_track(snapshot, state, moment);
    CHECK(state.message == "audio track 2 of 2, fra, 6 channels");
    next_pair(snapshot, state, moment);
    next_pair(snapshot, state, moment);
    CHECK(state.message == "channels 3 and 4");
    change_volume(state, moment, -2);
    CHECK(state.message == "volume \u22126 dB");
    CHECK(choice_words(state) == ", track 2, channels 3 and 4, \u22126 dB");
    state.selected = {"hall", "film"};  // another stream begins with its first track; the volume is the room's
    CHECK(heard_of(state).track == 1);
    CHECK(choice_words(state) == ", \u22126 dB");
    state.selected = {"hall", "news"};
    next_pair(snapshot, state, moment);
    next_pair(snapshot, state, moment);
    CHECK(state.message == "all channels as stereo");
    next_track(snapshot, state, moment);
    CHECK(heard_of(state).track == 1);
    change_volume(state, moment, 9);
    CHECK(state.message == "volume 0 dB");
    CHECK(choice_words(state).empty());
    change_volume(state, moment, -99);
    CHECK(state.message == "volume silent");
    CHECK(volume_gain(state.heard.volume_db) == 0);
}

TEST_CASE("A tone fades in and out, lasts as long as it should, and ends") {
    for (const Severity severity : {Severity::Critical, Severity::Major, Severity::Minor, Severity::Warning}) {
        ToneMaker maker;
        maker.begin(severity);
        const AlarmTone& tone = *alarm_tone(severity);
        std::vector<float> samples(kSoundRate * 2 * 3);
        maker.add_to(samples);
        CHECK_FALSE(maker.sounding());
        float steepest = 0;
        std::size_t last = 0;
        for (std::size_t i = 2; i < samples.size(); i += 2) {
            steepest = std::max(steepest, std::abs(samples[i] - samples[i - 2]));
            if (samples[i] != 0) last = i / 2;
        }
        CHECK(steepest < 0.125893F * 6.3F * static_cast<float>(tone.first_hz) / kSoundRate * 1.1F + 0.001F);
        const double lasts = core::to_seconds(tone.beeps * tone.beep + (tone.beeps - 1) * tone.pause);
        CHECK(static_cast<double>(last) / kSoundRate == Approx(lasts).margin(0.002));
    }
}
