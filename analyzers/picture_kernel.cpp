// SPDX-License-Identifier: Apache-2.0
// Highway compiles what stands between its namespaces once for every instruction set; the best is chosen when running.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "analyzers/picture_kernel.cpp"
#include <hwy/foreach_target.h>  // first: it includes this file again
#include <hwy/highway.h>

#include <cstdint>

#include "analyzers/picture_kernel.hpp"
#include "analyzers/picture_kernel_scalar.hpp"

HWY_BEFORE_NAMESPACE();
namespace sightline::analyzers::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

void sums_of_row(const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format, int dark_level,
                 RowSums& sums) {
    scalar::sums_from(0, row, before, width, format, dark_level, sums);
}

void add_rows(const std::uint8_t* row, std::ptrdiff_t stride, int rows, int width, RowFormat format,
              std::uint16_t* columns) {
    scalar::add_from(0, row, stride, rows, width, format, columns);
}

void fold_boxes(const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums) {
    scalar::fold_from(0, columns, boxes, sums);
}

void mean_of_boxes(const std::uint32_t* sums, BoxDivisors divisors, int count, std::uint8_t* target) {
    scalar::mean_from(0, sums, divisors, count, target);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::ScalableTag<std::uint8_t>;
using Words = hn::ScalableTag<std::uint16_t>;
using ByteVector = hn::Vec<Bytes>;
using WordVector = hn::Vec<Words>;

HWY_INLINE void add_eights(ByteVector values, std::uint64_t* totals) {
    const hn::ScalableTag<std::uint64_t> tag;
    hn::StoreU(hn::Add(hn::LoadU(tag, totals), hn::SumsOf8(values)), tag, totals);
}

HWY_INLINE ByteVector distance(ByteVector a, ByteVector b) {
    return hn::Or(hn::SaturatedSub(a, b), hn::SaturatedSub(b, a));
}

/// Two vectors of words as one of bytes: masked, rounded, shifted, clipped.
class Rounding {
public:
    explicit Rounding(RowFormat format)
        : shift_(format.shift()),
          mask_(hn::Set(Words(), static_cast<std::uint16_t>((1U << format.bit_depth) - 1U))),
          half_(hn::Set(Words(), static_cast<std::uint16_t>(shift_ > 0 ? 1U << (shift_ - 1) : 0U))) {}

    HWY_INLINE WordVector full(const std::uint16_t* words) const { return hn::And(hn::LoadU(Words(), words), mask_); }
    HWY_INLINE WordVector eight(WordVector v) const {
        const auto shifted = hn::ShiftRightSame(hn::SaturatedAdd(v, half_), shift_);
        return hn::Min(shifted, hn::Set(Words(), std::uint16_t{255}));
    }
    HWY_INLINE ByteVector pack(WordVector low, WordVector high) const {
        return hn::ConcatEven(Bytes(), hn::BitCast(Bytes(), eight(high)), hn::BitCast(Bytes(), eight(low)));
    }

private:
    int shift_;
    WordVector mask_, half_;
};

/// Most vectors whose dark samples fit the byte counters.
constexpr int kVectorsPerCount = 255;

int sums_of_bytes(const std::uint8_t* row, const std::uint8_t* before, int width, int dark_level, RowSums& sums) {
    const Bytes tag;
    const hn::ScalableTag<std::uint64_t> wide;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    const auto limit = hn::Set(tag, static_cast<std::uint8_t>(dark_level));
    auto dark = hn::Zero(wide);
    int x = 0;
    while (x + lanes <= width) {
        auto counters = hn::Zero(tag);
        for (int i = 0; i < kVectorsPerCount && x + lanes <= width; ++i, x += lanes) {
            const auto v = hn::LoadU(tag, row + x);
            counters = hn::Sub(counters, hn::VecFromMask(tag, hn::Eq(hn::Min(v, limit), v)));
            add_eights(v, sums.luma + x / 8);
            if (before != nullptr) {
                add_eights(distance(v, hn::LoadU(tag, before + x)), sums.change + x / 8);
            }
        }
        dark = hn::Add(dark, hn::SumsOf8(counters));
    }
    sums.dark += hn::GetLane(hn::SumOfLanes(wide, dark));
    return x;
}

int sums_of_words(const std::uint16_t* row, const std::uint16_t* before, int width, RowFormat format, int dark_level,
                  RowSums& sums) {
    const Words tag;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    const auto limit = hn::Set(tag, static_cast<std::uint16_t>(dark_level));
    const Rounding rounding(format);
    std::uint64_t dark = 0;
    int x = 0;
    for (; x + 2 * lanes <= width; x += 2 * lanes) {
        const auto low = rounding.full(row + x);
        const auto high = rounding.full(row + x + lanes);
        dark += hn::CountTrue(tag, hn::Eq(hn::Min(low, limit), low));
        dark += hn::CountTrue(tag, hn::Eq(hn::Min(high, limit), high));
        const auto v = rounding.pack(low, high);
        add_eights(v, sums.luma + x / 8);
        if (before != nullptr) {
            const auto b = rounding.pack(rounding.full(before + x), rounding.full(before + x + lanes));
            add_eights(distance(v, b), sums.change + x / 8);
        }
    }
    sums.dark += dark;
    return x;
}

void sums_of_row(const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format, int dark_level,
                 RowSums& sums) {
    int done = 0;
    if (format.sample_bytes == 1) {
        done = sums_of_bytes(row, before, width, dark_level, sums);
    } else {
        done = sums_of_words(reinterpret_cast<const std::uint16_t*>(row),
                             reinterpret_cast<const std::uint16_t*>(before), width, format, dark_level, sums);
    }
    scalar::sums_from(done, row, before, width, format, dark_level, sums);
}

void add_rows(const std::uint8_t* row, std::ptrdiff_t stride, int rows, int width, RowFormat format,
              std::uint16_t* columns) {
    const Words tag;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    const hn::Rebind<std::uint8_t, Words> bytes;
    const Rounding rounding(format);
    int x = 0;
    for (; x + lanes <= width; x += lanes) {
        auto sum = hn::Zero(tag);
        for (int y = 0; y < rows; ++y) {
            const std::uint8_t* from = row + y * stride;
            sum = hn::Add(sum, format.sample_bytes == 1
                                   ? hn::PromoteTo(tag, hn::LoadU(bytes, from + x))
                                   : rounding.eight(rounding.full(reinterpret_cast<const std::uint16_t*>(from) + x)));
        }
        hn::StoreU(sum, tag, columns + x);
    }
    scalar::add_from(x, row, stride, rows, width, format, columns);
}

using Doubles = hn::ScalableTag<std::uint32_t>;
using DoubleVector = hn::Vec<Doubles>;

/// One vector of sums of kWide columns each, a power of two.
template <int kWide>
HWY_INLINE DoubleVector box_sums(const std::uint16_t* columns) {
    const Doubles tag;
    if constexpr (kWide == 1) {
        return hn::PromoteTo(tag, hn::LoadU(hn::Rebind<std::uint16_t, Doubles>(), columns));
    } else if constexpr (kWide == 2) {
        const auto pairs = hn::BitCast(tag, hn::LoadU(Words(), columns));
        return hn::Add(hn::And(pairs, hn::Set(tag, 0xFFFFU)), hn::ShiftRight<16>(pairs));
    } else {
        const auto low = box_sums<kWide / 2>(columns);
        const auto high = box_sums<kWide / 2>(columns + hn::Lanes(tag) * (kWide / 2));
        return hn::Add(hn::ConcatEven(tag, high, low), hn::ConcatOdd(tag, high, low));
    }
}

template <int kWide>
int fold_even(const std::uint16_t* columns, int boxes, std::uint32_t* sums) {
    const Doubles tag;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    int x = 0;
    for (; x + lanes <= boxes; x += lanes) {
        hn::StoreU(box_sums<kWide>(columns + x * kWide), tag, sums + x);
    }
    return x;
}

/// Boxes of three columns whose sums fit 16 bits.
int fold_threes(const std::uint16_t* columns, int boxes, std::uint32_t* sums) {
    const Words tag;
    const Doubles wide;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    int x = 0;
    for (; x + lanes <= boxes; x += lanes) {
        WordVector first;
        WordVector second;
        WordVector third;
        hn::LoadInterleaved3(tag, columns + static_cast<std::ptrdiff_t>(x) * 3, first, second, third);
        const auto sum = hn::Add(first, hn::Add(second, third));
        hn::StoreU(hn::PromoteTo(wide, hn::LowerHalf(sum)), wide, sums + x);
        hn::StoreU(hn::PromoteTo(wide, hn::UpperHalf(hn::Half<Words>(), sum)), wide, sums + x + lanes / 2);
    }
    return x;
}

/// Boxes of any width: the sums of `wide` columns from every column on, then those that are wanted.
void fold_uneven(const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums) {
    const Words tag;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    const int reach = (boxes.wide - 1) * boxes.step;
    int i = 0;
    for (; i + lanes + reach <= boxes.columns; i += lanes) {
        auto sum = hn::LoadU(tag, columns + i);
        for (int j = boxes.step; j <= reach; j += boxes.step) {
            sum = hn::Add(sum, hn::LoadU(tag, columns + i + j));
        }
        hn::StoreU(sum, tag, boxes.windows + i);
    }
    const BoxColumns b = boxes;  // its own copy: `sums` might alias the other
    const auto at = [&b](int x) { return b.begin[x] * b.step + b.first; };
    int end = b.boxes;
    while (end > 0 && at(end - 1) >= i) --end;
    const std::uint16_t* next = columns + static_cast<std::ptrdiff_t>(b.wide) * b.step;
    for (int x = 0; x < end; ++x) {
        sums[x] = b.windows[at(x)] + static_cast<std::uint32_t>(next[at(x)] & b.more[x]);
    }
    scalar::fold_from(end, columns, boxes, sums);
}

void fold_boxes(const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums) {
    int done = 0;
    switch (boxes.even && boxes.step == 1 ? boxes.wide : 0) {
        case 1:
            done = fold_even<1>(columns, boxes.boxes, sums);
            break;
        case 2:
            done = fold_even<2>(columns, boxes.boxes, sums);
            break;
        case 4:
            done = fold_even<4>(columns, boxes.boxes, sums);
            break;
        case 8:
            done = fold_even<8>(columns, boxes.boxes, sums);
            break;
        case 3:
            if (boxes.windows != nullptr) done = fold_threes(columns, boxes.boxes, sums);
            break;
        default:
            if (boxes.windows != nullptr) return fold_uneven(columns, boxes, sums);
            break;
    }
    scalar::fold_from(done, columns, boxes, sums);
}

void mean_of_boxes(const std::uint32_t* sums, BoxDivisors divisors, int count, std::uint8_t* target) {
    const Doubles tag;
    const hn::ScalableTag<std::uint64_t> wide;
    const hn::Rebind<std::uint8_t, Doubles> bytes;
    const int lanes = static_cast<int>(hn::Lanes(tag));
    int x = 0;
    for (; x + lanes <= count; x += lanes) {
        const auto sum = hn::LoadU(tag, sums + x);
        const auto twice = hn::Add(hn::Add(sum, sum), hn::LoadU(tag, divisors.half + x));
        const auto reciprocal = hn::LoadU(tag, divisors.reciprocal + x);
        const auto odd_twice = hn::BitCast(tag, hn::ShiftRight<32>(hn::BitCast(wide, twice)));
        const auto odd_reciprocal = hn::BitCast(tag, hn::ShiftRight<32>(hn::BitCast(wide, reciprocal)));
        const auto even = hn::BitCast(tag, hn::ShiftRight<32>(hn::MulEven(twice, reciprocal)));
        const auto odd = hn::BitCast(tag, hn::MulEven(odd_twice, odd_reciprocal));
        const auto mean = hn::BitCast(hn::RebindToSigned<Doubles>(), hn::OddEven(odd, even));
        hn::StoreU(hn::DemoteTo(bytes, mean), bytes, target + x);
    }
    scalar::mean_from(x, sums, divisors, count, target);
}

#endif  // HWY_SCALAR

}  // namespace sightline::analyzers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sightline::analyzers {

