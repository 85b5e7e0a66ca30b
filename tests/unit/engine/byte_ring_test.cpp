// SPDX-License-Identifier: Apache-2.0
#include "engine/byte_ring.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <numeric>

#include "tests/catch.hpp"

using namespace sightline;
using engine::ByteRing;
using engine::RingBlock;

namespace {

struct File {
    File() : fd(memfd_create("ring", MFD_CLOEXEC)) {}
    ~File() { ::close(fd); }
    int fd;
};

std::vector<std::byte> bytes_of(std::size_t size, unsigned seed) {
    std::vector<std::byte> out(size);
    for (std::size_t n = 0; n < size; ++n) out[n] = static_cast<std::byte>(n * 7 + seed);
    return out;
}

RingBlock block_at(std::int64_t second) {
    RingBlock block;
    block.session = 3;
    block.container = probe::Container::MpegTs;
    block.resume = 0;
    block.utc = core::UtcTime{std::chrono::seconds{1'000'000 + second}};
    block.media_offset = std::chrono::milliseconds{-40};
    block.marks = {{0, core::ArrivalTime{std::chrono::seconds{second}}},
                   {5, core::ArrivalTime{std::chrono::seconds{second} + std::chrono::milliseconds{3}}}};
    return block;
}

std::vector<std::uint64_t> numbers(int fd) {
    std::vector<std::uint64_t> out;
    const auto listed = engine::list_ring(fd);
    REQUIRE(listed);
    for (const RingBlock& block : *listed) out.push_back(block.number);
    return out;
}

std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> out(to - from + 1);
    std::iota(out.begin(), out.end(), from);
    return out;
}

}  // namespace

TEST_CASE("What a ring was given comes back whole") {
    const File file;
    auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes);
    REQUIRE(ring);
    const auto first = bytes_of(100, 1), second = bytes_of(engine::kRingPayloadBytes, 2);
    REQUIRE(ring->append(block_at(1), first));
    REQUIRE(ring->append(block_at(2), second));
    const auto blocks = engine::list_ring(file.fd);
    REQUIRE(blocks);
    REQUIRE(blocks->size() == 2);
    const RingBlock& block = blocks->front();
    CHECK(block.number == 1);
    CHECK(block.session == 3);
    CHECK(block.container == probe::Container::MpegTs);
    CHECK(block.resume == 0);
    CHECK(block.bytes == 100);
    CHECK(block.utc == block_at(1).utc);
    CHECK(block.media_offset == block_at(1).media_offset);
    REQUIRE(block.marks.size() == 2);
    CHECK(block.marks[1].offset == 5);
    CHECK(block.marks[1].arrival == block_at(1).marks[1].arrival);
    CHECK(engine::read_ring(file.fd, block) == first);
    CHECK(engine::read_ring(file.fd, blocks->back()) == second);
}

TEST_CASE("A full ring writes over its oldest block and never grows") {
    const File file;
    auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes);
    REQUIRE(ring);
    for (int n = 1; n <= 40; ++n) REQUIRE(ring->append(block_at(n), bytes_of(engine::kRingPayloadBytes, 1)));
    CHECK(numbers(file.fd) == range(25, 40));
    CHECK(lseek(file.fd, 0, SEEK_END) == static_cast<off_t>(engine::kLeastRingBytes));
}

TEST_CASE("A ring that is opened again goes on behind its newest block") {
    const File file;
    for (int life = 0; life < 3; ++life) {
        auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes);
        REQUIRE(ring);
        CHECK(ring->newest() == static_cast<std::uint64_t>(life) * 10);
        for (int n = 0; n < 10; ++n) REQUIRE(ring->append(block_at(n), bytes_of(50, 1)));
    }
    CHECK(numbers(file.fd) == range(15, 30));
    SECTION("of another size it begins anew") {
        auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes * 2);
        REQUIRE(ring);
        REQUIRE(ring->append(block_at(1), bytes_of(50, 1)));
        CHECK(numbers(file.fd) == range(31, 31));
    }
}

