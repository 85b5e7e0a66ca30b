// SPDX-License-Identifier: Apache-2.0
#include "link/tsl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"

namespace sightline::link {
namespace {

constexpr unsigned kDle = 0xFE;
constexpr unsigned kStx = 0x02;
constexpr unsigned kEtx = 0x03;
constexpr std::size_t kV31Bytes = 18;   // address, control, 16 characters
constexpr std::size_t kV50Header = 6;   // byte count, version, flags, screen
constexpr std::size_t kV50Message = 6;  // index, control, length
constexpr unsigned kFlagUtf16 = 0x01;
constexpr unsigned kFlagScreenControl = 0x02;
constexpr unsigned kControlData = 0x8000;

unsigned byte_at(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}
unsigned word_at(std::span<const std::byte> bytes, std::size_t at) {
    return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8U;
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | code >> 6U);
        out += static_cast<char>(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | code >> 12U);
        out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | code >> 18U);
        out += static_cast<char>(0x80U | (code >> 12U & 0x3FU));
        out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

std::string from_utf16(std::span<const std::byte> bytes) {
    constexpr unsigned kReplacement = 0xFFFD;
    std::string out;
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        unsigned code = word_at(bytes, at);
        if (code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size()) {
            const unsigned low = word_at(bytes, at + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
                at += 2;
            }
        }
        append_utf8(out, code >= 0xD800 && code < 0xE000 ? kReplacement : code);
    }
    return out;
}

