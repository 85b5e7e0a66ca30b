// SPDX-License-Identifier: Apache-2.0
// What a reader needs to begin in the middle of a session of FLV or fragmented MP4: the head, and where it may begin.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "probe/source.hpp"

namespace sightline::engine {

/// Follows the outer structure only: FLV tags (Video File Format 10.1, E.4.1, and its extension for more codecs),
/// boxes (ISO/IEC 14496-12, 4.2). Transport streams need none of it: they have no head, and may be begun anywhere.
///
/// Threading: one thread. Bounds: kMostHead of each part of the head.
class SessionHead {
public:
    static constexpr std::size_t kMostHead = 15U << 10;  ///< four of them fit into a block of the ring

    /// A session begins.
    void begin(probe::Container container);
    /// The bytes that follow. @return the first place in them at which a reader with head() may begin.
    std::optional<std::size_t> feed(std::span<const std::byte> bytes);
    /// Empty where the container needs none, or the bytes are none of its kind.
    [[nodiscard]] std::vector<std::byte> head() const;
    /// Counts the changes of head().
    [[nodiscard]] std::uint64_t revision() const { return revision_; }

private:
    enum class State : std::uint8_t { Lost, FlvHeader, FlvTag, BoxHeader, Body };
    static constexpr std::size_t kFlvHeader = 13, kBoxHeader = 16;

    void take_tag();
    void take_box();
    void body_over();

    probe::Container container_ = probe::Container::Unknown;
    State state_ = State::Lost;
    std::vector<std::byte> gathered_;   // of a header that is not whole yet
    std::uint64_t left_ = 0;            // of the body
    std::optional<std::size_t> keeps_;  // the part of the head that the body belongs to
    std::vector<std::byte> kept_;
    bool fragments_ = false;                       // a moof has come
    std::array<std::vector<std::byte>, 4> parts_;  // FLV: header, script, picture, sound; MP4: ftyp, moov
    std::uint64_t revision_ = 0;
};

}  // namespace sightline::engine
