// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <map>
#include <memory>
#include <string>

#include "tests/catch.hpp"
#include "tests/unit/uimodel/wall_states.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace sightline::ui::test;
using namespace std::chrono_literals;
using core::Severity;

TEST_CASE("The penalty box takes on air first, then the worst, then the newest, and lets go when clear", "[order]") {
    WallSnapshot snapshot =
        wall({stream("good"), stream("minor", {alarm("1", Severity::Minor, 90)}),
              stream("old", {alarm("2", Severity::Critical, 10)}), stream("new", {alarm("3", Severity::Critical, 20)}),
              stream("air", {alarm("4", Severity::Warning, 5)})});
    const std::map<StreamKey, bool> red{{{"p", "air"}, true}};
    CHECK(order_of(wrong_streams(snapshot, utc(100), red)) == "air new old minor ");
    snapshot.streams[3].alarms.clear();
    CHECK(order_of(wrong_streams(snapshot, utc(100), red)) == "air old minor ");
    snapshot.streams[2].alarms[0].snoozed_until = utc(200);
    CHECK(order_of(wrong_streams(snapshot, utc(100), red)) == "air minor ");
    CHECK(order_of(wrong_streams(snapshot, utc(201), red)) == "air old minor ");
    snapshot.streams[0].watch = Watch::NotWatched;  // on air and nobody looks: wrong, after all alarms
    CHECK(order_of(wrong_streams(snapshot, utc(100), {})) == "minor air good ");
}

TEST_CASE("200 alarms at once stand in the penalty box on air first, then by severity, then the newest first",
          "[order]") {
    std::vector<StreamState> streams;
    std::map<StreamKey, bool> red;
    std::uint32_t random = 1;
    const auto next = [&random](std::uint32_t below) {
        random = random * 1'664'525 + 1'013'904'223;
        return (random >> 16) % below;
    };
    constexpr std::array kSeverities{Severity::Warning, Severity::Minor, Severity::Major, Severity::Critical};
    for (int n = 0; n < 200; ++n) {
        const std::string id = "s" + std::to_string(n);
        streams.push_back(stream(id, {alarm(id, kSeverities[next(4)], static_cast<int>(next(50)))}));
        if (next(4) == 0) red[streams.back().key] = true;
    }
    const WallSnapshot snapshot = wall(streams);
    const auto order = wrong_streams(snapshot, utc(100), red);
    REQUIRE(order.size() == 200);
    for (std::size_t n = 1; n < order.size(); ++n) {
        const StreamState& a = *order[n - 1];
        const StreamState& b = *order[n];
        INFO(a.key.stream << " before " << b.key.stream);
        const bool a_red = red.contains(a.key);
        const bool b_red = red.contains(b.key);
        REQUIRE((a_red || !b_red));
        if (a_red != b_red) continue;
        REQUIRE(a.alarms[0].severity >= b.alarms[0].severity);
        if (a.alarms[0].severity != b.alarms[0].severity) continue;
        REQUIRE(a.alarms[0].since >= b.alarms[0].since);
    }
    // The boxes on a page take them in this order, and the page of what is wrong as well.
    Layout layout = default_layout();
    PageSpec page;
    for (int n = 1; n <= 12; ++n) {
        TileSpec tile;
        tile.kind = TileKind::Penalty;
        tile.number = n;
        page.tiles.push_back(tile);
    }
    const auto by_severity = wrong_streams(snapshot, utc(100), {});
    const auto boxes = bound_streams(page, layout, snapshot, utc(100));
    CHECK(boxes == std::vector<const StreamState*>(by_severity.begin(), by_severity.begin() + 12));
    const PageSpec wrong = expanded(layout.pages[1], layout, snapshot, utc(100), 1.78F);
    REQUIRE(wrong.tiles.size() == kMostTiles);
    CHECK(wrong.tiles[0].bound == by_severity[0]->key.stream);
    CHECK(wrong.tiles[143].bound == by_severity[143]->key.stream);
}

