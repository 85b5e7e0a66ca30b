// SPDX-License-Identifier: Apache-2.0
#include "engine/wall_tap.hpp"

#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using engine::WallWish;
using link::SegmentKind;

namespace {

/// A picture whose samples tell their place: planar or semi-planar, any chroma layout, any depth.
struct Source {
    Source(int width, int height, int bit_depth, int across, int down, bool interleaved) {
        const int bytes = bit_depth > 8 ? 2 : 1;
        const int chroma_width = (width + across - 1) / across;
        const int chroma_height = (height + down - 1) / down;
        const auto plane = [&](int w, int h, int step, int base) {
            auto& data = planes.emplace_back(static_cast<std::size_t>(w * h * step * bytes));
            for (int i = 0; i < w * h * step; ++i) {
                const int value = (base + (step == 2 ? i / 2 % w + i % 2 * 50 : i % w)) % (1 << bit_depth);
                data[static_cast<std::size_t>(i * bytes)] = static_cast<std::byte>(value & 0xFF);
                if (bytes == 2) data[static_cast<std::size_t>(i * 2 + 1)] = static_cast<std::byte>(value >> 8);
            }
            return core::PlaneView{data.data(), static_cast<std::ptrdiff_t>(w) * step * bytes, w, h};
        };
        planes.reserve(3);
        frame.luma = plane(width, height, 1, 300);
        frame.chroma_u = plane(chroma_width, chroma_height, interleaved ? 2 : 1, 100);
        if (!interleaved) frame.chroma_v = plane(chroma_width, chroma_height, 1, 150);
        frame.bit_depth = bit_depth;
        frame.sample_bytes = bytes;
        frame.matrix = core::ColourMatrix::Bt709;
        frame.at = 40ms;
        frame.arrival = core::ArrivalTime{7s};
    }
    std::vector<std::vector<std::byte>> planes;
    core::VideoFrame frame;
};

struct Tap {
    engine::SegmentSink sink() {
        return [this](SegmentKind kind, link::Descriptor descriptor) {
            ++made[kind];
            segments[kind] = std::move(descriptor);
        };
    }
    link::TileFrame newest() {
        auto reader = link::TileReader::open(segments[SegmentKind::Tiles].get());
        REQUIRE(reader);
        link::TileFrame got;
        REQUIRE(reader->newest(got));
        return got;
    }
    core::VirtualClock clock{core::ArrivalTime{10s}, core::UtcTime{1'000s}};
    std::map<SegmentKind, int> made;
    std::map<SegmentKind, link::Descriptor> segments;
    engine::WallTap wall{clock, sink()};
};

int sample(std::span<const std::byte> plane, std::size_t at, int bytes) {
    const int low = std::to_integer<int>(plane[at * static_cast<std::size_t>(bytes)]);
    return bytes == 1 ? low : low | std::to_integer<int>(plane[at * 2 + 1]) << 8;
}

}  // namespace

TEST_CASE("Tiles keep the picture's shape within their box", "[wall_tap]") {
    const auto size = [](int width, int height, int num, int den, int box_width, int box_height) {
        core::VideoFrame frame;
        frame.luma.width = width;
        frame.luma.height = height;
        frame.sar_num = num;
        frame.sar_den = den;
        return engine::tile_size(frame, box_width, box_height);
    };
    CHECK(size(1'920, 1'080, 1, 1, 480, 270) == std::pair(480, 270));
    CHECK(size(720, 576, 64, 45, 480, 270) == std::pair(480, 270));
    CHECK(size(1'080, 1'920, 1, 1, 480, 270) == std::pair(152, 270));
    CHECK(size(1'998, 1'080, 1, 1, 480, 270) == std::pair(480, 259));
    CHECK(size(160, 120, 1, 1, 480, 270) == std::pair(160, 120));
    CHECK(size(720, 576, 64, 45, 1'920, 1'080) == std::pair(720, 576));
    CHECK(size(4'000, 2, 1, 1, 480, 270) == std::pair(480, 2));
    CHECK(size(1, 1, 1, 1, 480, 270) == std::pair(1, 1));
}

TEST_CASE("Without a wish nothing is made, and a wish that ends lets go", "[wall_tap]") {
    Tap tap;
    const Source source(64, 36, 8, 2, 2, false);
    CHECK_FALSE(tap.wall.tiles.shrunk_size(source.frame, tap.wall.wish()));
    tap.wall.tiles.picture(source.frame, nullptr, tap.wall.wish(), false);
    CHECK(tap.made.empty());
    tap.wall.want({32, 18, false, 1});
    CHECK(tap.wall.wish().width == 32);
    CHECK(tap.wall.wish().height == 18);
    CHECK(tap.wall.wish().audio == 1);
    CHECK_FALSE(tap.wall.wish().focus);
    const auto size = tap.wall.tiles.shrunk_size(source.frame, tap.wall.wish());
    REQUIRE(size);
    analyzers::PicturePass pass(10);
    analyzers::SmallImage image;
    (void)pass.process(source.frame, size->first, size->second, image);
    tap.wall.tiles.picture(source.frame, &image, tap.wall.wish(), true);
    CHECK(tap.made[SegmentKind::Tiles] == 1);
    const auto got = tap.newest();
    CHECK(got.info.width == 32);
    CHECK(got.info.height == 18);
    CHECK(got.info.sar_num == got.info.sar_den);
    CHECK(got.info.source_width == 64);
    CHECK(got.info.key_frames_only);
    CHECK_FALSE(got.info.focused);
    CHECK(got.info.at == 40ms);
    CHECK(got.info.utc == core::UtcTime{997s});
    CHECK(got.info.published == core::ArrivalTime{10s});
    CHECK(sample(got.y(), 5, 1) == static_cast<int>(image.y[5]));
    CHECK(sample(got.u(), 5, 1) == static_cast<int>(image.u[5]));
    CHECK(sample(got.v(), 5, 1) == static_cast<int>(image.v[5]));
    tap.wall.tiles.picture(source.frame, nullptr, {}, false);
    tap.wall.tiles.picture(source.frame, &image, {32, 18, false, 1}, false);
    CHECK(tap.made[SegmentKind::Tiles] == 2);
}

TEST_CASE("Focus shows the source's own samples, chroma of any layout as 4:2:0", "[wall_tap]") {
    struct Layout {
        int bit_depth, across, down;
        bool interleaved;
    };
    for (const Layout& layout : {Layout{8, 2, 2, false}, Layout{8, 2, 2, true}, Layout{10, 2, 2, false},
                                 Layout{10, 2, 2, true}, Layout{10, 2, 1, false}, Layout{8, 1, 1, false}}) {
        for (const int width : {64, 63}) {
            Tap tap;
            const Source source(width, 35, layout.bit_depth, layout.across, layout.down, layout.interleaved);
            const WallWish wish{32, 18, true, 1};
            CHECK_FALSE(tap.wall.tiles.shrunk_size(source.frame, wish));
            tap.wall.tiles.picture(source.frame, nullptr, wish, false);
            const auto got = tap.newest();
            const int bytes = layout.bit_depth > 8 ? 2 : 1;
            REQUIRE(got.info.width == width);
            REQUIRE(got.info.height == 35);
            CHECK(got.info.bit_depth == layout.bit_depth);
            CHECK(got.info.sample_bytes == bytes);
            CHECK(got.info.focused);
            const int top = 1 << layout.bit_depth;
            for (int x = 0; x < width; ++x)
                REQUIRE(sample(got.y(), static_cast<std::size_t>(7 * width + x), bytes) == (300 + x) % top);
            for (int x = 0; x + 1 < got.info.chroma_width(); ++x) {
                const auto at = static_cast<std::size_t>(3 * got.info.chroma_width() + x);
                // Full-width chroma: the mean of 2x and 2x + 1, rounded up.
                const int place = layout.across == 1 ? 2 * x + 1 : x;
                REQUIRE(sample(got.u(), at, bytes) == (100 + place) % top);
                REQUIRE(sample(got.v(), at, bytes) == (150 + place) % top);
            }
        }
    }
}

TEST_CASE("A source that changes its size all the time gets few new segments", "[wall_tap]") {
    Tap tap;
    const Source large(64, 36, 8, 2, 2, false);
    const Source small(32, 18, 8, 2, 2, false);
    const WallWish wish{480, 270, true, 1};
    for (int i = 0; i < 100; ++i) {
        tap.wall.tiles.picture(i % 2 == 0 ? large.frame : small.frame, nullptr, wish, false);
        tap.clock.advance(10ms);
    }
    CHECK(tap.made[SegmentKind::Tiles] <= 5);
    CHECK(tap.made[SegmentKind::Tiles] >= 2);
}

TEST_CASE("Levels are the same for any block size", "[wall_tap]") {
    constexpr int kRate = 48'000;
    constexpr std::size_t kSamples = 4'800;
    std::vector<float> left(kSamples), right(kSamples, 0.0F);
    for (std::size_t i = 0; i < kSamples; ++i) left[i] = i < 2'400 ? 0.5F : -0.25F;
    left[3'000] = NAN;
    core::Track track;
    track.subject.track = "audio:2";
    track.language = "eng";
    for (const std::size_t size : {std::size_t{1}, std::size_t{17}, std::size_t{480}, kSamples}) {
        Tap tap;
        for (std::size_t from = 0; from < kSamples; from += size) {
            const std::array<const float*, 2> planes{left.data() + from, right.data() + from};
            core::AudioBlock block;
            block.channels = planes;
            block.samples = std::min(size, kSamples - from);
            block.sample_rate = kRate;
            block.at = core::ticks_to_duration(static_cast<std::int64_t>(from), kRate);
            const bool loud = from >= kSamples / 2;
            const analyzers::LoudnessNow loudness{loud ? std::optional(-18.0) : std::nullopt, -23.0};
            tap.wall.sound.sound(track, block, {480, 270, false, 1}, loudness);
        }
        auto reader = link::LevelsReader::open(tap.segments[SegmentKind::Levels].get());
        REQUIRE(reader);
        CHECK(reader->tracks()[1].name == "audio:2");
        CHECK(reader->tracks()[1].language == "eng");
        std::vector<link::LevelBlock> blocks;
        reader->read(1, blocks);
        REQUIRE(blocks.size() == 10);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            CHECK(std::chrono::abs(blocks[i].at - 10ms * static_cast<int>(i)) <= 2ns);
            CHECK(blocks[i].duration == 10ms);
            CHECK(blocks[i].channels == 2);
            CHECK(blocks[i].peak[0] == (i < 5 ? 0.5F : 0.25F));
            CHECK(std::abs(blocks[i].rms[0] - (i < 5 ? 0.5F : 0.25F)) < 0.001F);
            CHECK(blocks[i].peak[1] == 0.0F);
            CHECK(blocks[i].short_term_lufs == -23.0F);
            if (size <= 480) CHECK(std::isnan(blocks[i].momentary_lufs) == (i < 5));
        }
        CHECK(tap.made[SegmentKind::Pcm] == 0);
    }
}

TEST_CASE("Only the track that is listened to, and only in focus, is heard", "[wall_tap]") {
    Tap tap;
    const std::vector<float> tone(480, 0.5F);
    const std::array<const float*, 1> planes{tone.data()};
    core::AudioBlock block;
    block.channels = planes;
    block.samples = tone.size();
    core::Track first, second;
    first.subject.track = "audio:1";
    second.subject.track = "audio:2";
    const WallWish wish{480, 270, true, 2};
    tap.wall.sound.sound(first, block, wish);
    CHECK(tap.made[SegmentKind::Pcm] == 0);
    tap.wall.sound.sound(second, block, wish);
    REQUIRE(tap.made[SegmentKind::Pcm] == 1);
    auto reader = link::PcmReader::open(tap.segments[SegmentKind::Pcm].get());
    REQUIRE(reader);
    block.at = 10ms;
    tap.wall.sound.sound(first, block, wish);
    tap.wall.sound.sound(second, block, wish);
    link::PcmBlock heard;
    REQUIRE(reader->read(heard));
    CHECK(heard.at == 10ms);
    CHECK(heard.samples == tone);
    CHECK_FALSE(reader->read(heard));
    block.at = 20ms;
    tap.wall.sound.sound(second, block, {480, 270, false, 2});
    tap.wall.sound.sound(second, block, wish);
    CHECK(tap.made[SegmentKind::Pcm] == 2);  // focus came again: a new ring
}

TEST_CASE("A focus that went and came again between two blocks opens a new ring", "[wall_tap]") {
    Tap tap;
    const std::vector<float> tone(480, 0.5F);
    const std::array<const float*, 1> planes{tone.data()};
    core::AudioBlock block;
    block.channels = planes;
    block.samples = tone.size();
    core::Track track;
    track.subject.track = "audio:1";
    const auto hear = [&] { tap.wall.sound.sound(track, block, tap.wall.wish()); };
    tap.wall.want({480, 270, true, 1});
    hear();
    tap.wall.want({480, 270, true, 1});  // said again: nothing changes
    hear();
    CHECK(tap.made[SegmentKind::Pcm] == 1);
    tap.wall.want({480, 270, false, 1});
    tap.wall.want({480, 270, true, 1});
    hear();
    CHECK(tap.made[SegmentKind::Pcm] == 2);
    tap.wall.want({480, 270, false, 1});
    hear();
    CHECK(tap.made[SegmentKind::Pcm] == 2);
}
