// SPDX-License-Identifier: Apache-2.0
// No letter is ever drawn over another one: the boxes of all glyphs that a refresh draws, however much there is to say.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/unit/ui/glass.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace sightline::ui::test;

namespace {

/// A glyph as it is seen, clipped, and which one it was: those of a word are drawn one after the other.
struct Glyph {
    Rect box;
    std::size_t drawn = 0;
};

/// Boxes of glyphs as they are seen, clipped. Glyphs are the quads with a texture that changes in both directions:
/// fills take one texel of it, anti-aliased lines one row.
std::vector<Glyph> glyphs_of(const ImDrawData& data) {
    std::vector<Glyph> glyphs;
    std::size_t drawn = 0;
    for (int n = 0; n < data.CmdListsCount; ++n) {
        const ImDrawList& list = *data.CmdLists[n];
        for (const ImDrawCmd& command : list.CmdBuffer) {
            for (unsigned at = 0; at + 6 <= command.ElemCount; at += 3) {
                const auto vertex = [&](unsigned k) -> const ImDrawVert& {
                    return list.VtxBuffer[static_cast<int>(command.VtxOffset) +
                                          list.IdxBuffer[static_cast<int>(command.IdxOffset + at + k)]];
                };
                // PrimRectUV: 0 1 2, 0 2 3 with 0 left top and 2 right bottom.
                const ImDrawIdx* index = &list.IdxBuffer[static_cast<int>(command.IdxOffset + at)];
                const bool quad = index[3] == index[0] && index[4] == index[2] && index[1] == index[0] + 1 &&
                                  index[2] == index[0] + 2 && index[5] == index[0] + 3;
                if (!quad) continue;
                const ImDrawVert& a = vertex(0);
                const ImDrawVert& c = vertex(2);
                if (a.uv.x == c.uv.x || a.uv.y == c.uv.y) continue;
                const Rect seen{std::max(a.pos.x, command.ClipRect.x), std::max(a.pos.y, command.ClipRect.y),
                                std::min(c.pos.x, command.ClipRect.z), std::min(c.pos.y, command.ClipRect.w)};
                ++drawn;
                if (!seen.empty()) glyphs.push_back({seen, drawn});
                at += 3;
            }
        }
    }
    return glyphs;
}

/// How many pairs of glyphs lie over each other by more than `slack` pixels both ways. Neighbours in a word may share a
/// quarter of the narrower one: the boxes of small letters are rounded up to whole texels.
int overlaps(std::vector<Glyph> glyphs, float slack, Rect& example) {
    std::sort(glyphs.begin(), glyphs.end(), [](const Glyph& a, const Glyph& b) { return a.box.left < b.box.left; });
    int count = 0;
    for (std::size_t n = 0; n < glyphs.size(); ++n) {
        const Rect& a = glyphs[n].box;
        for (std::size_t m = n + 1; m < glyphs.size() && glyphs[m].box.left < a.right - slack; ++m) {
            const Rect& b = glyphs[m].box;
            const bool neighbours = glyphs[n].drawn + 1 == glyphs[m].drawn;
            const float allowed = neighbours ? std::max(slack, std::min(a.width(), b.width()) / 4) : slack;
            const float over_x = std::min(a.right, b.right) - b.left;
            const float over_y = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
            if (over_x <= allowed || over_y <= slack) continue;
            if (count++ == 0) example = b;
        }
    }
    return count;
}

void check_apart(Glass& glass, const char* what) {
    glass.refresh();
    const auto glyphs = glyphs_of(*ImGui::GetDrawData());
    Rect where;
    const int found = overlaps(glyphs, 1.6F * glass.unit, where);
    INFO(what << ": " << glyphs.size() << " glyphs, first at " << where.left << ", " << where.top << " in "
              << glass.width << "x" << glass.height);
    CHECK(glyphs.size() > 50);
    CHECK(found == 0);
}

constexpr std::pair<float, float> kSizes[] = {{1280, 720},  {1920, 1080}, {3840, 2160},
                                              {1920, 1200}, {1280, 1024}, {1080, 1920}};

/// Everything a tile can say, at once.
void say_all(Glass& glass) {
    int n = 0;
    for (StreamState& stream : glass.snapshot.streams) {
        stream.format = "1080i50";
        stream.codec =
            "H.264 1920\xC3\x97"
            "1080i50 \xC2\xB7 AAC 2.0 eng";
        stream.transport = "SRT";
        stream.bitrate_bps = 12.4e6;
        stream.path = "news-hd";
        stream.point = "2/3";
        if (++n % 3 == 0) stream.depth = core::DepthMode::Adaptive;
        for (AlarmView& alarm : stream.alarms)
            if (n % 6 == 0) alarm.snoozed_until = glass.utc + 30min;
    }
    glass.state.layout.umd = {"{format} \xC2\xB7 {bitrate} \xC2\xB7 {codec}", "{path}", "Studio 5, talkback 12"};
    glass.state.operator_name = "J. Moreau of the second shift in the south tower";
    glass.state.layout.room = "Master control room 1, London, fourth floor";
}

}  // namespace

