// SPDX-License-Identifier: Apache-2.0
#include "ui/shell.hpp"

#include <array>
#include <cstdio>
#include <filesystem>

#include "core/clock.hpp"
#include "tests/catch.hpp"
#include "tests/ui/picture_glass.hpp"
#include "ui/imgui.hpp"
#include "ui/theme.hpp"
#include "ui/tile.hpp"
#include "ui/view_clock.hpp"

namespace sightline::ui {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int drawn = 0;

void count_drawing(const Canvas& /*canvas*/, const WallSnapshot& /*snapshot*/, ViewState& /*state*/,
                   CommandQueue& /*queue*/) {
    ++drawn;
}

TileLook look_of(int number) {
    TileLook look;
    look.umd.name = number % 2 == 0 ? "NEWS HD" : "A VERY LONG NAME OF A STREAM THAT FITS NOWHERE CDN-A";
    look.umd.lines = {"1080i50 H.264", "8.1 Mb/s"};
    look.top_left = "SRT 8.1M 1080i50 and far more text than a tile has room for, whatever its size";
    look.top_right = "KF 2 s";
    const auto severity = static_cast<core::Severity>(number % 5);
    look.border = border_of(severity);
    look.flashing = true;
    look.bar = BarLook{severity, "Black + silence \xF0\x9F\x98\x80 and more", "9999:59:59", true};
    if (number % 3 == 0) look.slate = SlateLook{"NO SIGNAL", "SRT: peer closed", Icon::Question, true, false, true};
    look.selected = true;
    look.safe_areas = look.centre_cross = true;
    return look;
}

/// Tiles of every size down to nothing, in every state.
void draw_many_tiles(const Canvas& canvas, const WallSnapshot& /*snapshot*/, ViewState& /*state*/,
                     CommandQueue& /*queue*/) {
    int number = 0;
    for (float width = 0; width < 700; width += 60)
        for (float height = 0; height < 500; height += 60) {
            const Rect box{10, 10, 10 + width, 10 + height};
            draw_tile(canvas, box, StreamKey{"p", "s"}, look_of(number++));
        }
}

bool dialog_shown = false;

Rect when_shown(const Rect& window, float /*unit*/, const ViewState& /*state*/) {
    return dialog_shown ? window : Rect{};
}

void fill_red(const Canvas& canvas, const WallSnapshot& /*snapshot*/, ViewState& /*state*/, CommandQueue& /*queue*/) {
    canvas.list->AddRectFilled({0, 0}, {960, 540}, IM_COL32(255, 0, 0, 255));
}

void fill_green(const Canvas& canvas, const WallSnapshot& /*snapshot*/, ViewState& /*state*/, CommandQueue& /*queue*/) {
    canvas.list->AddRectFilled({0, 0}, {960, 540}, IM_COL32(0, 255, 0, 255));
}

constexpr std::array kOver{View{"below", whole_window, fill_red}, View{"above", when_shown, fill_green}};
constexpr std::array kCounting{View{"count", whole_window, count_drawing}};
constexpr std::array kClock{View{"clock", clock_area, draw_clock}};
constexpr std::array kTiles{View{"tiles", whole_window, draw_many_tiles}};

struct Desk {
    core::Published<WallSnapshot> snapshots;
    ViewState state;
    CommandQueue commands;
    core::VirtualClock clock;
};

std::unique_ptr<Shell> offscreen(Desk& desk) {
    ShellOptions options;
    options.windows = {WindowOptions{"test", WindowMode::Offscreen, 0, 960, 540}};
    auto shell = Shell::create(options, desk.clock);
    if (!shell) {
        WARN("skipped: " << shell.error().message);
        return {};
    }
    return std::move(*shell);
}

void settle(Shell& shell, const ShellInputs& inputs) {
    for (int i = 0; i < 3; ++i) REQUIRE(shell.refresh(inputs));
}

TEST_CASE("Nothing is drawn while nothing changes, and a new snapshot is drawn once") {
    Desk desk;
    const auto shell = offscreen(desk);
    if (!shell) return;
    const ShellInputs inputs{desk.snapshots, desk.state, desk.commands, kCounting, nullptr};
    settle(*shell, inputs);
    drawn = 0;
    shell->wake();
    REQUIRE(shell->refresh(inputs));
    CHECK(drawn == 0);
    desk.snapshots.publish(std::make_shared<WallSnapshot>());
    shell->wake();
    REQUIRE(shell->refresh(inputs));
    CHECK(drawn == 1);
    shell->wake();
    REQUIRE(shell->refresh(inputs));
    CHECK(drawn == 1);
    CHECK(shell->figures().skipped >= 2);
}

TEST_CASE("The last view lies above the others, whenever it appears") {
    Desk desk;
    const auto shell = offscreen(desk);
    if (!shell) return;
    const ShellInputs inputs{desk.snapshots, desk.state, desk.commands, kOver, nullptr};
    const auto pixel = [&] {
        desk.clock.advance(seconds{1});
        settle(*shell, inputs);
        const auto picture = shell->picture_of(inputs);
        REQUIRE(picture);
        const std::size_t middle = (270 * 960 + 480) * 3;
        return std::pair(picture->pixels[middle], picture->pixels[middle + 1]);
    };
    for (int n = 0; n < 3; ++n) {
        dialog_shown = false;
        CHECK(pixel() == std::pair<std::uint8_t, std::uint8_t>(255, 0));
        dialog_shown = true;
        CHECK(pixel() == std::pair<std::uint8_t, std::uint8_t>(0, 255));
    }
}

TEST_CASE("The second hand moves each second though nothing else does") {
    Desk desk;
    const auto shell = offscreen(desk);
    if (!shell) return;
    const ShellInputs inputs{desk.snapshots, desk.state, desk.commands, kClock, nullptr};
    settle(*shell, inputs);
    const auto before = shell->picture_of(inputs);
    REQUIRE(before);
    desk.clock.advance(seconds{1});
    REQUIRE(shell->refresh(inputs));
    const auto after = shell->picture_of(inputs);
    REQUIRE(after);
    CHECK(before->pixels.size() == std::size_t{960} * 540 * 3);
    CHECK(before->pixels != after->pixels);
}

TEST_CASE("Tiles of any size with any text are drawn without harm") {
    Desk desk;
    const auto shell = offscreen(desk);
    if (!shell) return;
    const ShellInputs inputs{desk.snapshots, desk.state, desk.commands, kTiles, nullptr};
    settle(*shell, inputs);
    CHECK(shell->picture_of(inputs));
}

TEST_CASE("A screenshot is written whole or not at all, and read back the same") {
    RgbImage image{3, 2, {255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
    const std::string path = std::string(SIGHTLINE_BIN_DIR) + "/ui_glass_test.png";
    REQUIRE(write_png(image, path));
    const auto back = read_png(path);
    std::remove(path.c_str());
    REQUIRE(back);
    CHECK(back->width == 3);
    CHECK(back->pixels == image.pixels);
    const auto refused = write_png(image, "/no-such-folder/x.png");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("/no-such-folder/x.png: cannot be written") == 0);
}

TEST_CASE("A wall without windows, or with two offscreen ones, is refused in words") {
    core::VirtualClock clock;
    ShellOptions none;
    none.windows.clear();
    CHECK(Shell::create(none, clock).error().message == "a wall needs at least one window");
    ShellOptions two;
    two.windows.assign(2, WindowOptions{"test", WindowMode::Offscreen, 0, 64, 64});
    const auto refused = Shell::create(two, clock);
    REQUIRE_FALSE(refused);
}

TEST_CASE("The bar, the UMD and the picture of a tile never overlap") {
    for (float width = 120; width < 900; width += 37)
        for (float height = 90; height < 600; height += 29) {
            const TileLook look = look_of(1);
            const TileParts parts = lay_out_tile({0, 0, width, height}, 0.5F, look, 2);
            CHECK(parts.inner.bottom <= parts.umd.top);
            CHECK(parts.umd.bottom <= height);
            CHECK(parts.bar.bottom <= parts.umd.top);
            CHECK(parts.bar.right <= parts.meters.left);
            CHECK(parts.meters.right <= parts.inner.right);
        }
}

TEST_CASE("A UMD's capitals are at least 1.5 percent of the screen in an 8 by 8") {
    ImFontAtlas atlas;
    const Theme theme(atlas, 1);
    REQUIRE(atlas.Build());
    const ImFont* font = theme.widget_font();
    const ImFontGlyph* capital = font->FindGlyph('H');
    const float of_line = (capital->Y1 - capital->Y0) / font->FontSize;
    INFO("capitals are " << of_line << " of a line's height");
    const TileLook look;
    const TileParts parts = lay_out_tile({0, 0, 1920 / 8.0F, (1080 - 48) / 8.0F}, 1, look, 2);
    CHECK(parts.name_size * of_line >= 0.015 * 1080);
    CHECK(parts.text_size * of_line >= 0.011 * 1080);
}

}  // namespace
}  // namespace sightline::ui
