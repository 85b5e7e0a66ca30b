// SPDX-License-Identifier: Apache-2.0
// Area average of one plane to a smaller one, row by row, for stills and tiles.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analyzers/picture_kernel.hpp"
#include "core/media.hpp"

namespace sightline::analyzers {

/// Makes rows of a smaller plane. Each target sample is the rounded mean of the source samples in its box; where the
/// target is larger than the source, of the one nearest.
///
/// Threading: one thread.
class PlaneShrinker {
public:
    /// `step` and `first`: 1, 0 for a plane of its own; 2, 0 and 2, 1 for the halves of an interleaved pair.
    PlaneShrinker(const RowKernel& kernel, RowFormat format, int step, int first)
        : kernel_(kernel), format_(format), step_(step), first_(first) {}
    PlaneShrinker(const PlaneShrinker&) = delete;
    PlaneShrinker& operator=(const PlaneShrinker&) = delete;

    /// Source rows [begin, end) that make target row `row`.
    struct Rows {
        int begin, end;
    };
    [[nodiscard]] static Rows rows_of(int row, int source_height, int target_height);

    /// `target` has `target_width` samples.
    void make_row(const core::PlaneView& plane, Rows rows, std::uint8_t* target, int target_width);

private:
    /// What divides the sums of boxes `rows` high. Two heights alternate at most.
    struct Divisors {
        int rows = 0;
        std::vector<std::uint32_t> half, reciprocal;
    };
    void lay_out(int source_width, int target_width);
    [[nodiscard]] BoxDivisors divisors_of(int rows);
    void make_large(const core::PlaneView& plane, Rows rows, std::uint8_t* target);
    [[nodiscard]] int wide_at(std::size_t x) const { return boxes_.wide + (mores_[x] != 0 ? 1 : 0); }

    const RowKernel& kernel_;
    RowFormat format_;
    int step_, first_;
    int source_width_ = 0, target_width_ = 0;
    int widest_ = 1;                    // box, in columns
    BoxColumns boxes_;                  // of the two below
    std::vector<int> begins_;           // source column of each target column
    std::vector<std::uint16_t> mores_;  // 0xFFFF where its box is one wider than the narrowest
    std::array<Divisors, 2> divisors_;
    std::size_t next_divisors_ = 0;
    std::vector<std::uint16_t> columns_, windows_;
    std::vector<std::uint32_t> sums_;
};

}  // namespace sightline::analyzers
