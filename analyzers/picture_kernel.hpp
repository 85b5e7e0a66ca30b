// SPDX-License-Identifier: Apache-2.0
// The inner loops over one row of luma, for the best instruction set of the machine or in plain C++: same numbers.
#pragma once

#include <cstdint>

namespace sightline::analyzers {

/// Samples of one row as 8-bit code values: as they are, or 16-bit words masked to their depth, rounded and shifted.
struct RowFormat {
    int sample_bytes = 1;
    int bit_depth = 8;
    [[nodiscard]] int shift() const { return bit_depth - 8; }
};

/// Where a row's numbers are added: one entry for every 8 samples, the last one for the rest.
struct RowSums {
    std::uint64_t* luma = nullptr;
    std::uint64_t* change = nullptr;
    std::uint64_t dark = 0;  ///< samples at or below the dark level
};

/// One implementation of the loops. `before` may be null: then `change` stays as it is. Rows need no alignment.
struct RowKernel {
    void (*sums)(const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format, int dark_level,
                 RowSums& sums);
    /// Adds a row to `columns` (8-bit code values; the caller adds ≤ 257 rows before it empties them).
    void (*add)(const std::uint8_t* row, int width, RowFormat format, std::uint16_t* columns);
};

[[nodiscard]] const RowKernel& simd_kernel();
[[nodiscard]] const RowKernel& scalar_kernel();

}  // namespace sightline::analyzers
