// SPDX-License-Identifier: Apache-2.0
#include "analyzers/picture.hpp"

#include <array>
#include <vector>

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using analyzers::Kernel;
using analyzers::PicturePass;
using analyzers::SmallImage;
using test::Random;
using test::TestPicture;

namespace {

TestPicture random_picture(int width, int height, int bit_depth, int padding, Random& random) {
    TestPicture picture(width, height, bit_depth, padding);
    picture.fill([&](int, int) { return random.below(1 << bit_depth); });
    return picture;
}

struct Size {
    int width, height;
};
constexpr std::array kSizes{Size{1, 1},     Size{2, 2},     Size{3, 17},     Size{16, 16},
                            Size{31, 9},    Size{33, 65},   Size{64, 7},     Size{127, 3},
                            Size{360, 640}, Size{641, 361}, Size{1283, 721}, Size{2049, 1153}};

}  // namespace

TEST_CASE("SIMD and plain loops give the same numbers for any size and depth") {
    Random random(1);
    for (const auto size : kSizes) {
        for (const int depth : {8, 10, 12, 16}) {
            INFO(size.width << "x" << size.height << ", " << depth << " bits");
            PicturePass fast(10, Kernel::Simd);
            PicturePass plain(10, Kernel::Scalar);
            for (int i = 0; i < 2; ++i) {
                const auto picture = random_picture(size.width, size.height, depth, i * 6, random);
                SmallImage fast_still;
                SmallImage plain_still;
                const auto& a = fast.process(picture.frame, 20, 10, fast_still);
                const auto& b = plain.process(picture.frame, 20, 10, plain_still);
                REQUIRE(a.dark == b.dark);
                REQUIRE(a.mean == b.mean);
                REQUIRE(std::vector(a.block_mean.begin(), a.block_mean.end()) ==
                        std::vector(b.block_mean.begin(), b.block_mean.end()));
                REQUIRE(std::vector(a.block_change.begin(), a.block_change.end()) ==
                        std::vector(b.block_change.begin(), b.block_change.end()));
                REQUIRE(a.block_change.empty() == (i == 0));
                REQUIRE(fast_still.y == plain_still.y);
            }
        }
    }
}

namespace {

/// The mean of each box of one plane by definition; sample (x, y) of the plane is at(x, y).
template <class At>
std::vector<std::uint8_t> shrunk_by_hand(int width, int height, int to_width, int to_height, const At& at) {
    const auto from = [](int target, int source, int targets) { return target * source / targets; };
    const auto to = [&from](int target, int source, int targets) {
        return std::max(from(target + 1, source, targets), from(target, source, targets) + 1);
    };
    std::vector<std::uint8_t> means;
    for (int row = 0; row < to_height; ++row) {
        for (int column = 0; column < to_width; ++column) {
            std::uint64_t sum = 0;
            std::uint64_t count = 0;
            for (int y = from(row, height, to_height); y < to(row, height, to_height); ++y) {
                for (int x = from(column, width, to_width); x < to(column, width, to_width); ++x, ++count)
                    sum += at(x, y);
            }
            means.push_back(static_cast<std::uint8_t>((sum + count / 2) / count));
        }
    }
    return means;
}

}  // namespace

TEST_CASE("a still of any size is the mean of each box, to the last unit, with SIMD and without") {
    Random random(5);
    constexpr Size kPicture{643, 358};
    const auto picture = random_picture(kPicture.width, kPicture.height, 8, 5, random);
    const Size half{(kPicture.width + 1) / 2, (kPicture.height + 1) / 2};
    std::vector<std::byte> pairs(static_cast<std::size_t>(half.width) * static_cast<std::size_t>(half.height) * 2);
    for (auto& sample : pairs) sample = static_cast<std::byte>(random.below(256));
    core::VideoFrame frame = picture.frame;
    frame.chroma_u = {pairs.data(), half.width * 2, half.width, half.height};
    const auto luma = [&frame](int x, int y) {
        return static_cast<std::uint8_t>(frame.luma.data[y * frame.luma.stride + x]);
    };
    const auto chroma = [&](int component) {
        return [&pairs, &half, component](int x, int y) {
            return static_cast<std::uint8_t>(pairs[static_cast<std::size_t>((y * half.width + x) * 2 + component)]);
        };
    };
    for (const auto kernel : {Kernel::Simd, Kernel::Scalar}) {
        PicturePass pass(10, kernel);
        SmallImage still;
        for (const auto size : {Size{643, 358}, Size{642, 357}, Size{480, 267}, Size{321, 179}, Size{160, 89},
                                Size{107, 60}, Size{33, 31}, Size{7, 5}, Size{2, 1}, Size{1, 1}}) {
            INFO(size.width << "x" << size.height);
            (void)pass.process(frame, size.width, size.height, still);
            REQUIRE(still.y == shrunk_by_hand(kPicture.width, kPicture.height, size.width, size.height, luma));
            const Size small{(size.width + 1) / 2, (size.height + 1) / 2};
            REQUIRE(still.u == shrunk_by_hand(half.width, half.height, small.width, small.height, chroma(0)));
            REQUIRE(still.v == shrunk_by_hand(half.width, half.height, small.width, small.height, chroma(1)));
        }
    }
}

