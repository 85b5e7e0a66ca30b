// SPDX-License-Identifier: Apache-2.0
// All views, drawn by ImGui without GL, on snapshots that are empty, normal, huge and hostile.
#include "ui/views.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "tests/catch.hpp"
#include "tests/unit/ui/glass.hpp"
#include "ui/tile.hpp"
#include "ui/view_tiles.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace sightline::ui::test;
using namespace std::chrono_literals;

TEST_CASE("L hears the chosen tile, M mutes alarm sounds, and both are on the glass") {
    Glass glass;
    fill_wall(glass, 4, 0);
    glass.state.selected = {"hall", "s1"};
    const int silent = glass.refresh();
    glass.type('l');
    CHECK(glass.state.listening);
    CHECK(glass.refresh() > silent);
    glass.type('l');
    CHECK_FALSE(glass.state.listening);
    glass.state.sound.alarms = true;
    const int loud = glass.refresh();
    glass.type('m');
    CHECK(glass.state.muted_until == glass.now + 5min);
    CHECK(glass.refresh() > loud);
    CHECK(glass.refresh(5min) <= loud);
}

TEST_CASE("An empty wall explains itself", "[views]") {
    Glass glass;
    CHECK(glass.refresh() > 500);  // words, not nothing
    glass.snapshot.probes.resize(1);
    glass.snapshot.probes[0].address = "unix:/nowhere";
    for (const LinkState state : {LinkState::Connecting, LinkState::Live, LinkState::Silent, LinkState::Refused}) {
        glass.snapshot.probes[0].link = state;
        CHECK(glass.refresh() > 500);
    }
    for (const char key : std::string("ajkbisno/?e123")) {  // every key is harmless where there is nothing
        glass.type(key);
        glass.key(ImGuiKey_Escape);
    }
    CHECK(glass.commands.take_all().empty());
}

TEST_CASE("A window whose coordinates are larger than pixels is laid out in pixels", "[views]") {
    ImGuiIO io;
    io.DisplaySize = {960, 540};
    io.DisplayFramebufferScale = {2, 2};
    io.MousePos = {100, 50};
    to_framebuffer_pixels(io);
    CHECK(io.DisplaySize.x == 1920);
    CHECK(io.DisplaySize.y == 1080);
    CHECK(io.DisplayFramebufferScale.x == 1);
#if IMGUI_VERSION_NUM < 18700
    CHECK(io.MousePos.x == 200);
    CHECK(io.MousePos.y == 100);
#endif
    to_framebuffer_pixels(io);
    CHECK(io.DisplaySize.x == 1920);
}

TEST_CASE("Loudness says in words where it leaves its zone, and nothing where it is not measured", "[views]") {
    const LoudnessZones zones{-24, -22};
    const float none = std::numeric_limits<float>::quiet_NaN();
    CHECK(loudness_words({-21.34F, -23}, zones) == "M \u221221.3  S \u221223.0  LUFS");
    CHECK(loudness_words({-21.34F, -24.1F}, zones) == "M \u221221.3  S \u221224.1 low  LUFS");
    CHECK(loudness_words({none, -12}, zones) == "S \u221212.0 high  LUFS");
    CHECK(loudness_words({none, none}, zones).empty());
}

TEST_CASE("A lost tile keeps its last picture, or shows a slate alone, as the layout says", "[views]") {
    const auto lost = [] {
        TileLook look;
        look.grey = true;
        look.slate = SlateLook{"NO SIGNAL", "SRT: peer closed", Icon::None, true, false, true};
        return look;
    };
    Layout layout;
    TileLook look = lost();
    shape_look(look, layout, false);
    CHECK(look.slate->struck);
    CHECK_FALSE(look.slate->hide_picture);
    CHECK_FALSE(look.loudness);
    layout.lost = LostLook::Slate;
    layout.meters.red = -6;
    look = lost();
    shape_look(look, layout, true);
    CHECK_FALSE(look.slate->struck);
    CHECK(look.slate->hide_picture);
    CHECK(look.zones.red == -6);
    CHECK(look.loudness);  // in full view
}

TEST_CASE("A picture of key frames only says how far they are apart", "[views]") {
    CHECK(key_frame_words(2s) == "KF 2 s");
    CHECK(key_frame_words(1960ms) == "KF 2 s");
    CHECK(key_frame_words(480ms) == "KF 0.48 s");
    CHECK(key_frame_words(10s) == "KF 10 s");
    CHECK(key_frame_words({}) == "KF");
}

TEST_CASE("A page of what is wrong draws 'all good' on purpose", "[views]") {
    Glass glass;
    fill_wall(glass, 3, 0);
    for (StreamState& stream : glass.snapshot.streams) {
        stream.watch = Watch::Watched;
        stream.air = core::AirState::OnAir;
    }
    glass.type('2');
    const int all_good = glass.refresh();
    glass.type('1');
    CHECK(all_good > 500);
    CHECK(glass.refresh() > 500);
}

