// SPDX-License-Identifier: Apache-2.0
// A probe's wall socket with synthetic moving tiles and levels behind it: what benches of the wall watch.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/time.hpp"
#include "link/audio_levels.hpp"
#include "link/tile_frames.hpp"
#include "link/wall_server.hpp"
#include "net/event_loop.hpp"

using namespace sightline;

namespace {

struct Options {
    std::string socket, prefix = "tile-", size = "480x270", lasts;
    int streams = 36;
    double fps = 25;
    int width = 480, height = 270;
};

/// Eight bars of BT.709, 75 %, limited range.
constexpr int kBars = 8;
constexpr unsigned char kLuma[kBars] = {180, 168, 145, 133, 63, 51, 28, 16};
constexpr unsigned char kBlue[kBars] = {128, 44, 147, 63, 193, 109, 212, 128};
constexpr unsigned char kRed[kBars] = {128, 136, 44, 52, 204, 212, 120, 128};

/// One row of bars, twice as wide as the picture, so that a shifted picture is a shifted copy.
std::vector<unsigned char> bars(const unsigned char* values, int width) {
    std::vector<unsigned char> row(static_cast<std::size_t>(width) * 2);
    for (int x = 0; x < 2 * width; ++x) row[static_cast<std::size_t>(x)] = values[x % width * kBars / width];
    return row;
}

class Publisher {
public:
    Publisher(net::EventLoop& loop, const Options& options) : loop_(loop), options_(options) {
        rows_[0] = bars(kLuma, options.width);
        rows_[1] = bars(kBlue, (options.width + 1) / 2);
        rows_[2] = bars(kRed, (options.width + 1) / 2);
    }

    core::Result<void> open() {
        auto server = link::WallServer::listen(loop_, {options_.socket, "synthetic", "tile-publisher", {}}, [] {});
        if (!server) return tl::unexpected(server.error());
        server_ = std::move(*server);
        for (int i = 0; i < options_.streams; ++i) {
            auto tiles = link::TileWriter::create(options_.width, options_.height, 1);
            if (!tiles) return tl::unexpected(tiles.error());
            auto levels = link::LevelsWriter::create();
            if (!levels) return tl::unexpected(levels.error());
            levels->set_track(0, "audio:1", "eng");
            const std::string stream = options_.prefix + std::to_string(i + 1);
            server_->announce(stream, link::SegmentKind::Tiles, tiles->descriptor());
            server_->announce(stream, link::SegmentKind::Levels, levels->descriptor());
            streams_.push_back({std::move(*tiles), std::move(*levels)});
        }
        began_ = due_ = loop_.clock().now();
        next();
        return {};
    }

private:
    struct Stream {
        link::TileWriter tiles;
        link::LevelsWriter levels;
    };

    /// One picture of every stream, then waits until the next is due; a late one is left out.
    void next() {
        const core::Duration period = core::from_seconds(1.0 / options_.fps);
        for (std::size_t i = 0; i < streams_.size(); ++i) publish(streams_[i], static_cast<int>(i));
        const core::ArrivalTime now = loop_.clock().now();
        do {
            due_ += period;
            ++picture_;
        } while (due_ <= now);
        timer_ = loop_.at(due_, [this] { next(); });
    }

    void publish(Stream& stream, int index) {
        const int width = options_.width;
        const int height = options_.height;
        const int shift = static_cast<int>((picture_ * 2 + index * 24) % width) / 2 * 2;
        std::byte* out = stream.tiles.begin(width, height).data();
        const auto plane = [&](const std::vector<unsigned char>& row, int wide, int high, int from) {
            for (int y = 0; y < high; ++y, out += wide)
                std::memcpy(out, row.data() + from, static_cast<std::size_t>(wide));
        };
        plane(rows_[0], width, height, shift);
        // A white line that crosses the picture once in 4 s.
        const int line = static_cast<int>(picture_ * 4) % width;
        for (int y = 0; y < height; ++y) out[-1 - static_cast<std::ptrdiff_t>(y) * width - line] = std::byte{235};
        plane(rows_[1], (width + 1) / 2, (height + 1) / 2, shift / 2);
        plane(rows_[2], (width + 1) / 2, (height + 1) / 2, shift / 2);
        link::TileInfo info;
        info.matrix = core::ColourMatrix::Bt709;
        info.source_width = 1920;
        info.source_height = 1080;
        info.at = due_ - began_;
        info.arrival = due_;
        info.utc = loop_.clock().to_utc(due_);
        info.published = loop_.clock().now();
        stream.tiles.commit(info);
        link::LevelBlock block;
        block.at = info.at;
        block.duration = core::from_seconds(1.0 / options_.fps);
        block.arrival = due_;
        block.channels = 2;
        const double swing = 0.5 + 0.5 * std::sin(core::to_seconds(info.at) * 2 + index);
        block.peak[0] = static_cast<float>(0.5 * swing);
        block.peak[1] = static_cast<float>(0.5 * (1 - swing));
        for (std::size_t channel = 0; channel < 2; ++channel) block.rms[channel] = block.peak[channel] * 0.7071F;
        stream.levels.append(0, block);
    }

    net::EventLoop& loop_;
    Options options_;
    std::unique_ptr<link::WallServer> server_;
    std::vector<Stream> streams_;
    std::vector<unsigned char> rows_[3];
    core::ArrivalTime began_{}, due_{};
    std::int64_t picture_ = 0;
    net::EventLoop::Handle timer_;
};

bool read_size(Options& options) {
    return std::sscanf(options.size.c_str(), "%dx%d", &options.width, &options.height) == 2 && options.width >= 16 &&
           options.height >= 16 && options.width <= 4096 && options.height <= 4096;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Acts as a probe's wall socket: N synthetic moving tiles with audio levels."};
    app.add_option("--socket", options.socket, "path of the socket")->required();
    app.add_option("--streams", options.streams, "how many")->check(CLI::Range(1, 1'000));
    app.add_option("--size", options.size, "of a tile: 480x270");
    app.add_option("--fps", options.fps, "pictures a second")->check(CLI::Range(0.1, 240.0));
    app.add_option("--prefix", options.prefix, "of stream ids; the number comes behind");
    app.add_option("--for", options.lasts, "ends after this long: 30s; without: never");
    CLI11_PARSE(app, argc, argv);
    if (!read_size(options)) {
        std::fprintf(stderr, "--size %s is not between 16x16 and 4096x4096\n", options.size.c_str());
        return 3;
    }
    const core::SystemClock clock;
    net::EventLoop loop(clock);
    net::EventLoop::Handle end;
    if (!options.lasts.empty()) {
        const auto lasts = core::parse_duration(options.lasts);
        if (!lasts) {
            std::fprintf(stderr, "--for: %s\n", lasts.error().message.c_str());
            return 3;
        }
        end = loop.after(*lasts, [&loop] { loop.quit(); });
    }
    Publisher publisher(loop, options);
    if (const auto opened = publisher.open(); !opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 3;
    }
    loop.run();
    return 0;
}
