// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <clocale>
#include <limits>

#include "tests/catch.hpp"

using namespace sightline::core;

TEST_CASE("Foreign bytes become valid UTF-8 without control characters") {
    CHECK(clean_utf8("Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x93\xBA") == "Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x93\xBA");
    CHECK(clean_utf8("a\nb\x7F") == "a b ");
    CHECK(clean_utf8("\xFF\xC3") == "\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(clean_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
    CHECK(clean_utf8("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
    CHECK(clean_utf8("\xC2\x85") == " ");                                         // NEL, a C1 control
}

TEST_CASE("No text turns the direction of what stands after it") {
    CHECK(clean_utf8("a\xE2\x80\xAE"
                     "txt\xE2\x80\xAC b") == "a txt  b");                   // right-to-left override, and its end
    CHECK(clean_utf8("\xE2\x80\xAA\xE2\x81\xA6\xE2\x81\xA9|") == "   |");   // embedding, isolate, its end
    CHECK(clean_utf8("\xD7\x90\xE2\x80\x8F!") == "\xD7\x90\xE2\x80\x8F!");  // a mark is a letter's business
    CHECK(clean_utf8("\xE2\x80\xA9\xE2\x80\xA6\xE2\x81\xA5") == " \xE2\x80\xA6\xE2\x81\xA5");  // beside them
}

TEST_CASE("Text in HTML ends no element and no attribute") {
    CHECK(html_escaped("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    CHECK(html_escaped("a\n\x1B\xFF") == "a  \xEF\xBF\xBD");
}

TEST_CASE("Secrets in URLs are masked, wherever the URL stands") {
    CHECK(mask_secrets("srt://10.0.0.5:9000?mode=caller&passphrase=hunter22&latency=120") ==
          "srt://10.0.0.5:9000?mode=caller&passphrase=***&latency=120");
    CHECK(mask_secrets("cannot open rtmp://joe:pw@host/app?token=abc: refused") ==
          "cannot open rtmp://joe:***@host/app?token=*** refused");
    CHECK(mask_secrets("http://a/b?pbkeylen=16") == "http://a/b?pbkeylen=16");
    CHECK(mask_secrets("no url here") == "no url here");
    CHECK(mask_secrets("x https://a?key=1 y https://b?sig=2#f z") == "x https://a?key=*** y https://b?sig=***#f z");
}

TEST_CASE("JSON atoms do not depend on the locale") {
    if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) WARN("de_DE.UTF-8 is not installed here");
    CHECK(json_number(1.5, 3) == "1.500");
    CHECK(json_number(-0.0001, 3) == "0.000");
    CHECK(json_number(0.998) == "0.998");
    CHECK(json_number(std::numeric_limits<double>::infinity()) == "null");
    CHECK(json_number(std::nullopt, 2) == "null");
    CHECK(json_string("say \"hi\" \\ \x01") == "\"say \\\"hi\\\" \\\\  \"");
    std::setlocale(LC_ALL, "C");
}
