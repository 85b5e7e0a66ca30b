// SPDX-License-Identifier: Apache-2.0
// RTMP's chunk stream: messages cut into chunks and interleaved (Adobe RTMP 1.0, 5.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"

namespace sightline::probe::rtmp {

/// Message types (5.4, 7.1).
inline constexpr std::uint8_t kSetChunkSize = 1;
inline constexpr std::uint8_t kAbort = 2;
inline constexpr std::uint8_t kAcknowledgement = 3;
inline constexpr std::uint8_t kUserControl = 4;
inline constexpr std::uint8_t kWindowSize = 5;
inline constexpr std::uint8_t kPeerBandwidth = 6;
inline constexpr std::uint8_t kAudio = 8;
inline constexpr std::uint8_t kVideo = 9;
inline constexpr std::uint8_t kDataAmf3 = 15;
inline constexpr std::uint8_t kCommandAmf3 = 17;
inline constexpr std::uint8_t kDataAmf0 = 18;
inline constexpr std::uint8_t kCommandAmf0 = 20;
inline constexpr std::uint8_t kAggregate = 22;

struct Message {
    std::uint8_t type = 0;
    std::uint32_t timestamp = 0;  ///< milliseconds, wraps
    std::uint32_t stream = 0;
    std::vector<std::byte> payload;
};

/// Bytes in, whole messages out, however the bytes are cut. Set Chunk Size and Abort are done here and not handed on.
///
/// Bounds: a message ≤ the limit (see constructor), 64 chunk streams, unfinished messages ≤ four times the limit.
/// Threading: one thread. After an error it must not be used again.
class ChunkReader {
public:
    explicit ChunkReader(std::size_t max_message) : max_message_(max_message) {}
    void allow(std::size_t max_message) { max_message_ = max_message; }
    /// Reads up to the end of the next message and takes what it read off the front of `bytes`; call again until
    /// `bytes` is empty. @return no message where `bytes` end first; Corrupt, naming what breaks which limit.
    [[nodiscard]] core::Result<std::optional<Message>> next(std::span<const std::byte>& bytes);

private:
    struct Stream {
        std::uint32_t time_field = 0;  ///< as sent: absolute (type 0) or a difference
        bool extended = false;
        std::uint32_t timestamp = 0;
        std::uint32_t length = 0;
        std::uint8_t type = 0;
        std::uint32_t stream = 0;
        bool begun = false;  ///< a type 0 header has been seen
        bool open = false;   ///< `partial` holds the beginning of a message
        std::vector<std::byte> partial;
    };
    [[nodiscard]] std::size_t header_needs() const;
    [[nodiscard]] std::size_t basic_size() const;
    [[nodiscard]] std::uint32_t chunk_stream() const;
    [[nodiscard]] core::Result<void> begin_chunk();
    [[nodiscard]] core::Result<std::optional<Message>> end_chunk();
    [[nodiscard]] core::Result<void> control(const Message& message);
    [[nodiscard]] std::uint32_t field(std::size_t at, std::size_t bytes) const;

    std::size_t max_message_;
    std::size_t chunk_size_ = 128;
    std::array<std::byte, 18> header_{};
    std::size_t header_size_ = 0;
    Stream* current_ = nullptr;  ///< its chunk's payload is being read
    std::size_t chunk_left_ = 0;
    std::size_t unfinished_ = 0;  ///< bytes in all `partial`s
    std::map<std::uint32_t, Stream> streams_;
};

/// Appends `payload` as one message in chunks of `chunk_size` bytes. `chunk_stream` 2 to 63.
void write_message(std::vector<std::byte>& out, std::uint8_t chunk_stream, const Message& message,
                   std::size_t chunk_size);

/// Appends the low `bytes` bytes of `value`, most significant first.
void put_big_endian(std::vector<std::byte>& out, std::uint32_t value, int bytes);
/// Reads up to 4 bytes, most significant first.
[[nodiscard]] std::uint32_t get_big_endian(std::span<const std::byte> bytes);

}  // namespace sightline::probe::rtmp
