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
    begins_.clear();
    mores_.clear();
    const int wide = std::max(source_width / target_width, 1);
    widest_ = wide;
    for (int x = 0; x < target_width; ++x) {
        const int begin = box_begin(x, source_width, target_width);
        const bool more = box_end(x, source_width, target_width) - begin > wide;
        begins_.push_back(begin);
        mores_.push_back(more ? 0xFFFF : 0);
        if (more) widest_ = wide + 1;
    }
    columns_.assign(static_cast<std::size_t>(source_width + 1) * static_cast<std::size_t>(step_), 0);
    windows_.assign(columns_.size(), 0);
    const bool even = wide * target_width == source_width;
    boxes_ = {begins_.data(), mores_.data(), target_width, wide, even, step_, first_, nullptr, source_width * step_};
    sums_.assign(static_cast<std::size_t>(target_width), 0);
    divisors_ = {};
}

BoxDivisors PlaneShrinker::divisors_of(int rows) {
    for (const Divisors& known : divisors_) {
        if (known.rows == rows) return {known.half.data(), known.reciprocal.data()};
    }
    Divisors& made = divisors_[next_divisors_];
    next_divisors_ = 1 - next_divisors_;
    made.rows = rows;
    made.half.clear();
    made.reciprocal.clear();
    for (std::size_t x = 0; x < mores_.size(); ++x) {
        const auto count = static_cast<std::uint32_t>(rows * wide_at(x));
        made.half.push_back(2 * (count / 2));
        made.reciprocal.push_back((1U << 31U) / count + 1);
    }
    return {made.half.data(), made.reciprocal.data()};
}

void PlaneShrinker::make_row(const core::PlaneView& plane, Rows rows, std::uint8_t* target, int target_width) {
    lay_out(plane.width, target_width);
    const int high = rows.end - rows.begin;
    if (high > kRowsPerFold || high * widest_ > kMostInBox) return make_large(plane, rows, target);
    kernel_.add(plane.row(rows.begin), plane.stride, high, plane.width * step_, format_, columns_.data());
    boxes_.windows = high * boxes_.wide <= kRowsPerFold ? windows_.data() : nullptr;
    kernel_.fold(columns_.data(), boxes_, sums_.data());
    kernel_.mean(sums_.data(), divisors_of(high), target_width, target);
}

/// As make_row(), for boxes of any size.
void PlaneShrinker::make_large(const core::PlaneView& plane, Rows rows, std::uint8_t* target) {
    std::vector<std::uint64_t> sums(begins_.size(), 0);
    for (int y = rows.begin; y < rows.end; y += kRowsPerFold) {
        const int taken = std::min(kRowsPerFold, rows.end - y);
        kernel_.add(plane.row(y), plane.stride, taken, plane.width * step_, format_, columns_.data());
        for (std::size_t x = 0; x < sums.size(); ++x) {
            const std::uint16_t* column = &columns_[static_cast<std::size_t>(first_)] + begins_[x] * step_;
            for (int i = 0; i < wide_at(x); ++i, column += step_) sums[x] += *column;
        }
    }
    const auto high = static_cast<std::uint64_t>(std::max(rows.end - rows.begin, 1));
    for (std::size_t x = 0; x < sums.size(); ++x) {
        const std::uint64_t count = high * static_cast<std::uint64_t>(std::max(wide_at(x), 1));
        target[x] = static_cast<std::uint8_t>((sums[x] + count / 2) / count);
    }
}

}  // namespace sightline::analyzers
