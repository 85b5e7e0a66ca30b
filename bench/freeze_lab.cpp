// SPDX-License-Identifier: Apache-2.0
// What video.freeze says of raw grey pictures on standard input, for tools/freeze_lab.py:
//   ffmpeg -i FILE -f rawvideo -pix_fmt gray - | freeze_lab WIDTH HEIGHT FPS [KEY=VALUE]…
// One line: the freezes as "first repeated picture-first new picture", counted from 0; "?" where not exact.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "analyzers/picture.hpp"
#include "analyzers/video_freeze.hpp"

using namespace sightline;

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: freeze_lab WIDTH HEIGHT FPS [KEY=VALUE]...\n");
        return 3;
    }
    const int width = std::atoi(argv[1]);
    const int height = std::atoi(argv[2]);
    const int fps = std::atoi(argv[3]);
    if (width <= 0 || height <= 0 || fps <= 0) {
        std::fprintf(stderr, "freeze_lab: width, height and fps are whole numbers above 0\n");
        return 3;
    }
    analyzers::AnalyzerContext context;
    for (int i = 4; i < argc; ++i) {
        const std::string word = argv[i];
        const auto equals = word.find('=');
        context.parameters["video.freeze"][word.substr(0, equals)] =
            equals == std::string::npos ? 0.0 : std::atof(word.c_str() + equals + 1);
    }
    analyzers::PicturePass pass(10);
    analyzers::VideoFreeze freeze(context);
    core::FindingsList found;
    std::vector<std::byte> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    std::int64_t count = 0;
    for (; std::fread(pixels.data(), 1, pixels.size(), stdin) == pixels.size(); ++count) {
        core::VideoFrame frame;
        frame.luma = {pixels.data(), width, width, height};
        frame.at = core::ticks_to_duration(count, fps);
        freeze.process(pass.process(frame), found);
    }
    bool open = false;
    for (const auto& item : found.items) {
        const auto& edge = std::get<core::StateEdge>(item);
        const auto number = static_cast<long long>(core::to_seconds(*edge.at.media) * fps + 0.5);
        if (edge.verdict == core::Verdict::Bad) {
            std::printf("%lld%s-", number, edge.exact ? "" : "?");
            open = true;
        } else if (open) {
            std::printf("%lld ", number);
            open = false;
        }
    }
    std::printf(open ? "%lld\n" : "\n", static_cast<long long>(count));
    return 0;
}
