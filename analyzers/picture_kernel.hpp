// SPDX-License-Identifier: Apache-2.0
// The inner loops over one row of luma, for the best instruction set of the machine or in plain C++: same numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sightline::analyzers {

/// Samples of one row as 8-bit code values: as they are, or 16-bit words masked to their depth, rounded and shifted.
struct RowFormat {
    int sample_bytes = 1;
    int bit_depth = 8;
    [[nodiscard]] int shift() const { return bit_depth - 8; }
    bool operator==(const RowFormat&) const = default;
};

/// Where a row's numbers are added: one entry for every 8 samples, the last one for the rest.
struct RowSums {
    std::uint64_t* luma = nullptr;
    std::uint64_t* change = nullptr;
    std::uint64_t dark = 0;  ///< samples at or below the dark level
};

/// Which columns make which target sample: those from `begin`[x] on, `wide` of them, and one more where `more`[x] is
/// 0xFFFF (else 0). Samples of a column lie `step` apart, the first at `first`. The columns go on for one more,
/// whatever it holds.
struct BoxColumns {
    const int* begin = nullptr;
    const std::uint16_t* more = nullptr;
    int boxes = 0;
    int wide = 1;
    bool even = false;  ///< `begin`[x] is x × `wide` and nothing is one more
    int step = 1, first = 0;
    /// Room for `columns` words where sums of `wide` columns fit 16 bits; else null.
    std::uint16_t* windows = nullptr;
    int columns = 0;  ///< all there are, of every component
};

/// What divides a box's sum by its number of samples n: the mean is (2 × sum + `half`) × `reciprocal` / 2^32, rounded
/// as (sum + n / 2) / n is, exactly, for n up to kMostInBox and sums up to 255 × n.
struct BoxDivisors {
    const std::uint32_t* half = nullptr;        ///< 2 × (n / 2)
    const std::uint32_t* reciprocal = nullptr;  ///< 2^31 / n + 1
};
/// 2 × (256 × n) × n stays below 2^32: the error of the reciprocal never reaches the next whole number.
inline constexpr int kMostInBox = 2'048;

/// One implementation of the loops. `before` may be null: then `change` stays as it is. Rows need no alignment.
struct RowKernel {
    void (*sums)(const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format, int dark_level,
                 RowSums& sums);
    /// Sums of the columns of up to 257 rows, in 8-bit code values; each row `stride` bytes behind the one before.
    void (*add)(const std::uint8_t* row, std::ptrdiff_t stride, int rows, int width, RowFormat format,
                std::uint16_t* columns);
    /// Sums of the boxes.
    void (*fold)(const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums);
    /// Rounded means of `count` boxes.
    void (*mean)(const std::uint32_t* sums, BoxDivisors divisors, int count, std::uint8_t* target);
};

[[nodiscard]] const RowKernel& simd_kernel();
[[nodiscard]] const RowKernel& scalar_kernel();

}  // namespace sightline::analyzers
