// SPDX-License-Identifier: Apache-2.0
// What the wall's drawing costs: a grid of live tiles from a wall socket (tile-publisher's, or a probe's), measured.
//   tile-publisher --socket /tmp/wall.sock.wall --streams 36 & wall_bench --socket /tmp/wall.sock --for 20s
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "apps/sightline-wall/local_feeds.hpp"
#include "apps/sightline-wall/options.hpp"
#include "core/clock.hpp"
#include "ui/shared_media.hpp"
#include "ui/shell.hpp"
#include "ui/tile.hpp"
#include "ui/view_clock.hpp"

using namespace sightline;

namespace {

struct Options {
    std::string socket, size = "1920x1080", lasts = "20s", screenshot;
    int tiles = 36;
    bool window = false, states = false;
    double fps = 60;
};

// Views are plain functions; the bench has one wall and so one set of options.
Options options;

ui::TileLook good_look(int number) {
    ui::TileLook look;
    look.umd.name = fmt::format("CHANNEL {}", number + 1);
    look.top_left = "SRT 8.1M 1080i50";
    return look;
}

void set_alarm(ui::TileLook& look, core::Severity severity, const char* text, const char* time) {
    look.border = ui::border_of(severity);
    look.bar = ui::BarLook{severity, text, time, severity >= core::Severity::Major};
    look.flashing = look.bar->flashing;
}

/// Every state the wall knows, one after the other, so that a screenshot shows them side by side.
ui::TileLook look_in_state(int number) {
    ui::TileLook look = good_look(number);
    switch (number % 12) {
        case 0:
            set_alarm(look, core::Severity::Critical, "Black + silence", "00:11");
            break;
        case 2:
            set_alarm(look, core::Severity::Warning, "Loudness +4 LU", "09:10");
            break;
        case 3:
            look.top_right = "KF 2 s";
            look.umd.right = ui::Lamp::Green;
            break;
        case 4:
            set_alarm(look, core::Severity::Major, "Freeze", "00:07");
            break;
        case 5:
            set_alarm(look, core::Severity::Critical, "Lost", "00:11");
            look.grey = true;
            look.brightness = 0.45F;
            look.slate = ui::SlateLook{
                "NO SIGNAL", "SRT: peer closed \u00b7 last picture 14:03:41", ui::Icon::None, true, false, true};
            break;
        case 6:
            set_alarm(look, core::Severity::Minor, "Silence \u00b7 left", "01:32");
            break;
        case 7:
            look.snoozed = "14:30";
            break;
        case 8:
            look.umd.left = ui::Lamp::Red;
            look.umd.lines = {"1080p50 H.264 \u00b7 20.1 Mb/s", "M \u221223.1  S \u221223.4 LUFS"};
            break;
        case 9:
            look.border = ui::kUnknownBorder;
            look.slate =
                ui::SlateLook{"NOT WATCHED", "sound only: video is scrambled", ui::Icon::Question, true, true, false};
            break;
        case 10:
            look.selected = look.safe_areas = look.centre_cross = true;
            look.umd.name = "A VERY LONG NAME OF A CHANNEL CDN-A";
            break;
        case 11:
            look.border = ui::kStandbyBorder;
            look.brightness = 0.3F;
            look.slate =
                ui::SlateLook{"STANDBY", "signal present \u00b7 on air 19:30", ui::Icon::None, true, false, false};
            break;
        default:
            break;
    }
    return look;
}

ui::Rect grid_area(const ui::Rect& window, float unit, const ui::ViewState& /*state*/) {
    return {window.left, window.top + 48 * unit, window.right, window.bottom};
}

void draw_grid(const ui::Canvas& canvas, const ui::WallSnapshot& /*snapshot*/, ui::ViewState& /*state*/,
               ui::CommandQueue& /*commands*/) {
    const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(options.tiles))));
    const int rows = (options.tiles + columns - 1) / columns;
    const float gap = 4 * canvas.area.height() / 1080;
    const float width = (canvas.area.width() - gap * static_cast<float>(columns + 1)) / static_cast<float>(columns);
    const float height = (canvas.area.height() - gap * static_cast<float>(rows + 1)) / static_cast<float>(rows);
    for (int i = 0; i < options.tiles; ++i) {
        const int column = i % columns;
        const int row = i / columns;
        const float left = canvas.area.left + gap + static_cast<float>(column) * (width + gap);
        const float top = canvas.area.top + gap + static_cast<float>(row) * (height + gap);
        const ui::Rect box{std::round(left), std::round(top), std::round(left + width), std::round(top + height)};
        ui::draw_tile(canvas, box, {"synthetic", fmt::format("tile-{}", i + 1)},
                      options.states ? look_in_state(i) : good_look(i));
    }
}

constexpr std::array kViews{ui::View{"grid", grid_area, draw_grid}, ui::View{"clock", ui::clock_area, ui::draw_clock}};

