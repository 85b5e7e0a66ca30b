// SPDX-License-Identifier: Apache-2.0
#include "engine/byte_recorder.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using engine::ByteRecorder;
using engine::RingBlock;

namespace {

link::Descriptor new_file() {
    return link::Descriptor::adopt(memfd_create("ring", MFD_CLOEXEC));
}

std::vector<RingBlock> blocks_of(const link::Descriptor& file) {
    auto blocks = engine::list_ring(file.get());
    REQUIRE(blocks);
    return std::move(*blocks);
}

/// All bytes in the ring that are of the stream's course.
std::vector<std::byte> course(const link::Descriptor& file) {
    std::vector<std::byte> out;
    for (const RingBlock& block : blocks_of(file)) {
        if (block.head) continue;
        const auto bytes = engine::read_ring(file.get(), block);
        REQUIRE(bytes);
        out.insert(out.end(), bytes->begin(), bytes->end());
    }
    return out;
}

}  // namespace

TEST_CASE("Everything received stands in the ring, with when it arrived") {
    core::VirtualClock clock(core::ArrivalTime{100s}, core::UtcTime{5'000s});
    const auto file = new_file();
    std::vector<std::byte> sent;
    {
        ByteRecorder recorder(clock);
        REQUIRE(recorder.attach(file, engine::kLeastRingBytes));
        recorder.begin_session(probe::Container::MpegTs);
        recorder.note_offset(-7ms);
        for (int n = 0; n < 200; ++n) {
            const std::vector<std::byte> datagram(1'316, static_cast<std::byte>(n));
            recorder.put(datagram, clock.now());
            sent.insert(sent.end(), datagram.begin(), datagram.end());
            clock.advance(10ms);
            recorder.tick(clock.now());
        }
    }
    CHECK(course(file) == sent);
    const auto blocks = blocks_of(file);
    CHECK(blocks.front().utc == core::UtcTime{5'000s});
    CHECK(blocks.front().media_offset == core::Duration{-7ms});
    CHECK(blocks.front().marks.size() > 40);
    CHECK(blocks.front().marks[1].offset == 1'316);
    CHECK(blocks.front().marks[1].arrival == core::ArrivalTime{100s + 10ms});
    for (const RingBlock& block : blocks) CHECK(block.session == blocks.front().session);
}

TEST_CASE("A block that could not be written makes the next one say so") {
    core::VirtualClock clock;
    const auto file = new_file();
    const std::vector<std::byte> block(engine::kRingPayloadBytes);
    struct rlimit before {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto former = std::signal(SIGXFSZ, SIG_IGN);
    {
        ByteRecorder recorder(clock);
        REQUIRE(recorder.attach(file, engine::kLeastRingBytes));
        recorder.begin_session(probe::Container::MpegTs);
        recorder.put(block, clock.now());
        while (recorder.written_bytes() < block.size()) std::this_thread::yield();
        struct rlimit full = before;
        full.rlim_cur = engine::kRingSlotBytes;  // the disk is full
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
        recorder.put(block, clock.now());
        while (recorder.lost_blocks() < 1) std::this_thread::yield();
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
        recorder.put(block, clock.now());
        recorder.put(block, clock.now());
    }
    {
        ByteRecorder next(clock);  // another life
        REQUIRE(next.attach(file, engine::kLeastRingBytes));
        next.begin_session(probe::Container::MpegTs);
        next.put(block, clock.now());
        next.put(block, clock.now());
    }
    std::signal(SIGXFSZ, former);
    std::vector<bool> losses;
    for (const RingBlock& each : blocks_of(file)) losses.push_back(each.after_loss);
    CHECK(losses == std::vector{false, true, false, true, false});
}

TEST_CASE("A slow stream is written every second") {
    core::VirtualClock clock;
    const auto file = new_file();
    ByteRecorder recorder(clock);
    REQUIRE(recorder.attach(file, engine::kLeastRingBytes));
    recorder.begin_session(probe::Container::MpegTs);
    for (int n = 0; n < 30; ++n) {
        recorder.put(std::vector<std::byte>(10), clock.now());
        clock.advance(100ms);
        recorder.tick(clock.now());
    }
    while (recorder.written_bytes() < 300) std::this_thread::yield();
    CHECK(blocks_of(file).size() == 3);
}

TEST_CASE("The head of a session is always in the ring, however long the session") {
    core::VirtualClock clock;
    const auto file = new_file();
    std::vector<std::byte> head;
    for (const char c : std::string("FLV\x01\x05\0\0\0\x09\0\0\0\0", 13)) head.push_back(static_cast<std::byte>(c));
    {
        ByteRecorder recorder(clock);
        recorder.begin_session(probe::Container::Flv);
        recorder.put(head, clock.now());  // before there is a ring
        REQUIRE(recorder.attach(file, engine::kLeastRingBytes));
        std::vector<std::byte> tag(50'000);
        tag[0] = std::byte{9};
        const std::size_t body = tag.size() - 15;
        tag[1] = static_cast<std::byte>(body >> 16U);
        tag[2] = static_cast<std::byte>(body >> 8U & 0xFFU);
        tag[3] = static_cast<std::byte>(body & 0xFFU);
        tag[11] = std::byte{0x27};
        tag[12] = std::byte{1};
        for (int n = 0; n < 100; ++n) {
            recorder.put(tag, clock.now());
            while (recorder.written_bytes() + 300'000 < static_cast<std::uint64_t>(n) * tag.size())
                std::this_thread::yield();
        }
    }
    std::size_t heads = 0, resumes = 0;
    for (const RingBlock& block : blocks_of(file)) {
        if (!block.head) {
            resumes += block.resume != RingBlock::kNoResume ? 1 : 0;
            continue;
        }
        ++heads;
        CHECK(engine::read_ring(file.get(), block) == head);
    }
    CHECK(heads >= 3);
    CHECK(resumes >= 8);
}

TEST_CASE("A restart counts its sessions on") {
    core::VirtualClock clock;
    const auto file = new_file();
    for (int life = 0; life < 2; ++life) {
        ByteRecorder recorder(clock);
        REQUIRE(recorder.attach(file, engine::kLeastRingBytes));
        for (int session = 0; session < 2; ++session) {
            recorder.begin_session(probe::Container::MpegTs);
            recorder.put(std::vector<std::byte>(10), clock.now());
        }
    }
    const auto blocks = blocks_of(file);
    REQUIRE(blocks.size() == 4);
    for (std::size_t n = 1; n < blocks.size(); ++n) CHECK(blocks[n].session > blocks[n - 1].session);
}
