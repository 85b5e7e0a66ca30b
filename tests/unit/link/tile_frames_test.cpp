// SPDX-License-Identifier: Apache-2.0
#include "link/tile_frames.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>

#include "tests/catch.hpp"

using namespace sightline;
using link::TileFrame;
using link::TileInfo;
using link::TileReader;
using link::TileWriter;

namespace {

std::byte value_of(std::uint64_t picture) {
    return static_cast<std::byte>(picture * 37 % 251);
}

TileInfo about(std::uint64_t picture) {
    TileInfo info;
    info.matrix = core::ColourMatrix::Bt709;
    info.source_width = 1920;
    info.source_height = 1080;
    info.at = std::chrono::milliseconds{40} * static_cast<std::int64_t>(picture);
    return info;
}

void publish(TileWriter& writer, std::uint64_t picture, int width = 32, int height = 18) {
    const auto pixels = writer.begin(width, height);
    std::memset(pixels.data(), static_cast<int>(value_of(picture)), pixels.size());
    writer.commit(about(picture));
}

bool whole(const TileFrame& frame, std::uint64_t picture) {
    for (const std::byte pixel : frame.pixels) {
        if (pixel != value_of(picture)) return false;
    }
    return frame.pixels.size() == frame.info.bytes() && frame.info.at == about(picture).at;
}

/// A segment made by somebody else: `bytes` of what a real writer wrote, changed by `change`, with these seals.
int forged(const TileWriter& writer, std::size_t bytes, const std::function<void(std::byte*)>& change,
           int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) {
    const int fd = memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    REQUIRE(fd >= 0);
    std::string copy(bytes, '\0');
    const ssize_t got = pread(writer.descriptor().get(), copy.data(), bytes, 0);
    REQUIRE(got > 0);
    change(reinterpret_cast<std::byte*>(copy.data()));
    REQUIRE(write(fd, copy.data(), bytes) == static_cast<ssize_t>(bytes));
    if (seals != 0) REQUIRE(fcntl(fd, F_ADD_SEALS, seals) == 0);
    return fd;
}

std::string refusal(int fd) {
    const auto reader = TileReader::open(fd);
    ::close(fd);
    return reader ? "accepted" : reader.error().message;
}

template <class Value>
auto put(std::size_t at, Value value) {
    return [=](std::byte* bytes) { std::memcpy(bytes + at, &value, sizeof value); };
}

// Places in the segment (docs/wall-link.md).
constexpr std::size_t kVersionAt = 8, kSlotsAt = 12, kOffsetAt = 16, kSlotBytesAt = 24, kWidthAt = 32, kHeightAt = 36,
                      kSampleBytesAt = 40, kNewestAt = 48;
constexpr std::size_t kPage = 4'096, kSlotBytes = 2 * kPage, kAll = kPage + 4 * kSlotBytes;
constexpr std::size_t kFirstSlot = kPage + kSlotBytes;  // of sequence 1

}  // namespace

TEST_CASE("A reader gets the newest picture, whole, once", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    auto reader = TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    TileFrame frame;
    CHECK_FALSE(reader->has_news());
    CHECK_FALSE(reader->newest(frame));
    publish(*writer, 1);
    publish(*writer, 2);
    publish(*writer, 3);
    CHECK(reader->has_news());
    REQUIRE(reader->newest(frame));
    CHECK(frame.info.sequence == 3);
    CHECK(frame.info.width == 32);
    CHECK(frame.info.height == 18);
    CHECK(frame.info.source_width == 1920);
    CHECK(frame.info.matrix == core::ColourMatrix::Bt709);
    CHECK_FALSE(frame.info.arrival);
    CHECK(whole(frame, 3));
    CHECK_FALSE(reader->has_news());
    CHECK_FALSE(reader->newest(frame));
    for (std::uint64_t picture = 4; picture < 40; ++picture) {
        publish(*writer, picture);
        REQUIRE(reader->newest(frame));
        CHECK(whole(frame, picture));
    }
}

