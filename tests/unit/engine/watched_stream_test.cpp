// SPDX-License-Identifier: Apache-2.0
#include "engine/watched_stream.hpp"

#include "tests/catch.hpp"

namespace sightline::engine {
namespace {

core::Track track(core::TrackKind kind, const std::string& not_watched) {
    core::Track out;
    out.kind = kind;
    out.watched = not_watched.empty();
    out.not_watched = not_watched;
    return out;
}

struct Rig {
    explicit Rig(core::DepthMode depth = core::DepthMode::Full)
        : stream(spec(depth), clock, [this] { return "a" + std::to_string(++ids); }) {
        stream.on_started(1);
        stream.take(link::Link{0, "connected", "", clock.now()}, out);
    }
    static core::StreamSpec spec(core::DepthMode depth) {
        core::StreamSpec spec;
        spec.id = "s";
        spec.input.url = "udp://127.0.0.1:5000";
        spec.input.depth = depth;
        return spec;
    }
    void lists(std::vector<core::Track> tracks) {
        core::Inventory inventory;
        inventory.tracks = std::move(tracks);
        link::Observed observed;
        observed.observations.emplace_back(std::move(inventory));
        stream.take(std::move(observed), out);
    }
    core::VirtualClock clock;
    int ids = 0;
    std::vector<core::AlarmTransition> out;
    WatchedStream stream;
};

const std::string kWhy = "sound not decoded: ac4";

}  // namespace

TEST_CASE("A stream of which no picture and no sound is watched is unknown, and says why") {
    Rig rig;
    CHECK(rig.stream.view()->health == StreamHealth::Unknown);  // nothing reported yet
    rig.lists({track(core::TrackKind::Audio, kWhy), track(core::TrackKind::Subtitle, "")});
    CHECK(rig.stream.view()->health == StreamHealth::Unknown);
    CHECK(rig.stream.view()->reason == kWhy);
    rig.lists({track(core::TrackKind::Video, ""), track(core::TrackKind::Audio, kWhy)});
    CHECK(rig.stream.view()->health == StreamHealth::Good);
    CHECK(rig.stream.view()->reason.empty());
}

TEST_CASE("A service of data only, and one whose content nobody wants to watch, is good") {
    Rig data;
    data.lists({track(core::TrackKind::Data, "")});
    CHECK(data.stream.view()->health == StreamHealth::Good);
    Rig transport(core::DepthMode::Transport);
    transport.lists({track(core::TrackKind::Video, "not decoded at transport depth")});
    CHECK(transport.stream.view()->health == StreamHealth::Good);
}

TEST_CASE("What a stream has not said for a minute is no longer said of it") {
    Rig rig;
    const auto say = [&](const std::string& measurement, double value) {
        core::LevelSample sample;
        sample.measurement = measurement;
        sample.value = value;
        link::Observed observed;
        observed.observations.emplace_back(sample);
        rig.stream.take(std::move(observed), rig.out);
    };
    using Values = std::map<std::string, double>;
    say("bitrate.mux", 8e6);
    say("audio.level", -20);
    rig.clock.advance(std::chrono::seconds{59});
    say("bitrate.mux", 7e6);
    rig.stream.tick(rig.out);
    CHECK(rig.stream.view()->measurements == Values{{"bitrate.mux", 7e6}, {"audio.level", -20}});
    rig.clock.advance(std::chrono::seconds{5});
    rig.stream.tick(rig.out);
    CHECK(rig.stream.view()->measurements == Values{{"bitrate.mux", 7e6}});
    rig.clock.advance(std::chrono::seconds{60});
    rig.stream.tick(rig.out);
    CHECK(rig.stream.view()->measurements.empty());
    say("audio.level", -20);
    CHECK(rig.stream.view()->measurements == Values{{"audio.level", -20}});
}

}  // namespace sightline::engine
