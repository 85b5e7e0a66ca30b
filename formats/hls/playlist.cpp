// SPDX-License-Identifier: Apache-2.0
#include "formats/hls/playlist.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "formats/hls/attribute_list.hpp"

namespace sightline::formats::hls {
namespace {

using core::ErrorCode;
using core::Result;

constexpr core::Duration kMinReload = std::chrono::milliseconds{500};
constexpr core::Duration kMaxReload = std::chrono::seconds{60};
constexpr double kMaxNumber = 1e15;
// Dates are extrapolated from segment to segment no further than this: nanoseconds end in 2262.
constexpr core::UtcTime kLatest{std::chrono::sys_days{std::chrono::year{2250} / 1 / 1}};

/// Reads one playlist, line by line.
class Parser {
public:
    explicit Parser(const PlaylistContext& context) : context_(context) {}
    Result<Playlist> parse(std::string_view text);

private:
    Result<void> line(std::string_view text);
    Result<void> tag(std::string_view name, std::string_view value);
    Result<void> media_tag(std::string_view name, std::string_view value);
    Result<void> segment_tag(std::string_view name, std::string_view value);
    Result<void> uri_line(std::string_view text);
    Result<void> finish_segment(std::string uri);
    Result<void> inf(std::string_view value);
    Result<void> byte_range(std::string_view value, std::optional<ByteRange>& range, bool& open);
    Result<void> key(std::string_view value);
    Result<void> map(std::string_view value);
    Result<void> stream_inf(std::string_view value);
    Result<void> rendition(std::string_view value);
    Result<void> define(std::string_view value);
    Result<std::string> replace_variables(std::string_view text) const;
    Result<std::string> text_of(const AttributeList& attributes, std::string_view name) const;
    Result<void> number(std::string_view what, std::string_view value, std::uint64_t& to) const;
    [[nodiscard]] tl::unexpected<core::Error> wrong(const std::string& what) const {
        return core::fail(ErrorCode::Corrupt, "playlist line " + std::to_string(line_number_) + ": " + what);
    }

