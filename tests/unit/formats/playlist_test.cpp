// SPDX-License-Identifier: Apache-2.0
#include "formats/hls/playlist.hpp"

#include "tests/catch.hpp"

namespace sightline::formats::hls {
namespace {

using namespace std::chrono_literals;

MediaPlaylist media(const std::string& text, const PlaylistContext& context = {}) {
    auto parsed = parse_playlist(text, context);
    INFO((parsed ? std::string{} : parsed.error().message));
    REQUIRE(parsed.has_value());
    REQUIRE(std::holds_alternative<MediaPlaylist>(*parsed));
    return std::get<MediaPlaylist>(std::move(*parsed));
}
MultivariantPlaylist multivariant(const std::string& text) {
    auto parsed = parse_playlist(text);
    REQUIRE(parsed.has_value());
    REQUIRE(std::holds_alternative<MultivariantPlaylist>(*parsed));
    return std::get<MultivariantPlaylist>(std::move(*parsed));
}

TEST_CASE("A live playlist gives its segments with their sequence numbers") {
    const MediaPlaylist p = media(
        "#EXTM3U\r\n#EXT-X-VERSION:3\r\n#EXT-X-TARGETDURATION:6\r\n#EXT-X-MEDIA-SEQUENCE:2680\r\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:4\r\n\r\n# a comment\r\n#EXTINF:6.006,title, with comma\r\na.ts\r\n"
        "#EXT-X-DISCONTINUITY\r\n#EXTINF:5\r\nhttps://host/b.ts?x=1\r\n#EXT-X-GAP\r\n#EXTINF:4.5,\r\nc.ts");
    CHECK(p.version == 3);
    CHECK(p.type == PlaylistType::Live);
    CHECK(p.target_duration == 6s);
    CHECK_FALSE(p.ended);
    REQUIRE(p.segments.size() == 3);
    CHECK(p.segments[0].uri == "a.ts");
    CHECK(p.segments[0].duration == 6006ms);
    CHECK(p.segments[0].sequence == 2680);
    CHECK(p.segments[0].discontinuity_sequence == 4);
    CHECK(p.segments[1].uri == "https://host/b.ts?x=1");
    CHECK(p.segments[1].discontinuity);
    CHECK(p.segments[1].discontinuity_sequence == 5);
    CHECK(p.segments[2].gap);
    CHECK(p.segments[2].sequence == 2682);
    CHECK_FALSE(p.segments[2].discontinuity);
}

TEST_CASE("Byte ranges without an offset go on where the one before ended") {
    const MediaPlaylist p = media(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"m.mp4\",BYTERANGE=\"700@0\"\n"
        "#EXTINF:4,\n#EXT-X-BYTERANGE:1000@700\nm.mp4\n#EXTINF:4,\n#EXT-X-BYTERANGE:500\nm.mp4\n"
        "#EXTINF:4,\n#EXT-X-BYTERANGE:9\nother.mp4\n#EXT-X-ENDLIST\n");
    CHECK(p.ended);
    REQUIRE(p.init_sections.size() == 1);
    CHECK(p.init_sections[0].range == ByteRange{0, 700});
    CHECK(p.segments[0].range == ByteRange{700, 1000});
    CHECK(p.segments[1].range == ByteRange{1700, 500});
    CHECK(p.segments[2].range == ByteRange{0, 9});
    CHECK(p.segments[1].init == 0U);
}

TEST_CASE("Keys hold until the next, with the IV given or the sequence number") {
    const MediaPlaylist p = media(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:258\n#EXTINF:4,\nclear.ts\n"
        "#EXT-X-KEY:METHOD=AES-128,URI=\"k1\"\n"
        "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\n"
        "#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n"
        "#EXT-X-KEY:METHOD=AES-128,URI=\"k2, with comma\",IV=0x0102,KEYFORMAT=\"identity\"\n#EXTINF:4,\nc.ts\n"
        "#EXT-X-KEY:METHOD=NONE\n#EXTINF:4,\nd.ts\n");
    REQUIRE(p.segments.size() == 5);
    CHECK_FALSE(p.segments[0].key.has_value());
    REQUIRE(p.segments[1].key.has_value());
    const Key& first = p.keys[*p.segments[1].key];
    CHECK(first.uri == "k1");
    CHECK(p.segments[2].key == p.segments[1].key);
    const auto iv = initialization_vector(first, p.segments[2]);  // sequence 260
    CHECK(iv[14] == std::byte{1});
    CHECK(iv[15] == std::byte{4});
    const Key& second = p.keys[*p.segments[3].key];
    CHECK(second.uri == "k2, with comma");
    CHECK(second.format.empty());
    const auto given = initialization_vector(second, p.segments[3]);
    CHECK(given[14] == std::byte{1});
    CHECK(given[15] == std::byte{2});
    CHECK(given[0] == std::byte{0});
    CHECK_FALSE(p.segments[4].key.has_value());
}

TEST_CASE("Dates are read with their zone and go on from segment to segment") {
    const MediaPlaylist p = media(
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T04:00:00.250+01:00\n#EXTINF:9.5,\na."
        "ts\n"
        "#EXTINF:10,\nb.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:10,\nc.ts\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T03:00:30Z\n#EXTINF:10,\nd.ts\n#EXT-X-PROGRAM-DATE-TIME:yesterday\n"
        "#EXTINF:10,\ne.ts\n");
    CHECK(core::to_rfc3339(p.segments[0].date_time.value()) == "2026-11-21T03:00:00.250Z");
    CHECK(core::to_rfc3339(p.segments[1].date_time.value()) == "2026-11-21T03:00:09.750Z");
    CHECK_FALSE(p.segments[2].date_time.has_value());
    CHECK(core::to_rfc3339(p.segments[3].date_time.value()) == "2026-11-21T03:00:30.000Z");
    CHECK(core::to_rfc3339(p.segments[4].date_time.value()) == "2026-11-21T03:00:40.000Z");
}

TEST_CASE("A multivariant playlist gives variants and renditions") {
    const MultivariantPlaylist p = multivariant(
        "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,URI=\"en/a.m3u8\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS=\"avc1.4d401e,mp4a.40.2\","
        "RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO=\"aac\"\nlow.m3u8\n"
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,URI=\"i.m3u8\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=7680000,RESOLUTION=garbage\nhigh.m3u8\n");
    REQUIRE(p.variants.size() == 2);
    CHECK(p.variants[0].uri == "low.m3u8");
    CHECK(p.variants[0].width == 640);
    CHECK(p.variants[0].height == 360);
    CHECK(p.variants[0].frame_rate == 25);
    CHECK(p.variants[0].codecs == "avc1.4d401e,mp4a.40.2");
    CHECK(p.variants[0].audio_group == "aac");
    CHECK(p.variants[1].width == 0);
    REQUIRE(p.renditions.size() == 1);
    CHECK(p.renditions[0].uri == "en/a.m3u8");
    CHECK(p.renditions[0].is_default);
    CHECK(best_variant(p)->uri == "high.m3u8");
}

TEST_CASE("Variables come from the playlist, its parent and its URL") {
    PlaylistContext context;
    context.imported["host"] = "cdn.example";
    context.query_parameters["token"] = "abc";
    const MediaPlaylist p = media(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-DEFINE:NAME=\"dir\",VALUE=\"x/y\"\n#EXT-X-DEFINE:IMPORT=\"host\"\n"
        "#EXT-X-DEFINE:QUERYPARAM=\"token\"\n#EXT-X-MAP:URI=\"{$dir}/init.mp4\"\n#EXTINF:4,\n"
        "https://{$host}/{$dir}/a.ts?t={$token}\n",
        context);
    CHECK(p.segments[0].uri == "https://cdn.example/x/y/a.ts?t=abc");
    CHECK(p.init_sections[0].uri == "x/y/init.mp4");
    CHECK(parse_playlist("#EXTM3U\n#EXTINF:4,\n{$nothing}.ts\n").error().message ==
          "playlist line 3: no variable nothing is defined");
    CHECK(parse_playlist("#EXTM3U\n#EXT-X-DEFINE:IMPORT=\"a\"\n").error().message ==
          "playlist line 2: IMPORT of a variable that is not there: a");
}

TEST_CASE("Low-latency parts and delta updates are passed by") {
    const MediaPlaylist p = media(
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n"
        "#EXT-X-PART-INF:PART-TARGET=0.33\n#EXT-X-MEDIA-SEQUENCE:100\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
        "#EXT-X-PART:DURATION=0.33,URI=\"p1.mp4\"\n#EXTINF:4,\ns.mp4\n#EXT-X-PART:DURATION=0.33,URI=\"p2.mp4\"\n"
        "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p3.mp4\"\n");
    REQUIRE(p.segments.size() == 1);
    CHECK(p.segments[0].sequence == 103);
}

TEST_CASE("What cannot be is refused in words") {
    struct Case {
        std::string text, message;
    };
    const std::string head = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";
    const std::vector<Case> cases{
        {"", "no playlist: it does not begin with #EXTM3U"},
        {"<html>", "no playlist: it does not begin with #EXTM3U"},
        {"#EXTM3U\n", "playlist line 1: neither segments nor variants"},
        {head + "#EXTINF:-1,\na.ts\n", "playlist line 3: EXTINF needs a duration of 0 to 86400 s: -1,"},
        {head + "#EXTINF:nan,\na.ts\n", "playlist line 3: EXTINF needs a duration of 0 to 86400 s: nan,"},
        {head + "#EXTINF:1e9,\na.ts\n", "playlist line 3: EXTINF needs a duration of 0 to 86400 s: 1e9,"},
        {head + "#EXT-X-MEDIA-SEQUENCE:x\n", "playlist line 3: EXT-X-MEDIA-SEQUENCE is no whole number: x"},
        {head + "#EXT-X-BYTERANGE:99999999999999999999@0\n",
         "playlist line 3: a byte range's length is no whole number: 99999999999999999999"},
        {head + "#EXT-X-KEY:METHOD=AES-128\n", "playlist line 3: EXT-X-KEY has no URI"},
        {head + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0xZZ\n",
         "playlist line 3: IV needs 1 to 32 hexadecimal digits"},
        {head + "#EXT-X-MAP:BYTERANGE=\"1@0\"\n", "playlist line 3: EXT-X-MAP has no URI"},
        {head + "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n",
         "playlist line 3: tags of media and of multivariant playlists in one"},
        {head + std::string(70'000, 'x') + "\n", "playlist line 3: longer than 65536 bytes"},
        {std::string(17U << 20U, '#'), "playlist of more than 16 MiB"},
    };
    for (const Case& c : cases) {
        const auto parsed = parse_playlist(c.text);
        INFO(c.message);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().message == c.message);
        CHECK(parsed.error().code == core::ErrorCode::Corrupt);
    }
}

TEST_CASE("Variables that grow by themselves end at a line's length") {
    std::string text = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"" + std::string(60'000, 'x') + "\"\n#EXTINF:1,\n";
    for (int i = 0; i < 5000; ++i) text += "{$a}";
    const auto parsed = parse_playlist(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message == "playlist line 4: longer than 65536 bytes with its variables");
}

TEST_CASE("A reload waits a target duration, half of it where nothing changed, and is never too eager") {
    MediaPlaylist p;
    p.target_duration = 6s;
    CHECK(reload_after(p, true) == 6s);
    CHECK(reload_after(p, false) == 3s);
    p.target_duration = 0s;
    CHECK(reload_after(p, false) == 500ms);
    p.target_duration = 20h;
    CHECK(reload_after(p, true) == 60s);
    p.ended = true;
    CHECK_FALSE(reload_after(p, true).has_value());
}

TEST_CASE("Playing begins three target durations before the live edge, and at the start of what has ended") {
    MediaPlaylist p;
    p.target_duration = 4s;
    CHECK(first_segment(p) == 0);
    for (int i = 0; i < 10; ++i) {
        p.segments.emplace_back();
        p.segments.back().duration = 4s;
        p.segments.back().uri = std::to_string(i);
    }
    CHECK(first_segment(p) == 7);
    MediaPlaylist next = p;
    CHECK_FALSE(changed(p, next));
    next.segments.back().uri = "new";
    CHECK(changed(p, next));
    p.ended = true;
    CHECK(first_segment(p) == 0);
}

}  // namespace
}  // namespace sightline::formats::hls
