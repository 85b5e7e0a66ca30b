// SPDX-License-Identifier: Apache-2.0
#include "analyzers/picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "analyzers/picture_kernel.hpp"
#include "analyzers/picture_shrink.hpp"

namespace sightline::analyzers {

namespace {

constexpr std::int64_t kSmallPicture = 1024LL * 576;
constexpr std::int64_t kLargePicture = 2048LL * 1152;

bool usable(const core::PlaneView& plane) {
    return plane.data != nullptr && plane.width > 0 && plane.height > 0;
}

RowFormat format_of(const core::VideoFrame& frame) {
    RowFormat format;
    format.sample_bytes = frame.sample_bytes == 2 ? 2 : 1;
    format.bit_depth = format.sample_bytes == 2 ? std::clamp(frame.bit_depth, 8, 16) : 8;
    return format;
}

bool comparable(const core::VideoFrame& a, const core::VideoFrame& b) {
    return usable(a.luma) && usable(b.luma) && a.luma.width == b.luma.width && a.luma.height == b.luma.height &&
           a.sample_bytes == b.sample_bytes && a.bit_depth == b.bit_depth;
}

}  // namespace

BlockGrid block_grid(int width, int height) {
    const std::int64_t area = static_cast<std::int64_t>(width) * height;
    BlockGrid grid;
    grid.edge = area <= kSmallPicture ? 8 : area <= kLargePicture ? 16 : 32;
    grid.columns = (width + grid.edge - 1) / grid.edge;
    grid.rows = (height + grid.edge - 1) / grid.edge;
    return grid;
}

int dark_level(double percent, int bit_depth, core::ColourRange range) {
    const double share = std::clamp(percent, 0.0, 100.0) / 100.0;
    const double full = static_cast<double>((1 << bit_depth) - 1);
    const double step = static_cast<double>(1 << (bit_depth - 8));
    const double level = range == core::ColourRange::Full ? full * share : (16.0 + 219.0 * share) * step;
    // A hair of tolerance: 16 + 219 × 100 % must be 235, not 234.99….
    return static_cast<int>(std::floor(level + 1e-6));
}

/// What makes stills of pictures of one format; kept, because to lay it out costs more than a few rows.
struct StillMaker {
    StillMaker(const RowKernel& kernel, RowFormat f, bool pairs)
        : format(f),
          interleaved(pairs),
          y(kernel, f, 1, 0),
          u(kernel, f, pairs ? 2 : 1, 0),
          v(kernel, f, pairs ? 2 : 1, pairs ? 1 : 0) {}
    RowFormat format;
    bool interleaved;
    PlaneShrinker y, u, v;
};

/// A still on its way: luma rows are made as soon as the pass has read their source rows.
struct StillInProgress {
    SmallImage* image = nullptr;
    PlaneShrinker& shrinker;
    int next_row = 0;

    void advance(const core::PlaneView& luma, int rows_read) {
        for (; next_row < image->height; ++next_row) {
            const auto rows = PlaneShrinker::rows_of(next_row, luma.height, image->height);
            if (rows.end > rows_read) {
                return;
            }
            shrinker.make_row(luma, rows, image->y.data() + static_cast<std::ptrdiff_t>(next_row) * image->width,
                              image->width);
        }
    }
};

struct PicturePass::Impl {
    double dark_percent = 10;
    const RowKernel* kernel = nullptr;
    Picture picture;
    core::VideoFrame before;
    std::vector<std::byte> copy;  // of the luma before, where its frame has no `keep`
    std::vector<std::uint64_t> luma_eights, change_eights;
    std::vector<std::uint16_t> block_mean, block_change;
    std::unique_ptr<StillMaker> stills;

    void describe(const core::VideoFrame& frame);
    void measure(const core::VideoFrame& frame, StillInProgress* still);
    void close_band(int band, int band_rows, bool compared);
    void remember(const core::VideoFrame& frame);
    void begin_still(const core::VideoFrame& frame, int width, int height, SmallImage& image) const;
    StillMaker& maker_for(const core::VideoFrame& frame);
    static void make_chroma(const core::VideoFrame& frame, StillMaker& maker, SmallImage& image);
};

void PicturePass::Impl::describe(const core::VideoFrame& frame) {
    picture = Picture{};
    picture.at = frame.at;
    picture.duration = frame.duration;
    picture.arrival = frame.arrival;
    picture.bit_depth = frame.bit_depth;
    picture.range = frame.range;
    picture.interlaced = frame.interlaced;
    picture.key = frame.key;
    if (!usable(frame.luma)) {
        return;
    }
    picture.width = frame.luma.width;
    picture.height = frame.luma.height;
    picture.pixels = static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height);
    picture.grid = block_grid(picture.width, picture.height);
}