    const PlaylistContext& context_;
    std::size_t line_number_ = 0;
    bool is_media_ = false;
    bool is_multivariant_ = false;
    int version_ = 1;
    Variables variables_;
    MediaPlaylist media_;
    MultivariantPlaylist multivariant_;
    std::optional<Variant> variant_;  // EXT-X-STREAM-INF, waits for its URI
    Segment segment_;                 // tags of the next segment
    bool segment_begun_ = false;
    bool range_open_ = false;  // a range without an offset
    std::optional<std::size_t> key_, init_;
    std::optional<core::UtcTime> next_date_time_;
    std::uint64_t discontinuities_ = 0;
};

Result<void> Parser::number(std::string_view what, std::string_view value, std::uint64_t& to) const {
    const auto parsed = parse_integer(value);
    if (!parsed || *parsed > std::uint64_t{1} << 62U) {
        return wrong(std::string(what) + " is no whole number: " + core::clean_utf8(value.substr(0, 40)));
    }
    to = *parsed;
    return {};
}

/// {$name} -> its value (RFC 8216bis, 4.3).
Result<std::string> Parser::replace_variables(std::string_view text) const {
    std::string out;
    for (;;) {
        const std::size_t begin = text.find("{$");
        const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
        if (end == std::string_view::npos) break;
        const std::string name(text.substr(begin + 2, end - begin - 2));
        const auto variable = variables_.find(name);
        if (variable == variables_.end()) return wrong("no variable " + core::clean_utf8(name) + " is defined");
        out.append(text.substr(0, begin)).append(variable->second);
        if (out.size() > kMaxLineBytes) return wrong("longer than 65536 bytes with its variables");
        text.remove_prefix(end + 1);
    }
    return core::clean_utf8(out.append(text));
}

Result<std::string> Parser::text_of(const AttributeList& attributes, std::string_view name) const {
    const auto value = attributes.find(name);
    if (!value) return std::string{};
    return replace_variables(value->text);
}

Result<void> Parser::inf(std::string_view value) {
    const auto seconds = parse_decimal(trim(value.substr(0, value.find(','))));
    if (!seconds || *seconds > core::to_seconds(kMaxSegmentDuration)) {
        return wrong("EXTINF needs a duration of 0 to 86400 s: " + core::clean_utf8(value.substr(0, 40)));
    }
    segment_.duration = core::from_seconds(*seconds);
    return {};
}

/// "length" or "length@offset".
Result<void> Parser::byte_range(std::string_view value, std::optional<ByteRange>& range, bool& open) {
    const std::size_t at = value.find('@');
    ByteRange parsed;
    if (auto ok = number("a byte range's length", trim(value.substr(0, at)), parsed.length); !ok) return ok;
    open = at == std::string_view::npos;
    if (!open) {
        if (auto ok = number("a byte range's offset", trim(value.substr(at + 1)), parsed.offset); !ok) return ok;
    }
    range = parsed;
    return {};
}

Result<void> Parser::key(std::string_view value) {
    const AttributeList attributes(value);
    if (attributes.is("METHOD", "NONE")) {
        key_.reset();
        return {};
    }
    Key parsed;
    if (attributes.is("METHOD", "AES-128")) parsed.method = KeyMethod::Aes128;
    if (attributes.is("METHOD", "SAMPLE-AES")) parsed.method = KeyMethod::SampleAes;
    auto uri = text_of(attributes, "URI");
    if (!uri) return tl::unexpected(uri.error());
    parsed.uri = std::move(*uri);
    auto format = text_of(attributes, "KEYFORMAT");
    if (!format) return tl::unexpected(format.error());
    parsed.format = *format == "identity" ? std::string{} : std::move(*format);
    if (parsed.uri.empty()) return wrong("EXT-X-KEY has no URI");
    if (const auto iv = attributes.find("IV")) {
        std::string_view digits = iv->text;
        if (digits.substr(0, 2) != "0x" && digits.substr(0, 2) != "0X") return wrong("IV does not begin with 0x");
        digits.remove_prefix(2);
        if (digits.empty() || digits.size() > 32) return wrong("IV needs 1 to 32 hexadecimal digits");
        std::string padded(32 - digits.size(), '0');
        padded += digits;
        std::array<std::byte, 16> bytes{};
        for (std::size_t i = 0; i < 32; ++i) {
            const char c = padded[i];
            const int nibble = c >= '0' && c <= '9'   ? c - '0'
                               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                      : -1;
            if (nibble < 0) return wrong("IV needs 1 to 32 hexadecimal digits");
            bytes[i / 2] = (bytes[i / 2] << 4) | static_cast<std::byte>(nibble);
        }
        parsed.iv = bytes;
    }
    // Several keys may stand before a segment, one a format: the one we can use counts.
    const bool usable = parsed.format.empty();
    if (!usable && key_ && media_.keys[*key_].format.empty() && segment_begun_) return {};
    if (media_.keys.size() >= kMaxSegments) return wrong("too many keys");
    if (media_.keys.empty() || media_.keys.back() != parsed) media_.keys.push_back(std::move(parsed));
    key_ = media_.keys.size() - 1;
    segment_begun_ = true;
    return {};
}

Result<void> Parser::map(std::string_view value) {
    const AttributeList attributes(value);
    InitSection parsed;
    auto uri = text_of(attributes, "URI");
    if (!uri) return tl::unexpected(uri.error());
    parsed.uri = std::move(*uri);
    if (parsed.uri.empty()) return wrong("EXT-X-MAP has no URI");
    if (const auto range = attributes.find("BYTERANGE")) {
        bool open = false;
        if (auto ok = byte_range(range->text, parsed.range, open); !ok) return ok;
    }
    parsed.key = key_;
    if (media_.init_sections.size() >= kMaxSegments) return wrong("too many init sections");
    if (media_.init_sections.empty() || media_.init_sections.back() != parsed) {
        media_.init_sections.push_back(std::move(parsed));
    }
    init_ = media_.init_sections.size() - 1;
    return {};
}

Result<void> Parser::stream_inf(std::string_view value) {
    const AttributeList attributes(value);
    Variant parsed;
    if (const auto bandwidth = attributes.find("BANDWIDTH")) {
        if (auto ok = number("BANDWIDTH", bandwidth->text, parsed.bandwidth); !ok) return ok;
    }
    if (const auto average = attributes.find("AVERAGE-BANDWIDTH")) {
        if (auto ok = number("AVERAGE-BANDWIDTH", average->text, parsed.average_bandwidth); !ok) return ok;
    }
    if (const auto resolution = attributes.find("RESOLUTION")) {
        const std::size_t x = resolution->text.find_first_of("xX");
        const auto width = parse_integer(resolution->text.substr(0, x));
        const auto height = x == std::string_view::npos ? std::optional<std::uint64_t>{}
                                                        : parse_integer(resolution->text.substr(x + 1));
        if (width && height && *width <= 100'000 && *height <= 100'000) {
            parsed.width = static_cast<int>(*width);
            parsed.height = static_cast<int>(*height);
        }
    }
    if (const auto rate = attributes.find("FRAME-RATE")) {
        parsed.frame_rate = std::min(parse_decimal(rate->text).value_or(0), kMaxNumber);
    }
    const std::pair<std::string_view, std::string*> texts[] = {{"CODECS", &parsed.codecs},
                                                               {"AUDIO", &parsed.audio_group},
                                                               {"VIDEO", &parsed.video_group},
                                                               {"SUBTITLES", &parsed.subtitles_group}};
    for (const auto& [name, to] : texts) {
        auto text = text_of(attributes, name);
        if (!text) return tl::unexpected(text.error());
        *to = std::move(*text);
    }
    variant_ = std::move(parsed);
    return {};
}

Result<void> Parser::rendition(std::string_view value) {
    const AttributeList attributes(value);
    Rendition parsed;
    const std::pair<std::string_view, std::string*> texts[] = {{"TYPE", &parsed.type},
                                                               {"GROUP-ID", &parsed.group},
                                                               {"NAME", &parsed.name},
                                                               {"LANGUAGE", &parsed.language},
                                                               {"URI", &parsed.uri}};
    for (const auto& [name, to] : texts) {
        auto text = text_of(attributes, name);
        if (!text) return tl::unexpected(text.error());
        *to = std::move(*text);
    }
    parsed.is_default = attributes.is("DEFAULT", "YES");
    if (multivariant_.renditions.size() >= kMaxVariants) return wrong("more than 1000 renditions");
    multivariant_.renditions.push_back(std::move(parsed));
    return {};
}

Result<void> Parser::define(std::string_view value) {
    const AttributeList attributes(value);
    if (variables_.size() >= kMaxVariants) return wrong("more than 1000 variables");
    if (const auto name = attributes.find("NAME")) {
        variables_[std::string(name->text)] = attributes.find("VALUE").value_or(AttributeValue{}).text;
        return {};
    }
    const auto take = [&](std::string_view attribute, const Variables& from) -> Result<bool> {
        const auto name = attributes.find(attribute);
        if (!name) return false;
        const auto found = from.find(std::string(name->text));
        if (found == from.end()) {
            return wrong(std::string(attribute) + " of a variable that is not there: " + core::clean_utf8(name->text));
        }
        variables_[found->first] = found->second;
        return true;
    };
    const auto imported = take("IMPORT", context_.imported);
    if (!imported) return tl::unexpected(imported.error());
    if (*imported) return {};
    const auto queried = take("QUERYPARAM", context_.query_parameters);
    if (!queried) return tl::unexpected(queried.error());
    return {};
}

Result<void> Parser::finish_segment(std::string uri) {
    segment_.uri = std::move(uri);
    if (segment_.range && range_open_) {  // goes on where the range before ended
        const Segment* const before = media_.segments.empty() ? nullptr : &media_.segments.back();
        if (before != nullptr && before->range && before->uri == segment_.uri) {
            segment_.range->offset = before->range->offset + before->range->length;
        }
    }
    if (segment_.range && segment_.range->offset > (std::uint64_t{1} << 62U)) return wrong("byte ranges run away");
    if (media_.segments.size() >= kMaxSegments) return wrong("more than 200000 segments");
    if (segment_.discontinuity) ++discontinuities_;
    segment_.sequence = media_.segments.size();  // media_sequence, skipped and discontinuity_sequence come on top
    segment_.discontinuity_sequence = discontinuities_;
    segment_.key = key_;
    segment_.init = init_;
    if (!segment_.date_time && !segment_.discontinuity) segment_.date_time = next_date_time_;
    next_date_time_.reset();
    if (segment_.date_time && *segment_.date_time < kLatest) next_date_time_ = *segment_.date_time + segment_.duration;
    media_.segments.push_back(std::exchange(segment_, Segment{}));
    segment_begun_ = false;
    range_open_ = false;
    return {};
}

Result<void> Parser::uri_line(std::string_view text) {
    auto uri = replace_variables(text);
    if (!uri) return tl::unexpected(uri.error());
    if (variant_) {
        if (multivariant_.variants.size() >= kMaxVariants) return wrong("more than 1000 variants");
        variant_->uri = std::move(*uri);
        multivariant_.variants.push_back(std::move(*variant_));
        variant_.reset();
        return {};
    }
    if (is_multivariant_) return {};  // belongs to a tag we pass by
    is_media_ = true;
    return finish_segment(std::move(*uri));
}

/// Tags of the segment that comes next, or of all that follow.
Result<void> Parser::segment_tag(std::string_view name, std::string_view value) {
    if (name == "EXTINF") return inf(value);
    if (name == "EXT-X-BYTERANGE") return byte_range(value, segment_.range, range_open_);
    if (name == "EXT-X-KEY") return key(value);
    if (name == "EXT-X-MAP") return map(value);
    if (name == "EXT-X-DISCONTINUITY") segment_.discontinuity = true;
    if (name == "EXT-X-GAP") segment_.gap = true;
    if (name == "EXT-X-PROGRAM-DATE-TIME") segment_.date_time = parse_date_time(value);
    return {};
}

/// Tags of the media playlist as a whole.
Result<void> Parser::media_tag(std::string_view name, std::string_view value) {
    if (name == "EXT-X-MEDIA-SEQUENCE") return number("EXT-X-MEDIA-SEQUENCE", value, media_.media_sequence);
    if (name == "EXT-X-DISCONTINUITY-SEQUENCE") {
        return number("EXT-X-DISCONTINUITY-SEQUENCE", value, media_.discontinuity_sequence);
    }
    if (name == "EXT-X-TARGETDURATION") {
        const auto seconds = parse_decimal(value);  // an integer by the RFC; some write 6.0
        if (!seconds || *seconds > core::to_seconds(kMaxSegmentDuration)) {
            return wrong("EXT-X-TARGETDURATION needs 0 to 86400 s: " + core::clean_utf8(value.substr(0, 40)));
        }
        media_.target_duration = core::from_seconds(*seconds);
    }
    if (name == "EXT-X-PLAYLIST-TYPE") {
        if (value == "VOD") media_.type = PlaylistType::Vod;
        if (value == "EVENT") media_.type = PlaylistType::Event;
    }
    if (name == "EXT-X-ENDLIST") media_.ended = true;
    if (name == "EXT-X-I-FRAMES-ONLY") media_.iframes_only = true;
    if (name == "EXT-X-SKIP") {
        const auto skipped = AttributeList(value).find("SKIPPED-SEGMENTS");
        if (skipped) return number("SKIPPED-SEGMENTS", skipped->text, media_.skipped);
    }
    return {};
}

Result<void> Parser::tag(std::string_view name, std::string_view value) {
    static constexpr std::array<std::string_view, 7> kOfSegments{
        "EXTINF",    "EXT-X-BYTERANGE",        "EXT-X-KEY", "EXT-X-MAP", "EXT-X-DISCONTINUITY",
        "EXT-X-GAP", "EXT-X-PROGRAM-DATE-TIME"};
    static constexpr std::array<std::string_view, 7> kOfMedia{"EXT-X-MEDIA-SEQUENCE",
                                                              "EXT-X-DISCONTINUITY-SEQUENCE",
                                                              "EXT-X-TARGETDURATION",
                                                              "EXT-X-PLAYLIST-TYPE",
                                                              "EXT-X-ENDLIST",
                                                              "EXT-X-I-FRAMES-ONLY",
                                                              "EXT-X-SKIP"};
    const auto among = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (among(kOfSegments)) {
        is_media_ = true;
        return segment_tag(name, value);
    }
    if (among(kOfMedia)) {
        is_media_ = true;
        return media_tag(name, value);
    }
    if (name == "EXT-X-DEFINE") return define(value);
    if (name == "EXT-X-VERSION") {
        version_ = static_cast<int>(std::min<std::uint64_t>(parse_integer(value).value_or(1), 1000));
    }
    if (name == "EXT-X-STREAM-INF" || name == "EXT-X-MEDIA" || name == "EXT-X-I-FRAME-STREAM-INF") {
        is_multivariant_ = true;
        if (name == "EXT-X-STREAM-INF") return stream_inf(value);
        if (name == "EXT-X-MEDIA") return rendition(value);
    }
    return {};
}

Result<void> Parser::line(std::string_view text) {
    if (text.size() > kMaxLineBytes) return wrong("longer than 65536 bytes");
    text = trim(text);
    if (text.empty()) return {};
    if (text.front() != '#') return uri_line(text);
    if (text.substr(0, 4) != "#EXT") return {};  // a comment
    const std::size_t colon = text.find(':');
    const std::string_view value = colon == std::string_view::npos ? std::string_view{} : trim(text.substr(colon + 1));
    return tag(text.substr(1, colon == std::string_view::npos ? colon : colon - 1), value);
}

Result<Playlist> Parser::parse(std::string_view text) {
    if (text.size() > kMaxPlaylistBytes) return core::fail(ErrorCode::Corrupt, "playlist of more than 16 MiB");
    if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    bool first = true;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view current = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++line_number_;
        if (first && trim(current) != "#EXTM3U") break;
        if (!first) {
            if (auto ok = line(current); !ok) return tl::unexpected(ok.error());
        }
        first = false;
        if (is_media_ && is_multivariant_) return wrong("tags of media and of multivariant playlists in one");
    }
    if (first) return core::fail(ErrorCode::Corrupt, "no playlist: it does not begin with #EXTM3U");
    line_number_ = std::max<std::size_t>(line_number_, 1);
    if (first || (!is_media_ && !is_multivariant_)) return wrong("neither segments nor variants");
    if (is_multivariant_) {
        multivariant_.version = version_;
        multivariant_.variables = std::move(variables_);
        return Playlist{std::move(multivariant_)};
    }
    media_.version = version_;
    for (Segment& segment : media_.segments) {
        segment.sequence += media_.media_sequence + media_.skipped;
        segment.discontinuity_sequence += media_.discontinuity_sequence;
    }
    return Playlist{std::move(media_)};
}

}  // namespace

