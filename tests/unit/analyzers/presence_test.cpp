// SPDX-License-Identifier: Apache-2.0
#include "analyzers/presence.hpp"

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::told;

namespace {

core::Track track(core::TrackKind kind, const char* name) {
    core::Track t;
    t.kind = kind;
    t.subject.track = name;
    return t;
}

core::Instant at(core::Duration media) {
    return {media, {}};
}

struct Watch {
    explicit Watch(core::Expect expect = {}) : presence(std::move(expect)) {}
    void list(std::vector<core::Track> tracks, core::Duration when = {}) {
        presence.inventory({"mpegts", std::move(tracks)}, at(when), found);
    }
    /// Both tracks of 25 frames a second from `from` to `to`, as far as wanted, and the progress they make.
    void run(core::Duration from, core::Duration to, bool video, bool audio) {
        for (auto now = from; now < to; now += milliseconds{40}) {
            if (video) {
                presence.media({0, "", "", "video:1"}, at(now), milliseconds{40}, found);
            }
            if (audio) {
                presence.media({0, "", "", "audio:1"}, at(now), milliseconds{40}, found);
            }
            presence.progress(at(now), found);
        }
    }
    /// What was said of one track.
    std::string about(const std::string& name) {
        core::FindingsList of_track;
        for (const auto& edge : test::edges(found)) {
            if (edge.subject.track == name) {
                of_track.items.emplace_back(edge);
            }
        }
        return told(of_track);
    }
    analyzers::PresenceMonitor presence;
    core::FindingsList found;
};

const auto kVideo = track(core::TrackKind::Video, "video:1");
const auto kAudio = track(core::TrackKind::Audio, "audio:1");

core::Expect expect_video(bool none) {
    core::Expect expect;
    expect.video = core::ExpectVideo{};
    expect.video->none = none;
    return expect;
}

}  // namespace

TEST_CASE("a track that stops is missing from the end of its last frame until it comes again") {
    Watch watch;
    watch.list({kVideo, kAudio});
    watch.run({}, seconds{5}, true, true);
    watch.run(seconds{5}, seconds{15}, false, true);
    watch.run(seconds{15}, seconds{20}, true, true);
    CHECK(watch.about("video:1") == "good 0 ms, bad 5000 ms, good 15000 ms");
    CHECK(watch.about("audio:1") == "good 0 ms");
}

TEST_CASE("a pause of a second, and one picture a second, are not missing") {
    SECTION("a pause") {
        Watch watch;
        watch.list({kVideo, kAudio});
        watch.run({}, seconds{5}, true, true);
        watch.run(seconds{5}, seconds{6}, false, true);
        watch.run(seconds{6}, seconds{9}, true, true);
        CHECK(watch.about("video:1") == "good 0 ms");
    }
    SECTION("one picture a second, its rate not declared") {
        Watch watch;
        watch.list({kVideo, kAudio});
        for (int i = 0; i < 20; ++i) {
            watch.presence.media({0, "", "", "video:1"}, at(seconds{i}), seconds{1}, watch.found);
            watch.run(seconds{i}, seconds{i + 1}, false, true);
        }
        CHECK(watch.about("video:1") == "good 0 ms");
    }
    SECTION("one picture in two seconds, its rate declared, durations not") {
        auto slow = kVideo;
        slow.fps = 0.5;
        Watch watch;
        watch.list({slow, kAudio});
        for (int i = 0; i < 20; i += 2) {
            watch.presence.media({0, "", "", "video:1"}, at(seconds{i}), {}, watch.found);
            watch.run(seconds{i}, seconds{i + 2}, false, true);
        }
        CHECK(watch.about("video:1") == "good 0 ms");
    }
}

TEST_CASE("a track of the PMT that never comes is missing from the start, not exactly") {
    Watch watch;
    watch.list({kVideo, kAudio});
    watch.run({}, seconds{4}, false, true);
    CHECK(watch.about("video:1") == "bad 0 ms?");
}