TEST_CASE("A second of reading, then A acknowledges, and the command names operator and incident", "[views]") {
    Glass glass;
    fill_wall(glass, 4, 2);
    glass.state.operator_name = "J. Moreau";
    glass.refresh();
    glass.type('a');
    CHECK(glass.commands.take_all().empty());
    for (int n = 0; n < 60; ++n) glass.refresh();
    glass.type('a');
    const auto taken = glass.commands.take_all();
    REQUIRE(taken.size() == 2);
    CHECK(taken[0].kind == CommandKind::Acknowledge);
    CHECK(taken[0].operator_name == "J. Moreau");
    CHECK(taken[0].id == "hall-i0");
    CHECK(taken[0].stream.probe == "hall");
}

TEST_CASE("Without an incident desk an acknowledgement is refused in words", "[views]") {
    Glass glass;
    fill_wall(glass, 4, 2);
    for (IncidentView& incident : glass.snapshot.incidents) incident.from_desk = false;
    for (int n = 0; n < 60; ++n) glass.refresh();
    glass.type('a');
    CHECK(glass.commands.take_all().empty());
    CHECK(glass.state.message == "this probe has no incident desk: it keeps no acknowledgements");
}

TEST_CASE("Keys choose, open the full view, set standby and come back", "[views]") {
    Glass glass;
    fill_wall(glass, 6, 3);
    glass.refresh();
    glass.key(ImGuiKey_RightArrow);
    CHECK(glass.state.selected.stream == "s0");
    glass.key(ImGuiKey_RightArrow);
    CHECK(glass.state.selected.stream == "s1");
    glass.type('b');
    auto taken = glass.commands.take_all();
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].kind == CommandKind::SetAir);
    CHECK(taken[0].air == core::AirState::Standby);
    glass.key(ImGuiKey_Enter);
    CHECK(glass.state.full_view);
    CHECK(glass.refresh() > 500);
    taken = glass.commands.take_all();
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].kind == CommandKind::Focus);
    glass.key(ImGuiKey_Escape);
    CHECK_FALSE(glass.state.full_view);
    glass.type('e');
    CHECK(glass.state.editing);
    glass.type('x');
    CHECK(glass.state.edited);
    glass.type('s');
    taken = glass.commands.take_all();
    CHECK(taken.back().kind == CommandKind::SaveLayout);
    CHECK(parse_layout(taken.back().note, "saved").has_value());
}

TEST_CASE("200 alarms and 10,000 incidents are drawn in bounds, a list no longer than the glass", "[views]") {
    Glass glass;
    fill_wall(glass, 200, 200);
    const int with_200 = glass.refresh();
    CHECK(with_200 > 10'000);
    Glass larger;
    fill_wall(larger, 12, 10'000);
    Glass smaller;
    fill_wall(smaller, 12, 50);
    CHECK(larger.refresh() < smaller.refresh() * 2);  // only what is on the glass costs
    auto history = std::make_shared<std::vector<core::AlarmTransition>>();
    for (int n = 0; n < 10'000; ++n) {
        core::AlarmTransition one;
        one.id = "a" + std::to_string(n);
        one.stream = "s1";
        one.condition = "video.black";
        one.at.utc = one.since.utc = larger.utc - std::chrono::seconds{n * 2};
        history->push_back(one);
    }
    larger.snapshot.history = history;
    larger.state.selected = {"hall", "s1"};
    larger.state.full_view = true;
    CHECK(larger.refresh() > 1'000);
    larger.state.history_offset = 1e9F;
    CHECK(larger.refresh() > 1'000);
}

TEST_CASE("Hostile texts, places and numbers are drawn without harm", "[views]") {
    Glass glass;
    std::string name;
    for (int n = 0; n < 4'000; ++n) name += "W\xC3\x96\xF0\x9F\x98\x80%s%n{}";
    fill_wall(glass, 30, 30, name);
    glass.snapshot.streams[0].key.stream.clear();
    glass.snapshot.streams[1].bitrate_bps = 1e300;
    glass.snapshot.incidents[0].since = core::UtcTime{} - std::chrono::hours{24 * 365 * 100};
    glass.snapshot.incidents[1].since = glass.utc + std::chrono::hours{24 * 365 * 50};
    glass.snapshot.trends = {{name, {1, NAN, INFINITY, -1e38F, 1e38F}}, {"bitrate.mux", {}}};
    glass.state.layout.room = name;
    glass.state.layout.pages[0].name = name;
    glass.refresh();
    glass.state.page.fill(99);  // a page that is not there
    glass.refresh();
    glass.state.page.fill(0);
    glass.state.selected = glass.snapshot.focus = {"hall", "s1"};
    glass.state.full_view = true;
    glass.refresh();
    glass.state.selected = {"gone", "gone"};
    glass.refresh();
    CHECK_FALSE(glass.state.full_view);
    PageSpec page;
    page.name = "odd";
    page.tiles.resize(3);
    page.tiles[0].kind = TileKind::Stream;
    page.tiles[0].bound = "nothing";
    page.tiles[0].at = Rect{0, 0, 0.01F, 0.01F};
    page.tiles[1].kind = TileKind::Timer;
    page.tiles[2].kind = TileKind::Penalty;
    page.tiles[2].number = 100;
    glass.state.layout.pages = {page};
    CHECK(glass.refresh() > 100);
}