TEST_CASE("All that is said of a picture arrives", "[tiles]") {
    auto writer = TileWriter::create(16, 16, 2);
    REQUIRE(writer);
    auto reader = TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    const auto pixels = writer->begin(15, 7);
    CHECK(pixels.size() == 2 * (15 * 7 + 2 * 8 * 4));
    TileInfo said;
    said.bit_depth = 10;
    said.range = core::ColourRange::Full;
    said.matrix = core::ColourMatrix::Bt2020;
    said.transfer = core::Transfer::Hlg;
    said.sar_num = 64;
    said.sar_den = 45;
    said.interlaced = said.focused = said.key_frames_only = true;
    said.key_interval = std::chrono::seconds{2};
    said.at = std::chrono::seconds{77};
    said.arrival = core::ArrivalTime{std::chrono::seconds{5}};
    said.utc = core::UtcTime{std::chrono::seconds{1'700'000'000}};
    said.published = core::ArrivalTime{std::chrono::seconds{6}};
    writer->commit(said);
    TileFrame frame;
    REQUIRE(reader->newest(frame));
    const TileInfo& got = frame.info;
    CHECK(got.sequence == 1);
    CHECK(got.width == 15);
    CHECK(got.height == 7);
    CHECK(got.sample_bytes == 2);
    CHECK(got.bit_depth == 10);
    CHECK(got.range == core::ColourRange::Full);
    CHECK(got.matrix == core::ColourMatrix::Bt2020);
    CHECK(got.transfer == core::Transfer::Hlg);
    CHECK(got.sar_num == 64);
    CHECK(got.sar_den == 45);
    CHECK((got.interlaced && got.focused && got.key_frames_only));
    CHECK(got.key_interval == std::chrono::seconds{2});
    CHECK(got.at == said.at);
    CHECK(got.arrival == said.arrival);
    CHECK(got.utc == said.utc);
    CHECK(got.published == said.published);
    CHECK(frame.y().size() == 2 * 15 * 7);
    CHECK(frame.u().size() == 2 * 8 * 4);
    CHECK(frame.v().size() == 2 * 8 * 4);
}

TEST_CASE("A picture begun and not committed is never seen, and the one before stays", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    auto reader = TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    publish(*writer, 1);
    const auto pixels = writer->begin(32, 18);
    std::memset(pixels.data(), 0xEE, pixels.size() / 2);
    TileFrame frame;
    REQUIRE(reader->newest(frame));
    CHECK(whole(frame, 1));
    CHECK_FALSE(reader->newest(frame));
    publish(*writer, 2);
    REQUIRE(reader->newest(frame));
    CHECK(whole(frame, 2));
}

TEST_CASE("A picture overtaken while it is copied is given up for the newer one", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    auto reader = TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    publish(*writer, 1);
    TileFrame frame;
    int asked = 0;
    const auto info = reader->newest_into([&](const TileInfo& coming) {
        // Four pictures come while the place for the first is looked for: its slot is used again.
        for (std::uint64_t picture = 2; asked == 0 && picture <= 5; ++picture) publish(*writer, picture);
        ++asked;
        frame.pixels.resize(coming.bytes());
        return std::span(frame.pixels);
    });
    REQUIRE(info);
    CHECK(asked == 2);
    frame.info = *info;
    CHECK(info->sequence == 5);
    CHECK(whole(frame, 5));
}

TEST_CASE("A writer that never lets go gives nothing, in bounded time", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    auto reader = TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    publish(*writer, 1);
    std::uint64_t picture = 1;
    int asked = 0;
    std::vector<std::byte> place;
    const auto info = reader->newest_into([&](const TileInfo& coming) {
        ++asked;
        for (int i = 0; i < 4; ++i) publish(*writer, ++picture);
        place.resize(coming.bytes());
        return std::span(place);
    });
    CHECK_FALSE(info);
    CHECK(asked < 10);
}

TEST_CASE("A place that is too small refuses the picture", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    auto reader = TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    publish(*writer, 1);
    CHECK_FALSE(reader->newest_into([](const TileInfo&) { return std::span<std::byte>{}; }));
    CHECK(reader->has_news());
}

TEST_CASE("What is not a sealed memory file is refused in words", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    const auto nothing = [](std::byte*) {};
    CHECK(refusal(forged(*writer, kAll, nothing)) == "accepted");
    CHECK(refusal(forged(*writer, kAll, nothing, 0)) == "shared memory refused: not sealed against shrinking");
    CHECK(refusal(forged(*writer, kAll, nothing, F_SEAL_SHRINK)) ==
          "shared memory refused: not sealed against growing");
    CHECK(refusal(forged(*writer, kAll, nothing, F_SEAL_SHRINK | F_SEAL_GROW)) ==
          "shared memory refused: not sealed against other writers");
    CHECK(refusal(forged(*writer, kAll, nothing, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) ==
          "shared memory refused: its seals are not final");
    CHECK(refusal(open("/dev/null", O_RDONLY)) == "shared memory refused: not a memory file");
    CHECK(refusal(open("/proc/self/stat", O_RDONLY)) == "shared memory refused: not on plain memory");
    CHECK(TileReader::open(-1).error().message == "shared memory refused: not an open descriptor");
    const int empty = memfd_create("empty", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    REQUIRE(fcntl(empty, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0);
    CHECK(refusal(empty) == "shared memory refused: 0 bytes are outside [1, 536870912]");
}

TEST_CASE("A header that lies is refused in words", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    publish(*writer, 1);
    const auto lie = [&](const std::function<void(std::byte*)>& change, std::size_t bytes = kAll) {
        return refusal(forged(*writer, bytes, change));
    };
    const auto u32 = [](std::size_t at, std::uint32_t value) { return put(at, value); };
    const auto u64 = [](std::size_t at, std::uint64_t value) { return put(at, value); };
    CHECK(lie(u64(0, 0)) == "tile memory refused: not a tile segment");
    CHECK(lie(u32(kVersionAt, 2)) == "tile memory refused: version 2, not 1");
    CHECK(lie(u32(kSlotsAt, 2)) == "tile memory refused: 2 slots are outside [3, 16]");
    CHECK(lie(u32(kSlotsAt, 0xFFFFFFFF)) == "tile memory refused: 4294967295 slots are outside [3, 16]");
    CHECK(lie(u32(kSlotsAt, 5)) == "tile memory refused: 5 slots of 8192 bytes do not fit in 36864");
    CHECK(lie(u64(kOffsetAt, 1ULL << 63)) == "tile memory refused: slots at 9223372036854775808, not 4096");
    CHECK(lie(u64(kOffsetAt, 0)) == "tile memory refused: slots at 0, not 4096");
    CHECK(lie(u64(kSlotBytesAt, 0)) == "tile memory refused: slots of 0 bytes cannot hold 32x18");
    CHECK(lie(u64(kSlotBytesAt, kPage)) == "tile memory refused: slots of 4096 bytes cannot hold 32x18");
    CHECK(lie(u64(kSlotBytesAt, ~0ULL - 4095)) ==
          "tile memory refused: slots of 18446744073709547520 bytes cannot hold 32x18");
    CHECK(lie(u64(kSlotBytesAt, 3 * kPage)) == "tile memory refused: 4 slots of 12288 bytes do not fit in 36864");
    CHECK(lie(u32(kWidthAt, 0)) == "tile memory refused: a picture of 0x18 is outside [1, 8192]");
    CHECK(lie(u32(kHeightAt, 0x80000000)) == "tile memory refused: a picture of 32x2147483648 is outside [1, 8192]");
    CHECK(lie(u32(kWidthAt, 8'192)) == "tile memory refused: slots of 8192 bytes cannot hold 8192x18");
    CHECK(lie(u32(kSampleBytesAt, 3)) == "tile memory refused: samples of 3 bytes");
    CHECK(lie([](std::byte*) {}, 100) == "tile memory refused: 100 bytes are no header");
    CHECK(lie([](std::byte*) {}, kAll - 1) == "tile memory refused: 4 slots of 8192 bytes do not fit in 36863");
}

TEST_CASE("A slot that lies gives no picture", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    publish(*writer, 1);
    const auto gives = [&](const std::function<void(std::byte*)>& change) {
        const int fd = forged(*writer, kAll, change);
        auto reader = TileReader::open(fd);
        ::close(fd);
        REQUIRE(reader);
        TileFrame frame;
        return reader->newest(frame);
    };
    CHECK(gives([](std::byte*) {}));
    CHECK_FALSE(gives(put(kNewestAt, std::uint64_t{2})));        // a slot never written
    CHECK_FALSE(gives(put(kNewestAt, ~std::uint64_t{0})));       // any slot at all
    CHECK_FALSE(gives(put(kFirstSlot, std::uint64_t{3})));       // being written for ever
    CHECK_FALSE(gives(put(kFirstSlot + 8, std::uint64_t{5})));   // another picture
    CHECK_FALSE(gives(put(kFirstSlot + 16, std::uint32_t{0})));  // width
    CHECK_FALSE(gives(put(kFirstSlot + 16, std::uint32_t{33})));
    CHECK_FALSE(gives(put(kFirstSlot + 20, ~std::uint32_t{0})));   // height
    CHECK_FALSE(gives(put(kFirstSlot + 24, std::uint32_t{10})));   // bit depth of bytes
    CHECK_FALSE(gives(put(kFirstSlot + 32, std::uint32_t{2})));    // range
    CHECK_FALSE(gives(put(kFirstSlot + 36, std::uint32_t{4})));    // matrix
    CHECK_FALSE(gives(put(kFirstSlot + 40, std::uint32_t{255})));  // transfer
    CHECK_FALSE(gives(put(kFirstSlot + 44, std::uint32_t{0})));    // sample aspect
    CHECK_FALSE(gives(put(kFirstSlot + 48, ~std::uint32_t{0})));
    CHECK_FALSE(gives(put(kFirstSlot + 72, std::int64_t{1} << 62)));  // media time
    CHECK_FALSE(gives(put(kFirstSlot + 80, INT64_MIN)));              // arrival
}

TEST_CASE("Sizes that no tile has are refused by the writer", "[tiles]") {
    CHECK(TileWriter::create(0, 10, 1).error().message == "a tile of 0x10 is outside [1, 8192]");
    CHECK(TileWriter::create(10, 8'193, 1).error().message == "a tile of 10x8193 is outside [1, 8192]");
    CHECK(TileWriter::create(10, 10, 4).error().message == "samples of 4 bytes");
    // 8192 x 8192 in words with four slots is above the largest segment.
    CHECK(TileWriter::create(8'192, 8'192, 2).error().code == core::ErrorCode::Unsupported);
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    CHECK(writer->fits(32, 18, 1));
    CHECK(writer->fits(16, 9, 1));
    CHECK_FALSE(writer->fits(33, 18, 1));
    CHECK_FALSE(writer->fits(32, 18, 2));
    CHECK_FALSE(writer->fits(0, 18, 1));
}

TEST_CASE("Nobody can map a segment for writing or change its size", "[tiles]") {
    auto writer = TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    const int fd = writer->descriptor().get();
    CHECK(mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK(ftruncate(fd, 0) != 0);
    CHECK(ftruncate(fd, 1 << 20) != 0);
    CHECK(pwrite(fd, "x", 1, 0) < 0);
    publish(*writer, 1);  // the writer still can
}
