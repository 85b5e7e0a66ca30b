// SPDX-License-Identifier: Apache-2.0
// Pictures, sounds and findings for the tests of analyzers, computed where they are used.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/findings.hpp"
#include "core/media.hpp"

namespace sightline::test {

/// A picture that owns its samples (in `keep`, as a decoder's would be).
class TestPicture {
public:
    TestPicture(int width, int height, int bit_depth = 8, int padding = 0)
        : width_(width), height_(height), bytes_(bit_depth > 8 ? 2 : 1), stride_(width * bytes_ + padding) {
        pixels_ = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(stride_) *
                                                           static_cast<std::size_t>(height));
        frame.luma = {pixels_->data(), stride_, width, height};
        frame.bit_depth = bit_depth;
        frame.sample_bytes = bytes_;
        frame.keep = pixels_;
    }
    void set(int x, int y, int value) {
        auto* at = pixels_->data() + y * static_cast<std::ptrdiff_t>(stride_) + x * bytes_;
        const auto word = static_cast<std::uint16_t>(value);
        const auto byte = static_cast<std::uint8_t>(value);
        std::memcpy(at, bytes_ == 2 ? static_cast<const void*>(&word) : &byte, static_cast<std::size_t>(bytes_));
    }
    template <class Function>
    TestPicture& fill(Function luma_at) {
        for (int y = 0; y < height_; ++y) {
            for (int x = 0; x < width_; ++x) {
                set(x, y, luma_at(x, y));
            }
        }
        return *this;
    }

    core::VideoFrame frame;

private:
    int width_, height_, bytes_, stride_;
    std::shared_ptr<std::vector<std::byte>> pixels_;
};

/// Random numbers that are the same everywhere: the standard's distributions are not.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint32_t next() {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::uint32_t>(state_ >> 33U);
    }
    int below(int limit) { return static_cast<int>(next() % static_cast<std::uint32_t>(limit)); }
    /// About normal, standard deviation 1: a sum of twelve.
    double normal() {
        double sum = -6;
        for (int i = 0; i < 12; ++i) {
            sum += static_cast<double>(next() & 0xFFFFU) / 65535.0;
        }
        return sum;
    }

private:
    std::uint64_t state_;
};

/// All samples of a track, fed to an analyzer in blocks of a given size.
struct TestSound {
    std::vector<std::vector<float>> channels;
    int sample_rate = 48'000;
    core::MediaTime begin{};

    /// Calls `process(block)` for each block; `size` 0 is the whole.
    template <class Process>
    void feed(std::size_t size, Process process) const {
        const std::size_t total = channels.front().size();
        for (std::size_t at = 0; at < total;) {
            const std::size_t count = size == 0 ? total : std::min(size, total - at);
            std::vector<const float*> pointers;
            for (const auto& channel : channels) {
                pointers.push_back(channel.data() + at);
            }
            core::AudioBlock block;
            block.channels = pointers;
            block.samples = count;
            block.sample_rate = sample_rate;
            block.at = begin + core::ticks_to_duration(static_cast<std::int64_t>(at), sample_rate);
            process(block);
            at += count;
        }
    }
};

[[nodiscard]] inline std::vector<core::StateEdge> edges(const core::FindingsList& findings) {
    std::vector<core::StateEdge> found;
    for (const auto& item : findings.items) {
        if (const auto* edge = std::get_if<core::StateEdge>(&item)) {
            found.push_back(*edge);
        }
    }
    return found;
}

/// "bad 1000 ms, good 3000 ms": verdicts and media times of all edges; "?" marks one that is not exact.
[[nodiscard]] inline std::string told(const core::FindingsList& findings) {
    std::string text;
    for (const auto& edge : edges(findings)) {
        const auto ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(edge.at.media.value_or(core::MediaTime{}));
        text += text.empty() ? "" : ", ";
        text += edge.verdict == core::Verdict::Bad    ? "bad "
                : edge.verdict == core::Verdict::Good ? "good "
                                                      : "unknown ";
        text += std::to_string(ms.count()) + " ms" + (edge.exact ? "" : "?");
    }
    return text;
}

}  // namespace sightline::test