/// Cleaned, without padding: NULs end it, spaces at its ends go.
std::string display_text(std::string text) {
    if (const auto end = text.find('\0'); end != std::string::npos) text.resize(end);
    text = core::clean_utf8(text);
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string text_of(std::span<const std::byte> bytes) {
    std::string text(bytes.size(), '\0');
    std::transform(bytes.begin(), bytes.end(), text.begin(), [](std::byte b) { return static_cast<char>(b); });
    return text;
}

/// The 16 characters of 3.1: printable, padded with spaces or NULs.
bool plain_characters(std::span<const std::byte> bytes) {
    bool ended = false;
    for (const std::byte raw : bytes) {
        const auto value = std::to_integer<unsigned>(raw);
        if (value == 0) {
            ended = true;
        } else if (ended || value < 0x20 || value > 0x7E) {
            return false;
        }
    }
    return true;
}

/// `bytes` holds at least kV31Bytes.
bool is_v31(std::span<const std::byte> bytes) {
    return byte_at(bytes, 0) >= 0x80 && byte_at(bytes, 0) != 0xFF && byte_at(bytes, 1) < 0x80 &&
           plain_characters(bytes.subspan(2, kV31Bytes - 2));
}

TallyMessage read_v31(std::span<const std::byte> bytes) {
    const unsigned control = byte_at(bytes, 1);
    TallyMessage message;
    message.version = TslVersion::V31;
    message.index = static_cast<int>(byte_at(bytes, 0) - 0x80);
    message.lamps = {(control & 1U) != 0, (control & 2U) != 0, false};
    message.brightness = static_cast<int>(control >> 4U & 3U);
    message.text = display_text(text_of(bytes.subspan(2, kV31Bytes - 2)));
    return message;
}

void light(TallyLamps& lamps, unsigned colour) {
    if (colour == 1) lamps.red = true;
    if (colour == 2) lamps.green = true;
    if (colour == 3) lamps.amber = true;
}

/// One whole 5.0 packet, unwrapped, its byte count included.
core::Result<std::vector<TallyMessage>> read_v50(std::span<const std::byte> packet) {
    using core::ErrorCode;
    if (packet.size() < kV50Header)
        return core::fail(ErrorCode::Truncated, fmt::format("TSL 5.0: {} bytes are no header", packet.size()));
    if (const unsigned count = word_at(packet, 0); count + 2 != packet.size())
        return core::fail(ErrorCode::Corrupt,
                          fmt::format("TSL 5.0: byte count {} in a packet of {}", count, packet.size()));
    if (const unsigned version = byte_at(packet, 2); version != 0)
        return core::fail(ErrorCode::Unsupported, fmt::format("TSL 5.0: version {} is not 0", version));
    const unsigned flags = byte_at(packet, 3);
    const unsigned screen = word_at(packet, 4);
    std::vector<TallyMessage> messages;
    if ((flags & kFlagScreenControl) != 0) return messages;
    for (std::span<const std::byte> rest = packet.subspan(kV50Header); !rest.empty();) {
        if (rest.size() < 4) return core::fail(ErrorCode::Truncated, "TSL 5.0: a display message ends early");
        const unsigned control = word_at(rest, 2);
        if ((control & kControlData) != 0) break;  // what follows is no text, and has no stated length
        if (rest.size() < kV50Message) return core::fail(ErrorCode::Truncated, "TSL 5.0: a display message ends early");
        const unsigned length = word_at(rest, 4);
        if (length > rest.size() - kV50Message)
            return core::fail(ErrorCode::Truncated,
                              fmt::format("TSL 5.0: text of {} bytes, {} are left", length, rest.size() - kV50Message));
        TallyMessage message;
        message.screen = static_cast<int>(screen);
        message.index = static_cast<int>(word_at(rest, 0));
        for (const unsigned shift : {0U, 2U, 4U}) light(message.lamps, control >> shift & 3U);
        message.brightness = static_cast<int>(control >> 6U & 3U);
        const auto text = rest.subspan(kV50Message, length);
        message.text = display_text((flags & kFlagUtf16) != 0 ? from_utf16(text) : text_of(text));
        messages.push_back(std::move(message));
        rest = rest.subspan(kV50Message + length);
    }
    return messages;
}

/// What stands at the front of a wrapped packet.
struct Unwrapped {
    enum class State { Whole, NeedsMore, Bad } state = State::NeedsMore;
    std::vector<std::byte> packet;
    std::size_t used = 0;  ///< bytes of the input, with the wrapping
};

/// `bytes` begins with DLE STX. The packet ends where its byte count says; a DLE ETX may
/// stand behind it.
Unwrapped unwrap(std::span<const std::byte> bytes) {
    Unwrapped out;
    std::size_t at = 2;
    const auto wanted = [&]() -> std::size_t { return out.packet.size() < 2 ? 2 : word_at(out.packet, 0) + 2U; };
    while (out.packet.size() < wanted()) {
        if (at >= bytes.size()) return out;
        if (byte_at(bytes, at) == kDle) {
            if (at + 1 >= bytes.size()) return out;
            if (byte_at(bytes, at + 1) != kDle) {  // a new packet begins, or this one ends early
                out.state = Unwrapped::State::Bad;
                out.used = byte_at(bytes, at + 1) == kEtx ? at + 2 : at;
                return out;
            }
            ++at;
        }
        out.packet.push_back(bytes[at++]);
        if (out.packet.size() == 2 && (wanted() < kV50Header || wanted() > kMostTslBytes)) {
            out.state = Unwrapped::State::Bad;
            out.used = at;
            return out;
        }
    }
    out.state = Unwrapped::State::Whole;
    out.used = at;
    return out;
}

bool starts_wrapped(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && byte_at(bytes, 0) == kDle && byte_at(bytes, 1) == kStx;
}
/// Address 126 of 3.1 with lamp 2 alone begins as a wrapped packet does; no byte count has a printable high byte.
bool starts_like_v31(std::span<const std::byte> bytes) {
    return bytes.size() >= kV31Bytes && is_v31(bytes) &&
           !(starts_wrapped(bytes) && byte_at(bytes, 3) < kMostTslBytes >> 8U);
}

}  // namespace