Result<Playlist> parse_playlist(std::string_view text, const PlaylistContext& context) {
    return Parser(context).parse(text);
}

std::array<std::byte, 16> initialization_vector(const Key& key, const Segment& segment) {
    if (key.iv) return *key.iv;
    std::array<std::byte, 16> iv{};
    for (std::size_t i = 0; i < 8; ++i) iv[15 - i] = static_cast<std::byte>((segment.sequence >> (8 * i)) & 0xFFU);
    return iv;
}

bool changed(const MediaPlaylist& before, const MediaPlaylist& now) {
    return before.ended != now.ended || before.media_sequence != now.media_sequence ||
           before.segments.size() != now.segments.size() ||
           (!now.segments.empty() && before.segments.back().uri != now.segments.back().uri);
}

std::optional<core::Duration> reload_after(const MediaPlaylist& playlist, bool has_changed) {
    if (playlist.ended) return std::nullopt;
    const core::Duration wait = has_changed ? playlist.target_duration : playlist.target_duration / 2;
    return std::clamp(wait, kMinReload, kMaxReload);
}

std::size_t first_segment(const MediaPlaylist& playlist) {
    if (playlist.ended || playlist.type != PlaylistType::Live) return 0;
    core::Duration left{};
    for (std::size_t i = playlist.segments.size(); i > 0; --i) {
        left += playlist.segments[i - 1].duration;
        if (left >= 3 * playlist.target_duration) return i - 1;
    }
    return 0;
}

const Variant* best_variant(const MultivariantPlaylist& playlist) {
    const auto best = std::max_element(playlist.variants.begin(), playlist.variants.end(),
                                       [](const Variant& a, const Variant& b) { return a.bandwidth < b.bandwidth; });
    return best == playlist.variants.end() ? nullptr : &*best;
}

}  // namespace sightline::formats::hls
