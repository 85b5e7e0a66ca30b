// SPDX-License-Identifier: Apache-2.0
// Memory that one process writes and others only read: a sealed memfd that never changes its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "core/result.hpp"
#include "link/descriptor.hpp"

namespace sightline::link {

/// No segment is larger than this; a reader refuses one that says so.
inline constexpr std::size_t kMaxSegmentBytes = 512U << 20;

/// What another process says of times, in nanoseconds, lies within this, or is refused: sums of them do not overflow.
inline constexpr std::int64_t kMaxTime = std::numeric_limits<std::int64_t>::max() / 4;
[[nodiscard]] constexpr bool sane_time(std::int64_t nanoseconds) {
    return nanoseconds >= -kMaxTime && nanoseconds <= kMaxTime;
}

/// A mapping; unmapped when it goes.
class Mapping {
public:
    Mapping() = default;
    Mapping(std::byte* data, std::size_t size) : data_(data), size_(size) {}
    Mapping(Mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Mapping& operator=(Mapping&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Mapping();
    [[nodiscard]] std::byte* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// The writer's: zeroed, mapped for writing, then sealed (SHRINK, GROW, FUTURE_WRITE, SEAL): whoever gets the
/// descriptor later can map it for reading only, and nobody can cut it short under a reader's feet.
struct WritableSegment {
    Descriptor descriptor;
    Mapping memory;
};
/// `name` is what /proc shows. @return Io; Unsupported above kMaxSegmentBytes.
[[nodiscard]] core::Result<WritableSegment> create_segment(const char* name, std::size_t bytes);

/// Whether `fd` is what create_segment() makes, whoever made it. @return its size; Corrupt with the reason in words.
[[nodiscard]] core::Result<std::size_t> check_segment(int fd);

/// Maps what passes check_segment() for reading. Reading inside the mapping can then never raise SIGBUS. What is in it
/// is foreign, and may change at any moment: copy, then check. @return Corrupt; Io.
[[nodiscard]] core::Result<Mapping> map_segment(int fd);

}  // namespace sightline::link
