// SPDX-License-Identifier: Apache-2.0
#include "link/pcm_ring.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;

namespace {

constexpr int kRate = 48'000;

/// Sample n of the left channel is n / 2^20, of the right one its negative.
struct Speaker {
    Speaker() {
        auto made = link::PcmWriter::create(2, kRate);
        REQUIRE(made);
        writer.emplace(std::move(*made));
    }
    void say(std::size_t samples) {
        std::vector<float> left, right;
        for (std::size_t i = 0; i < samples; ++i) {
            left.push_back(static_cast<float>(said + i) / 1'048'576.0F);
            right.push_back(-left.back());
        }
        const std::array<const float*, 2> planes{left.data(), right.data()};
        const core::MediaTime at = offset + core::ticks_to_duration(static_cast<std::int64_t>(said), kRate);
        writer->append(planes, samples, at, core::ArrivalTime{at + 1h});
        said += samples;
    }
    std::optional<link::PcmWriter> writer;
    std::size_t said = 0;
    core::MediaTime offset{};
};

std::size_t first_number(const link::PcmBlock& block) {
    return static_cast<std::size_t>(std::lround(block.samples[0] * 1'048'576.0F));
}

}  // namespace

TEST_CASE("Sound comes out as it went in, in any piece, with its times", "[pcm_ring]") {
    for (const std::size_t piece : {std::size_t{17}, std::size_t{480}, std::size_t{1'024}, std::size_t{9'000}}) {
        Speaker speaker;
        auto reader = link::PcmReader::open(speaker.writer->descriptor().get());
        REQUIRE(reader);
        CHECK(reader->channels() == 2);
        CHECK(reader->sample_rate() == kRate);
        link::PcmBlock block;
        CHECK_FALSE(reader->read(block));
        std::size_t heard = 0;
        bool first = true;
        while (speaker.said < 100'000) {
            speaker.say(piece);
            while (reader->read(block)) {
                REQUIRE(first_number(block) == heard);
                CHECK(block.after_loss == first);
                first = false;
                const auto at = core::ticks_to_duration(static_cast<std::int64_t>(heard), kRate);
                CHECK(std::chrono::abs(block.at - at) <= 2ns);
                REQUIRE(block.arrival);
                CHECK(std::chrono::abs(*block.arrival - core::ArrivalTime{at + 1h}) <= 2ns);
                REQUIRE(block.samples.size() % 2 == 0);
                CHECK(block.samples[1] == -block.samples[0]);
                heard += block.samples.size() / 2;
            }
        }
        CHECK(heard == speaker.said);
    }
}

TEST_CASE("A jump in time ends a block", "[pcm_ring]") {
    Speaker speaker;
    auto reader = link::PcmReader::open(speaker.writer->descriptor().get());
    REQUIRE(reader);
    speaker.say(480);
    speaker.offset = 5s;
    speaker.say(480);
    link::PcmBlock block;
    REQUIRE(reader->read(block));
    CHECK(block.at == 0s);
    CHECK(block.samples.size() == 2 * 480);
    REQUIRE(reader->read(block));
    CHECK(block.at == 5s + 10ms);
    CHECK_FALSE(block.after_loss);
}

TEST_CASE("A listener that sleeps goes on with what is new, and is told", "[pcm_ring]") {
    Speaker speaker;
    auto reader = link::PcmReader::open(speaker.writer->descriptor().get());
    REQUIRE(reader);
    link::PcmBlock block;
    speaker.say(480);
    REQUIRE(reader->read(block));
    for (int i = 0; i < 1'000; ++i) speaker.say(480);
    REQUIRE(reader->read(block));
    CHECK(block.after_loss);
    CHECK(first_number(block) + 2 * 960 >= speaker.said);
    speaker.say(480);
    REQUIRE(reader->read(block));
    CHECK_FALSE(block.after_loss);
}

TEST_CASE("A listener that comes later begins with what is new", "[pcm_ring]") {
    Speaker speaker;
    for (int i = 0; i < 100; ++i) speaker.say(480);
    auto reader = link::PcmReader::open(speaker.writer->descriptor().get());
    REQUIRE(reader);
    link::PcmBlock block;
    CHECK_FALSE(reader->read(block));
    speaker.say(480);
    REQUIRE(reader->read(block));
    CHECK(first_number(block) == 48'000);
}

TEST_CASE("Samples that are no numbers are silence", "[pcm_ring]") {
    auto writer = link::PcmWriter::create(1, kRate);
    REQUIRE(writer);
    auto reader = link::PcmReader::open(writer->descriptor().get());
    REQUIRE(reader);
    const std::array<float, 3> samples{NAN, INFINITY, 100.0F};
    const std::array<const float*, 1> planes{samples.data()};
    writer->append(planes, 3, 0s, {});
    link::PcmBlock block;
    REQUIRE(reader->read(block));
    CHECK(block.samples == std::vector<float>{0.0F, 0.0F, 8.0F});
    CHECK_FALSE(block.arrival);
}

TEST_CASE("Sound that no ring holds is refused in words", "[pcm_ring]") {
    CHECK(link::PcmWriter::create(0, kRate).error().message ==
          "sound of 0 channels at 48000 Hz is outside [1, 16] at [8000, 192000]");
    CHECK(link::PcmWriter::create(2, 500'000).error().code == core::ErrorCode::Unsupported);
    const auto levels = link::PcmReader::open(-1);
    REQUIRE_FALSE(levels);
    CHECK(levels.error().message == "shared memory refused: not an open descriptor");
}
