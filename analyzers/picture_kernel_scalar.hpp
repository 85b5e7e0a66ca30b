// SPDX-License-Identifier: Apache-2.0
// Plain C++ form of the row loops: the reference, and what finishes a row that is no multiple of a vector.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "analyzers/picture_kernel.hpp"

namespace sightline::analyzers::scalar {

/// Sample `x` of `row` at its full depth.
[[nodiscard]] inline int sample(const std::uint8_t* row, int x, RowFormat format) {
    if (format.sample_bytes == 1) {
        return row[x];
    }
    std::uint16_t word = 0;
    std::memcpy(&word, row + 2 * static_cast<std::ptrdiff_t>(x), sizeof word);
    return word & ((1 << format.bit_depth) - 1);
}

[[nodiscard]] inline int to_eight_bits(int value, RowFormat format) {
    const int half = format.shift() > 0 ? 1 << (format.shift() - 1) : 0;
    return std::min((value + half) >> format.shift(), 255);
}

/// RowKernel::sums of the samples from `from` on.
inline void sums_from(int from, const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format,
                      int dark_level, RowSums& sums) {
    for (int x = from; x < width; ++x) {
        const int full = sample(row, x, format);
        const int value = to_eight_bits(full, format);
        sums.dark += full <= dark_level ? 1U : 0U;
        sums.luma[x / 8] += static_cast<std::uint64_t>(value);
        if (before != nullptr) {
            const int difference = value - to_eight_bits(sample(before, x, format), format);
            sums.change[x / 8] += static_cast<std::uint64_t>(difference < 0 ? -difference : difference);
        }
    }
}

/// RowKernel::add of the columns from `from` on.
inline void add_from(int from, const std::uint8_t* row, std::ptrdiff_t stride, int rows, int width, RowFormat format,
                     std::uint16_t* columns) {
    for (int x = from; x < width; ++x) {
        int sum = 0;
        for (int y = 0; y < rows; ++y) {
            sum += to_eight_bits(sample(row + y * stride, x, format), format);
        }
        columns[x] = static_cast<std::uint16_t>(sum);
    }
}

/// RowKernel::fold of the boxes from `from` on.
inline void fold_from(int from, const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums) {
    const int wide = boxes.wide;
    const int step = boxes.step;
    for (int x = from; x < boxes.boxes; ++x) {
        const std::uint16_t* column = columns + boxes.begin[x] * step + boxes.first;
        std::uint32_t sum = column[wide * step] & boxes.more[x];
        for (int i = 0; i < wide; ++i) {
            sum += column[i * step];
        }
        sums[x] = sum;
    }
}

/// RowKernel::mean of the boxes from `from` on.
inline void mean_from(int from, const std::uint32_t* sums, BoxDivisors divisors, int count, std::uint8_t* target) {
    for (int x = from; x < count; ++x) {
        const std::uint64_t twice = 2U * sums[x] + divisors.half[x];
        target[x] = static_cast<std::uint8_t>(twice * divisors.reciprocal[x] >> 32U);
    }
}

}  // namespace sightline::analyzers::scalar
