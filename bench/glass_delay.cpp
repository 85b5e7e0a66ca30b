// SPDX-License-Identifier: Apache-2.0
// How late the glass is, by the number that sightline-signals burns into each picture: read here from the X server's
// own framebuffer (Xvfb -fbdir, a file that is mapped) while a wall draws on it, and from the tiles that the workers
// publish. The wall shows the page of `tools/measure-glass.sh`: streams s0, s1, … in a grid. Nothing is asked of the
// wall itself.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/time.hpp"
#include "link/wall_client.hpp"
#include "net/event_loop.hpp"
#include "testdata/bitmap_font.hpp"
#include "ui/delays.hpp"
#include "ui/layout.hpp"
#include "ui/tile.hpp"
#include "ui/view_tiles.hpp"

using namespace sightline;

namespace {

/// Luma at a place of a picture, both from 0 to 1; 0 to 255.
using Sample = std::function<int(double x, double y)>;

constexpr int kMostDigits = 6;
constexpr int kInk = 145;  // the dots are 220, their ground is 70

/// Which digit stands at `place` of the line "#123"; nothing: none that can be read. The geometry is that of
/// testdata/picture.cpp, of a picture of `width` × `height` samples.
std::optional<int> digit_at(const Sample& sample, int place, int width, int height) {
    const int scale = std::max(1, width / 160);
    const int left = width / 20 + (place + 1) * (testdata::kGlyphWidth + 1) * scale;
    const int top = height / 12 + 2 * (testdata::kGlyphHeight + 2) * scale;
    std::array<bool, static_cast<std::size_t>(testdata::kGlyphWidth) * testdata::kGlyphHeight> dots{};
    for (int row = 0; row < testdata::kGlyphHeight; ++row)
        for (int column = 0; column < testdata::kGlyphWidth; ++column)
            dots[static_cast<std::size_t>(row * testdata::kGlyphWidth + column)] =
                sample((left + (column + 0.5) * scale) / width, (top + (row + 0.5) * scale) / height) > kInk;
    for (int digit = 0; digit <= 9; ++digit) {
        const std::uint8_t* rows = testdata::glyph(static_cast<char>('0' + digit));
        int wrong = 0;
        for (int row = 0; row < testdata::kGlyphHeight; ++row)
            for (int column = 0; column < testdata::kGlyphWidth; ++column) {
                const bool ink = ((rows[row] >> (testdata::kGlyphWidth - 1 - column)) & 1) != 0;
                wrong += dots[static_cast<std::size_t>(row * testdata::kGlyphWidth + column)] != ink ? 1 : 0;
            }
        if (wrong <= 1) return digit;
    }
    return {};
}

/// The number burnt in; nothing where not one digit can be read.
std::optional<int> number_in(const Sample& sample, int width, int height) {
    int number = 0;
    for (int place = 0; place < kMostDigits; ++place) {
        const auto digit = digit_at(sample, place, width, height);
        if (!digit) return place > 0 ? std::optional(number) : std::nullopt;
        number = number * 10 + *digit;
    }
    return number;
}

/// Xvfb's screen, mapped: 32 bits a pixel, in XWD's format.
class Glass {
public:
    bool open(const std::string& file) {
        const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return false;
        struct stat status {};
        const bool known = fstat(fd, &status) == 0 && status.st_size > 100;
        size_ = known ? static_cast<std::size_t>(status.st_size) : 0;
        void* memory = known ? mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
        close(fd);
        if (memory == MAP_FAILED) return false;
        bytes_ = static_cast<const std::uint8_t*>(memory);
        width = static_cast<int>(word(4));
        height = static_cast<int>(word(5));
        stride_ = word(12);
        pixels_ = word(0) + std::size_t{12} * word(19);
        return word(11) == 32 && pixels_ + std::size_t{stride_} * static_cast<std::size_t>(height) <= size_;
    }
    [[nodiscard]] int luma(double x, double y) const {
        const auto column = static_cast<std::size_t>(std::clamp(x, 0.0, width - 1.0));
        const auto row = static_cast<std::size_t>(std::clamp(y, 0.0, height - 1.0));
        const std::uint8_t* pixel = bytes_ + pixels_ + row * stride_ + column * 4;
        return (pixel[0] * 7 + pixel[1] * 72 + pixel[2] * 21) / 100;  // blue, green, red
    }
    int width = 0, height = 0;

private:
    [[nodiscard]] std::uint32_t word(std::size_t index) const {
        const std::uint8_t* at = bytes_ + index * 4;
        return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3];
    }
    const std::uint8_t* bytes_ = nullptr;
    std::size_t size_ = 0, stride_ = 0, pixels_ = 0;
};

struct Options {
    std::string socket, framebuffer, lasts = "20s", size = "640x360", grid = "2x2";
    int streams = 4;
};

/// One stream: what its worker published when, and what the glass showed when.
struct Stream {
    std::string id;
    ui::Rect picture;  // on the glass
    link::TileFrame tile;
    std::map<int, link::TileInfo> published;  // by number
    std::optional<int> seen, shown;           // read last; read twice
    core::ArrivalTime seen_at{};
    int pictures = 0, not_shown = 0;
};