core::Result<std::vector<TallyMessage>> decode_tsl_datagram(std::span<const std::byte> bytes) {
    if (bytes.size() >= kV50Header && word_at(bytes, 0) + 2U == bytes.size() && byte_at(bytes, 2) == 0) {
        auto read = read_v50(bytes);
        if (read || bytes.size() % kV31Bytes != 0) return read;
    }
    if (bytes.size() % kV31Bytes == 0 && starts_like_v31(bytes)) {
        std::vector<TallyMessage> messages;
        for (std::size_t at = 0; at < bytes.size(); at += kV31Bytes) {
            const auto one = bytes.subspan(at, kV31Bytes);
            if (!is_v31(one)) return core::fail(core::ErrorCode::Corrupt, "TSL 3.1: characters that are not text");
            messages.push_back(read_v31(one));
        }
        return messages;
    }
    if (starts_wrapped(bytes)) {
        const Unwrapped unwrapped = unwrap(bytes);
        if (unwrapped.state == Unwrapped::State::Whole) return read_v50(unwrapped.packet);
        return core::fail(core::ErrorCode::Truncated, "TSL 5.0: a wrapped packet that ends early");
    }
    return core::fail(core::ErrorCode::Corrupt, fmt::format("{} bytes are no TSL 3.1 or 5.0 packet", bytes.size()));
}

void TslStream::drop(std::size_t count) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(std::min(count, pending_.size())));
}

bool TslStream::take_one(const Each& each) {
    const std::span<const std::byte> bytes(pending_);
    if (bytes.size() < 2) return false;
    const auto give = [&](const core::Result<std::vector<TallyMessage>>& messages, std::size_t used) {
        if (messages) {
            for (const TallyMessage& message : *messages) each(message);
        } else {
            skipped_ += used;
        }
        drop(used);
        return true;
    };
    const auto skip = [&](std::size_t count) {
        skipped_ += count;
        drop(count);
        return true;
    };
    if (starts_wrapped(bytes)) {
        if (bytes.size() < 4) return false;  // not told apart from address 126 of 3.1 yet
        if (byte_at(bytes, 3) >= kMostTslBytes >> 8U) {
            if (bytes.size() < kV31Bytes) return false;
            return is_v31(bytes) ? give(std::vector{read_v31(bytes)}, kV31Bytes) : skip(2);
        }
        const Unwrapped unwrapped = unwrap(bytes);
        if (unwrapped.state == Unwrapped::State::NeedsMore) return false;
        if (unwrapped.state == Unwrapped::State::Bad) return skip(unwrapped.used);
        return give(read_v50(unwrapped.packet), unwrapped.used);
    }
    if (byte_at(bytes, 0) == kDle && byte_at(bytes, 1) == kEtx) {  // the end of a packet already taken
        drop(2);
        return true;
    }
    const unsigned wanted = word_at(bytes, 0) + 2U;
    const bool bare = wanted >= kV50Header && wanted <= kMostTslBytes && (bytes.size() < 3 || byte_at(bytes, 2) == 0);
    if (byte_at(bytes, 0) < 0x80 || byte_at(bytes, 0) == 0xFF) {
        if (!bare) return skip(1);
        return bytes.size() < wanted ? false : give(read_v50(bytes.first(wanted)), wanted);
    }
    if (byte_at(bytes, 1) < 0x80 && bytes.size() < kV31Bytes) return false;
    if (bytes.size() >= kV31Bytes && is_v31(bytes)) return give(std::vector{read_v31(bytes)}, kV31Bytes);
    if (!bare) return skip(1);
    return bytes.size() < wanted ? false : give(read_v50(bytes.first(wanted)), wanted);
}

void TslStream::feed(std::span<const std::byte> bytes, const Each& each) {
    while (!bytes.empty()) {
        const std::size_t room = 2 * kMostTslBytes + 8 - pending_.size();
        const std::size_t part = std::min(bytes.size(), room);
        pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
        bytes = bytes.subspan(part);
        while (take_one(each)) {
        }
        if (pending_.size() >= 2 * kMostTslBytes + 8) {  // cannot be: the longest packet needs less
            ++skipped_;
            drop(1);
        }
    }
}

}  // namespace sightline::link
