// SPDX-License-Identifier: Apache-2.0
// The command line of the wall.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/time.hpp"

namespace sightline::wall {

struct Options {
    std::vector<std::string> probes{"unix:/run/sightline/sightline.sock"};  ///< "unix:PATH" or URL
    std::string token_file;                                                 ///< of remote probes
    std::string layout;                                                     ///< file; empty: all streams on one page
    std::string page;                                                       ///< shown at first
    std::string full;                                                       ///< id of a stream to open in full view
    bool fullscreen = false, windowed = false;
    std::optional<int> display;
    std::optional<std::pair<int, int>> size;
    std::string screenshot;  ///< PNG; then leave
    core::Duration after = std::chrono::seconds{3};
    std::optional<core::Duration> run_for;
    std::string mosaic;  ///< srt://…, rtmp://… or PATH.m3u8: the wall as a stream, without a window
    int mosaic_kbps = 4'000;
    bool sound = false;      ///< audio follow is on from the start
    std::string listen;      ///< "STREAM" or "PROBE/STREAM" heard at first
    std::string sound_sink;  ///< empty: the machine's own, none beside a mosaic or a screenshot
    std::vector<core::Severity> alarm_sounds;
    double most_fps = 0;  ///< 0: what the display and the renderer can do
    bool vu = false;
    bool figures = false;  ///< print them at the end
};

/// What is asked for, or the exit status to leave with (help was printed, or what is wrong was said in one line).
struct Parsed {
    std::optional<Options> options;
    int status = 0;
};
[[nodiscard]] Parsed parse_options(int argc, char** argv);

/// "1920x1080": 64 to 16,384 each way. InvalidConfig with the value and what is allowed.
[[nodiscard]] core::Result<std::pair<int, int>> parse_size(const std::string& text);

}  // namespace sightline::wall
