// SPDX-License-Identifier: Apache-2.0
// Remote probes' small pictures: decoded, refused in words, and kept while their stream is there.
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/still_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"
#include "ui/still_picture.hpp"

using namespace sightline;
using namespace sightline::ui;

namespace {

std::string file(const std::string& name) {
    std::ifstream in(SIGHTLINE_SOURCE_DIR "/testdata/fuzz/still_jpeg/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<const std::string> shared(const std::string& bytes) {
    return std::make_shared<const std::string>(bytes);
}

}  // namespace

TEST_CASE("A small JPEG becomes planes of 4:2:0 with the colours it had", "[still]") {
    const auto still = decode_still(file("bars.jpg"));
    REQUIRE(still);
    CHECK(still->width == 64);
    CHECK(still->height == 36);
    REQUIRE(still->pixels.size() == 64 * 36 + 2 * 32 * 18);
    // The first of SMPTE's bars is 75 % grey: luma 180 of the limited range, 191 of JFIF's, without chroma.
    CHECK(std::to_integer<int>(still->pixels[10 * 64 + 4]) == Approx(191).margin(6));
    CHECK(std::to_integer<int>(still->pixels[64 * 36 + 5 * 32 + 2]) == Approx(128).margin(6));
    // The last of the upper ones is blue: dark, with much of Cb.
    CHECK(std::to_integer<int>(still->pixels[10 * 64 + 60]) < 60);
    CHECK(std::to_integer<int>(still->pixels[64 * 36 + 5 * 32 + 30]) > 190);
    const auto odd = decode_still(file("odd.jpg"));
    REQUIRE(odd);
    CHECK(odd->pixels.size() == 33 * 17 + 2 * 17 * 9);
}

TEST_CASE("What is no small JPEG of three colours is refused in words", "[still]") {
    CHECK_FALSE(decode_still(""));
    CHECK(decode_still("<html>").error().message.find("no JPEG that can be shown") == 0);
    CHECK(decode_still(file("cut.jpg")).error().message.find("no JPEG that can be shown") == 0);
    CHECK_FALSE(decode_still(file("vast.jpg")));
}

TEST_CASE("Pictures that the fuzzer kept are shown whole or refused", "[still]") {
    CHECK(tests::replay("still_jpeg", [](const std::string& bytes) { fuzz::read_still(bytes); }) > 0);
}

TEST_CASE("A still is decoded once, replaced by a newer one, and goes with its stream", "[still]") {
    StillBook book;
    const core::UtcTime first{std::chrono::hours{480'000}};
    book.take("far", {{"news", {first, shared(file("bars.jpg"))}}});
    const auto shown = book.of({"far", "news"});
    REQUIRE(shown);
    CHECK(shown->at == first);
    book.take("far", {{"news", {first, shared(file("bars.jpg"))}}});
    CHECK(book.of({"far", "news"}) == shown);
    book.take("far", {{"news", {first + std::chrono::seconds{2}, shared("rubbish")}}});
    CHECK(book.of({"far", "news"}) == shown);  // the one before stays
    book.take("far", {{"news", {first + std::chrono::seconds{4}, shared(file("odd.jpg"))}}});
    REQUIRE(book.of({"far", "news"}));
    CHECK(book.of({"far", "news"})->width == 33);
    book.take("near", {});
    CHECK(book.of({"far", "news"}));
    book.take("far", {});
    CHECK_FALSE(book.of({"far", "news"}));
}
