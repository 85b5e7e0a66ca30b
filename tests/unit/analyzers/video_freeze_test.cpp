// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_freeze.hpp"

#include <cmath>
#include <functional>
#include <vector>

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using std::chrono::milliseconds;
using test::Random;
using test::TestPicture;
using test::told;

namespace {

constexpr int kWidth = 320;
constexpr int kHeight = 180;

analyzers::AnalyzerContext freeze_context() {
    analyzers::AnalyzerContext c;
    c.track.kind = core::TrackKind::Video;
    c.track.subject.track = "video:1";
    return c;
}

/// A scene with edges and texture, `shift` samples along.
int scene(int x, int y, int shift) {
    return 110 + static_cast<int>(60 * std::sin((x + shift) * 0.09) * std::cos(y * 0.07)) +
           ((x + shift) / 8 + y / 8) % 2 * 20;
}

/// What a picture at place `shift` looks like; noise of standard deviation `sigma` in 8-bit steps.
TestPicture scene_picture(int shift, double sigma, int bit_depth, Random& random) {
    TestPicture picture(kWidth, kHeight, bit_depth);
    const int scale = 1 << (bit_depth - 8);
    picture.fill([&](int x, int y) {
        const double noise = sigma > 0 ? sigma * random.normal() * scale : 0;
        return scene(x, y, shift) * scale + static_cast<int>(std::lround(noise));
    });
    return picture;
}

struct Watch {
    explicit Watch(const analyzers::AnalyzerContext& c = freeze_context()) : freeze(c) {}
    void show(TestPicture picture, core::MediaTime at) {
        picture.frame.at = at;
        freeze.process(pass.process(picture.frame), found);
    }
    analyzers::PicturePass pass{10};
    analyzers::VideoFreeze freeze;
    core::FindingsList found;
};

core::MediaTime at25(int number) {
    return milliseconds{40} * number;
}

/// Verdicts at the end of each of 25 pictures a second, `count` of them.
std::string watch25(int count, const std::function<TestPicture(int)>& picture) {
    Watch watch;
    for (int i = 0; i < count; ++i) {
        watch.show(picture(i), at25(i));
    }
    return told(watch.found);
}

/// Longest time that was said to be frozen, of pictures at 25 a second.
double longest_freeze(int count, const std::function<TestPicture(int)>& picture) {
    Watch watch;
    for (int i = 0; i < count; ++i) {
        watch.show(picture(i), at25(i));
    }
    double longest = 0;
    std::optional<core::MediaTime> since;
    for (const auto& edge : test::edges(watch.found)) {
        if (edge.verdict == core::Verdict::Bad) {
            since = edge.at.media;
        } else if (since) {
            longest = std::max(longest, core::to_seconds(*edge.at.media - *since));
            since.reset();
        }
    }
    return since ? std::max(longest, core::to_seconds(at25(count) - *since)) : longest;
}

}  // namespace

TEST_CASE("a freeze begins with the first repeated picture and ends with the first new one, at any depth") {
    for (const int depth : {8, 10, 12}) {
        INFO(depth << " bits");
        Random random(1);
        CHECK(watch25(100, [&](int i) {
                  const int shift = i < 30 ? i : i < 80 ? 29 : i - 50;  // picture 29 is held up to and with 79
                  return scene_picture(3 * shift, 0, depth, random);
              }) == "good 40 ms, bad 1200 ms, good 3200 ms");
    }
}

TEST_CASE("moving pictures, even slow ones, are no freeze") {
    Random random(2);
    CHECK(watch25(60, [&](int i) { return scene_picture(2 * i, 0, 8, random); }) == "good 80 ms");  // 40: too near
    CHECK(longest_freeze(250, [&](int i) { return scene_picture(i / 5, 0, 8, random); }) < 1.0);
}

TEST_CASE("a freeze that was there from the first picture on is not exact") {
    Random random(3);
    CHECK(watch25(60, [&](int i) { return scene_picture(i < 50 ? 0 : 4 * i, 0, 8, random); }) ==
          "bad 0 ms?, good 2000 ms");
}

TEST_CASE("coding noise, refinement and key frame bursts do not end a freeze") {
    Random random(4);
    const auto coded = [&](int i) {
        const int shift = i < 50 ? i : i < 200 ? 49 : i - 150;
        const int since = i - 50;
        double sigma = 0.0;
        if (i >= 50 && i < 200) {
            sigma = since < 12 ? 2.5 / (1 + since) : since % 25 == 0 ? 2.0 : 0.05;  // refined; every 25th is coded anew
        }
        return scene_picture(3 * shift, sigma, 8, random);
    };
    CHECK(watch25(250, coded) == "good 40 ms, bad 2000 ms, good 8000 ms");
}

TEST_CASE("a live camera that looks at a still scene is no freeze for its noise") {
    for (const double sigma : {1.0, 2.0, 4.0}) {
        INFO("sigma " << sigma);
        Random random(5);
        CHECK(longest_freeze(200, [&](int) { return scene_picture(0, sigma, 8, random); }) == 0.0);
    }
}

