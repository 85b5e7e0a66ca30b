// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/inspector.hpp"

#include <map>
#include <random>

#include "formats/ts/transport_conditions.hpp"
#include "tests/catch.hpp"
#include "tests/ts_builder.hpp"
#include "tests/unit/formats/inspect.hpp"

namespace sightline::formats::ts {
namespace {

using namespace std::chrono_literals;
using core::Verdict;
using testing::Bytes;
using testing::ProgrammeSpec;
using testing::TsBuilder;

TEST_CASE("A clean stream gives no finding but good ones") {
    TsBuilder ts;
    testing::write_frames(ts, {}, 0, 100);
    const Inspected seen = inspect(ts.bytes);
    CHECK(seen.report.packets == ts.packets());
    CHECK(seen.report.packet_size == 188);
    CHECK(seen.occurrences().empty());
    for (const auto& edge : seen.edges()) CHECK(edge.verdict == Verdict::Good);
    CHECK(seen.edges("ts.sync_loss").size() == 1);
    CHECK(seen.edges("ts.pat").size() == 1);
    CHECK(seen.edges("ts.pmt").size() == 1);
    CHECK(seen.edges("ts.scrambled").size() == 2);
    for (const auto& [indicator, count] : seen.report.tr101290)
        CHECK((indicator + std::to_string(count)) == indicator + "0");
    CHECK(core::to_seconds(seen.report.duration) == Approx(3.96).margin(0.1));
}

TEST_CASE("Block sizes do not change what is found") {
    std::mt19937 random(7);
    TsBuilder ts;
    ts.bytes.assign(77, std::byte{0x47});
    ts.bytes.resize(1000, std::byte{0x12});
    const std::size_t garbage = ts.bytes.size();
    testing::write_frames(ts, {}, 0, 150);
    for (std::size_t at = garbage; at + 188 <= ts.bytes.size(); at += 188) {
        const auto dice = random() % 100;
        if (dice == 0) ts.bytes[at] = std::byte{0};           // sync byte
        if (dice == 1) ts.bytes[at + 3] ^= std::byte{5};      // counter
        if (dice == 2) ts.bytes[at + 1] ^= std::byte{0x80};   // transport error
        if (dice == 3) ts.bytes[at + 3] |= std::byte{0x80};   // scrambled
        if (dice == 4) ts.bytes[at + 20] ^= std::byte{0xFF};  // content
        if (dice == 5 && at > 188)
            std::copy_n(ts.bytes.begin() + static_cast<std::ptrdiff_t>(at - 188), 188,
                        ts.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    ts.bytes.erase(ts.bytes.begin() + 100'000, ts.bytes.begin() + 100'077);  // two splices out of step
    ts.bytes.erase(ts.bytes.begin() + 200'000, ts.bytes.begin() + 201'000);
    const Inspected whole = inspect(ts.bytes, {}, ts.bytes.size());
    REQUIRE(whole.report.sync_losses >= 2);
    REQUIRE(whole.report.continuity_errors > 10);
    REQUIRE(whole.report.transport_errors > 0);
    for (const std::size_t block : {1U, 17U, 188U, 1316U, 65'536U}) {
        const Inspected cut = inspect(ts.bytes, {}, block);
        INFO("blocks of " << block);
        CHECK(cut.report == whole.report);
        CHECK(cut.text() == whole.text());
    }
}

TEST_CASE("Garbage in front is tolerated up to 64 KiB, in any blocks") {
    for (const std::size_t garbage : {10'000U, 65'000U, 66'000U, 200'000U}) {
        TsBuilder ts;
        std::mt19937 random(11);
        for (std::size_t i = 0; i < garbage; ++i) ts.bytes.push_back(static_cast<std::byte>(random() & 0xFFU));
        testing::write_frames(ts, {}, 0, 10);
        const Inspected whole = inspect(ts.bytes, file_options(), ts.bytes.size());
        CHECK(whole.report.packets == (ts.bytes.size() - garbage) / 188);
        CHECK(whole.report.sync_losses == (garbage > 65'536 ? 1 : 0));
        for (const std::size_t block : {1U, 1316U})
            CHECK(inspect(ts.bytes, file_options(), block).text() == whole.text());
    }
}

TEST_CASE("While sync is lost time goes on by the bytes, in any blocks") {
    TsBuilder ts;
    testing::ProgrammeSpec spec;
    spec.packets_per_frame = 600;            // 2.8 MB/s: more than kBytesWithoutPcr in half a second
    testing::write_frames(ts, spec, 0, 50);  // 2 s
    const std::size_t good = ts.bytes.size();
    ts.bytes.resize(2 * good, std::byte{0});
    testing::write_frames(ts, spec, 100, 50);
    const Inspected whole = inspect(ts.bytes, file_options(), ts.bytes.size());
    const auto edges = whole.edges("ts.sync_loss");
    REQUIRE(edges.size() == 3);
    CHECK(core::to_seconds(*edges[1].at.media) == Approx(2.0).margin(0.1));
    CHECK(core::to_seconds(*edges[2].at.media) == Approx(4.0).margin(0.6));
    core::MediaTime last{};
    for (const auto& tick : whole.ticks()) {
        CHECK(*tick.at.media - last <= 600ms);
        last = *tick.at.media;
    }
    CHECK(core::to_seconds(last) == Approx(6.0).margin(0.1));
    for (const std::size_t block : {1U, 17U, 1316U})
        CHECK(inspect(ts.bytes, file_options(), block).text() == whole.text());
}

TEST_CASE("Packets of 192 and 204 bytes give what packets of 188 give") {
    TsBuilder ts;
    testing::write_frames(ts, {}, 0, 50);
    const Inspected plain = inspect(ts.bytes);
    for (const std::size_t size : {192U, 204U}) {
        Bytes wrapped;
        for (std::size_t i = 0; i < ts.packets(); ++i) {
            if (size == 192) wrapped.resize(wrapped.size() + 4, std::byte{0x33});
            testing::append(wrapped, ts.packet(i));
            if (size == 204) wrapped.resize(wrapped.size() + 16, std::byte{0x47});
        }
        for (const std::size_t block : {1U, 191U, 1'000'000U}) {
            const Inspected seen = inspect(wrapped, {}, block);
            CHECK(seen.report.packet_size == static_cast<int>(size));
            CHECK(seen.report.pids == plain.report.pids);
            CHECK(seen.report.sync_losses == 0);
        }
    }
}

TEST_CASE("One bad sync byte is an event, two in a row are a loss of sync until five good ones") {
    TsBuilder ts;
    testing::write_frames(ts, {}, 0, 20);
    SECTION("one") {
        ts.packet(200)[0] = std::byte{0x46};
        const Inspected seen = inspect(ts.bytes);
        CHECK(seen.report.sync_losses == 0);
        CHECK(seen.report.sync_byte_errors == 1);
        CHECK(seen.occurrences("ts.sync_byte").size() == 1);
        CHECK(seen.report.packets == ts.packets());
    }
    SECTION("two") {
        ts.packet(200)[0] = std::byte{0x46};
        ts.packet(201)[0] = std::byte{0x46};
        const Inspected seen = inspect(ts.bytes);
        CHECK(seen.report.sync_losses == 1);
        CHECK(seen.report.sync_byte_errors == 0);
        const auto edges = seen.edges("ts.sync_loss");
        REQUIRE(edges.size() == 3);
        CHECK(edges[1].verdict == Verdict::Bad);
        CHECK(edges[2].verdict == Verdict::Good);
        CHECK(seen.report.packets == ts.packets() - 2);
    }
    SECTION("the last") {
        ts.packet(ts.packets() - 1)[0] = std::byte{0};
        const Inspected seen = inspect(ts.bytes);
        CHECK(seen.report.sync_byte_errors == 1);
        CHECK(seen.report.sync_losses == 0);
    }
}

TEST_CASE("Bytes that are no transport stream are a loss of sync, and cost nothing else") {
    const Inspected zeros = inspect(Bytes(300'000));
    CHECK(zeros.report.packets == 0);
    CHECK(zeros.report.sync_losses == 1);
    CHECK(zeros.edges("ts.sync_loss").at(0).verdict == Verdict::Bad);
    CHECK_FALSE(zeros.edges("ts.sync_loss").at(0).exact);
    std::mt19937 random(3);
    Bytes noise(300'000);
    for (std::byte& b : noise) b = static_cast<std::byte>(random() & 0xFFU);
    CHECK(inspect(noise, {}, 1000).report.packets == 0);
    CHECK(inspect({}).report.packets == 0);
}

TEST_CASE("Three packets and nothing else are read") {
    TsBuilder ts;
    ts.pat({{1, 0x1000}});
    ts.pmt(0x1000, 1, 0x100, {{0x100, 0x1B, {}}});
    ts.payload(0x100, 1);
    const Inspected seen = inspect(ts.bytes, {}, 50);
    CHECK(seen.report.packets == 3);
    CHECK(seen.programmes.size() == 1);
}

TEST_CASE("A table that stays away for more than 500 ms is bad from then until it comes") {
    TsBuilder ts;
    ProgrammeSpec spec;
    testing::write_frames(ts, spec, 0, 26);  // tables in frames 0, 5 … 25
    testing::write_frames(ts, spec, 26, 4);
    const auto without_tables = [&](int from, int count) {
        for (int frame = from; frame < from + count; ++frame) {
            const std::int64_t pts = spec.first_pts + frame * 3600;
            ts.pes(spec.video_pid, 0xE0, pts, 3000, (pts - spec.pts_behind_pcr) * 300);
            ts.pes(spec.audio_pid, 0xC0, pts, 500);
        }
    };
    without_tables(30, 20);
    testing::write_frames(ts, spec, 50, 30);
    const Inspected seen = inspect(ts.bytes);
    for (const char* const condition : {"ts.pat", "ts.pmt"}) {
        const auto edges = seen.edges(condition);
        REQUIRE(edges.size() == 3);
        CHECK(edges[1].verdict == Verdict::Bad);
        CHECK(edges[1].exact);
        CHECK(core::to_seconds(*edges[1].at.media) == Approx(1.5).margin(0.02));
        CHECK(edges[2].verdict == Verdict::Good);
        CHECK(core::to_seconds(*edges[2].at.media) == Approx(2.0).margin(0.05));
    }
}

TEST_CASE("A track is scrambled from its first scrambled packet to its first clear payload") {
    TsBuilder ts;
    ProgrammeSpec spec;
    testing::write_frames(ts, spec, 0, 50);
    for (int frame = 50; frame < 75; ++frame) {
        const std::int64_t pts = spec.first_pts + frame * 3600;
        ts.clock(spec.video_pid, (pts - spec.pts_behind_pcr) * 300);
        ts.pes(spec.video_pid, 0xE0, pts, 3000, {}, 2);
        ts.pes(spec.audio_pid, 0xC0, pts, 500);
    }
    testing::write_frames(ts, spec, 75, 25);
    const Inspected seen = inspect(ts.bytes);
    const auto edges = seen.edges("ts.scrambled");
    REQUIRE(edges.size() == 4);
    CHECK(edges[2].subject.track == "video:1");
    CHECK(edges[2].verdict == Verdict::Bad);
    CHECK(edges[2].pid == spec.video_pid);
    CHECK(core::to_seconds(*edges[2].at.media) == Approx(2.0).margin(0.01));
    CHECK(edges[3].verdict == Verdict::Good);
    CHECK(core::to_seconds(*edges[3].at.media) == Approx(3.0).margin(0.01));
    CHECK(seen.report.continuity_errors == 0);
}

TEST_CASE("A PID without clock references is seen to be in the clear again") {
    // Its packets differ from those expected in nothing that needs a look, but for the scrambling that is over.
    TsBuilder ts;
    ProgrammeSpec spec;
    testing::write_frames(ts, spec, 0, 25);
    for (int frame = 25; frame < 50; ++frame) {
        const std::int64_t pts = spec.first_pts + frame * 3600;
        ts.pes(spec.video_pid, 0xE0, pts, 3000, (pts - spec.pts_behind_pcr) * 300);
        ts.pes(spec.audio_pid, 0xC0, pts, 500, {}, 2);
    }
    testing::write_frames(ts, spec, 50, 25);
    const Inspected seen = inspect(ts.bytes);
    const auto edges = seen.edges("ts.scrambled");
    REQUIRE(edges.size() == 4);
    CHECK(edges[2].subject.track == "audio:1");
    CHECK(edges[2].verdict == Verdict::Bad);
    CHECK(edges[3].subject.track == "audio:1");
    CHECK(edges[3].verdict == Verdict::Good);
    CHECK(core::to_seconds(*edges[3].at.media) == Approx(2.0).margin(0.05));
}

TEST_CASE("A PID that stays away is missing after 5 s, and back with its first packet") {
    TsBuilder ts;
    ProgrammeSpec spec;
    testing::write_frames(ts, spec, 0, 50);
    for (int frame = 50; frame < 250; ++frame) {
        if (frame % 5 == 0) {
            ts.pat({{1, spec.pmt_pid}});
            ts.pmt(spec.pmt_pid, 1, spec.video_pid, {{spec.video_pid, 0x1B, {}}, {spec.audio_pid, 0x0F, {}}});
        }
        const std::int64_t pts = spec.first_pts + frame * 3600;
        ts.pes(spec.video_pid, 0xE0, pts, 3000, (pts - spec.pts_behind_pcr) * 300);
    }
    testing::write_frames(ts, spec, 250, 25);
    const Inspected seen = inspect(ts.bytes);
    std::vector<core::StateEdge> audio;
    for (const auto& edge : seen.edges("ts.pid_missing")) {
        if (edge.subject.track == "audio:1") audio.push_back(edge);
    }
    REQUIRE(audio.size() == 3);
    CHECK(audio[1].verdict == Verdict::Bad);
    CHECK(core::to_seconds(*audio[1].at.media) == Approx(7.0).margin(0.12));
    CHECK(audio[2].verdict == Verdict::Good);
    CHECK(core::to_seconds(*audio[2].at.media) == Approx(10.0).margin(0.12));
    CHECK(seen.occurrences("ts.pts_repetition").size() == 1);
}

TEST_CASE("A wrong CRC is an event and its section is not believed") {
    TsBuilder ts;
    ts.pat({{1, 0x1000}});
    ts.pat({{2, 0x1100}}, 1, true);
    ts.payload(0x100, 10);
    const Inspected seen = inspect(ts.bytes);
    CHECK(seen.report.crc_errors == 1);
    REQUIRE(seen.occurrences("ts.crc").size() == 1);
    CHECK(seen.occurrences("ts.crc")[0].pid == 0);
    REQUIRE(seen.programmes.size() == 1);
    CHECK(seen.programmes[0].number == 1);
}

TEST_CASE("A flood of events is few occurrences whose counts add up") {
    TsBuilder ts;
    ProgrammeSpec spec;
    for (int frame = 0; frame < 50; ++frame) {
        testing::write_frames(ts, spec, frame, 1);
        for (int i = 0; i < 100; ++i) {
            ts.set_counter(spec.video_pid, i * 3);
            ts.payload(spec.video_pid, 1);
        }
    }
    const Inspected seen = inspect(ts.bytes);
    std::uint64_t sum = 0;
    for (const auto& occurrence : seen.occurrences("ts.continuity")) sum += occurrence.count;
    CHECK(sum == seen.report.continuity_errors);
    CHECK(sum > 4900);
    CHECK(seen.occurrences("ts.continuity").size() < 120);
}

TEST_CASE("Ticks come at least every 100 ms of media and never go back") {
    TsBuilder ts;
    testing::write_frames(ts, {}, 0, 200);
    core::MediaTime last{};
    int ticks = 0;
    for (const auto& tick : inspect(ts.bytes).ticks()) {
        REQUIRE(tick.at.media.has_value());
        CHECK(*tick.at.media >= last);
        CHECK(*tick.at.media - last <= 100ms);
        last = *tick.at.media;
        ++ticks;
    }
    CHECK(ticks >= 79);
}

TEST_CASE("Each condition has a TR 101 290 number or is ours") {
    for (const core::ConditionSpec& spec : transport_conditions()) {
        CHECK(spec.id.substr(0, 3) == "ts.");
        CHECK(spec.clock == core::ClockDomain::Transport);
        CHECK_FALSE(spec.help.empty());
        CHECK((spec.id == "ts.scrambled") == spec.tr101290.empty());
    }
}

}  // namespace
}  // namespace sightline::formats::ts
