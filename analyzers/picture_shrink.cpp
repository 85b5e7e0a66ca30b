// SPDX-License-Identifier: Apache-2.0
#include "analyzers/picture_shrink.hpp"

#include <algorithm>
#include <cstddef>

namespace sightline::analyzers {

namespace {

/// A 16-bit column holds this many rows of 255.
constexpr int kRowsPerFold = 256;

int box_begin(int target, int source_size, int target_size) {
    return static_cast<int>(static_cast<std::int64_t>(target) * source_size / target_size);
}
int box_end(int target, int source_size, int target_size) {
    return std::max(box_begin(target + 1, source_size, target_size), box_begin(target, source_size, target_size) + 1);
}

}  // namespace

PlaneShrinker::Rows PlaneShrinker::rows_of(int row, int source_height, int target_height) {
    return {box_begin(row, source_height, target_height), box_end(row, source_height, target_height)};
}

void PlaneShrinker::lay_out(int source_width, int target_width) {
    if (source_width == source_width_ && target_width == target_width_) {
        return;
    }
    source_width_ = source_width;
    target_width_ = target_width;
    spans_.clear();
    for (int x = 0; x < target_width; ++x) {
        spans_.push_back({box_begin(x, source_width, target_width), box_end(x, source_width, target_width)});
    }
    columns_.assign(static_cast<std::size_t>(source_width) * static_cast<std::size_t>(step_), 0);
}

void PlaneShrinker::make_row(const core::PlaneView& plane, Rows rows, std::uint8_t* target, int target_width) {
    lay_out(plane.width, target_width);
    boxes_.assign(spans_.size(), 0);
    for (int y = rows.begin; y < rows.end; ++y) {
        const auto* row = reinterpret_cast<const std::uint8_t*>(plane.data + y * plane.stride);
        kernel_.add(row, plane.width * step_, format_, columns_.data());
        if (y + 1 == rows.end || (y + 1 - rows.begin) % kRowsPerFold == 0) {
            fold();
        }
    }
    const auto height = static_cast<std::uint64_t>(rows.end - rows.begin);
    for (std::size_t x = 0; x < spans_.size(); ++x) {
        const auto count = height * static_cast<std::uint64_t>(spans_[x].end - spans_[x].begin);
        target[x] = static_cast<std::uint8_t>((boxes_[x] + count / 2) / count);
    }
}

/// Empties the columns into the boxes.
void PlaneShrinker::fold() {
    for (std::size_t x = 0; x < spans_.size(); ++x) {
        std::uint64_t sum = 0;
        for (int column = spans_[x].begin; column < spans_[x].end; ++column) {
            const int sample = column * step_ + first_;
            sum += columns_[static_cast<std::size_t>(sample)];
        }
        boxes_[x] += sum;
    }
    std::fill(columns_.begin(), columns_.end(), std::uint16_t{0});
}

}  // namespace sightline::analyzers
