// SPDX-License-Identifier: Apache-2.0
#include "ui/text_fit.hpp"

#include "tests/catch.hpp"

namespace sightline::ui {
namespace {

/// Every character is half as wide as high; a UTF-8 sequence is one character.
float monospace(std::string_view text, float size) {
    float width = 0;
    for (const char c : text)
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) width += size / 2;
    return width;
}

TEST_CASE("A name that fits stays as it is") {
    const auto fitted = fit_name("NEWS", 100, 20, 10, 1, monospace);
    CHECK(fitted.size == 20);
    CHECK(fitted.lines == std::vector<std::string>{"NEWS"});
}

TEST_CASE("A long name shrinks first") {
    const auto fitted = fit_name("NEWS CDN-A", 80, 20, 10, 1, monospace);
    CHECK(fitted.size < 17);
    CHECK(fitted.size >= 10);
    CHECK(fitted.lines == std::vector<std::string>{"NEWS CDN-A"});
    CHECK(monospace(fitted.lines[0], fitted.size) <= 80);
}

TEST_CASE("Then it wraps") {
    const auto fitted = fit_name("NEWS HD CDN-A", 50, 20, 10, 2, monospace);
    CHECK(fitted.size == 10);
    CHECK(fitted.lines == std::vector<std::string>{"NEWS HD", "CDN-A"});
}

TEST_CASE("Then it keeps the end that tells it apart") {
    const auto fitted = fit_name("NEWS HD CDN-A", 40, 20, 10, 1, monospace);
    CHECK(fitted.lines == std::vector<std::string>{"\u2026 CDN-A"});
}

TEST_CASE("The end is kept in whole words, cut only where not even the last word fits") {
    CHECK(fit_name("A VERY LONG NAME CDN-A", 75, 20, 10, 1, monospace).lines ==
          std::vector<std::string>{"\u2026 NAME CDN-A"});
    CHECK(fit_name("LONGNAMECDN-A", 40, 20, 10, 1, monospace).lines == std::vector<std::string>{"\u2026MECDN-A"});
}

TEST_CASE("Nothing is drawn where not even an ellipsis fits") {
    CHECK(fit_name("NEWS", 4, 20, 10, 1, monospace).lines.empty());
    CHECK(fit_name("NEWS", 0, 20, 10, 1, monospace).lines.empty());
    CHECK(fit_name("", 100, 20, 10, 1, monospace).lines.empty());
}

TEST_CASE("No cut is made inside a character") {
    for (float width = 5; width < 80; width += 1) {
        for (const auto& line :
             fit_name("\u00e9\u00e8\u00ea\u00e0 \u00f1\u00fc\u00df", width, 20, 10, 1, monospace).lines)
            CHECK((static_cast<unsigned char>(line.front()) & 0xC0U) != 0x80U);
        const std::string kept = shorten("\u00e9\u00e8\u00ea\u00e0\u00f1\u00fc\u00df", width, 10, monospace);
        CHECK(monospace(kept, 10) <= width);
    }
}

TEST_CASE("Text wraps at words and ends in an ellipsis where lines run out") {
    CHECK(wrap_text("SRT: peer closed, last picture 14:03:41", 100, 10, 3, monospace) ==
          std::vector<std::string>{"SRT: peer closed,", "last picture", "14:03:41"});
    const auto cut = wrap_text("one two three four five six", 50, 10, 2, monospace);
    REQUIRE(cut.size() == 2);
    CHECK(cut[0] == "one two");
    CHECK(cut[1] == "three fou\u2026");
    CHECK(wrap_text("", 50, 10, 2, monospace).empty());
}

TEST_CASE("A number and its unit stay on one line") {
    CHECK(wrap_text("failed within 28 s; 4 more", 90, 10, 3, monospace) ==
          std::vector<std::string>{"failed within", "28 s; 4 more"});
    CHECK(wrap_text("too low: 347.4 kb/s, below 500", 85, 10, 3, monospace) ==
          std::vector<std::string>{"too low:", "347.4 kb/s, below", "500"});
    CHECK(wrap_text("failed within 28 seconds", 90, 10, 3, monospace) ==
          std::vector<std::string>{"failed within 28", "seconds"});
}

TEST_CASE("Of two alarms in a bar the second becomes a number before it is cut") {
    CHECK(fit_bar("Programme lost + black", 200, 10, monospace) == "Programme lost + black");
    CHECK(fit_bar("Programme lost + black", 100, 10, monospace) == "Programme lost +1");
    CHECK(fit_bar("Programme lost + black", 60, 10, monospace) == "Programme l\u2026");
    CHECK(fit_bar("Loudness +4 LU", 35, 10, monospace) == "Loudne\u2026");
}

TEST_CASE("A word wider than a line is cut, and the rest still comes") {
    const auto lines = wrap_text("abcdefghijkl xyz", 30, 10, 3, monospace);
    CHECK(lines == std::vector<std::string>{"abcde\u2026", "xyz"});
}

}  // namespace
}  // namespace sightline::ui