/// Where the wall draws the pictures: asked of the same code that draws them.
std::vector<ui::Rect> places(const Glass& glass, const Options& options, int columns, int rows, float aspect) {
    const float unit = std::clamp(static_cast<float>(glass.height) / 1080.0F, 0.5F, 4.0F);
    ui::PageSpec page;
    page.grid = {columns, rows, ""};
    page.tiles.resize(static_cast<std::size_t>(options.streams));
    const ui::ViewState state;
    const ui::Rect window{0, 0, static_cast<float>(glass.width), static_cast<float>(glass.height)};
    std::vector<ui::Rect> pictures;
    for (const ui::Rect& box : ui::tile_rects(page, ui::tiles_area(window, unit, state), 8 * unit)) {
        const ui::Rect fitted = ui::fit(ui::lay_out_tile(box, unit, {}, 2).inner, aspect);
        pictures.push_back(
            {std::round(fitted.left), std::round(fitted.top), std::round(fitted.right), std::round(fitted.bottom)});
    }
    return pictures;
}

class Watch {
public:
    Watch(const core::Clock& clock, const Glass& glass, int width, int height)
        : clock_(clock), glass_(glass), width_(width), height_(height) {}

    void look_at_tile(Stream& stream, link::TileReader& reader) {
        if (!reader.newest(stream.tile)) return;
        const auto& tile = stream.tile;
        const Sample sample = [&tile](double x, double y) {
            const auto row = static_cast<std::size_t>(y * tile.info.height);
            const auto column = static_cast<std::size_t>(x * tile.info.width);
            return static_cast<int>(tile.pixels[row * static_cast<std::size_t>(tile.info.width) + column]);
        };
        if (const auto number = number_in(sample, width_, height_)) stream.published[*number] = tile.info;
    }

    void look_at_glass(Stream& stream) {
        const ui::Rect& box = stream.picture;
        const Sample sample = [&](double x, double y) {
            return glass_.luma(static_cast<double>(box.left) + x * static_cast<double>(box.width()),
                               static_cast<double>(box.top) + y * static_cast<double>(box.height()));
        };
        const auto number = number_in(sample, width_, height_);
        if (!number) return;
        if (number != stream.seen) {  // once more, for it may just be written; what counts is when it was seen first
            stream.seen = number;
            stream.seen_at = clock_.now();
            return;
        }
        if (number == stream.shown) return;
        if (stream.shown && *number > *stream.shown) stream.not_shown += *number - *stream.shown - 1;
        stream.shown = number;
        const auto made = stream.published.find(*number);
        if (made == stream.published.end() || made->second.published > stream.seen_at) return;
        ++stream.pictures;
        after_publishing.add(stream.seen_at - made->second.published);
        if (made->second.arrival) after_arrival.add(stream.seen_at - *made->second.arrival);
        stream.published.erase(stream.published.begin(), stream.published.upper_bound(*number));
    }

    ui::Delays after_publishing, after_arrival;

private:
    const core::Clock& clock_;
    const Glass& glass_;
    int width_, height_;
};

void print(const char* what, const ui::Delays& delays) {
    const auto ms = [](core::Duration d) { return d / std::chrono::milliseconds{1}; };
    fmt::print("{}: median {} ms, 99 % {} ms, longest {} ms, of {} pictures\n", what, ms(delays.below(0.5)),
               ms(delays.below(0.99)), ms(delays.longest()), delays.count());
}

int run(const Options& options) {
    int columns = 0;
    int rows = 0;
    int width = 0;
    int height = 0;
    const auto lasts = core::parse_duration(options.lasts);
    if (!lasts || std::sscanf(options.grid.c_str(), "%dx%d", &columns, &rows) != 2 ||
        std::sscanf(options.size.c_str(), "%dx%d", &width, &height) != 2 || width <= 0 || height <= 0)
        return 3;
    Glass glass;
    if (!glass.open(options.framebuffer)) {
        fmt::print(stderr, "{}: no framebuffer of Xvfb -fbdir with 32 bits a pixel\n", options.framebuffer);
        return 1;
    }
    const core::SystemClock clock;
    net::EventLoop loop(clock);
    link::WallClient client(loop, {options.socket + ".wall", "glass-delay", "", {"", 320, 180}});
    Watch watch(clock, glass, width, height);
    std::vector<Stream> streams(static_cast<std::size_t>(options.streams));
    const auto pictures = places(glass, options, columns, rows, static_cast<float>(width) / static_cast<float>(height));
    for (std::size_t i = 0; i < streams.size(); ++i) {
        streams[i].id = "s" + std::to_string(i);
        streams[i].picture = pictures[i];
    }
    const core::ArrivalTime end = clock.now() + *lasts;
    while (clock.now() < end) {
        loop.poll();
        for (Stream& stream : streams) {
            link::WallFeed* feed = client.feed(stream.id);
            if (feed != nullptr && feed->tiles) watch.look_at_tile(stream, *feed->tiles);
            watch.look_at_glass(stream);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});  // the glass tells nobody that it changed
    }
    print("burned-in number on the glass after its tile was published", watch.after_publishing);
    print("burned-in number on the glass after its packet arrived", watch.after_arrival);
    for (const Stream& stream : streams)
        fmt::print("{}: {} pictures, {} never on the glass\n", stream.id, stream.pictures, stream.not_shown);
    return watch.after_publishing.count() > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Reads burned-in picture numbers from Xvfb's framebuffer and from a probe's tiles."};
    Options options;
    app.add_option("--socket", options.socket, "path of the probe's API socket")->required();
    app.add_option("--framebuffer", options.framebuffer, "Xvfb_screen0 of -fbdir")->required();
    app.add_option("--for", options.lasts, "how long");
    app.add_option("--size", options.size, "of the signals, WIDTHxHEIGHT");
    app.add_option("--grid", options.grid, "of the wall's page");
    app.add_option("--streams", options.streams, "s0, s1, … in the grid's order")->check(CLI::Range(1, 144));
    CLI11_PARSE(app, argc, argv);
    return run(options);
}
