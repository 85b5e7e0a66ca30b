// SPDX-License-Identifier: Apache-2.0
// Tally as television control rooms send it: TSL UMD protocol 3.1 and 5.0, bytes in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace sightline::link {

enum class TslVersion : std::uint8_t { V31, V50 };

/// Which lamps of one display burn. In 3.1 lamp 1 is red, lamp 2 is green; in 5.0 each lamp has its colour, wherever it
/// sits: left, right or text.
struct TallyLamps {
    bool red = false, green = false, amber = false;
    [[nodiscard]] bool any() const { return red || green || amber; }
    friend bool operator==(const TallyLamps&, const TallyLamps&) = default;
};

/// What one packet says about one display.
struct TallyMessage {
    static constexpr int kEvery = 0xFFFF;  ///< as `index` or `screen` of 5.0: all of them

    TslVersion version = TslVersion::V50;
    int screen = 0;  ///< 5.0
    int index = 0;   ///< as on the wire: 3.1 0 to 126, 5.0 0 to 65535
    TallyLamps lamps;
    int brightness = 3;  ///< 0 (off) to 3
    std::string text;    ///< the display's name, cleaned, without the spaces at its ends
    friend bool operator==(const TallyMessage&, const TallyMessage&) = default;
};

/// Longest 5.0 packet, its length field included, without wrapping.
inline constexpr std::size_t kMostTslBytes = 2048;

/// One UDP datagram: 5.0 bare or wrapped in DLE STX (with or without DLE ETX at the end), or one or more 3.1 messages.
/// @return Corrupt or Truncated with what is wrong. A packet that only controls a screen is an empty list.
[[nodiscard]] core::Result<std::vector<TallyMessage>> decode_tsl_datagram(std::span<const std::byte> bytes);

/// The same messages out of a TCP stream, however it is cut; after bytes that are none it finds the next message.
///
/// Threading: one thread. Memory: at most two packets.
class TslStream {
public:
    using Each = std::function<void(TallyMessage message)>;
    void feed(std::span<const std::byte> bytes, const Each& each);
    /// Bytes that belonged to no message, since the start.
    [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

private:
    /// @return whether something was taken from the front of pending_.
    bool take_one(const Each& each);
    void drop(std::size_t count);

    std::vector<std::byte> pending_;
    std::uint64_t skipped_ = 0;
};

}  // namespace sightline::link