HWY_EXPORT(sums_of_row);
HWY_EXPORT(add_rows);
HWY_EXPORT(fold_boxes);
HWY_EXPORT(mean_of_boxes);

const RowKernel& simd_kernel() {
    static const RowKernel kKernel{
        [](const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format, int dark_level,
           RowSums& sums) {
            HWY_DYNAMIC_DISPATCH(sums_of_row)
            (row, before, width, format, dark_level, sums);
        },
        [](const std::uint8_t* row, std::ptrdiff_t stride, int rows, int width, RowFormat format,
           std::uint16_t* columns) {
            HWY_DYNAMIC_DISPATCH(add_rows)
            (row, stride, rows, width, format, columns);
        },
        [](const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums) {
            HWY_DYNAMIC_DISPATCH(fold_boxes)(columns, boxes, sums);
        },
        [](const std::uint32_t* sums, BoxDivisors divisors, int count, std::uint8_t* target) {
            HWY_DYNAMIC_DISPATCH(mean_of_boxes)(sums, divisors, count, target);
        }};
    return kKernel;
}

const RowKernel& scalar_kernel() {
    static const RowKernel kKernel{
        [](const std::uint8_t* row, const std::uint8_t* before, int width, RowFormat format, int dark_level,
           RowSums& sums) { scalar::sums_from(0, row, before, width, format, dark_level, sums); },
        [](const std::uint8_t* row, std::ptrdiff_t stride, int rows, int width, RowFormat format,
           std::uint16_t* columns) { scalar::add_from(0, row, stride, rows, width, format, columns); },
        [](const std::uint16_t* columns, const BoxColumns& boxes, std::uint32_t* sums) {
            scalar::fold_from(0, columns, boxes, sums);
        },
        [](const std::uint32_t* sums, BoxDivisors divisors, int count, std::uint8_t* target) {
            scalar::mean_from(0, sums, divisors, count, target);
        }};
    return kKernel;
}

}  // namespace sightline::analyzers
#endif