TEST_CASE("a track that leaves the PMT is missing, one that never came is not") {
    Watch watch;
    watch.list({kVideo, kAudio});
    watch.run({}, seconds{3}, false, true);
    watch.list({}, seconds{3});
    watch.run(seconds{3}, seconds{8}, false, false);
    CHECK(watch.about("audio:1") == "good 0 ms, bad 3000 ms");
    CHECK(test::edges(watch.found).back().detail == "the track is gone");
}

TEST_CASE("where expect counts the tracks, one that left is missed only while there are fewer") {
    core::Expect expect;
    expect.audio = std::vector<core::ExpectAudio>(1);
    Watch watch(expect);
    const auto second = track(core::TrackKind::Audio, "audio:2");
    watch.list({kAudio, second});
    for (int i = 0; i < 100; ++i) {
        watch.presence.media(second.subject, at(milliseconds{40} * i), milliseconds{40}, watch.found);
    }
    watch.run({}, seconds{4}, false, true);
    watch.list({kAudio}, seconds{4});
    watch.run(seconds{4}, seconds{8}, false, true);
    CHECK(watch.about("audio:2") == "good 0 ms");
    watch.list({}, seconds{8});
    watch.run(seconds{8}, seconds{11}, false, false);
    CHECK(watch.about("audio:1") == "good 0 ms, bad 8000 ms");
}

TEST_CASE("expected video that no track brings is missing, and good when one comes under any name") {
    Watch watch(expect_video(false));
    watch.list({kAudio});
    watch.run({}, seconds{4}, false, true);
    CHECK(watch.about("video:1") == "bad 0 ms?");
    CHECK(test::edges(watch.found).back().detail == "no such track");
    auto named = kVideo;
    named.subject.service = 7;
    watch.list({named, kAudio}, seconds{4});
    CHECK(watch.about("video:1") == "bad 0 ms?, good 4000 ms");
}

TEST_CASE("expect: {video: none} is not judged, and without expect an audio-only service is whole") {
    for (const bool none : {false, true}) {
        Watch watch(none ? expect_video(true) : core::Expect{});
        watch.list(none ? std::vector{kVideo, kAudio} : std::vector{kAudio});
        watch.run({}, seconds{6}, false, true);
        CHECK(watch.about("video:1").empty());
        CHECK(watch.about("audio:1") == "good 0 ms");
    }
}

TEST_CASE("what is not watched is unknown, with its reason") {
    Watch watch;
    auto scrambled = kVideo;
    scrambled.watched = false;
    scrambled.not_watched = "scrambled";
    watch.list({kVideo, kAudio});
    watch.run({}, seconds{3}, true, true);
    watch.list({scrambled, kAudio}, seconds{3});
    watch.run(seconds{3}, seconds{8}, false, true);
    CHECK(watch.about("video:1") == "good 0 ms, unknown 3000 ms");
    CHECK(test::edges(watch.found).back().detail == "scrambled");
    watch.list({kVideo, kAudio}, seconds{8});
    watch.run(seconds{8}, seconds{9}, true, true);
    CHECK(watch.about("video:1") == "good 0 ms, unknown 3000 ms, good 8000 ms");
}

TEST_CASE("after a reset nothing is known until media or time tell; what was seen stays expected") {
    Watch watch;
    watch.list({kVideo, kAudio});
    watch.run({}, seconds{3}, true, true);
    watch.presence.reset(at(seconds{3}), watch.found);
    watch.run(seconds{100}, seconds{104}, false, true);
    CHECK(watch.about("audio:1") == "good 0 ms, unknown 3000 ms, good 100000 ms");
    CHECK(watch.about("video:1") == "good 0 ms, unknown 3000 ms, bad 100000 ms?");
}

TEST_CASE("where media time stands still, arrival tells") {
    Watch watch;
    watch.list({kVideo});
    const auto arrived = [](int ms) { return core::ArrivalTime(milliseconds{ms}); };
    for (int i = 0; i < 50; ++i) {
        watch.presence.media(kVideo.subject, {milliseconds{40} * i, arrived(9'000 + 40 * i)}, milliseconds{40},
                             watch.found);
    }
    for (int i = 0; i < 5; ++i) {
        watch.presence.progress({{}, arrived(11'000 + 500 * i)}, watch.found);
    }
    CHECK(watch.about("video:1") == "good 0 ms, bad 2000 ms");
}
