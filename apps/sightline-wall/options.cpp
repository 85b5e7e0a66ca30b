// SPDX-License-Identifier: Apache-2.0
#include "apps/sightline-wall/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>

#include "ui/sound/alarm_sound.hpp"

namespace sightline::wall {
namespace {

constexpr int kUsage = 3;

std::string duration_problem(const std::string& text) {
    const auto duration = core::parse_duration(text);
    if (!duration) return duration.error().message;
    return *duration < core::Duration{0} ? "must not be negative: " + text : "";
}

int refuse(const std::string& why) {
    fmt::print(stderr, "sightline-wall: {} (see --help)\n", why);
    return kUsage;
}

}  // namespace

core::Result<std::pair<int, int>> parse_size(const std::string& text) {
    const char* const end = text.data() + text.size();
    int width = 0;
    int height = 0;
    const auto first = std::from_chars(text.data(), end, width);
    bool good = first.ec == std::errc{} && first.ptr != end && *first.ptr == 'x';
    if (good) {
        const auto second = std::from_chars(first.ptr + 1, end, height);
        good = second.ec == std::errc{} && second.ptr == end;
    }
    constexpr int kLeast = 64;
    constexpr int kMost = 16'384;
    if (!good || width < kLeast || height < kLeast || width > kMost || height > kMost)
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("--size {}: WIDTHxHEIGHT with {} to {} each way", text, kLeast, kMost));
    return std::pair{width, height};
}

Parsed parse_options(int argc, char** argv) {
    Options o;
    std::string size;
    std::string after = "3s";
    std::string run_for;
    std::string ballistics = "ppm";
    std::string alarm_sounds;
    CLI::App app{"Sightline's wall: the pictures, the sound and the alarms of one or more probes on the glass",
                 "sightline-wall"};
    app.add_option("--probe", o.probes,
                   "a probe: unix:PATH of its API socket, or http(s)://HOST:PORT; may be given several times "
                   "(default unix:/run/sightline/sightline.sock)");
    app.add_option("--token-file", o.token_file, "file with the token for probes given as URL");
    app.add_option("--layout", o.layout, "YAML file with pages, windows and tiles (default: all streams on one page)");
    app.add_option("--page", o.page, "page to show first");
    app.add_option("--full", o.full, "id of a stream to show in full view as soon as a probe has it");
    app.add_option("--display", o.display, "monitor, from 0")->check(CLI::Range(0, 63));
    auto* fullscreen = app.add_flag("--fullscreen", o.fullscreen, "fill the monitor");
    app.add_flag("--windowed", o.windowed, "a window, whatever the layout says")->excludes(fullscreen);
    app.add_option("--size", size, "WIDTHxHEIGHT of the window or the screenshot (default 1920x1080)");
    app.add_option("--screenshot", o.screenshot, "write what the wall shows to this PNG and leave; needs no display");
    app.add_option("--after", after, "how long after the start the screenshot is taken (default 3s)");
    app.add_option("--for", run_for, "leave after this time");
    app.add_option("--mosaic", o.mosaic,
                   "no window: the wall as a stream to srt://…, rtmp://… or a PATH.m3u8 (HLS), at --size and --fps "
                   "(default 1280x720 at 25)");
    app.add_option("--mosaic-bitrate", o.mosaic_kbps, "of that stream, in kb/s")->check(CLI::Range(100, 100'000));
    app.add_flag("--sound", o.sound, "hear the chosen tile from the start (key L)");
    app.add_option("--listen", o.listen, "hear this stream at first: STREAM or PROBE/STREAM; means --sound");
    app.add_option("--sound-sink", o.sound_sink,
                   "where sound goes, as gst-launch-1.0 has it (default autoaudiosink; with --mosaic into that only)");
    app.add_option("--alarm-sound", alarm_sounds,
                   "severities that are heard: of critical,major,minor,warning (default: none)");
    app.add_option("--fps", o.most_fps,
                   "draw at most so often a second (default: the display's rate; 25 without a GPU)")
        ->check(CLI::Range(1.0, 240.0));
    app.add_option("--meters", ballistics, "needle: ppm (IEC 60268-10 IIa) or vu")->check(CLI::IsMember({"ppm", "vu"}));
    app.add_flag("--figures", o.figures, "print frame rate and times on leaving");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return {std::nullopt, app.exit(error)};
        return {std::nullopt, refuse(error.what())};
    }
    for (const auto& [name, text] :
         {std::pair<const char*, const std::string*>{"--after", &after}, {"--for", &run_for}}) {
        if (text->empty()) continue;
        if (const std::string problem = duration_problem(*text); !problem.empty())
            return {std::nullopt, refuse(fmt::format("{} {}", name, problem))};
    }
    o.after = *core::parse_duration(after);
    if (!run_for.empty()) o.run_for = *core::parse_duration(run_for);
    if (!size.empty()) {
        const auto parsed = parse_size(size);
        if (!parsed) return {std::nullopt, refuse(parsed.error().message)};
        o.size = *parsed;
    }
    if (!alarm_sounds.empty()) {
        auto severities = ui::sounding_severities(alarm_sounds);
        if (!severities) return {std::nullopt, refuse(severities.error().message)};
        o.alarm_sounds = std::move(*severities);
    }
    o.sound = o.sound || !o.listen.empty();
    o.vu = ballistics == "vu";
    return {std::move(o), 0};
}

}  // namespace sightline::wall