void PicturePass::Impl::measure(const core::VideoFrame& frame, StillInProgress* still) {
    const bool compared = comparable(frame, before);
    const auto format = format_of(frame);
    const int level = dark_level(dark_percent, format.bit_depth, frame.range);
    const auto eights = static_cast<std::size_t>((picture.width + 7) / 8);
    const auto blocks = static_cast<std::size_t>(picture.grid.columns) * static_cast<std::size_t>(picture.grid.rows);
    luma_eights.assign(eights, 0);
    change_eights.assign(eights, 0);
    block_mean.resize(blocks);
    block_change.resize(compared ? blocks : 0);

    RowSums sums{luma_eights.data(), change_eights.data(), 0};
    for (int y = 0; y < picture.height; ++y) {
        kernel->sums(frame.luma.row(y), compared ? before.luma.row(y) : nullptr, picture.width, format, level, sums);
        if (y + 1 == picture.height || (y + 1) % picture.grid.edge == 0) {
            close_band(y / picture.grid.edge, y % picture.grid.edge + 1, compared);
            if (still != nullptr) {
                still->advance(frame.luma, y + 1);
            }
        }
    }
    picture.dark = sums.dark;
    picture.mean /= static_cast<double>(picture.pixels);
    picture.block_mean = block_mean;
    picture.block_change = block_change;
}

/// Turns the sums of a band of rows into its blocks' means, and empties them. `picture.mean` collects the whole sum:
/// whole numbers below 2^53, so in any order the same.
void PicturePass::Impl::close_band(int band, int band_rows, bool compared) {
    const int eights_per_block = picture.grid.edge / 8;
    const auto eights = static_cast<int>(luma_eights.size());
    for (int column = 0; column < picture.grid.columns; ++column) {
        std::uint64_t luma = 0;
        std::uint64_t change = 0;
        const int end = std::min((column + 1) * eights_per_block, eights);
        for (int i = column * eights_per_block; i < end; ++i) {
            luma += std::exchange(luma_eights[static_cast<std::size_t>(i)], 0);
            change += std::exchange(change_eights[static_cast<std::size_t>(i)], 0);
        }
        const int wide = std::min(picture.grid.edge, picture.width - column * picture.grid.edge);
        const auto count = static_cast<std::uint64_t>(wide) * static_cast<std::uint64_t>(band_rows);
        const auto index = static_cast<std::size_t>(band) * static_cast<std::size_t>(picture.grid.columns) +
                           static_cast<std::size_t>(column);
        block_mean[index] = static_cast<std::uint16_t>(luma * 256 / count);
        if (compared) {
            block_change[index] = static_cast<std::uint16_t>(change * 256 / count);
        }
        picture.mean += static_cast<double>(luma);
    }
}

void PicturePass::Impl::remember(const core::VideoFrame& frame) {
    before = frame;
    if (frame.keep || !usable(frame.luma)) {
        return;
    }
    const auto row_bytes = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(frame.sample_bytes);
    copy.resize(row_bytes * static_cast<std::size_t>(picture.height));
    for (int y = 0; y < picture.height; ++y) {
        std::memcpy(copy.data() + row_bytes * static_cast<std::size_t>(y), frame.luma.row(y), row_bytes);
    }
    before.luma.data = copy.data();
    before.luma.stride = static_cast<std::ptrdiff_t>(row_bytes);
    before.chroma_u = {};
    before.chroma_v = {};
}

void PicturePass::Impl::begin_still(const core::VideoFrame& frame, int width, int height, SmallImage& image) const {
    image.width = std::clamp(width, 0, picture.width);
    image.height = std::clamp(height, 0, picture.height);
    if (image.width == 0 || image.height == 0) {
        image.width = image.height = 0;
    }
    image.range = frame.range;
    image.matrix = frame.matrix;
    image.transfer = frame.transfer;
    image.sar_num = frame.sar_num;
    image.sar_den = frame.sar_den;
    image.at = frame.at;
    const auto chroma =
        static_cast<std::size_t>((image.width + 1) / 2) * static_cast<std::size_t>((image.height + 1) / 2);
    image.y.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
    image.u.assign(chroma, 128);
    image.v.assign(chroma, 128);
}

