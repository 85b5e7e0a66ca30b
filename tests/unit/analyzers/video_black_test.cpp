// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_black.hpp"

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using std::chrono::milliseconds;
using test::TestPicture;
using test::told;

namespace {

analyzers::AnalyzerContext black_context() {
    analyzers::AnalyzerContext c;
    c.track.kind = core::TrackKind::Video;
    c.track.subject.track = "video:1";
    c.track.pid = 256;
    return c;
}

/// 100 × 100 samples of which `dark` are at `dark_value`, the others bright.
TestPicture part_dark(int dark, int dark_value, int bit_depth, core::ColourRange range, int number) {
    TestPicture picture(100, 100, bit_depth);
    const int bright = 180 << (bit_depth - 8);
    picture.fill([&](int x, int y) { return y * 100 + x < dark ? dark_value : bright; });
    picture.frame.range = range;
    picture.frame.at = milliseconds{40 * number};
    return picture;
}

struct BlackWatch {
    explicit BlackWatch(const analyzers::AnalyzerContext& c) : black(c) {}
    void show(const TestPicture& picture) { black.process(pass.process(picture.frame), found); }
    analyzers::PicturePass pass{10};
    analyzers::VideoBlack black;
    core::FindingsList found;
};

}  // namespace

TEST_CASE("black begins and ends with its first and last picture") {
    BlackWatch watch(black_context());
    for (int i = 0; i < 10; ++i) {
        watch.show(part_dark(i >= 3 && i < 7 ? 10'000 : 2'000, 16, 8, core::ColourRange::Limited, i));
    }
    CHECK(told(watch.found) == "good 0 ms?, bad 120 ms, good 280 ms");
    const auto bad = test::edges(watch.found)[1];
    CHECK(bad.condition == "video.black");
    CHECK(bad.subject.track == "video:1");
    CHECK(bad.pid == 256);
    CHECK(bad.value == 1.0);
    CHECK(bad.threshold == 0.98);
    CHECK(bad.unit == "ratio");
}

TEST_CASE("98 % of dark samples are black, 97 % are not, at the last dark code of every depth and range") {
    struct Row {
        int depth;
        core::ColourRange range;
        int last_dark;
    };
    for (const auto row : {Row{8, core::ColourRange::Limited, 37}, Row{8, core::ColourRange::Full, 25},
                           Row{10, core::ColourRange::Limited, 151}, Row{10, core::ColourRange::Full, 102},
                           Row{12, core::ColourRange::Limited, 606}}) {
        INFO(row.depth << " bits, last dark " << row.last_dark);
        BlackWatch watch(black_context());
        watch.show(part_dark(9'700, row.last_dark, row.depth, row.range, 0));
        watch.show(part_dark(9'799, row.last_dark, row.depth, row.range, 1));
        watch.show(part_dark(9'800, row.last_dark, row.depth, row.range, 2));
        watch.show(part_dark(9'800, row.last_dark + 1, row.depth, row.range, 3));
        CHECK(told(watch.found) == "good 0 ms?, bad 80 ms, good 120 ms");
    }
}

TEST_CASE("the share of dark samples is a parameter") {
    auto c = black_context();
    c.parameters["video.black"]["pixels"] = 60.0;
    BlackWatch watch(c);
    watch.show(part_dark(5'999, 16, 8, core::ColourRange::Limited, 0));
    watch.show(part_dark(6'000, 16, 8, core::ColourRange::Limited, 1));
    CHECK(told(watch.found) == "good 0 ms?, bad 40 ms");
}

TEST_CASE("black from the first picture on is not exact, and after a reset it is unknown") {
    BlackWatch watch(black_context());
    watch.show(part_dark(10'000, 16, 8, core::ColourRange::Limited, 0));
    watch.black.reset({milliseconds{500}, {}}, watch.found);
    watch.black.reset({milliseconds{600}, {}}, watch.found);
    watch.show(part_dark(10'000, 16, 8, core::ColourRange::Limited, 20));
    CHECK(told(watch.found) == "bad 0 ms?, unknown 500 ms, bad 800 ms?");
}