/// Processor time of this process so far, all threads, in seconds.
double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/// "VmRSS" or "VmHWM" of this process, in MB.
long memory_mb(const std::string& which) {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line))
        if (line.rfind(which, 0) == 0) return std::strtol(line.c_str() + which.size() + 1, nullptr, 10) / 1024;
    return 0;
}

void report(const ui::Shell& shell, const ui::SharedMedia& media, core::Duration ran, long early_mb) {
    const auto& s = shell.figures();
    const auto m = media.figures();
    const double seconds = core::to_seconds(ran);
    const double refreshes = static_cast<double>(std::max<std::uint64_t>(1, s.refreshes));
    const auto ms = [refreshes](core::Duration d) { return core::to_seconds(d) * 1e3 / refreshes; };
    fmt::print("{}\n", shell.about());
    fmt::print("{} tiles at {}: {:.1f} refreshes/s, {:.1f} pictures/s taken\n", options.tiles, options.size,
               static_cast<double>(s.refreshes) / seconds, static_cast<double>(m.pictures) / seconds);
    fmt::print("a refresh: upload {:.2f} ms, draw and show {:.2f} ms; {:.1f} video draw calls, {:.1f} MB uploaded\n",
               ms(m.uploading), ms(s.drawing), static_cast<double>(m.draw_calls) / refreshes,
               static_cast<double>(m.bytes) / refreshes * 1e-6);
    fmt::print("on the glass after publishing: median {} ms, 99 % {} ms, longest {:.0f} ms, of {}; {} left out\n",
               m.to_glass.below(0.5) / std::chrono::milliseconds{1},
               m.to_glass.below(0.99) / std::chrono::milliseconds{1}, core::to_seconds(m.to_glass.longest()) * 1e3,
               m.to_glass.count(), m.left_out);
    fmt::print("processor: {:.1f} ms a refresh, {:.2f} cores\n", processor_seconds() * 1e3 / refreshes,
               processor_seconds() / seconds);
    fmt::print(
        "memory: {} MB at the start, {} MB now, {} MB at most; textures and pixel buffers {} MB; {} rounds put off\n",
        early_mb, memory_mb("VmRSS"), memory_mb("VmHWM"), m.gpu_bytes / 1'000'000, m.put_off);
}

int failed(const core::Error& error) {
    fmt::print(stderr, "wall_bench: {}\n", error.message);
    return 1;
}

int run(core::Duration lasts, std::pair<int, int> size) {
    const core::SystemClock clock;
    ui::ShellOptions shell_options;
    shell_options.windows = {ui::WindowOptions{"wall_bench",
                                               options.window ? ui::WindowMode::Windowed : ui::WindowMode::Offscreen, 0,
                                               size.first, size.second}};
    shell_options.most_fps = options.fps;
    shell_options.await_drawing = true;
    auto shell = ui::Shell::create(shell_options, clock);
    if (!shell) return failed(shell.error());
    wall::LocalFeeds feeds(clock, {"unix:" + options.socket});
    auto media = ui::SharedMedia::create(
        clock, [&feeds](const auto& call) { feeds.visit(nullptr, call); }, ui::Ballistics::PpmIIa);
    if (!media) return failed(media.error());
    core::Published<ui::WallSnapshot> snapshots;
    ui::ViewState state;
    ui::CommandQueue commands;
    const ui::ShellInputs inputs{snapshots, state, commands, kViews, media->get()};
    const core::ArrivalTime start = clock.now();
    long early_mb = 0;
    while (clock.now() - start < lasts) {
        feeds.poll();
        if (!(*shell)->refresh(inputs)) break;
        if (early_mb == 0 && clock.now() - start > std::chrono::seconds{3}) early_mb = memory_mb("VmRSS");
    }
    report(**shell, **media, clock.now() - start, early_mb);
    if (options.screenshot.empty()) return 0;
    const auto picture = (*shell)->picture_of(inputs);
    if (!picture) return failed(picture.error());
    if (const auto written = ui::write_png(*picture, options.screenshot); !written) return failed(written.error());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Draws a grid of live tiles and prints what that cost."};
    app.add_option("--socket", options.socket, "path of the probe's API socket; the wall's is it with .wall behind")
        ->required();
    app.add_option("--tiles", options.tiles, "tile-1, tile-2, …")->check(CLI::Range(1, 1'000));
    app.add_option("--size", options.size, "WIDTHxHEIGHT");
    app.add_option("--for", options.lasts, "how long");
    app.add_option("--fps", options.fps, "refreshes a second at most");
    app.add_flag("--window", options.window, "on the display; without: offscreen");
    app.add_flag("--states", options.states, "every state a tile can have");
    app.add_option("--screenshot", options.screenshot, "PNG of the last refresh");
    CLI11_PARSE(app, argc, argv);
    const auto lasts = core::parse_duration(options.lasts);
    const auto size = wall::parse_size(options.size);
    if (!lasts) return failed(lasts.error());
    if (!size) return failed(size.error());
    return run(*lasts, *size);
}
