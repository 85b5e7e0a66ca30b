// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_format.hpp"

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using test::told;

namespace {

analyzers::AnalyzerContext video_format_context() {
    analyzers::AnalyzerContext c;
    c.track.subject.track = "video:1";
    c.track.codec = "h264";
    core::ExpectVideo expect;
    expect.codec = "h264";
    expect.width = 64;
    expect.height = 36;
    c.expect.video = expect;
    return c;
}

struct FormatWatch {
    explicit FormatWatch(const analyzers::AnalyzerContext& c) : format(c) {}
    void show(int width, int height, core::MediaTime at, bool interlaced = false) {
        test::TestPicture picture(width, height);
        picture.frame.at = at;
        picture.frame.interlaced = interlaced;
        format.process(pass.process(picture.frame), found);
    }
    std::string words(std::size_t edge) { return test::edges(found).at(edge).detail; }
    analyzers::PicturePass pass{10};
    analyzers::VideoFormat format;
    core::FindingsList found;
};

analyzers::AnalyzerContext at_rate(double fps) {
    auto c = video_format_context();
    c.expect.video->fps = fps;
    return c;
}

}  // namespace

TEST_CASE("another size or scan is not as expected, from its first picture to the last") {
    auto c = video_format_context();
    c.expect.video->interlaced = false;
    FormatWatch watch(c);
    watch.show(64, 36, milliseconds{0});
    watch.show(64, 36, milliseconds{40});
    watch.show(72, 36, milliseconds{80});
    watch.show(64, 36, milliseconds{120});
    watch.show(64, 36, milliseconds{160}, true);
    watch.format.reset({milliseconds{200}, {}}, watch.found);
    watch.show(64, 40, milliseconds{240});
    CHECK(told(watch.found) == "good 0 ms?, bad 80 ms, good 120 ms, bad 160 ms, unknown 200 ms, bad 240 ms?");
    CHECK(watch.words(1) == "width is 72, expected 64");
    CHECK(watch.words(3) == "scan is interlaced, expected progressive");
    CHECK(watch.words(5) == "height is 40, expected 36");
}

TEST_CASE("codecs go by many names") {
    auto c = video_format_context();
    c.expect.video->codec = "H.265";
    c.track.codec = "hevc";
    FormatWatch same(c);
    same.show(64, 36, {});
    CHECK(told(same.found) == "good 0 ms?");
    c.track.codec = "mpeg2video";
    FormatWatch other(c);
    other.show(64, 36, {});
    CHECK(other.words(0) == "codec is mpeg2video, expected H.265");
}

TEST_CASE("the frame rate is measured over two seconds, through lost frames and rounded times") {
    SECTION("25, as expected, one frame lost") {
        FormatWatch watch(at_rate(25));
        for (int i = 0; i < 200; ++i) {
            if (i != 70) {
                watch.show(64, 36, milliseconds{40} * i);
            }
        }
        CHECK(told(watch.found) == "good 0 ms?");
    }
    SECTION("59.94 in whole milliseconds") {
        FormatWatch watch(at_rate(59.94));
        for (int i = 0; i < 400; ++i) {
            watch.show(64, 36, milliseconds{i * 1001 / 60});
        }
        CHECK(told(watch.found) == "good 0 ms?");
    }
    SECTION("25 where 50 is expected, then 50") {
        FormatWatch watch(at_rate(50));
        for (int i = 0; i < 100; ++i) {
            watch.show(64, 36, milliseconds{40} * i);
        }
        for (int i = 0; i < 400; ++i) {
            watch.show(64, 36, milliseconds{4000} + milliseconds{20} * i);
        }
        const auto edges = test::edges(watch.found);
        REQUIRE(edges.size() == 3);
        CHECK(edges[1].verdict == core::Verdict::Bad);
        CHECK(edges[1].at.media == milliseconds{0});
        CHECK(edges[1].detail == "frame rate is 25, expected 50");
        CHECK(edges[2].verdict == core::Verdict::Good);
        CHECK(*edges[2].at.media <= milliseconds{6'100});
    }
    SECTION("24 is within 1 % of 23.976, not within 0.05 %") {
        for (const bool strict : {false, true}) {
            auto c = at_rate(23.976);
            if (strict) {
                c.parameters["video.format"]["fps_tolerance"] = 0.05;
            }
            FormatWatch watch(c);
            for (int i = 0; i < 150; ++i) {
                watch.show(64, 36, microseconds{1'000'000LL * i / 24});
            }
            CHECK(told(watch.found) == (strict ? "good 0 ms?, bad 0 ms?" : "good 0 ms?"));
        }
    }
}

TEST_CASE("where only key frames come, the track's own rate is judged") {
    auto c = at_rate(50);
    c.every_picture = false;
    c.track.fps = 25;
    FormatWatch watch(c);
    watch.show(64, 36, {});
    CHECK(watch.words(0) == "frame rate is 25, expected 50");
}
