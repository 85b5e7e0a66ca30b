// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.hpp"

#include "tests/catch.hpp"

using namespace sightline::config;

TEST_CASE("The edit distance counts insertions, removals, replacements and neighbours swapped") {
    CHECK(edit_distance("depth", "depth") == 0);
    CHECK(edit_distance("depht", "depth") == 1);
    CHECK(edit_distance("dept", "depth") == 1);
    CHECK(edit_distance("depthh", "depth") == 1);
    CHECK(edit_distance("dapth", "depth") == 1);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("Case, dashes and underscores do not count") {
    CHECK(edit_distance("Allow-Private", "allow_private") == 0);
}

TEST_CASE("Words too long to compare are far apart, not slow") {
    CHECK(edit_distance(std::string(100'000, 'a'), "abc") == 100'000);
}

TEST_CASE("The nearest word is suggested only where it is near enough to be meant") {
    const std::vector<std::string> words{"video.black", "video.freeze", "audio.silence", "id"};
    CHECK(nearest("video.blak", words) == "video.black");
    CHECK(nearest("video.freezed", words) == "video.freeze");
    CHECK(nearest("ts.crc", words).empty());
    CHECK(nearest("xy", words).empty());
    CHECK(did_you_mean("audio.silense", words) == "; did you mean \"audio.silence\"?");
    CHECK(did_you_mean("nonsense", words).empty());
}

TEST_CASE("Long lists are cut with their number") {
    const std::vector<std::string> words{"a", "b", "c"};
    CHECK(join(words) == "a, b, c");
    CHECK(join(words, 2) == "a, b, … (3 in all)");
}