StillMaker& PicturePass::Impl::maker_for(const core::VideoFrame& frame) {
    const auto format = format_of(frame);
    const bool interleaved = !usable(frame.chroma_v);
    if (!stills || stills->format != format || stills->interleaved != interleaved) {
        stills = std::make_unique<StillMaker>(*kernel, format, interleaved);
    }
    return *stills;
}

void PicturePass::Impl::make_chroma(const core::VideoFrame& frame, StillMaker& maker, SmallImage& image) {
    if (!usable(frame.chroma_u) || image.width == 0) {
        return;
    }
    const auto& plane_v = maker.interleaved ? frame.chroma_u : frame.chroma_v;
    const int width = (image.width + 1) / 2;
    const int height = (image.height + 1) / 2;
    for (int y = 0; y < height; ++y) {
        const auto at = static_cast<std::ptrdiff_t>(y) * width;
        maker.u.make_row(frame.chroma_u, PlaneShrinker::rows_of(y, frame.chroma_u.height, height), image.u.data() + at,
                         width);
        maker.v.make_row(plane_v, PlaneShrinker::rows_of(y, plane_v.height, height), image.v.data() + at, width);
    }
}

SmallImage shrink(const SmallImage& image, int width, int height) {
    SmallImage small{0,  0,  image.range, image.matrix, image.transfer, image.sar_num, image.sar_den, image.at,
                     {}, {}, {}};
    small.width = std::clamp(width, std::min(1, image.width), image.width);
    small.height = std::clamp(height, std::min(1, image.height), image.height);
    PlaneShrinker shrinker(simd_kernel(), RowFormat{}, 1, 0);
    const auto plane = [&](const std::vector<std::uint8_t>& from, int from_width, int from_height,
                           std::vector<std::uint8_t>& to, int to_width, int to_height) {
        to.resize(static_cast<std::size_t>(to_width) * static_cast<std::size_t>(to_height));
        const core::PlaneView view{reinterpret_cast<const std::byte*>(from.data()), from_width, from_width,
                                   from_height};
        for (int y = 0; y < to_height; ++y)
            shrinker.make_row(view, PlaneShrinker::rows_of(y, from_height, to_height),
                              to.data() + static_cast<std::ptrdiff_t>(y) * to_width, to_width);
    };
    if (small.width == 0) return small;
    plane(image.y, image.width, image.height, small.y, small.width, small.height);
    for (const auto& [from, to] : {std::pair(&image.u, &small.u), std::pair(&image.v, &small.v)})
        plane(*from, (image.width + 1) / 2, (image.height + 1) / 2, *to, (small.width + 1) / 2, (small.height + 1) / 2);
    return small;
}

PicturePass::PicturePass(double dark_percent, Kernel kernel) : impl_(std::make_unique<Impl>()) {
    impl_->dark_percent = dark_percent;
    impl_->kernel = kernel == Kernel::Simd ? &simd_kernel() : &scalar_kernel();
}

PicturePass::~PicturePass() = default;
PicturePass::PicturePass(PicturePass&&) noexcept = default;
PicturePass& PicturePass::operator=(PicturePass&&) noexcept = default;

const Picture& PicturePass::process(const core::VideoFrame& frame) {
    impl_->describe(frame);
    if (impl_->picture.pixels > 0) {
        impl_->measure(frame, nullptr);
    }
    impl_->remember(frame);
    return impl_->picture;
}

const Picture& PicturePass::process(const core::VideoFrame& frame, int still_width, int still_height,
                                    SmallImage& still) {
    impl_->describe(frame);
    impl_->begin_still(frame, still_width, still_height, still);
    if (impl_->picture.pixels > 0) {
        StillMaker& maker = impl_->maker_for(frame);
        StillInProgress in_progress{&still, maker.y};
        impl_->measure(frame, &in_progress);
        Impl::make_chroma(frame, maker, still);
    }
    impl_->remember(frame);
    return impl_->picture;
}

void PicturePass::reset() {
    impl_->before = core::VideoFrame{};
}

}  // namespace sightline::analyzers