TEST_CASE("a still scene's freeze is dated by its noise") {
    Random random(6);
    const auto frozen = scene_picture(0, 3.0, 8, random);
    CHECK(watch25(300, [&](int i) { return i < 100 || i >= 250 ? scene_picture(0, 3.0, 8, random) : frozen; }) ==
          "good 40 ms, bad 4040 ms, good 10000 ms");
}

TEST_CASE("a small thing that moves is no freeze") {
    Random random(7);
    const auto background = scene_picture(0, 0, 8, random);
    SECTION("a ball") {
        CHECK(longest_freeze(250, [&](int i) {
                  auto picture = scene_picture(0, 0, 8, random);
                  const int left = 100 + static_cast<int>(60 * std::sin(i * 0.05));
                  for (int y = 80; y < 92; ++y) {
                      for (int x = left; x < left + 12; ++x) {
                          picture.set(x, y, 220);
                      }
                  }
                  return picture;
              }) < 1.0);
    }
    SECTION("the second hand of a clock") {
        CHECK(longest_freeze(300, [&](int i) {
                  auto picture = scene_picture(0, 0, 8, random);
                  const double angle = (i / 25) * 2 * 3.14159265 / 60;
                  for (int r = 0; r < 40; ++r) {
                      const int x = 160 + static_cast<int>(r * std::sin(angle));
                      const int y = 90 - static_cast<int>(r * std::cos(angle));
                      picture.set(x, y, 235);
                      picture.set(x + 1, y, 235);
                  }
                  return picture;
              }) <= 3.0);
    }
}

TEST_CASE("a slow fade is no freeze") {
    Random random(8);
    CHECK(longest_freeze(250, [&](int i) {
              TestPicture picture(kWidth, kHeight);
              picture.fill([&](int x, int y) { return scene(x, y, 0) * (400 - i) / 400; });
              return picture;
          }) < 2.0);
}

TEST_CASE("doubled pictures, pulldown and slide shows come and go without a word") {
    Random random(9);
    SECTION("25 in 50 a second") {
        Watch watch;
        for (int i = 0; i < 200; ++i) {
            watch.show(scene_picture(3 * (i / 2), 0, 8, random), milliseconds{20} * i);
        }
        CHECK(told(watch.found) == "good 40 ms");
    }
    SECTION("24 in 60 a second: two, three") {
        Watch watch;
        for (int i = 0; i < 200; ++i) {
            watch.show(scene_picture(3 * (i / 5 * 2 + (i % 5 >= 2 ? 1 : 0)), 0, 8, random), milliseconds{16} * i);
        }
        CHECK(told(watch.found) == "good 32 ms");
    }
    SECTION("one new picture a second, 25 sent: said once, then known") {
        Watch watch;
        for (int i = 0; i < 500; ++i) {
            watch.show(scene_picture(20 * (i / 25), 0, 8, random), at25(i));
        }
        CHECK(told(watch.found) == "bad 0 ms?, good 1000 ms");
    }
    SECTION("one picture a second, each of them new") {
        Watch watch;
        for (int i = 0; i < 30; ++i) {
            watch.show(scene_picture(9 * i, 0, 8, random), std::chrono::seconds{i});
        }
        CHECK(told(watch.found) == "good 1000 ms");
    }
    SECTION("one picture a second that freezes") {
        Watch watch;
        for (int i = 0; i < 30; ++i) {
            watch.show(scene_picture(9 * std::min(i, 10), 0, 8, random), std::chrono::seconds{i});
        }
        CHECK(told(watch.found) == "good 1000 ms, bad 11000 ms");
    }
}

TEST_CASE("frames of changing length do not matter") {
    Random random(10);
    Watch watch;
    core::MediaTime at{};
    for (int i = 0; i < 90; ++i) {
        watch.show(scene_picture(i < 30 ? 5 * i : i < 60 ? 145 : 5 * i, 0, 8, random), at);
        at += milliseconds{i % 3 == 0 ? 100 : 17};
    }
    REQUIRE(test::edges(watch.found).size() == 3);
    CHECK(told(watch.found) == "good 100 ms, bad 1340 ms, good 2680 ms");
}

TEST_CASE("after a reset nothing is known, and another size is another picture") {
    Random random(11);
    Watch watch;
    for (int i = 0; i < 50; ++i) {
        watch.show(scene_picture(0, 0, 8, random), at25(i));
    }
    watch.pass.reset();
    watch.freeze.reset({at25(50), {}}, watch.found);
    for (int i = 60; i < 90; ++i) {
        watch.show(scene_picture(0, 0, 8, random), at25(i));
    }
    watch.show(TestPicture(64, 64), at25(90));
    CHECK(told(watch.found) == "bad 0 ms?, unknown 2000 ms, bad 2400 ms?, good 3600 ms");
}

TEST_CASE("tiny and odd pictures freeze too") {
    for (const int size : {1, 2, 7, 33}) {
        INFO(size);
        Watch watch;
        for (int i = 0; i < 75; ++i) {
            TestPicture picture(size, size + 2);
            picture.fill([&](int x, int y) { return i < 25 ? (i * 37 + x + y) % 220 : 90; });
            watch.show(picture, at25(i));
        }
        REQUIRE(test::edges(watch.found).size() == 2);
        CHECK(test::edges(watch.found)[1].at.media == at25(26));
    }
}