TEST_CASE("The list of 10,000 incidents is by severity, then the newest first", "[order]") {
    link::ApiState state;
    state.address = "unix:x";
    state.incidents_served = true;
    std::vector<link::IncidentReport> incidents;
    for (int n = 0; n < 10'000; ++n) {
        link::IncidentReport one;
        one.id = "i" + std::to_string(n);
        one.state = "open";
        one.severity = static_cast<Severity>(1 + n * 7 % 4);
        one.since = utc(n * 31 % 5'000);
        incidents.push_back(std::move(one));
    }
    state.incidents = std::make_shared<const std::vector<link::IncidentReport>>(std::move(incidents));
    const WallSnapshot wall = build_snapshot({std::make_shared<const link::ApiState>(state)});
    REQUIRE(wall.incidents.size() == 10'000);
    for (std::size_t n = 1; n < wall.incidents.size(); ++n) {
        const IncidentView& a = wall.incidents[n - 1];
        const IncidentView& b = wall.incidents[n];
        REQUIRE(a.severity >= b.severity);
        if (a.severity != b.severity) continue;
        REQUIRE(a.since >= b.since);
    }
}

TEST_CASE("Counts go by each stream's worst alarm", "[order]") {
    const WallSnapshot snapshot =
        wall({stream("a", {alarm("1", Severity::Critical, 1), alarm("2", Severity::Minor, 1)}),
              stream("b", {alarm("3", Severity::Warning, 1)}), stream("c", {alarm("4", Severity::Info, 1)})});
    CHECK(count_severities(snapshot, utc(9)) == SeverityCounts{1, 0, 0, 1, 0});
}

TEST_CASE("Streams of a probe that does not answer are unknown, neither good nor in alarm", "[order]") {
    WallSnapshot snapshot = wall({stream("a", {alarm("1", Severity::Critical, 1)}), stream("b")});
    snapshot.probes[0].link = GENERATE(LinkState::Silent, LinkState::Refused);
    CHECK(count_severities(snapshot, utc(9)) == SeverityCounts{0, 0, 0, 0, 2});
    CHECK(probe_is_silent(snapshot, "p"));
    CHECK_FALSE(probe_is_silent(snapshot, "another"));
}

TEST_CASE("An acknowledgement takes only what was readable for a second, and a worse severity starts anew", "[order]") {
    WallSnapshot snapshot = wall({});
    for (const char* id : {"i1", "i2", "i3", "i4"}) {
        IncidentView incident;
        incident.id = id;
        incident.state = "open";
        snapshot.incidents.push_back(incident);
    }
    snapshot.incidents[3].from_desk = false;
    OnScreen on_screen;
    const auto refresh = [&](core::Duration at, std::initializer_list<const char*> ids, Severity severity) {
        on_screen.begin();
        for (const char* id : ids) on_screen.shown(id, severity, arrival(at));
    };
    const auto taken = [&](core::Duration at, const std::string& selected = {}) {
        std::string out;
        for (const IncidentView* one : takeable(snapshot, on_screen, selected, arrival(at))) out += one->id + " ";
        return out;
    };
    refresh(0ms, {"i1", "i4"}, Severity::Minor);
    refresh(900ms, {"i1", "i2", "i4"}, Severity::Minor);
    CHECK(taken(999ms).empty());
    CHECK(taken(1000ms) == "i1 ");
    CHECK(taken(1899ms) == "i1 ");
    CHECK(taken(1900ms) == "i1 i2 ");
    CHECK(taken(1900ms, "i2") == "i2 ");
    refresh(2s, {"i2"}, Severity::Minor);  // i1 scrolled away
    refresh(2100ms, {"i2"}, Severity::Minor);
    refresh(2200ms, {"i1", "i2"}, Severity::Minor);
    CHECK(taken(2500ms) == "i2 ");
    on_screen.shown("i2", Severity::Critical, arrival(2600ms));
    CHECK(taken(3s).empty());
    CHECK(taken(3600ms) == "i1 i2 ");
    snapshot.incidents[1].state = "acknowledged";
    CHECK(taken(3600ms) == "i1 ");
}

TEST_CASE("A long list draws only the rows on screen, and scrolls no further than its end", "[order]") {
    float offset = 0;
    ListWindow window = list_window(10'000, 20, 600, offset);
    CHECK(window.first == 0);
    CHECK(window.last == 31);
    offset = 1e9F;
    window = list_window(10'000, 20, 600, offset);
    CHECK(window.last == 10'000);
    CHECK(window.first >= 9'969);
    offset = 50;
    window = list_window(3, 20, 600, offset);
    CHECK(offset == 0);
    CHECK(window.last == 3);
    offset = -5;
    CHECK(list_window(0, 20, 600, offset).last == 0);
}

TEST_CASE("The filter wants every word somewhere", "[order]") {
    IncidentView incident;
    incident.title = "Encoder enc7";
    incident.why = "4 of 5 streams";
    incident.streams = {{"p", "news-enc"}};
    CHECK(passes(incident, ""));
    CHECK(passes(incident, "ENC7 news"));
    CHECK_FALSE(passes(incident, "enc7 sport"));
}

TEST_CASE("No state looks like a good one", "[tile_facts]") {
    const auto facts = [](const StreamState& state, core::Duration now = 0s) {
        const WallSnapshot snapshot = wall({state});
        return facts_of(stream_tile("s"), &snapshot.streams[0], snapshot, arrival(now), utc(100));
    };
    const TileFacts good = facts(stream("s"));
    CHECK(good.state == TileState::Good);
    CHECK(good.bar.empty());
    CHECK(good.headline.empty());
    CHECK_FALSE(good.flashes);
    StreamState state =
        stream("s", {alarm("1", Severity::Critical, 5), alarm("2", Severity::Critical, 4, "audio.silence")});
    TileFacts bad = facts(state);
    CHECK(bad.state == TileState::Alarm);
    CHECK(bad.bar == "Black + silence");
    CHECK(bad.flashes);
    CHECK(bad.border.width == 4);
    state.alarms[0].acknowledged = state.alarms[1].acknowledged = true;
    CHECK_FALSE(facts(state).flashes);
    state.alarms[0].acknowledged = state.alarms[1].acknowledged = false;
    state.alarms[0].follows = state.alarms[1].follows = "NEWS HD";
    CHECK_FALSE(facts(state).flashes);
    CHECK(facts(state).bar == "follows NEWS HD");
    state.alarms = {alarm("1", Severity::Minor, 5)};
    CHECK_FALSE(facts(state).flashes);
    state.alarms[0].snoozed_until = utc(500);
    CHECK(facts(state).bar.empty());
    CHECK(facts(state).snoozed_until == utc(500));
    CHECK(facts(state).border.icon == Icon::Moon);
    state = stream("s");
    state.watch = Watch::NotWatched;
    state.watch_reason = "sound only: video is scrambled";
    CHECK(facts(state).headline == "? NOT WATCHED");
    CHECK(facts(state).state == TileState::Unknown);
    state.watch = Watch::Lost;
    state.last_picture = utc(0);
    CHECK(facts(state).headline == "NO SIGNAL");
    CHECK(facts(state).greyed);
    state = stream("s");
    state.air = core::AirState::Standby;
    CHECK(facts(state).headline == "STANDBY");
    CHECK(facts(state).why == "signal present");
    state = stream("s");
    state.depth = core::DepthMode::Adaptive;
    CHECK(facts(state).depth == "KF");
}

TEST_CASE("When its probe is silent a tile says so, whatever was known", "[tile_facts]") {
    WallSnapshot snapshot = wall({stream("s", {alarm("1", Severity::Critical, 5)})});
    snapshot.probes[0].link = LinkState::Silent;
    const TileFacts facts = facts_of(stream_tile("s"), &snapshot.streams[0], snapshot, arrival(4s), utc(100));
    CHECK(facts.state == TileState::Unknown);
    CHECK(facts.stale == "probe not answering for 4 s");
    CHECK(facts.headline == "? NOT WATCHED");
    CHECK_FALSE(facts.flashes);
}

TEST_CASE("Tally lights a tile's lamps, and shows when it is old", "[tile_facts]") {
    WallSnapshot snapshot = wall({stream("s")});
    auto board = std::make_shared<link::TallyBoard>();
    board->displays[5] = {{true, false, false}, "CAM", arrival(0s), false};
    snapshot.tally = board;
    snapshot.tally_stale = 10s;
    const auto facts = [&](core::Duration now) {
        return facts_of(stream_tile("s", 5), &snapshot.streams[0], snapshot, arrival(now), utc(100));
    };
    CHECK(facts(1s).tally.red);
    CHECK_FALSE(facts(1s).tally_stale);
    CHECK(facts(11s).tally_stale);
    Layout layout;
    layout.pages.emplace_back();
    layout.pages[0].tiles = {stream_tile("s", 5)};
    CHECK(red_streams(layout, snapshot).at({"p", "s"}));
}

TEST_CASE("Tiles are bound to streams, points of paths, tags and the penalty box", "[tile_facts]") {
    WallSnapshot snapshot = wall({stream("a"), stream("b", {alarm("1", Severity::Major, 5)}), stream("c")});
    snapshot.streams[0].tags = {"site=x"};
    snapshot.streams[2].tags = {"site=x"};
    Layout layout;
    layout.paths = {{"path", {"a", "c"}}};
    PageSpec page;
    const auto add = [&](TileKind kind, const std::string& bound, int number) {
        TileSpec tile;
        tile.kind = kind;
        tile.bound = bound;
        tile.number = number;
        page.tiles.push_back(tile);
    };
    add(TileKind::Stream, "b", 1);
    add(TileKind::PathPoint, "path", 2);
    add(TileKind::PathPoint, "path", 3);
    add(TileKind::Tag, "site=x", 1);
    add(TileKind::Tag, "site=x", 1);
    add(TileKind::Tag, "site=x", 1);
    add(TileKind::Penalty, "", 1);
    add(TileKind::Penalty, "", 2);
    std::string out;
    for (const StreamState* one : bound_streams(page, layout, snapshot, utc(9))) out += one ? one->key.stream : "-";
    CHECK(out == "bc-ac-b-");
    PageSpec wrong;
    wrong.only_wrong = true;
    CHECK(expanded(wrong, layout, snapshot, utc(9), 1.78F).tiles.size() == 1);
    PageSpec all;
    all.automatic = true;
    CHECK(expanded(all, layout, snapshot, utc(9), 1.78F).tiles.size() == 3);
}

TEST_CASE("Incidents of a desk mark their alarms acknowledged, snoozed and following", "[snapshot]") {
    link::StreamReport report = news_report(link::StreamHealth::Alarm);
    core::AlarmTransition one = transition("a1", core::AlarmState::Raised, Severity::Critical, 1, 4);
    one.stream = "news";
    report.alarms = {one};
    const auto state = live_state({report});
    auto open = std::make_shared<std::vector<core::AlarmTransition>>();
    open->push_back(one);
    state->open = open;
    WallSnapshot built = build_snapshot({state});
    REQUIRE(built.incidents.size() == 1);
    CHECK_FALSE(built.incidents[0].from_desk);
    CHECK(built.incidents[0].title == "News HD: Black");
    CHECK(built.streams[0].transport == "SRT");
    CHECK_FALSE(built.streams[0].alarms[0].acknowledged);

    link::IncidentReport incident;
    incident.id = "hall-i1";
    incident.state = "acknowledged";
    incident.severity = Severity::Critical;
    incident.cause_stream = "news";
    incident.alarms = {{"a1", "news", "video.black", "cause", "", Severity::Critical, true}};
    auto incidents = std::make_shared<std::vector<link::IncidentReport>>();
    incidents->push_back(incident);
    state->incidents = incidents;
    state->incidents_served = true;
    built = build_snapshot({state});
    REQUIRE(built.incidents.size() == 1);
    CHECK(built.incidents[0].from_desk);
    CHECK(built.streams[0].alarms[0].acknowledged);
    incidents->at(0).severity = Severity::Minor;  // the alarm has become worse than what was acknowledged
    CHECK_FALSE(build_snapshot({state}).streams[0].alarms[0].acknowledged);
    incidents->at(0).alarms[0].role = "consequence";
    CHECK(build_snapshot({state}).streams[0].alarms[0].follows == "News HD");
}

TEST_CASE("A lost signal says why, in words, after its transport", "[snapshot]") {
    auto state = std::make_shared<link::ApiState>();
    auto streams = std::make_shared<link::StreamsReport>();
    link::StreamReport report;
    report.id = "a";
    report.url = "srt://x:1";
    report.health = link::StreamHealth::Alarm;
    report.link_state = "unreachable";
    report.link_reason = "peer closed";
    streams->streams = {report};
    state->streams = streams;
    const WallSnapshot built = build_snapshot({state});
    CHECK(built.streams[0].watch == Watch::Lost);
    CHECK(built.streams[0].watch_reason == "SRT: peer closed");
}

TEST_CASE("Commands become the API's requests", "[snapshot]") {
    Command command;
    command.kind = CommandKind::Snooze;
    command.stream = {"hall", ""};
    command.id = "hall-i1";
    command.operator_name = "J. \"M\"";
    command.note = "advert";
    command.duration = 30min;
    CHECK(target_of(command).command.path == "/api/v1/incidents/hall-i1/snooze");
    CHECK(target_of(command).command.body == R"({"operator":"J. \"M\"","for":"30m","reason":"advert"})");
    command.kind = CommandKind::SetAir;
    command.stream = {"hall", "news"};
    command.air = core::AirState::Standby;
    CHECK(target_of(command).command.path == "/api/v1/streams/news/air");
    CHECK(target_of(command).command.body == R"({"state":"standby"})");
    command.air.reset();
    CHECK(target_of(command).command.body == R"({"state":null})");
    command.kind = CommandKind::Acknowledge;
    command.id = "a/b?c";
    CHECK(target_of(command).command.path == "/api/v1/incidents/a%2Fb%3Fc/ack");
}

TEST_CASE("The strip shows the worst of all alarms at each time", "[history]") {
    using core::AlarmState;
    core::AlarmTransition worse = transition("a", AlarmState::Changed, Severity::Critical, 10, 20);
    worse.previous = Severity::Warning;
    const std::vector<core::AlarmTransition> transitions{
        transition("a", AlarmState::Cleared, Severity::Critical, 10, 30), worse,
        transition("a", AlarmState::Raised, Severity::Warning, 10, 13),
        transition("b", AlarmState::Raised, Severity::Minor, 25, 26)};
    const Strip strip = strip_of(transitions, "s", utc(0), utc(100));
    REQUIRE(strip.segments.size() == 3);
    CHECK(strip.segments[0].from == utc(10));
    CHECK(strip.segments[0].to == utc(20));
    CHECK(strip.segments[0].severity == Severity::Warning);
    CHECK(strip.segments[1].to == utc(30));
    CHECK(strip.segments[1].severity == Severity::Critical);
    CHECK(strip.segments[2].to == utc(100));
    CHECK(strip.segments[2].severity == Severity::Minor);
    CHECK(strip.bad == 10s);
    CHECK(strip.alarms == 2);
    CHECK(strip_of(transitions, "other", utc(0), utc(100)).segments.empty());
    CHECK(strip_of(transitions, "s", utc(22), utc(24)).segments.size() == 1);
}

TEST_CASE("Times are short and in whole units", "[words]") {
    CHECK(age_text(7s) == "00:07");
    CHECK(age_text(92s) == "01:32");
    CHECK(age_text(3600s) == "1:00:00");
    CHECK(age_text(100h) == "4 d 04 h");
    CHECK(age_text(-5s) == "00:00");
    CHECK(for_text(4999ms) == "for 4 s");
    CHECK(for_text(130s) == "for 2 min");
    CHECK(clock_text(core::UtcTime{} + 3661s, ClockZone::utc()) == "01:01:01");
    CHECK(clock_text(core::UtcTime{} + 3661s, ClockZone::utc(), false) == "01:01");
    CHECK(condition_words("audio.level_low") == "Level low");
    CHECK(condition_words("odd.new_thing") == "Odd new thing");
}
