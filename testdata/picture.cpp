// SPDX-License-Identifier: Apache-2.0
#include "testdata/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include "testdata/bitmap_font.hpp"

namespace sightline::testdata {
namespace {

constexpr int kPeriod = 256;  // of the gradient, in samples

std::size_t index_of(int width, int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

/// A triangle wave between `low` and `high`, long enough to copy any row at any phase from it.
std::vector<std::uint8_t> triangle(int length, int low, int high) {
    std::vector<std::uint8_t> wave(static_cast<std::size_t>(length));
    for (int i = 0; i < length; ++i) {
        const int phase = i % kPeriod;
        const int up = phase < kPeriod / 2 ? phase : kPeriod - phase;
        wave[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(low + (high - low) * up * 2 / kPeriod);
    }
    return wave;
}

void slide(std::vector<std::uint8_t>& plane, int width, int height, int low, int high, int slope,
           const std::array<std::int64_t, 2>& offset_of_field) {
    const std::vector<std::uint8_t> wave = triangle(width + kPeriod, low, high);
    for (int y = 0; y < height; ++y) {
        const std::int64_t phase = (offset_of_field[static_cast<std::size_t>(y & 1)] + slope * y) % kPeriod;
        std::memcpy(&plane[index_of(width, 0, y)], &wave[static_cast<std::size_t>(phase)],
                    static_cast<std::size_t>(width));
    }
}

void grain(Picture& picture, std::uint64_t seed, std::int64_t index) {
    Random random(seed ^ (static_cast<std::uint64_t>(index) * 0x51ed2701U));
    const int top = picture.height * 3 / 4;
    for (std::size_t i = index_of(picture.width, 0, top); i + 8 <= picture.y.size(); i += 8) {
        std::uint64_t bits = random.next();
        for (std::size_t j = 0; j < 8; ++j, bits >>= 8) {
            picture.y[i + j] = static_cast<std::uint8_t>(picture.y[i + j] + (bits & 15U) - 8);
        }
    }
}

void fill_rect(Picture& picture, int x0, int y0, int x1, int y1, std::uint8_t luma) {
    x0 = std::clamp(x0, 0, picture.width);
    x1 = std::clamp(x1, x0, picture.width);
    for (int y = std::max(y0, 0); y < std::min(y1, picture.height); ++y) {
        std::memset(picture.y.data() + index_of(picture.width, x0, y), luma, static_cast<std::size_t>(x1 - x0));
    }
}

void draw_text(Picture& picture, int left, int top, int scale, std::string_view text, std::uint8_t luma) {
    for (const char character : text) {
        const std::uint8_t* rows = glyph(character);
        for (int row = 0; row < kGlyphHeight; ++row) {
            for (int column = 0; column < kGlyphWidth; ++column) {
                if (((rows[row] >> (kGlyphWidth - 1 - column)) & 1) == 0) continue;
                const int x = left + column * scale;
                const int y = top + row * scale;
                fill_rect(picture, x, y, x + scale, y + scale, luma);
            }
        }
        left += (kGlyphWidth + 1) * scale;
    }
}

std::string clock_text(core::Duration t) {
    const std::int64_t ms = t.count() / 1'000'000;
    return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

void burn_in(Picture& picture, const PictureStyle& style, std::int64_t index) {
    const int scale = std::max(1, picture.width / 160);
    const int line = (kGlyphHeight + 2) * scale;
    const std::array<std::string, 3> lines{style.label, clock_text(style.fps.time_of(index)),
                                           fmt::format("#{}", index)};
    std::size_t longest = 0;
    for (const std::string& text : lines) longest = std::max(longest, text.size());
    const int left = picture.width / 20;
    const int top = picture.height / 12;
    // Grey, not black: the box must not count towards the dark share of a normal picture.
    fill_rect(picture, left - 2 * scale, top - 2 * scale,
              left + static_cast<int>(longest) * (kGlyphWidth + 1) * scale + scale, top + 3 * line, 70);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        draw_text(picture, left, top + static_cast<int>(i) * line, scale, lines[i], 220);
    }
}

}  // namespace

Picture::Picture(int w, int h)
    : width(w),
      height(h),
      y(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)),
      u(y.size() / 4, 128),
      v(y.size() / 4, 128) {}

double Picture::dark_share(int at_or_below) const {
    const auto dark = std::count_if(y.begin(), y.end(), [&](std::uint8_t luma) { return luma <= at_or_below; });
    return static_cast<double>(dark) / static_cast<double>(y.size());
}

void draw_moving(Picture& picture, const PictureStyle& style, std::int64_t index) {
    const std::int64_t offset = index * 4;
    const std::int64_t bottom = style.interlaced ? offset + 2 : offset;
    slide(picture.y, picture.width, picture.height, 64, 200, 1, {offset, bottom});
    slide(picture.u, picture.width / 2, picture.height / 2, 90, 166, 1, {offset / 2, offset / 2});
    slide(picture.v, picture.width / 2, picture.height / 2, 166, 90, 2, {offset / 2, offset / 2});
    grain(picture, style.seed, index);
    burn_in(picture, style, index);
}

void draw_black(Picture& picture, const PictureStyle& style, std::int64_t index, double pixels, int luma) {
    if (luma < 0) luma = style.full_range ? 0 : 16;
    std::fill(picture.y.begin(), picture.y.end(), static_cast<std::uint8_t>(luma));
    std::fill(picture.u.begin(), picture.u.end(), std::uint8_t{128});
    std::fill(picture.v.begin(), picture.v.end(), std::uint8_t{128});
    const auto bright = static_cast<std::int64_t>(std::llround((1 - pixels) * static_cast<double>(picture.y.size())));
    if (bright <= 0) return;
    const auto side = static_cast<int>(std::sqrt(static_cast<double>(bright)));
    const int block = std::clamp((side + 15) / 16 * 16, 16, picture.width);
    const auto flicker = static_cast<std::uint8_t>(120 + index * 37 % 100);
    std::int64_t left = bright;
    for (int y = picture.height - 1; y >= 0 && left > 0; --y) {
        const int run = static_cast<int>(std::min<std::int64_t>(left, block));
        fill_rect(picture, picture.width - run, y, picture.width, y + 1, flicker);
        left -= run;
    }
}

void add_noise(Picture& picture, std::uint64_t seed, std::int64_t index, double sigma) {
    Random random(seed * 31 + static_cast<std::uint64_t>(index));
    std::array<std::int8_t, 8192> table{};
    for (auto& value : table)
        value = static_cast<std::int8_t>(std::lround(std::clamp(random.gauss() * sigma, -127., 127.)));
    std::size_t at = 0;
    for (std::size_t i = 0; i < picture.y.size(); ++i) {
        // Another random place of the table for every run of 64: cheap, and no row repeats.
        if (i % 64 == 0) at = random.next() % (table.size() - 64);
        picture.y[i] = static_cast<std::uint8_t>(std::clamp(picture.y[i] + table[at + i % 64], 1, 254));
    }
}

}  // namespace sightline::testdata
