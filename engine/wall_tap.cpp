// SPDX-License-Identifier: Apache-2.0
#include "engine/wall_tap.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <tuple>

namespace sightline::engine {
namespace {

constexpr int kMaxRatio = 65'535;
constexpr std::int64_t kBlocksPerSecond = 100;
/// A block that does not follow the one before by less than this begins anew.
constexpr core::Duration kJump = std::chrono::milliseconds{5};
/// Pictures above this are never shown at source resolution: a segment of them would be too large.
constexpr std::int64_t kMaxFocusPixels = 4'096LL * 2'304;
constexpr int kLargestShrunkWidth = 1'920, kLargestShrunkHeight = 1'080;

bool at_source_size(const core::VideoFrame& frame, const WallWish& wish) {
    const core::PlaneView& luma = frame.luma;
    const bool deep = frame.sample_bytes == 2;
    return wish.focus && luma.width <= link::kMaxTileEdge && luma.height <= link::kMaxTileEdge &&
           static_cast<std::int64_t>(luma.width) * luma.height <= kMaxFocusPixels && (!deep || frame.bit_depth > 8);
}

/// Sample aspect ratio of a picture of `width` × `height` that shows all of `frame`.
std::pair<int, int> sample_aspect(const core::VideoFrame& frame, int width, int height) {
    std::int64_t num = static_cast<std::int64_t>(frame.luma.width) * std::max(frame.sar_num, 1) * height;
    std::int64_t den = static_cast<std::int64_t>(frame.luma.height) * std::max(frame.sar_den, 1) * width;
    const std::int64_t common = std::gcd(num, den);
    num /= common;
    den /= common;
    while (num > kMaxRatio || den > kMaxRatio) {
        num = std::max<std::int64_t>(num / 2, 1);
        den = std::max<std::int64_t>(den / 2, 1);
    }
    return {static_cast<int>(num), static_cast<int>(den)};
}

/// Copies planes of Sample as they are; chroma of any layout becomes 4:2:0 by the mean of its neighbours.
template <class Sample>
struct PlaneCopy {
    static const Sample* row(const core::PlaneView& plane, int y) {
        return reinterpret_cast<const Sample*>(plane.data + y * plane.stride);
    }
    static void luma(const core::PlaneView& plane, std::byte* out) {
        const auto bytes = static_cast<std::size_t>(plane.width) * sizeof(Sample);
        for (int y = 0; y < plane.height; ++y, out += bytes) std::memcpy(out, row(plane, y), bytes);
    }
    /// `step` samples from one to the next of this component, the first at `first`.
    static void chroma(const core::PlaneView& plane, int step, int first, int width, int height, std::byte* out) {
        const int across = plane.width >= 2 * width - 1 && plane.width > width ? 2 : 1;
        const int down = plane.height >= 2 * height - 1 && plane.height > height ? 2 : 1;
        for (int y = 0; y < height; ++y) {
            auto* target = reinterpret_cast<Sample*>(out) + static_cast<std::ptrdiff_t>(y) * width;
            const Sample* upper = row(plane, std::min(y * down, plane.height - 1));
            const Sample* lower = row(plane, std::min(y * down + down - 1, plane.height - 1));
            if (step == 1 && across == 1 && down == 1 && plane.width >= width) {
                std::memcpy(target, upper, static_cast<std::size_t>(width) * sizeof(Sample));
                continue;
            }
            for (int x = 0; x < width; ++x) {
                const int left = std::min(x * across, plane.width - 1) * step + first;
                const int right = std::min(x * across + across - 1, plane.width - 1) * step + first;
                target[x] = static_cast<Sample>((upper[left] + upper[right] + lower[left] + lower[right] + 2) / 4);
            }
        }
    }
    static void all(const core::VideoFrame& frame, const link::TileInfo& info, std::byte* out) {
        luma(frame.luma, out);
        std::byte* u = out + info.luma_bytes();
        std::byte* v = u + info.chroma_bytes();
        const bool interleaved = frame.chroma_v.data == nullptr;
        if (frame.chroma_u.data == nullptr || frame.chroma_u.width < 1 || frame.chroma_u.height < 1) {
            const auto grey = static_cast<Sample>(1 << (info.bit_depth - 1));
            std::fill_n(reinterpret_cast<Sample*>(u), 2 * info.chroma_bytes() / sizeof(Sample), grey);
            return;
        }
        const auto& plane_v = interleaved ? frame.chroma_u : frame.chroma_v;
        const int step = interleaved ? 2 : 1;
        chroma(frame.chroma_u, step, 0, info.chroma_width(), info.chroma_height(), u);
        chroma(plane_v, step, interleaved ? 1 : 0, info.chroma_width(), info.chroma_height(), v);
    }
};

void copy_shrunk(const analyzers::SmallImage& image, std::span<std::byte> out) {
    std::byte* to = out.data();
    for (const auto* plane : {&image.y, &image.u, &image.v}) {
        std::memcpy(to, plane->data(), plane->size());
        to += plane->size();
    }
}

}  // namespace

std::pair<int, int> tile_size(const core::VideoFrame& frame, int box_width, int box_height) {
    const double width =
        static_cast<double>(frame.luma.width) * std::max(frame.sar_num, 1) / std::max(frame.sar_den, 1);
    const double height = frame.luma.height;
    const double scale = std::min({box_width / width, box_height / height, 1.0});
    const auto rounded = [](double size, int limit) {
        return std::clamp(static_cast<int>(std::lround(size)), std::min(2, limit), limit);
    };
    return {rounded(width * scale, std::min(box_width, frame.luma.width)),
            rounded(height * scale, std::min(box_height, frame.luma.height))};
}

// --- Pictures ------------------------------------------------------------------------------------------------------

std::optional<std::pair<int, int>> TileTap::shrunk_size(const core::VideoFrame& frame, const WallWish& wish) {
    if (wish.width <= 0 || wish.height <= 0 || frame.luma.width < 1 || frame.luma.height < 1 ||
        at_source_size(frame, wish))
        return std::nullopt;
    return wish.focus ? tile_size(frame, kLargestShrunkWidth, kLargestShrunkHeight)
                      : tile_size(frame, wish.width, wish.height);
}

void TileTap::rest() {
    writer_.reset();
    renewed_.reset();
    last_.reset();
}

/// A writer of this very size; the one at hand where a new one may not be had yet and the picture fits.
bool TileTap::prepare(int width, int height, int sample_bytes) {
    if (writer_ && made_width_ == width && made_height_ == height && writer_->fits(width, height, sample_bytes))
        return true;
    const core::ArrivalTime now = clock_.now();
    if (renewed_ && now - *renewed_ < kRenewal) return writer_ && writer_->fits(width, height, sample_bytes);
    renewed_ = now;
    auto made = link::TileWriter::create(width, height, sample_bytes);
    if (!made) {
        writer_.reset();
        return false;
    }
    writer_ = std::move(*made);
    made_width_ = width;
    made_height_ = height;
    sink_(link::SegmentKind::Tiles, writer_->descriptor());
    return true;
}

void TileTap::describe(const core::VideoFrame& frame, link::TileInfo& info, bool key_frames_only) {
    info.range = frame.range;
    info.matrix = frame.matrix;
    info.transfer = frame.transfer;
    std::tie(info.sar_num, info.sar_den) = sample_aspect(frame, info.width, info.height);
    info.source_width = frame.luma.width;
    info.source_height = frame.luma.height;
    info.interlaced = frame.interlaced;
    info.key_frames_only = key_frames_only;
    if (last_ && frame.at > *last_) info.key_interval = frame.at - *last_;
    info.at = frame.at;
    info.arrival = frame.arrival;
    if (frame.arrival) info.utc = clock_.to_utc(*frame.arrival);
    info.published = clock_.now();
    last_ = frame.at;
}

void TileTap::picture(const core::VideoFrame& frame, const analyzers::SmallImage* shrunk, const WallWish& wish,
                      bool key_frames_only) {
    if (wish.width <= 0) return rest();
    link::TileInfo info;
    if (shrunk != nullptr) {
        if (shrunk->width < 1 || !prepare(shrunk->width, shrunk->height, 1)) return;
        info.width = shrunk->width;
        info.height = shrunk->height;
        info.focused = wish.focus;
        copy_shrunk(*shrunk, writer_->begin(info.width, info.height));
    } else {
        info.width = frame.luma.width;
        info.height = frame.luma.height;
        info.sample_bytes = frame.sample_bytes == 2 ? 2 : 1;
        info.bit_depth = info.sample_bytes == 2 ? std::clamp(frame.bit_depth, 9, 16) : 8;
        info.focused = true;
        if (info.width < 1 || !at_source_size(frame, wish) || !prepare(info.width, info.height, info.sample_bytes))
            return;
        std::byte* const out = writer_->begin(info.width, info.height).data();
        info.sample_bytes == 2 ? PlaneCopy<std::uint16_t>::all(frame, info, out)
                               : PlaneCopy<std::uint8_t>::all(frame, info, out);
    }
    describe(frame, info, key_frames_only);
    writer_->commit(info);
}

// --- Sound ---------------------------------------------------------------------------------------------------------

void SoundTap::rest() {
    levels_.reset();
    pcm_.reset();
    places_.clear();
    meters_ = {};
}

/// "audio:2" goes to the second place where that is free, else to the first free one.
std::optional<std::size_t> SoundTap::place_of(const core::Track& track) {
    if (const auto known = places_.find(track.subject); known != places_.end()) return known->second;
    std::array<bool, link::kMaxLevelTracks> taken{};
    for (const auto& [subject, place] : places_) taken[place] = true;
    const std::string& name = track.subject.track;
    const auto colon = name.find(':');
    const long number = colon == std::string::npos ? 1 : std::strtol(name.c_str() + colon + 1, nullptr, 10);
    std::size_t place = number >= 1 && number <= link::kMaxLevelTracks ? static_cast<std::size_t>(number - 1) : 0;
    if (taken[place]) {
        const auto free = std::find(taken.begin(), taken.end(), false);
        if (free == taken.end()) return std::nullopt;
        place = static_cast<std::size_t>(free - taken.begin());
    }
    places_[track.subject] = place;
    levels_->set_track(place, name, track.language);
    return place;
}

void SoundTap::sound(const core::Track& track, const core::AudioBlock& block, const WallWish& wish,
                     const analyzers::LoudnessNow& loudness) {
    if (wish.width <= 0) return rest();
    if (block.sample_rate <= 0 || block.channels.empty()) return;
    if (!levels_) {
        auto made = link::LevelsWriter::create();
        if (!made) return;
        levels_ = std::move(*made);
        sink_(link::SegmentKind::Levels, levels_->descriptor());
    }
    const auto place = place_of(track);
    if (!place) return;
    loudness_ = loudness;
    measure(meters_[*place], *place, block);
    listen(*place, block, wish);
}

void SoundTap::measure(Meter& meter, std::size_t place, const core::AudioBlock& block) {
    const int channels = static_cast<int>(std::min<std::size_t>(block.channels.size(), link::kMaxLevelChannels));
    const core::MediaTime expected = meter.block.at + core::ticks_to_duration(meter.samples, std::max(meter.rate, 1));
    const core::Duration off = block.at > expected ? block.at - expected : expected - block.at;
    if (meter.rate != block.sample_rate || meter.block.channels != channels || off > kJump) {
        meter = {};
        meter.rate = block.sample_rate;
        meter.block.at = block.at;
        meter.block.arrival = block.arrival;
        meter.block.channels = channels;
    }
    const std::int64_t length = std::max<std::int64_t>(block.sample_rate / kBlocksPerSecond, 1);
    const auto samples = static_cast<std::int64_t>(block.samples);
    for (std::int64_t from = 0; from < samples;) {
        const std::int64_t count = std::min(samples - from, length - meter.samples);
        for (std::size_t channel = 0; channel < static_cast<std::size_t>(channels); ++channel) {
            const float* data = block.channels[channel] + from;
            float peak = meter.block.peak[channel];
            double squares = 0;
            for (std::int64_t i = 0; i < count; ++i) {
                const float sample = std::isfinite(data[i]) ? data[i] : 0.0F;
                peak = std::max(peak, std::fabs(sample));
                squares += static_cast<double>(sample) * sample;
            }
            meter.block.peak[channel] = peak;
            meter.squares[channel] += squares;
        }
        from += count;
        meter.samples += count;
        if (meter.samples == length) {
            close_block(meter, place);
            meter.block.at = block.at + core::ticks_to_duration(from, block.sample_rate);
            if (block.arrival) meter.block.arrival = *block.arrival + core::ticks_to_duration(from, block.sample_rate);
        }
    }
}

/// Says the block and begins the next.
void SoundTap::close_block(Meter& meter, std::size_t place) {
    for (std::size_t channel = 0; channel < meter.squares.size(); ++channel)
        meter.block.rms[channel] =
            static_cast<float>(std::sqrt(meter.squares[channel] / static_cast<double>(meter.samples)));
    meter.block.duration = core::ticks_to_duration(meter.samples, meter.rate);
    const auto lufs = [](std::optional<double> value) {
        return value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
    };
    meter.block.momentary_lufs = lufs(loudness_.momentary);
    meter.block.short_term_lufs = lufs(loudness_.short_term);
    levels_->append(place, meter.block);
    meter.block.peak.fill(0);
    meter.squares.fill(0);
    meter.samples = 0;
}

void SoundTap::listen(std::size_t place, const core::AudioBlock& block, const WallWish& wish) {
    // Focus may have gone and come again between two blocks: walls have let go of the ring before.
    if (!wish.focus || wish.opening != opening_) pcm_.reset();
    opening_ = wish.opening;
    if (!wish.focus) return;
    if (place + 1 != static_cast<std::size_t>(wish.audio)) return;
    const auto channels = static_cast<int>(std::min<std::size_t>(block.channels.size(), link::kMaxPcmChannels));
    if (!pcm_ || !pcm_->fits(channels, block.sample_rate)) {
        auto made = link::PcmWriter::create(channels, block.sample_rate);
        if (!made) return pcm_.reset();
        pcm_ = std::move(*made);
        sink_(link::SegmentKind::Pcm, pcm_->descriptor());
    }
    pcm_->append(block.channels.first(static_cast<std::size_t>(channels)), block.samples, block.at, block.arrival);
}

// --- Both ----------------------------------------------------------------------------------------------------------

void WallTap::want(const WallWish& wish) {
    const auto field = [](int value, int limit) { return static_cast<std::uint64_t>(std::clamp(value, 0, limit)); };
    const WallWish before = this->wish();
    const unsigned opening = before.opening + (wish.focus && !before.focus ? 1 : 0);
    wish_.store(field(wish.width, 0xFFFF) | field(wish.height, 0xFFFF) << 16 | field(wish.audio, 0xFF) << 32 |
                    (wish.focus ? 1ULL << 40 : 0) | (static_cast<std::uint64_t>(opening) & 0xFF) << 41,
                std::memory_order_relaxed);
}

WallWish WallTap::wish() const {
    const std::uint64_t packed = wish_.load(std::memory_order_relaxed);
    return {static_cast<int>(packed & 0xFFFF), static_cast<int>(packed >> 16 & 0xFFFF), (packed >> 40 & 1) != 0,
            static_cast<int>(packed >> 32 & 0xFF), static_cast<unsigned>(packed >> 41 & 0xFF)};
}

}  // namespace sightline::engine
