// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_chunks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sightline::probe::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::size_t kMaxChunkStreams = 64;
constexpr std::uint32_t kExtended = 0xFFFFFF;
constexpr std::array<std::size_t, 4> kHeaderBytes{11, 7, 3, 0};  // by format, 5.3.1.2

}  // namespace

void put_big_endian(std::vector<std::byte>& out, std::uint32_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(value >> shift));
}

std::uint32_t get_big_endian(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 4))) {
        value = value << 8 | std::to_integer<std::uint32_t>(b);
    }
    return value;
}

std::uint32_t ChunkReader::field(std::size_t at, std::size_t bytes) const {
    return get_big_endian(std::span(header_).subspan(at, bytes));
}

std::size_t ChunkReader::basic_size() const {
    const auto low = std::to_integer<std::uint32_t>(header_[0]) & 0x3F;
    return low == 0 ? 2 : low == 1 ? 3 : 1;
}

std::uint32_t ChunkReader::chunk_stream() const {
    const auto low = std::to_integer<std::uint32_t>(header_[0]) & 0x3F;
    if (low == 0) return 64 + field(1, 1);
    if (low == 1) return 64 + field(1, 1) + field(2, 1) * 256;
    return low;
}

/// Bytes of the header that `header_` begins, as far as it can be told yet; more than header_size_ while incomplete.
std::size_t ChunkReader::header_needs() const {
    if (header_size_ == 0) return 1;
    const std::size_t basic = basic_size();
    const auto format = std::to_integer<std::size_t>(header_[0]) >> 6;
    const std::size_t whole = basic + kHeaderBytes[format];
    if (header_size_ < whole) return whole;
    if (format < 3) return whole + (field(basic, 3) == kExtended ? 4 : 0);
    const auto known = streams_.find(chunk_stream());
    return whole + (known != streams_.end() && known->second.extended ? 4 : 0);
}

Result<void> ChunkReader::begin_chunk() {
    const std::uint32_t number = chunk_stream();
    const auto format = std::to_integer<std::size_t>(header_[0]) >> 6;
    auto found = streams_.find(number);
    if (found == streams_.end()) {
        if (format != 0 && format != 1) {  // librtmp begins some chunk streams with format 1
            return fail(ErrorCode::Corrupt, fmt::format("RTMP chunk stream {} begins in its middle", number));
        }
        if (streams_.size() >= kMaxChunkStreams) {
            return fail(ErrorCode::Corrupt, fmt::format("more than {} RTMP chunk streams", kMaxChunkStreams));
        }
        found = streams_.try_emplace(number).first;
    }
    Stream& stream = found->second;
    if (format < 3) {
        const std::size_t at = basic_size();
        stream.extended = field(at, 3) == kExtended;
        stream.time_field = stream.extended ? field(at + kHeaderBytes[format], 4) : field(at, 3);
        if (format < 2) {
            stream.length = field(at + 3, 3);
            stream.type = std::to_integer<std::uint8_t>(header_[at + 6]);
        }
        if (format == 0) {  // the one little-endian number of RTMP
            stream.stream = 0;
            for (std::size_t i = 4; i-- > 0;) stream.stream = stream.stream << 8 | field(at + 7 + i, 1);
        }
        unfinished_ -= stream.partial.size();  // a message that was never finished
        stream.partial.clear();
        stream.open = false;
    }
    if (stream.length > max_message_) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("an RTMP message of {} bytes; {} are allowed", stream.length, max_message_));
    }
    if (!stream.open) {
        stream.timestamp = format == 0 ? stream.time_field : stream.timestamp + stream.time_field;
        stream.open = true;
    }
    current_ = &stream;
    chunk_left_ = std::min<std::size_t>(chunk_size_, stream.length - stream.partial.size());
    return {};
}

Result<void> ChunkReader::control(const Message& message) {
    const std::uint32_t value = get_big_endian(message.payload);
    if (message.payload.size() < 4) return fail(ErrorCode::Corrupt, "an RTMP control message is too short");
    if (message.type == kSetChunkSize) {
        if (value == 0 || value > 0x7FFFFFFF) {
            return fail(ErrorCode::Corrupt, fmt::format("an RTMP chunk size of {}", value));
        }
        chunk_size_ = value;
    } else if (const auto found = streams_.find(value); found != streams_.end()) {
        unfinished_ -= found->second.partial.size();
        found->second.partial.clear();
        found->second.open = false;
    }
    return {};
}

/// @return the message that this chunk completed, unless there is none or it was for us.
Result<std::optional<Message>> ChunkReader::end_chunk() {
    Stream& stream = *std::exchange(current_, nullptr);
    header_size_ = 0;
    if (stream.partial.size() < stream.length) return std::nullopt;
    unfinished_ -= stream.partial.size();
    stream.open = false;
    Message message{stream.type, stream.timestamp, stream.stream, std::exchange(stream.partial, {})};
    if (message.type != kSetChunkSize && message.type != kAbort) return message;
    if (auto done = control(message); !done) return tl::unexpected(done.error());
    return std::nullopt;
}

Result<std::optional<Message>> ChunkReader::next(std::span<const std::byte>& bytes) {
    while (!bytes.empty()) {
        if (current_ == nullptr) {
            header_[header_size_++] = bytes.front();
            bytes = bytes.subspan(1);
            if (header_size_ < header_needs()) continue;
            if (auto begun = begin_chunk(); !begun) return tl::unexpected(begun.error());
        }
        const std::size_t part = std::min(chunk_left_, bytes.size());
        if (unfinished_ + part > 4 * max_message_) {
            return fail(ErrorCode::Corrupt, "too many unfinished RTMP messages");
        }
        current_->partial.insert(current_->partial.end(), bytes.begin(), bytes.begin() + part);
        unfinished_ += part;
        chunk_left_ -= part;
        bytes = bytes.subspan(part);
        if (chunk_left_ > 0) continue;
        auto ended = end_chunk();
        if (!ended || ended->has_value()) return ended;
    }
    return std::nullopt;
}

void write_message(std::vector<std::byte>& out, std::uint8_t chunk_stream, const Message& message,
                   std::size_t chunk_size) {
    out.push_back(static_cast<std::byte>(chunk_stream));
    const bool extended = message.timestamp >= kExtended;
    put_big_endian(out, extended ? kExtended : message.timestamp, 3);
    put_big_endian(out, static_cast<std::uint32_t>(message.payload.size()), 3);
    put_big_endian(out, message.type, 1);
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::byte>(message.stream >> shift));
    if (extended) put_big_endian(out, message.timestamp, 4);
    for (std::size_t at = 0; at < message.payload.size(); at += chunk_size) {
        if (at > 0) {
            out.push_back(static_cast<std::byte>(0xC0 | chunk_stream));
            if (extended) put_big_endian(out, message.timestamp, 4);
        }
        const auto part = std::span(message.payload).subspan(at, std::min(chunk_size, message.payload.size() - at));
        out.insert(out.end(), part.begin(), part.end());
    }
}

}  // namespace sightline::probe::rtmp