TEST_CASE("The check itself finds a letter over another one", "[overlap]") {
    Glass glass;
    fill_wall(glass, 4, 2);
    glass.refresh();
    auto glyphs = glyphs_of(*ImGui::GetDrawData());
    REQUIRE(glyphs.size() > 50);
    Glyph moved{glyphs[20].box, glyphs.back().drawn + 2};
    moved.box.left += 3;
    moved.box.right += 3;
    glyphs.push_back(moved);
    Rect where;
    CHECK(overlaps(glyphs, 1.6F, where) > 0);
}

TEST_CASE("200 alarms at once: no text lies over another, on any size of window and page", "[overlap]") {
    for (const auto& [width, height] : kSizes) {
        for (const char* name : {"News HD", "A long name of a contribution feed that fits nowhere CDN-A"}) {
            Glass glass(width, height);
            fill_wall(glass, 200, 200, name);
            say_all(glass);
            check_apart(glass, "all streams, with the rail");
            glass.type('i');
            check_apart(glass, "all streams, without the rail");
            glass.type('2');
            check_apart(glass, "what is wrong");
            glass.type('e');
            glass.type('i');
            glass.type('1');
            check_apart(glass, "editing");
        }
    }
}

TEST_CASE("From 1 to 144 tiles with three live fields each no text lies over another", "[overlap]") {
    for (const auto& [width, height] : kSizes) {
        for (const int streams : {1, 2, 5, 12, 25, 36, 64, 100, 144}) {
            Glass glass(width, height);
            fill_wall(glass, streams, streams / 2);
            say_all(glass);
            check_apart(glass, "tiles");
        }
    }
}

TEST_CASE("10,000 transitions and incidents: the full view and the rail keep their texts apart", "[overlap]") {
    for (const auto& [width, height] : kSizes) {
        Glass glass(width, height);
        fill_wall(glass, 12, 10'000, "A long name of a contribution feed that fits nowhere CDN-A");
        say_all(glass);
        auto history = std::make_shared<std::vector<core::AlarmTransition>>();
        for (int n = 0; n < 10'000; ++n) {
            core::AlarmTransition one;
            one.id = "a" + std::to_string(n);
            one.stream = "s1";
            one.condition = "video.black";
            one.message = "Black picture for 10 s, and a good deal more to say about it than a line has room for";
            one.at.utc = one.since.utc = glass.utc - std::chrono::seconds{n * 2};
            history->push_back(one);
        }
        check_apart(glass, "rail of 10,000");
        glass.snapshot.history = history;
        glass.snapshot.focus = glass.state.selected = {"hall", "s1"};
        glass.snapshot.trends = {{"bitrate.mux", {8e6F, 8.1e6F}}, {"srt.rtt_ms", {40, 41}}};
        glass.snapshot.streams[1].measurements["srt.latency_ms"] = 250;
        const auto limits = std::make_shared<std::vector<link::LimitReport>>();
        limits->push_back({"bitrate.mux", "bit/s", "bitrate.low", core::Severity::Major, 4e6, {}});
        limits->push_back({"bitrate.mux", "bit/s", "bitrate.high", core::Severity::Major, {}, 12e6});
        glass.snapshot.limits = limits;
        glass.snapshot.paths = {{"hall", "news-hd", {{{"s0"}, {}}, {{"s1", "s2"}, {}}, {{"s3"}, {}}, {{"s4"}, {}}}}};
        glass.state.full_view = true;
        check_apart(glass, "full view");
        glass.state.history_offset = 25 * 5'000 * glass.unit;
        check_apart(glass, "full view, in the middle of its timeline");
    }
}

TEST_CASE("Where the probe does not answer, or there is nothing, no text lies over another", "[overlap]") {
    for (const auto& [width, height] : kSizes) {
        Glass glass(width, height);
        check_apart(glass, "no probe");
        fill_wall(glass, 12, 4);
        say_all(glass);
        glass.snapshot.probes[0].link = LinkState::Silent;
        check_apart(glass, "probe gone");
        glass.snapshot.tally_error =
            "tally: cannot listen on udp 0.0.0.0:8900: address already in use by another program";
        glass.snapshot.probes[0].link = LinkState::Live;
        check_apart(glass, "tally error");
        glass.snapshot.streams.clear();
        glass.snapshot.incidents.clear();
        check_apart(glass, "no streams");
    }
}
