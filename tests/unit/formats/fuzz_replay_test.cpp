// SPDX-License-Identifier: Apache-2.0
// Replays testdata/fuzz/{ts_inspector,psi,m3u8} through what the fuzz targets do.

#include "tests/fuzz_replay.hpp"
#include "fuzz/formats_targets.hpp"
#include "tests/catch.hpp"

using sightline::tests::replay;

TEST_CASE("Inputs that the fuzzers kept are read to their end") {
    const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
    CHECK(replay("ts_inspector", [&](const std::string& t) { sightline::fuzz::inspect_transport(bytes(t)); }) > 0);
    CHECK(replay("psi", [&](const std::string& t) { sightline::fuzz::read_sections(bytes(t)); }) > 0);
    CHECK(replay("m3u8", [&](const std::string& t) { sightline::fuzz::read_playlist(t); }) > 0);
}