TEST_CASE("whole ratios of 1 to 9 and 16 shrink to the mean of each box, 8 and 10 bits") {
    Random random(6);
    for (const int depth : {8, 10}) {
        for (const int ratio : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16}) {
            INFO(depth << " bits, 1 of " << ratio);
            const auto picture = random_picture(70 * ratio, 12 * ratio, depth, 0, random);
            PicturePass pass(10);
            SmallImage still;
            (void)pass.process(picture.frame, 70, 12, still);
            const auto at = [&](int x, int y) -> std::uint64_t {
                const auto* row = picture.frame.luma.data + y * picture.frame.luma.stride;
                if (depth == 8) return static_cast<std::uint8_t>(row[x]);
                const auto word = static_cast<unsigned>(row[2 * x]) | static_cast<unsigned>(row[2 * x + 1]) << 8U;
                return std::min((word + 2U) >> 2U, 255U);
            };
            REQUIRE(still.y == shrunk_by_hand(70 * ratio, 12 * ratio, 70, 12, at));
        }
    }
}

TEST_CASE("numbers of a picture are those of a count by hand") {
    Random random(2);
    const auto first = random_picture(21, 19, 8, 3, random);
    const auto second = random_picture(21, 19, 8, 3, random);
    PicturePass pass(10);
    (void)pass.process(first.frame);
    const auto& picture = pass.process(second.frame);

    const auto at = [](const TestPicture& p, int x, int y) {
        return static_cast<int>(p.frame.luma.data[y * p.frame.luma.stride + x]);
    };
    std::uint64_t dark = 0;
    double sum = 0;
    for (int y = 0; y < 19; ++y) {
        for (int x = 0; x < 21; ++x) {
            dark += at(second, x, y) <= 37 ? 1 : 0;  // 10 % of 16 … 235
            sum += at(second, x, y);
        }
    }
    CHECK(picture.dark == dark);
    CHECK(picture.mean == sum / (21 * 19));
    REQUIRE(picture.grid == analyzers::BlockGrid{8, 3, 3});

    int corner = 0;  // the last block: columns 16 … 20, rows 16 … 18
    int corner_change = 0;
    for (int y = 16; y < 19; ++y) {
        for (int x = 16; x < 21; ++x) {
            corner += at(second, x, y);
            corner_change += std::abs(at(second, x, y) - at(first, x, y));
        }
    }
    CHECK(picture.block_mean.back() == corner * 256 / 15);
    CHECK(picture.block_change.back() == corner_change * 256 / 15);
}

TEST_CASE("the dark level follows depth and range") {
    using core::ColourRange;
    CHECK(analyzers::dark_level(10, 8, ColourRange::Limited) == 37);
    CHECK(analyzers::dark_level(10, 8, ColourRange::Full) == 25);
    CHECK(analyzers::dark_level(10, 10, ColourRange::Limited) == 151);
    CHECK(analyzers::dark_level(10, 10, ColourRange::Full) == 102);
    CHECK(analyzers::dark_level(0, 8, ColourRange::Limited) == 16);
    CHECK(analyzers::dark_level(100, 8, ColourRange::Limited) == 235);
    CHECK(analyzers::dark_level(100, 16, ColourRange::Full) == 65535);
}

TEST_CASE("deep samples are counted dark at their full depth, and mean in 8-bit steps") {
    PicturePass pass(10);
    TestPicture edge(64, 32, 10);
    edge.fill([](int x, int) { return x < 16 ? 151 : 152; });
    const auto& picture = pass.process(edge.frame);
    CHECK(picture.dark == 16U * 32U);
    CHECK(picture.mean == 38.0);  // 37.75 and 38 rounded
}

