// SPDX-License-Identifier: Apache-2.0
// Clips and stills out of a ring that a real transport stream was recorded into, and what is said about them.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "engine/byte_recorder.hpp"
#include "engine/clip_maker.hpp"
#include "engine/clip_words.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using engine::ClipOrder;
using engine::ClipReport;

namespace {

constexpr core::UtcTime kBegin{50'000s};
constexpr core::Duration kLength = 2s;

std::vector<std::byte> file_bytes(const std::string& name) {
    std::ifstream in(SIGHTLINE_SOURCE_DIR "/testdata/" + name, std::ios::binary);
    const std::vector<char> raw{std::istreambuf_iterator<char>(in), {}};
    std::vector<std::byte> out;
    for (const char c : raw) out.push_back(static_cast<std::byte>(c));
    REQUIRE(out.size() > 20'000);
    return out;
}

/// The file as if it had come over the network in its two seconds.
link::Descriptor recorded(const std::vector<std::byte>& bytes, probe::Container container) {
    const auto ring = link::Descriptor::adopt(memfd_create("ring", MFD_CLOEXEC));
    core::VirtualClock clock(core::ArrivalTime{900s}, kBegin);
    engine::ByteRecorder recorder(clock);
    REQUIRE(recorder.attach(ring, engine::kLeastRingBytes));
    recorder.begin_session(container);
    constexpr std::size_t kDatagram = 7 * 188;
    const auto datagrams = static_cast<std::int64_t>(bytes.size() / kDatagram + 1);
    for (std::size_t at = 0; at < bytes.size(); at += kDatagram) {
        recorder.put(std::span(bytes).subspan(at, std::min(kDatagram, bytes.size() - at)), clock.now());
        clock.advance(kLength / datagrams);
        recorder.tick(clock.now());
    }
    return ring;
}

struct Made {
    ClipReport report;
    std::vector<std::byte> clip;
};

Made make(const link::Descriptor& ring, const ClipOrder& order) {
    Made made;
    made.report = engine::make_clip(ring.get(), order, [&](std::span<const std::byte> part) {
        made.clip.insert(made.clip.end(), part.begin(), part.end());
        return true;
    });
    CHECK(made.report.bytes == made.clip.size());
    return made;
}

ClipOrder around(core::Duration since) {
    ClipOrder order;
    order.since = kBegin + since;
    order.from = kBegin + since - 500ms;
    order.to = kBegin + since + 500ms;
    return order;
}

bool is_jpeg(const std::string& bytes) {
    return bytes.size() > 100 && bytes[0] == '\xFF' && bytes[1] == '\xD8';
}

}  // namespace

TEST_CASE("A clip of a transport stream is a piece of the bytes as received") {
    const auto bytes = file_bytes("ts/cc_copies_pid257.ts");
    const auto made = make(recorded(bytes, probe::Container::MpegTs), around(1'200ms));
    CHECK(made.report.note.empty());
    CHECK_FALSE(made.report.remuxed);
    REQUIRE(made.clip.size() > 10'000);
    CHECK(made.clip.front() == std::byte{0x47});
    CHECK(std::search(bytes.begin(), bytes.end(), made.clip.begin(), made.clip.end()) != bytes.end());
    CHECK(made.report.from <= kBegin + 700ms);
    CHECK(made.report.to >= kBegin + 1'650ms);
    CHECK(made.report.to <= kBegin + 1'700ms);
    CHECK(made.report.whole);
}

TEST_CASE("The stills are the picture at the fault and the one before") {
    const auto made = make(recorded(file_bytes("ts/cc_copies_pid257.ts"), probe::Container::MpegTs), around(1s));
    REQUIRE(made.report.good);
    REQUIRE(made.report.bad);
    CHECK(is_jpeg(made.report.good->jpeg));
    CHECK(is_jpeg(made.report.bad->jpeg));
    CHECK(made.report.good->utc < kBegin + 1s);
    CHECK(made.report.bad->utc >= kBegin + 1s - 2ms);
    CHECK(made.report.bad->utc - made.report.good->utc <= 41ms);
}

TEST_CASE("A clip of FLV is joined into a transport stream, and shows the same pictures") {
    const auto ring = recorded(file_bytes("flv/black.flv"), probe::Container::Flv);
    const auto made = make(ring, around(1'300ms));
    CHECK(made.report.note.empty());
    CHECK(made.report.remuxed);
    REQUIRE(made.clip.size() > 5'000);
    REQUIRE(made.clip.size() % 188 == 0);
    for (std::size_t at = 0; at < made.clip.size(); at += 188) REQUIRE(made.clip[at] == std::byte{0x47});
    REQUIRE(made.report.bad);
    REQUIRE(made.report.good);
    CHECK(made.report.bad->utc - made.report.good->utc <= 41ms);
    // What it became can be cut again.
    const auto again = make(recorded(made.clip, probe::Container::MpegTs), around(1s));
    CHECK_FALSE(again.report.remuxed);
    CHECK(again.report.good);
    CHECK(again.report.bad);
}

TEST_CASE("Bytes that the ring lost are a hole that is told, and what follows it is whole packets again") {
    // Blocks that end within packets, so that what follows the hole begins within one.
    const auto bytes = file_bytes("ts/cc_copies_pid257.ts");
    const auto ring = link::Descriptor::adopt(memfd_create("ring", MFD_CLOEXEC));
    auto writer = engine::ByteRing::open(ring.get(), engine::kLeastRingBytes);
    REQUIRE(writer);
    const std::size_t part = bytes.size() / 20 / 188 * 188 + 50;
    bool lost = false;
    for (std::size_t n = 0; n * part < bytes.size(); ++n) {
        const core::Duration at = n * (kLength / 20);
        if (n == 9 || n == 10) {  // 900 to 1100 ms
            lost = true;
            continue;
        }
        engine::RingBlock block;
        block.session = 1;
        block.container = probe::Container::MpegTs;
        block.resume = 0;
        block.after_loss = std::exchange(lost, false);
        block.utc = kBegin + at;
        block.marks = {{0, core::ArrivalTime{900s + at}}, {1, core::ArrivalTime{900s + at + 90ms}}};
        REQUIRE(writer->append(block, std::span(bytes).subspan(n * part, std::min(part, bytes.size() - n * part))));
    }
    const auto made = make(ring, around(1'200ms));
    REQUIRE(made.report.holes.size() == 1);
    CHECK(made.report.holes[0] == engine::RingHole{kBegin + 890ms, kBegin + 1'100ms});
    CHECK(made.report.note.empty());
    REQUIRE(made.clip.size() > 10'000);
    CHECK(made.clip.size() % 188 == 0);
    for (std::size_t at = 0; at < made.clip.size(); at += 188) REQUIRE(made.clip[at] == std::byte{0x47});
    CHECK(make(ring, around(350ms)).report.holes.empty());  // ends before it
}

TEST_CASE("Where the bytes end before the fault there is a last good picture and no bad one") {
    const auto made = make(recorded(file_bytes("ts/cc_copies_pid257.ts"), probe::Container::MpegTs), around(4s));
    REQUIRE(made.report.good);
    CHECK_FALSE(made.report.bad);
}

TEST_CASE("What is no longer in the ring, never was, or is no media, is told in words") {
    const auto empty = link::Descriptor::adopt(memfd_create("ring", MFD_CLOEXEC));
    CHECK_FALSE(make(empty, around(1s)).report.note.empty());
    const auto bytes = file_bytes("ts/cc_copies_pid257.ts");
    const auto ring = recorded(bytes, probe::Container::MpegTs);
    CHECK_FALSE(make(ring, around(3h)).report.note.empty());
    // FLV without its head.
    CHECK_FALSE(make(recorded(bytes, probe::Container::Flv), around(1s)).report.note.empty());
    std::vector<std::byte> junk(80'000);
    for (std::size_t n = 0; n < junk.size(); ++n) junk[n] = static_cast<std::byte>(n * n >> 3U);
    for (const auto container : {probe::Container::MpegTs, probe::Container::Unknown}) {
        const auto made = make(recorded(junk, container), around(1s));
        CHECK_FALSE(made.report.good);
        CHECK_FALSE(made.report.bad);
    }
}

TEST_CASE("A clip has no more bytes than it may") {
    ClipOrder order = around(1s);
    order.most_bytes = 5'000;
    const auto made = make(recorded(file_bytes("ts/cc_copies_pid257.ts"), probe::Container::MpegTs), order);
    CHECK(made.clip.size() <= 5'000);
}

TEST_CASE("An order and a report come back as they were") {
    engine::ClipJob job;
    job.order = around(1s);
    job.order.since_media = 1'234'567'890ns;
    job.order.uncertainty = 3s;
    job.order.service = 12;
    job.order.most_bytes = 77;
    job.memory_bytes = 1 << 28;
    const auto back = engine::clip_job_from(engine::to_json(job));
    REQUIRE(back);
    CHECK(back->order.since_media == job.order.since_media);
    CHECK(back->order.since == job.order.since);
    CHECK(back->order.from == job.order.from);
    CHECK(back->order.to == job.order.to);
    CHECK(back->order.uncertainty == job.order.uncertainty);
    CHECK(back->order.service == 12);
    CHECK(back->order.most_bytes == 77);
    CHECK(back->memory_bytes == job.memory_bytes);
    CHECK(back->sandbox);
    ClipReport report;
    report.bytes = 5;
    report.good = engine::ClipStill{kBegin, 12ms, "not in it"};
    report.holes = {{kBegin, kBegin + 3s}};
    report.note = "with \"quotes\"";
    const auto said = engine::clip_report_from(engine::to_json(report));
    REQUIRE(said);
    CHECK(said->bytes == 5);
    REQUIRE(said->good);
    CHECK(said->good->utc == kBegin);
    CHECK(said->good->media == core::MediaTime{12ms});
    CHECK(said->good->jpeg.empty());
    CHECK_FALSE(said->bad);
    CHECK(said->holes == report.holes);
    CHECK(said->note == report.note);
}

TEST_CASE("A report that lies is bounded, one that is none is refused") {
    for (const char* text : {"", "[]", "nonsense", "{\"bytes\":", "\xFF\xFE"})
        CHECK_FALSE(engine::clip_report_from(text));
    const auto said = engine::clip_report_from(
        R"({"bytes":-5,"from":"x","good":7,"bad":{"utc":1e300,"media":9223372036854775807},"note":[1],"holes":[7,{"from":5}]})");
    REQUIRE(said);
    CHECK(said->bytes == 0);
    CHECK_FALSE(said->good);
    CHECK_FALSE(said->bad->media);
    CHECK(said->note.empty());
    CHECK(said->holes.size() == 1);
    const auto loud = engine::clip_report_from(R"({"note":")" + std::string(5'000, 'n') + "\\u001b[31m\"}");
    REQUIRE(loud);
    CHECK(loud->note.size() <= 500);
}
