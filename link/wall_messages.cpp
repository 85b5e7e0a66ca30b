// SPDX-License-Identifier: Apache-2.0
#include "link/wall_messages.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/text.hpp"
#include "link/checked_json.hpp"

namespace sightline::link {
namespace {

using core::ErrorCode;
using nlohmann::ordered_json;

constexpr std::size_t kMaxText = 256;
constexpr std::int64_t kMaxMilliseconds = 4'102'444'800'000;  // the year 2100
constexpr int kMaxAudioTrack = 64;

constexpr std::array<std::pair<SegmentKind, const char*>, 3> kSegmentWords{
    {{SegmentKind::Tiles, "tiles"}, {SegmentKind::Levels, "levels"}, {SegmentKind::Pcm, "pcm"}}};

std::string cut(const std::string& text) {
    std::string clean = core::clean_utf8(text);
    if (clean.size() <= kMaxText) return clean;
    std::size_t end = kMaxText;
    while (end > 0 && (static_cast<unsigned char>(clean[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
    clean.resize(end);
    return clean;
}

ordered_json write(const WallHello& m) {
    return {{"type", "hello"}, {"version", m.version}, {"who", cut(m.who)}, {"software", cut(m.software)}};
}
ordered_json write(const WallSegment& m) {
    return {{"type", "segment"}, {"stream", cut(m.stream)}, {"kind", name(m.kind)}};
}
ordered_json write(const WallEnded& m) {
    return {{"type", "ended"}, {"stream", cut(m.stream)}};
}
ordered_json write(const WallGone& m) {
    return {{"type", "gone"}, {"stream", cut(m.stream)}};
}
ordered_json write(const WallAlive& m) {
    return {{"type", "alive"},
            {"utc_ms", std::chrono::duration_cast<std::chrono::milliseconds>(m.at.time_since_epoch()).count()}};
}
ordered_json write(const WallRefused& m) {
    return {{"type", "refused"}, {"reason", cut(m.reason)}};
}
ordered_json write(const WallTiles& m) {
    return {{"type", "tiles"}, {"stream", cut(m.stream)}, {"width", m.width}, {"height", m.height}};
}
ordered_json write(const WallFocus& m) {
    return {{"type", "focus"}, {"stream", cut(m.stream)}, {"wanted", m.wanted}, {"audio", m.audio}};
}

std::string text_of(const CheckedObject& object, const char* key) {
    std::string text = object.text(key);
    if (text.size() > kMaxText) throw BadMember{fmt::format("\"{}\" is longer than {} bytes", key, kMaxText)};
    return text;
}

std::string stream_of(const CheckedObject& object) {
    std::string stream = text_of(object, "stream");
    if (stream.empty()) throw BadMember{"no \"stream\" is named"};
    return stream;
}

WallMessage read_tiles(const CheckedObject& object) {
    WallTiles tiles{text_of(object, "stream"), object.integer("width", 0, kMaxTileBox, kTileBoxWidth),
                    object.integer("height", 0, kMaxTileBox, kTileBoxHeight)};
    const bool none = tiles.width == 0 && tiles.height == 0;
    if (!none && (tiles.width < kMinTileBox || tiles.height < kMinTileBox))
        throw BadMember{
            fmt::format("tiles of {}x{} are outside [{}, {}]", tiles.width, tiles.height, kMinTileBox, kMaxTileBox)};
    return tiles;
}

WallMessage read(const nlohmann::json& json) {
    const CheckedObject object(json);
    const std::string type = text_of(object, "type");
    if (type == "hello")
        return WallHello{object.integer("version", 0, 1'000'000, 0), text_of(object, "who"),
                         text_of(object, "software")};
    if (type == "segment") {
        const auto kind = segment_kind_from(text_of(object, "kind"));
        if (!kind) throw BadMember{"a segment of unknown kind"};
        return WallSegment{stream_of(object), *kind};
    }
    if (type == "ended") return WallEnded{stream_of(object)};
    if (type == "gone") return WallGone{stream_of(object)};
    if (type == "alive")
        return WallAlive{
            core::UtcTime{std::chrono::milliseconds{object.integer<std::int64_t>("utc_ms", 0, kMaxMilliseconds, 0)}}};
    if (type == "refused") return WallRefused{text_of(object, "reason")};
    if (type == "tiles") return read_tiles(object);
    if (type == "focus")
        return WallFocus{stream_of(object), object.flag("wanted", false),
                         object.integer("audio", 1, kMaxAudioTrack, 1)};
    throw BadMember{"a message of unknown type"};
}

}  // namespace

const char* name(SegmentKind kind) {
    for (const auto& [known, word] : kSegmentWords) {
        if (known == kind) return word;
    }
    return "";
}

std::optional<SegmentKind> segment_kind_from(std::string_view word) {
    for (const auto& [kind, known] : kSegmentWords) {
        if (known == word) return kind;
    }
    return std::nullopt;
}

std::string encode_wall(const WallMessage& message) {
    return std::visit([](const auto& m) { return write(m).dump(); }, message);
}

core::Result<WallMessage> decode_wall(std::string_view frame) {
    if (frame.empty() || frame.size() > kMaxWallFrameBytes)
        return core::fail(ErrorCode::Corrupt,
                          fmt::format("a message of {} bytes is outside [1, {}]", frame.size(), kMaxWallFrameBytes));
    const auto json = nlohmann::json::parse(frame, nullptr, false);
    if (json.is_discarded()) return core::fail(ErrorCode::Corrupt, "a message that is not JSON");
    try {
        return read(json);
    } catch (const BadMember& bad) {
        return core::fail(ErrorCode::Corrupt, bad.what);
    }
}

}  // namespace sightline::link