TEST_CASE("a picture compares with the one before, whether kept or copied, until size or depth change") {
    TestPicture a(40, 30);
    TestPicture b(40, 30);
    a.fill([](int, int) { return 100; });
    b.fill([](int, int) { return 103; });
    PicturePass pass(10);

    SECTION("kept") {}
    SECTION("copied: the caller's buffer changes between calls") {
        a.frame.keep.reset();
    }

    (void)pass.process(a.frame);
    a.fill([&](int, int) { return a.frame.keep ? 100 : 7; });
    for (const auto change : pass.process(b.frame).block_change) {
        REQUIRE(change == 3 * 256);
    }
    CHECK(pass.process(TestPicture(41, 30).frame).block_change.empty());
    CHECK(pass.process(TestPicture(41, 30, 10).frame).block_change.empty());
    CHECK_FALSE(pass.process(TestPicture(41, 30, 10).frame).block_change.empty());
    pass.reset();
    CHECK(pass.process(TestPicture(41, 30, 10).frame).block_change.empty());
}

TEST_CASE("a frame without luma is a picture of no pixels") {
    PicturePass pass(10);
    SmallImage still;
    CHECK(pass.process(core::VideoFrame{}, 16, 16, still).pixels == 0);
    CHECK(still.width == 0);
    CHECK(still.y.empty());
}

TEST_CASE("a still is the area average of luma and chroma") {
    TestPicture picture(64, 48);
    picture.fill([](int x, int y) { return (x / 4 + y / 4) % 2 == 0 ? 40 : 200; });
    std::vector<std::byte> u(32 * 24, std::byte{90});
    std::vector<std::byte> v(32 * 24, std::byte{160});
    picture.frame.chroma_u = {u.data(), 32, 32, 24};
    picture.frame.chroma_v = {v.data(), 32, 32, 24};
    PicturePass pass(10);
    SmallImage still;

    (void)pass.process(picture.frame, 16, 12, still);
    REQUIRE(still.width == 16);
    REQUIRE(still.height == 12);
    CHECK(still.y[0] == 40);
    CHECK(still.y[1] == 200);
    CHECK(still.y[16] == 200);
    REQUIRE(still.u.size() == 8 * 6);
    CHECK(still.u == std::vector<std::uint8_t>(48, 90));
    CHECK(still.v == std::vector<std::uint8_t>(48, 160));

    (void)pass.process(picture.frame, 8, 6, still);
    CHECK(still.y == std::vector<std::uint8_t>(48, 120));
}

TEST_CASE("stills of semi-planar, grey and 10-bit pictures") {
    PicturePass pass(10);
    SmallImage still;
    TestPicture picture(32, 32, 10);
    picture.fill([](int, int) { return 400; });

    SECTION("grey") {
        (void)pass.process(picture.frame, 8, 8, still);
        CHECK(still.u == std::vector<std::uint8_t>(16, 128));
    }
    SECTION("interleaved") {
        std::vector<std::uint16_t> uv;
        for (int i = 0; i < 16 * 16; ++i) {
            uv.push_back(200);
            uv.push_back(800);
        }
        picture.frame.chroma_u = {reinterpret_cast<const std::byte*>(uv.data()), 64, 16, 16};
        (void)pass.process(picture.frame, 8, 8, still);
        CHECK(still.y == std::vector<std::uint8_t>(64, 100));
        CHECK(still.u == std::vector<std::uint8_t>(16, 50));
        CHECK(still.v == std::vector<std::uint8_t>(16, 200));
    }
}

TEST_CASE("a still is never larger than its picture, and may be any shape of it") {
    PicturePass pass(10);
    SmallImage still;
    const TestPicture picture(2, 2);
    (void)pass.process(picture.frame, 320, 180, still);
    CHECK(still.width == 2);
    CHECK(still.height == 2);
    const TestPicture tall(3, 1000);
    (void)pass.process(tall.frame, 3, 1, still);  // 1,000 rows in one: columns must not overflow
    CHECK(still.height == 1);
    TestPicture white(1, 700);
    white.fill([](int, int) { return 255; });
    (void)pass.process(white.frame, 1, 1, still);
    CHECK(still.y == std::vector<std::uint8_t>(1, 255));
}