TEST_CASE("A block that a kill cut off is none, wherever it was cut") {
    const auto whole = bytes_of(3'000, 9);
    const std::size_t size = engine::kRingHeaderBytes + whole.size() + engine::kRingTailBytes;
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{100}, engine::kRingHeaderBytes,
                                  engine::kRingHeaderBytes + 1'500, size - engine::kRingTailBytes}) {
        const File file, donor;
        auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes);
        auto other = ByteRing::open(donor.fd, engine::kLeastRingBytes);
        REQUIRE(ring);
        REQUIRE(other);
        for (int n = 1; n <= 20; ++n) {
            REQUIRE(ring->append(block_at(n), bytes_of(3'000, 1)));
            REQUIRE(other->append(block_at(n), bytes_of(3'000, 1)));
        }
        REQUIRE(other->append(block_at(21), whole));
        std::vector<char> part(size);
        const off_t slot = 20 % 16 * static_cast<off_t>(engine::kRingSlotBytes);
        REQUIRE(pread(donor.fd, part.data(), size, slot) == static_cast<ssize_t>(size));
        REQUIRE(pwrite(file.fd, part.data(), cut, slot) == static_cast<ssize_t>(cut));
        const auto expected = cut == 0 ? range(5, 20) : range(6, 20);
        const auto found = numbers(file.fd);
        // One byte of a header may be the same as before: then nothing was torn yet.
        CHECK((found == expected || (cut == 1 && found == range(5, 20))));
        auto again = ByteRing::open(file.fd, engine::kLeastRingBytes);
        REQUIRE(again);
        CHECK(again->newest() == 20);
    }
}

TEST_CASE("A block that was overwritten since it was listed is told as such") {
    const File file;
    auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes);
    REQUIRE(ring);
    for (int n = 1; n <= 16; ++n) REQUIRE(ring->append(block_at(n), bytes_of(10, 1)));
    const auto before = engine::list_ring(file.fd);
    REQUIRE(before);
    REQUIRE(ring->append(block_at(17), bytes_of(10, 1)));
    const auto gone = engine::read_ring(file.fd, before->front());
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == core::ErrorCode::Corrupt);
    CHECK(engine::read_ring(file.fd, before->back()));
}

TEST_CASE("A disk without room loses the block in hand and nothing else") {
    char path[] = "/tmp/sightline-ring-XXXXXX";
    const int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    unlink(path);
    auto ring = ByteRing::open(fd, engine::kLeastRingBytes);
    REQUIRE(ring);
    for (int n = 1; n <= 3; ++n) REQUIRE(ring->append(block_at(n), bytes_of(60'000, 1)));
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto old = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{3 * engine::kRingSlotBytes + 1'000, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &full) == 0);
    const auto refused = ring->append(block_at(4), bytes_of(60'000, 1));
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, old);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::ErrorCode::Io);
    CHECK(numbers(fd) == range(1, 3));
    REQUIRE(ring->append(block_at(4), bytes_of(60'000, 1)));
    CHECK(numbers(fd) == range(1, 4));
    close(fd);
}

TEST_CASE("A foreign file is an empty ring or well-formed blocks") {
    const File file;
    std::vector<std::byte> junk(5 * engine::kRingSlotBytes + 77);
    std::uint32_t state = 12345;
    for (auto& byte : junk) {
        state = state * 1'664'525 + 1'013'904'223;
        byte = static_cast<std::byte>(state >> 24);
    }
    REQUIRE(write(file.fd, junk.data(), junk.size()) == static_cast<ssize_t>(junk.size()));
    const auto blocks = engine::list_ring(file.fd);
    REQUIRE(blocks);
    CHECK(blocks->empty());
    auto ring = ByteRing::open(file.fd, engine::kLeastRingBytes);
    REQUIRE(ring);
    for (int n = 1; n <= 3; ++n) REQUIRE(ring->append(block_at(n), bytes_of(300, 1)));
    // Every byte of a header changed in turn: what is listed stays in bounds.
    std::vector<unsigned char> slot(engine::kRingHeaderBytes);
    REQUIRE(pread(file.fd, slot.data(), slot.size(), engine::kRingSlotBytes) == static_cast<ssize_t>(slot.size()));
    for (std::size_t n = 0; n < 140; ++n) {
        const auto changed = static_cast<unsigned char>(slot[n] ^ 0xFFU);
        REQUIRE(pwrite(file.fd, &changed, 1, static_cast<off_t>(engine::kRingSlotBytes + n)) == 1);
        const auto listed = engine::list_ring(file.fd);
        if (listed) {
            for (const RingBlock& block : *listed) {
                CHECK(block.bytes <= engine::kRingPayloadBytes);
                CHECK(!block.marks.empty());
                for (const auto& mark : block.marks) CHECK(mark.offset < block.bytes);
                (void)engine::read_ring(file.fd, block);
            }
        }
        REQUIRE(pwrite(file.fd, &slot[n], 1, static_cast<off_t>(engine::kRingSlotBytes + n)) == 1);
    }
}

TEST_CASE("A ring that is too small or too large is refused") {
    const File file;
    CHECK_FALSE(ByteRing::open(file.fd, 100));
    CHECK_FALSE(ByteRing::open(file.fd, engine::kMostRingBytes + 1));
    CHECK_FALSE(ByteRing::open(-1, engine::kLeastRingBytes));
}
