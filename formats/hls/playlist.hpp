// SPDX-License-Identifier: Apache-2.0
// HLS playlists (RFC 8216 and draft-pantos-hls-rfc8216bis): text in, what is needed to fetch and judge out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::formats::hls {

inline constexpr std::size_t kMaxPlaylistBytes = 16U << 20U;
inline constexpr std::size_t kMaxLineBytes = 65'536;
inline constexpr std::size_t kMaxSegments = 200'000;
inline constexpr std::size_t kMaxVariants = 1'000;  // and as many renditions, keys, init sections, variables
inline constexpr core::Duration kMaxSegmentDuration = std::chrono::hours{24};

/// Part of a resource, in bytes.
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class KeyMethod : std::uint8_t { Aes128, SampleAes, Other };

/// EXT-X-KEY with a METHOD other than NONE.
struct Key {
    KeyMethod method = KeyMethod::Other;
    std::string uri;
    std::optional<std::array<std::byte, 16>> iv;  ///< as given; see initialization_vector()
    std::string format;                           ///< KEYFORMAT; empty: "identity"
    friend bool operator==(const Key&, const Key&) = default;
};

/// EXT-X-MAP: where the init section of what follows is.
struct InitSection {
    std::string uri;
    std::optional<ByteRange> range;
    std::optional<std::size_t> key;  ///< index into MediaPlaylist::keys
    friend bool operator==(const InitSection&, const InitSection&) = default;
};

struct Segment {
    std::string uri;            ///< as written, variables replaced; relative to the playlist's own
    core::Duration duration{};  ///< EXTINF
    std::optional<ByteRange> range;
    std::uint64_t sequence = 0;  ///< Media Sequence Number
    std::uint64_t discontinuity_sequence = 0;
    bool discontinuity = false;              ///< EXT-X-DISCONTINUITY stands before it
    bool gap = false;                        ///< EXT-X-GAP: not there to be loaded
    std::optional<std::size_t> key;          ///< index into MediaPlaylist::keys
    std::optional<std::size_t> init;         ///< index into MediaPlaylist::init_sections
    std::optional<core::UtcTime> date_time;  ///< EXT-X-PROGRAM-DATE-TIME of its first sample
    friend bool operator==(const Segment&, const Segment&) = default;
};

enum class PlaylistType : std::uint8_t { Live, Event, Vod };

struct MediaPlaylist {
    int version = 1;
    PlaylistType type = PlaylistType::Live;
    core::Duration target_duration{};
    std::uint64_t media_sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    std::uint64_t skipped = 0;  ///< EXT-X-SKIP: segments left out before the first one here
    bool ended = false;         ///< EXT-X-ENDLIST
    bool iframes_only = false;
    std::vector<Key> keys;
    std::vector<InitSection> init_sections;
    std::vector<Segment> segments;
    friend bool operator==(const MediaPlaylist&, const MediaPlaylist&) = default;
};

struct Variant {
    std::string uri;
    std::uint64_t bandwidth = 0;          ///< bit/s, peak
    std::uint64_t average_bandwidth = 0;  ///< 0: not given
    std::string codecs;
    int width = 0, height = 0;
    double frame_rate = 0;
    std::string audio_group, video_group, subtitles_group;
    friend bool operator==(const Variant&, const Variant&) = default;
};

/// EXT-X-MEDIA.
struct Rendition {
    std::string type;  ///< "AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"
    std::string group, name, language;
    std::string uri;  ///< empty: the rendition is in the variant itself
    bool is_default = false;
    friend bool operator==(const Rendition&, const Rendition&) = default;
};

using Variables = std::map<std::string, std::string>;

struct MultivariantPlaylist {
    int version = 1;
    std::vector<Variant> variants;
    std::vector<Rendition> renditions;
    Variables variables;  ///< EXT-X-DEFINE, for its media playlists to import
    friend bool operator==(const MultivariantPlaylist&, const MultivariantPlaylist&) = default;
};

using Playlist = std::variant<MediaPlaylist, MultivariantPlaylist>;

/// What a playlist may take from outside (EXT-X-DEFINE).
struct PlaylistContext {
    Variables imported;          ///< of the multivariant playlist: IMPORT
    Variables query_parameters;  ///< of the playlist's own URL, percent-decoded: QUERYPARAM
};

/// Unknown tags and attributes are passed by, as are I-frame variants, parts and hints. Strings are clean UTF-8.
/// @return Corrupt with the line's number: no #EXTM3U, neither kind of playlist or both, a number, range, key or
///         variable that cannot be, a limit above passed.
[[nodiscard]] core::Result<Playlist> parse_playlist(std::string_view text, const PlaylistContext& context = {});

/// IV of AES-128 for `segment`: the key's own, else the sequence number (RFC 8216, 5.2).
[[nodiscard]] std::array<std::byte, 16> initialization_vector(const Key& key, const Segment& segment);

/// Whether a reload brought anything new.
[[nodiscard]] bool changed(const MediaPlaylist& before, const MediaPlaylist& now);

/// How long after the last load *began* the next may begin (RFC 8216, 6.3.4): the target duration where the playlist
/// is new or has changed, else half of it; within [500 ms, 60 s]. Empty: never again, it has ended.
[[nodiscard]] std::optional<core::Duration> reload_after(const MediaPlaylist& playlist, bool has_changed);

/// Index of the segment to begin with: the first of what has ended or is an event, else one at least three target
/// durations from the end (6.3.3). segments.size() where there is none.
[[nodiscard]] std::size_t first_segment(const MediaPlaylist& playlist);

/// The variant of the highest bandwidth, or none.
[[nodiscard]] const Variant* best_variant(const MultivariantPlaylist& playlist);

}  // namespace sightline::formats::hls
