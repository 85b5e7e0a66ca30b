// SPDX-License-Identifier: Apache-2.0
#include "link/audio_levels.hpp"

#include <cmath>
#include <vector>

#include "tests/catch.hpp"

using namespace sightline;
using link::LevelBlock;

namespace {

LevelBlock block_of(int number) {
    LevelBlock block;
    block.at = std::chrono::milliseconds{10} * number;
    block.duration = std::chrono::milliseconds{10};
    block.channels = 2;
    block.peak = {0.5F, 0.25F};
    block.rms = {0.1F, 0.05F};
    return block;
}

}  // namespace

TEST_CASE("A meter gets every block once, in order", "[audio_levels]") {
    auto writer = link::LevelsWriter::create();
    REQUIRE(writer);
    auto reader = link::LevelsReader::open(writer->descriptor().get());
    REQUIRE(reader);
    writer->set_track(0, "audio:1", "eng");
    writer->set_track(7, "audio:8", "");
    writer->set_track(8, "audio:9", "");  // no such place
    std::vector<LevelBlock> blocks{block_of(1)};
    reader->read(0, blocks);
    CHECK(blocks.empty());
    for (int i = 0; i < 5; ++i) writer->append(0, block_of(i));
    reader->read(0, blocks);
    REQUIRE(blocks.size() == 5);
    for (int i = 0; i < 5; ++i) {
        const LevelBlock& block = blocks[static_cast<std::size_t>(i)];
        CHECK(block.sequence == static_cast<std::uint64_t>(i) + 1);
        CHECK(block.at == block_of(i).at);
        CHECK(block.channels == 2);
        CHECK(block.peak[1] == 0.25F);
        CHECK(block.rms[0] == 0.1F);
        CHECK_FALSE(block.arrival);
        CHECK(std::isnan(block.momentary_lufs));
    }
    reader->read(0, blocks);
    CHECK(blocks.empty());
    reader->read(7, blocks);
    CHECK(blocks.empty());
    reader->read(99, blocks);
    CHECK(blocks.empty());
    const auto tracks = reader->tracks();
    CHECK(tracks[0].name == "audio:1");
    CHECK(tracks[0].language == "eng");
    CHECK(tracks[1].name.empty());
    CHECK(tracks[7].name == "audio:8");
}

TEST_CASE("A meter that sleeps finds the last blocks", "[audio_levels]") {
    auto writer = link::LevelsWriter::create();
    REQUIRE(writer);
    auto reader = link::LevelsReader::open(writer->descriptor().get());
    REQUIRE(reader);
    for (int i = 1; i <= 1'000; ++i) writer->append(3, block_of(i));
    std::vector<LevelBlock> blocks;
    reader->read(3, blocks);
    REQUIRE(blocks.size() == link::kLevelBlocks);
    CHECK(blocks.front().sequence == 1'000 - link::kLevelBlocks + 1);
    CHECK(blocks.back().at == block_of(1'000).at);
}

TEST_CASE("Levels that are no numbers are silence, loudness that is none is not measured", "[audio_levels]") {
    auto writer = link::LevelsWriter::create();
    REQUIRE(writer);
    auto reader = link::LevelsReader::open(writer->descriptor().get());
    REQUIRE(reader);
    LevelBlock lie = block_of(1);
    lie.channels = 1'000;
    lie.peak = {NAN, INFINITY, -1.0F, 1e9F};
    lie.momentary_lufs = INFINITY;
    lie.short_term_lufs = -23.0F;
    writer->append(0, lie);
    std::vector<LevelBlock> blocks;
    reader->read(0, blocks);
    REQUIRE(blocks.size() == 1);
    CHECK(blocks[0].channels == link::kMaxLevelChannels);
    CHECK(blocks[0].peak[0] == 0);
    CHECK(blocks[0].peak[1] == 0);
    CHECK(blocks[0].peak[2] == 0);
    CHECK(blocks[0].peak[3] == 1'000.0F);
    CHECK(std::isnan(blocks[0].momentary_lufs));
    CHECK(blocks[0].short_term_lufs == -23.0F);
}
