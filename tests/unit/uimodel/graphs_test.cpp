// SPDX-License-Identifier: Apache-2.0
// What the full view draws over time, and the path.
#include <cmath>

#include "tests/catch.hpp"
#include "ui/graphs.hpp"
#include "ui/path_view.hpp"
#include "ui/snapshot_builder.hpp"
#include "ui/trends.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace std::chrono_literals;
using core::Severity;

namespace {

const StreamKey kNews{"hall", "news"};

link::StreamReport report(std::map<std::string, double> measurements, std::optional<std::uint64_t> errors = {}) {
    link::StreamReport out;
    out.id = "news";
    out.format = "mpegts";
    out.measurements = std::move(measurements);
    out.continuity_errors = errors;
    return out;
}

core::UtcTime utc(double seconds) {
    return core::UtcTime{} + std::chrono::hours{480'000} + core::from_seconds(seconds);
}

StreamState point(const std::string& id, std::optional<double> black_since = {}) {
    StreamState stream;
    stream.key = {"hall", id};
    stream.name = id;
    stream.watch = Watch::Watched;
    if (!black_since) return stream;
    AlarmView alarm;
    alarm.id = "a-" + id;
    alarm.condition = "video.black";
    alarm.severity = Severity::Critical;
    alarm.since = utc(*black_since);
    stream.alarms = {alarm};
    return stream;
}

WallSnapshot hall(std::vector<StreamState> streams) {
    WallSnapshot snapshot;
    ProbeState probe;
    probe.id = "hall";
    probe.link = LinkState::Live;
    snapshot.probes = {probe};
    snapshot.streams = std::move(streams);
    snapshot.zone = ClockZone::utc();
    return snapshot;
}

}  // namespace

TEST_CASE("Trends keep ten minutes of what is drawn, a counter as its growth a second", "[graphs]") {
    TrendBook book;
    for (int n = 0; n < 700; ++n)
        book.record(kNews, report({{"bitrate.mux", n}, {"not.drawn", 1}}, 10 + static_cast<unsigned>(n) * 2), true);
    const auto trends = book.of(kNews);
    REQUIRE(trends.size() == 2);
    CHECK(trends[0].measurement == "bitrate.mux");
    CHECK(trends[0].values.size() == TrendBook::kSeconds);
    CHECK(trends[0].values.front() == 100);
    CHECK(trends[1].values.back() == 2);
    CHECK(book.of({"hall", "other"}).empty());
}

TEST_CASE("Where nothing was said the line has a gap, and a counter that began again is no error", "[graphs]") {
    TrendBook book;
    book.record(kNews, report({{"bitrate.mux", 5}}, 100), true);
    book.record(kNews, report({{"bitrate.mux", 5}}, 103), true);
    book.record(kNews, report({{"bitrate.mux", 5}}, 103), false);  // the probe does not answer
    book.record(kNews, report({{"bitrate.mux", 5}}, 500), true);
    book.record(kNews, report({}, 2), true);  // its worker began anew
    book.record(kNews, report({}, 3), true);
    const auto trends = book.of(kNews);
    REQUIRE(trends.size() == 2);
    CHECK(std::isnan(trends[0].values[2]));
    CHECK(std::isnan(trends[0].values[4]));
    const auto& errors = trends[1].values;
    CHECK(std::isnan(errors[0]));
    CHECK(errors[1] == 3);
    CHECK(std::isnan(errors[2]));
    CHECK(std::isnan(errors[3]));
    CHECK(std::isnan(errors[4]));
    CHECK(errors[5] == 1);
}

TEST_CASE("A graph shows its unit, joins the channels of a track, and spans the limits of the rules", "[graphs]") {
    WallSnapshot snapshot;
    StreamState stream;
    stream.key = kNews;
    stream.measurements["srt.latency_ms"] = 250;
    snapshot.trends = {{"bitrate.mux", {8e6F, 8.2e6F}},
                       {"audio.level/audio:1/1", {-23, -144}},
                       {"audio.level/audio:1/2", {-20, -18}},
                       {"srt.rtt_ms", {38, 41}}};
    const auto limits = std::make_shared<std::vector<link::LimitReport>>();
    limits->push_back({"bitrate.mux", "bit/s", "bitrate.low", Severity::Major, 4e6, {}});
    limits->push_back({"bitrate.mux", "bit/s", "bitrate.low", Severity::Warning, 4e6, {}});  // the same line
    limits->push_back({"audio.level", "dBFS", "audio.silence", Severity::Major, -60, {}});
    snapshot.limits = limits;
    const auto graphs = graphs_of(snapshot, stream);
    REQUIRE(graphs.size() == 3);
    CHECK(graphs[0].title == "Bitrate, Mb/s");
    CHECK(graphs[0].now == "8.2");
    REQUIRE(graphs[0].limits.size() == 1);
    CHECK(graphs[0].limits[0].words == "bitrate.low < 4");
    CHECK(graphs[0].low < 4);
    CHECK(graphs[0].high > 8.2);
    CHECK(graphs[1].title == "Level, dBFS \xC2\xB7 audio:1");
    CHECK(graphs[1].lines.size() == 2);
    CHECK(graphs[1].lines[0][1] == -80);  // digital silence is at the foot, not far below it
    CHECK(graphs[1].limits.at(0).words == "audio.silence < -60");
    CHECK(graphs[1].now == "-80  -18");
    CHECK(graphs[2].limits.at(0).words == "latency 250");
    CHECK(graphs[2].high > 250);
}

TEST_CASE("Graphs of nothing, and of numbers that are none, have no range to draw in", "[graphs]") {
    WallSnapshot snapshot;
    const StreamState stream;
    snapshot.trends = {{"bitrate.mux", {}}, {"srt.rtt_ms", {NAN, INFINITY}}, {"foreign", {1}}};
    const auto graphs = graphs_of(snapshot, stream);
    REQUIRE(graphs.size() == 2);
    CHECK(graphs[0].empty());
    CHECK(graphs[1].empty());
    CHECK(graphs[1].now == "\xE2\x80\x93");
}

TEST_CASE("A path says which point went bad first, with each point's delay taken off", "[path]") {
    WallSnapshot snapshot = hall({point("enc", 10), point("origin", 10.4), point("cdn", 24.8), point("web")});
    const PathState path{"hall", "news-hd", {{{"enc"}, 0s}, {{"origin"}, 0s}, {{"cdn"}, 15s}, {{"web"}, 0s}}};
    snapshot.paths = {path};
    const auto found = path_of({"hall", "cdn"}, Layout{}, snapshot);
    REQUIRE(found);
    const auto points = points_of(*found, {"hall", "cdn"}, snapshot, {}, utc(30));
    REQUIRE(points.size() == 4);
    CHECK(points[0].words == "Black +0.2 s");
    CHECK(points[1].words == "Black +0.6 s");
    CHECK(points[2].first);  // 24.8 s − 15 s
    CHECK(points[2].here);
    CHECK(points[2].words.find("Black first, ") == 0);
    CHECK(points[3].words == "good");
    CHECK_FALSE(path_of({"hall", "elsewhere"}, Layout{}, snapshot));
    CHECK_FALSE(path_of({"other", "cdn"}, Layout{}, snapshot));
}

TEST_CASE("Of a point with two streams the better one speaks, and a stream that is not there is said", "[path]") {
    const WallSnapshot snapshot = hall({point("enc", 10), point("enc-b")});
    const PathState path{"hall", "p", {{{"enc", "enc-b"}, {}}, {{"gone"}, {}}}};
    const auto points = points_of(path, {"hall", "enc"}, snapshot, {}, utc(30));
    REQUIRE(points.size() == 2);
    CHECK(points[0].stream.stream == "enc-b");
    CHECK(points[0].name == "enc-b (1 of 2)");
    CHECK(points[0].words == "good");
    CHECK(points[0].here);
    CHECK(points[1].name == "gone");
    CHECK(points[1].words == "no such stream");
}

TEST_CASE("Of a probe that does not answer a path says no more than that", "[path]") {
    WallSnapshot snapshot = hall({point("enc", 10)});
    snapshot.probes[0].link = LinkState::Silent;
    const PathState path{"hall", "p", {{{"enc"}, {}}}};
    CHECK(points_of(path, {}, snapshot, {}, utc(30))[0].words == "probe not answering");
}

TEST_CASE("The probe's paths give each stream its place, and path tiles their stream", "[path]") {
    link::ApiState state;
    state.address = "unix:x";
    link::StreamsReport streams;
    streams.probe = "hall";
    for (const char* id : {"enc", "enc-b", "cdn"}) {
        link::StreamReport one;
        one.id = one.name = id;
        one.health = link::StreamHealth::Good;
        streams.streams.push_back(one);
    }
    state.streams = std::make_shared<const link::StreamsReport>(streams);
    link::PathReport path;
    path.id = "news-hd";
    path.points = {{{"enc", "enc-b"}, 0}, {{"cdn"}, 20}};
    state.paths = std::make_shared<const std::vector<link::PathReport>>(std::vector{path});
    const WallSnapshot wall = build_snapshot({std::make_shared<const link::ApiState>(state)});
    CHECK(wall.streams[1].path == "news-hd");
    CHECK(wall.streams[1].point == "1/2");
    CHECK(wall.streams[2].point == "2/2");
    REQUIRE(wall.paths.size() == 1);
    CHECK(wall.paths[0].points[1].delay == 20s);
    const auto found = path_called("news-hd", "", Layout{}, wall);
    REQUIRE(found);
    REQUIRE(speaker_of(*found, 1, wall, utc(0)) != nullptr);
    CHECK(speaker_of(*found, 1, wall, utc(0))->key.stream == "cdn");
    CHECK(speaker_of(*found, 7, wall, utc(0)) == nullptr);
}
