// SPDX-License-Identifier: Apache-2.0
// Clocks of the inspector: media time over wraps, jumps and segments; bitrates; PCR findings.
#include "formats/ts/transport_conditions.hpp"
#include "tests/catch.hpp"
#include "tests/ts_builder.hpp"
#include "tests/unit/formats/inspect.hpp"

namespace sightline::formats::ts {
namespace {

using namespace std::chrono_literals;
using core::ArrivalTime;
using core::MediaTime;
using core::Verdict;
using testing::ProgrammeSpec;
using testing::TsBuilder;

MediaTime last_tick(const Inspected& seen) {
    return seen.ticks().back().at.media.value();
}
void never_back(const Inspected& seen) {
    MediaTime last{};
    for (const auto& tick : seen.ticks()) {
        CHECK(tick.at.media.value() >= last);
        last = *tick.at.media;
    }
}

TEST_CASE("Media time begins with the packet of the first picture, though sound comes first") {
    TsBuilder ts;
    ProgrammeSpec spec;
    ts.pat({{1, spec.pmt_pid}});
    ts.pmt(spec.pmt_pid, 1, spec.video_pid, {{spec.video_pid, 0x1B, {}}, {spec.audio_pid, 0x0F, {}}});
    for (int i = 0; i < 10; ++i) {  // 400 ms of sound and clock
        ts.clock(spec.video_pid, (900'000 - 36'000 + i * 3600) * 300LL);
        ts.pes(spec.audio_pid, 0xC0, 900'000 - 36'000 + i * 3600, 400);
    }
    spec.pts_behind_pcr = 0;
    testing::write_frames(ts, spec, 0, 51);
    const Inspected seen = inspect(ts.bytes);
    CHECK(core::to_seconds(last_tick(seen)) == Approx(2.0).margin(0.06));
}

TEST_CASE("Where there are no pictures media time begins with sound") {
    TsBuilder ts;
    ts.pat({{1, 0x1000}});
    ts.pmt(0x1000, 1, 0x101, {{0x101, 0x0F, {}}});
    for (int i = 0; i <= 50; ++i) ts.pes(0x101, 0xC0, 900'000 + i * 3600, 400, (880'000 + i * 3600) * 300LL);
    CHECK(core::to_seconds(last_tick(inspect(ts.bytes))) == Approx(2.0).margin(0.05));
}

TEST_CASE("A wrap of the 33-bit clock does not show") {
    TsBuilder ts;
    ProgrammeSpec spec;
    spec.first_pts = (std::int64_t{1} << 33) - 90'000;
    testing::write_frames(ts, spec, 0, 101);
    const Inspected seen = inspect(ts.bytes);
    CHECK(core::to_seconds(last_tick(seen)) == Approx(4.0).margin(0.05));
    CHECK(seen.occurrences().empty());
    never_back(seen);
}

TEST_CASE("60 hours in a short stream: two wraps, steps of 9 s, and media time only grows") {
    TsBuilder ts;
    const std::int64_t step = 9 * 90'000;
    ts.pat({{1, 0x1000}});
    ts.pmt(0x1000, 1, 0x100, {{0x100, 0x1B, {}}});
    const int frames = 60 * 3600 / 9;
    for (int i = 0; i <= frames; ++i) ts.pes(0x100, 0xE0, i * step + 1000, 300, i * step * 300);
    const Inspected seen = inspect(ts.bytes);
    CHECK(core::to_seconds(last_tick(seen)) == Approx(60.0 * 3600).margin(9));
    never_back(seen);
    CHECK(seen.report.continuity_errors == 0);
}

TEST_CASE("An encoder that restarts its clock jumps nowhere in media time") {
    for (const std::int64_t next : {std::int64_t{0}, std::int64_t{1} << 32, std::int64_t{800'000}}) {
        TsBuilder ts;
        ProgrammeSpec spec;
        testing::write_frames(ts, spec, 0, 50);
        spec.first_pts = next;
        testing::write_frames(ts, spec, 0, 51);
        const Inspected seen = inspect(ts.bytes);
        INFO("restarts at " << next);
        CHECK(core::to_seconds(last_tick(seen)) == Approx(4.0).margin(0.06));
        CHECK(seen.occurrences("ts.pcr_discontinuity").size() == 1);
        never_back(seen);
    }
}

TEST_CASE("A jump that is announced is no fault") {
    TsBuilder ts;
    ProgrammeSpec spec;
    testing::write_frames(ts, spec, 0, 50);
    ts.clock(spec.video_pid, (50'000'000 - 48'600) * 300LL, true);
    spec.first_pts = 50'000'000;
    testing::write_frames(ts, spec, 0, 50);
    const Inspected seen = inspect(ts.bytes);
    CHECK(seen.occurrences().empty());
}

TEST_CASE("Clock references more than 100 ms apart are an event, 100 ms are not") {
    const auto count = [](int milliseconds) {
        TsBuilder ts;
        ts.pat({{1, 0x1000}});
        ts.pmt(0x1000, 1, 0x100, {{0x100, 0x1B, {}}});
        std::int64_t pcr = 0;
        for (int i = 0; i < 10; ++i) {
            ts.clock(0x100, pcr);
            ts.payload(0x100, 5);
            pcr += (i == 5 ? milliseconds : 40) * 27'000;
        }
        const Inspected seen = inspect(ts.bytes);
        return seen.occurrences("ts.pcr_repetition").size() + 10 * seen.occurrences("ts.pcr_discontinuity").size();
    };
    CHECK(count(100) == 0);
    CHECK(count(101) == 11);
}

TEST_CASE("A stream without clock references runs on its decoding times") {
    TsBuilder ts;
    ProgrammeSpec spec;
    for (int frame = 0; frame < 1000; ++frame) {
        if (frame % 5 == 0) {
            ts.pat({{1, spec.pmt_pid}});
            ts.pmt(spec.pmt_pid, 1, 0x1FFF, {{spec.video_pid, 0x1B, {}}, {spec.audio_pid, 0x0F, {}}});
        }
        ts.pes(spec.video_pid, 0xE0, frame * 3600, 4000);
        ts.pes(spec.audio_pid, 0xC0, frame * 3600, 500);
    }
    const Inspected seen = inspect(ts.bytes);
    // The first megabyte (some 190 frames) passes before we give up on references.
    CHECK(core::to_seconds(last_tick(seen)) > 30);
    CHECK(core::to_seconds(last_tick(seen)) <= 40);
    never_back(seen);
}

TEST_CASE("Where clock references stop, time goes on by the bytes and other tables are still judged") {
    TsBuilder ts;
    ProgrammeSpec spec;
    spec.packets_per_frame = 600;
    testing::write_frames(ts, spec, 0, 100);
    ts.payload(0x300, 100 * 604);  // 4 s of bytes, on a PID nobody knows
    const Inspected seen = inspect(ts.bytes);
    CHECK(core::to_seconds(last_tick(seen)) == Approx(7.6).margin(0.3));
    REQUIRE(seen.edges("ts.pat").size() == 2);
    CHECK(seen.edges("ts.pat")[1].verdict == Verdict::Bad);
    never_back(seen);
}

TEST_CASE("A key frame of seconds of the rate before it, without a clock reference inside, moves no clock ahead") {
    TsBuilder ts;
    ProgrammeSpec spec;
    spec.packets_per_frame = 4;
    testing::write_frames(ts, spec, 0, 100);
    spec.packets_per_frame = 2'000;
    testing::write_frames(ts, spec, 100, 1);
    spec.packets_per_frame = 4;
    testing::write_frames(ts, spec, 101, 50);
    const Inspected seen = inspect(ts.bytes);
    CHECK(core::to_seconds(last_tick(seen)) == Approx(6.0).margin(0.1));
    CHECK(seen.edges("ts.pat").size() == 1);
    never_back(seen);
}

TEST_CASE("HLS segments restart counters and clocks without a finding") {
    ProgrammeSpec spec;
    core::FindingsList findings;
    TransportInspector inspector(file_options(), findings);
    for (int segment = 0; segment < 5; ++segment) {
        TsBuilder ts;                                       // counters begin at 0 again
        testing::write_frames(ts, spec, segment * 51, 50);  // and one frame is left out
        inspector.on_boundary(Boundary::Segment);
        inspector.feed(ts.bytes, {});
    }
    inspector.finish();
    Inspected seen{findings.items, inspector.report(), inspector.programmes()};
    CHECK(seen.occurrences().empty());
    CHECK(seen.report.sync_losses == 0);
    CHECK(core::to_seconds(last_tick(seen)) == Approx(5 * 2.04 - 0.08).margin(0.06));
    never_back(seen);
}

TEST_CASE("The same bytes without a boundary between them are a fault") {
    ProgrammeSpec spec;
    TsBuilder first;
    testing::write_frames(first, spec, 0, 50);
    TsBuilder second;
    testing::write_frames(second, spec, 50, 50);
    testing::append(first.bytes, second.bytes);
    CHECK(inspect(first.bytes).report.continuity_errors > 0);
}

TEST_CASE("A new session makes conditions unknown, keeps track names and goes on in media time") {
    ProgrammeSpec spec;
    core::FindingsList findings;
    TransportInspector inspector(file_options(), findings);
    TsBuilder first;
    testing::write_frames(first, spec, 0, 50);
    inspector.feed(first.bytes, {});
    inspector.on_boundary(Boundary::Session);
    const std::size_t before = findings.items.size();
    TsBuilder second;
    spec.first_pts = 77;
    spec.video_pid = 0x200;
    spec.pmt_pid = 0x300;
    testing::write_frames(second, spec, 0, 50);
    inspector.feed(second.bytes, {});
    inspector.finish();
    Inspected seen{findings.items, inspector.report(), inspector.programmes()};
    CHECK(core::to_seconds(last_tick(seen)) == Approx(4.0).margin(0.1));
    CHECK(seen.occurrences().empty());
    int unknown = 0;
    for (std::size_t i = 0; i < before; ++i) {
        const auto* edge = std::get_if<core::StateEdge>(&seen.observations[i]);
        if (edge != nullptr && edge->verdict == Verdict::Unknown) ++unknown;
    }
    CHECK(unknown == 7);  // sync, PAT, PMT, two tracks scrambled and missing
    REQUIRE(inspector.programmes().size() == 1);
    CHECK(inspector.programmes()[0].streams[0].pid == 0x200);
    CHECK(inspector.programmes()[0].streams[0].track == "video:1");
}

TEST_CASE("Bitrates on media time are what was sent, with and without null packets and per PID") {
    TsBuilder ts;
    ts.pat({{1, 0x1000}});
    ts.pmt(0x1000, 1, 0x100, {{0x100, 0x1B, {}}});
    for (int i = 0; i <= 100; ++i) {  // every 40 ms: 1 + 49 packets, and 25 null packets
        ts.pes(0x100, 0xE0, i * 3600 + 45'000, 49 * 184, i * 3600 * 300LL);
        ts.null_packets(25);
    }
    const Inspected seen = inspect(ts.bytes);
    const auto near = [](double value) { return Approx(value * 25 * 188 * 8).epsilon(0.001); };
    REQUIRE(seen.levels("bitrate.mux").size() == 4);
    for (const auto& level : seen.levels("bitrate.mux")) {
        CHECK(level.value == near(75));
        CHECK(level.window == 1s);
    }
    CHECK(seen.levels("bitrate.payload").at(2).value == near(50));
    for (const auto& level : seen.levels("bitrate.pid")) {
        if (level.pid == 0x100) CHECK(level.value == near(50));
        if (level.pid == 0x1FFF) CHECK(level.value == near(25));
    }
}

TEST_CASE("Bitrates on arrival have windows of exactly 1 s, empty ones included") {
    InspectorOptions options;
    options.bitrate = ClockSource::Arrival;
    core::FindingsList findings;
    TransportInspector inspector(options, findings);
    TsBuilder ts;
    testing::write_frames(ts, {}, 0, 50);
    const std::size_t piece = 188 * 10;
    const auto start = ArrivalTime{100s};
    for (int i = 0; i < 100; ++i) inspector.feed(std::span(ts.bytes).subspan(0, piece), start + i * 10ms);
    inspector.advance(start + 3500ms);
    Inspected seen{findings.items, inspector.report(), {}};
    const auto mux = seen.levels("bitrate.mux");
    REQUIRE(mux.size() == 3);
    CHECK(mux[0].value == Approx(100 * 1880 * 8));
    CHECK(mux[0].at.arrival == start + 1s);
    CHECK(mux[1].value == 0);
    CHECK(mux[2].at.arrival == start + 3s);
}

TEST_CASE("Intervals on arrival: a table is late when it comes late, whatever its clock says") {
    InspectorOptions options;
    options.intervals = ClockSource::Arrival;
    core::FindingsList findings;
    TransportInspector inspector(options, findings);
    TsBuilder ts;
    testing::write_frames(ts, {}, 0, 50);
    const auto start = ArrivalTime{7s};
    inspector.feed(std::span(ts.bytes).first(ts.bytes.size() / 2), start);
    for (int i = 1; i <= 16; ++i) inspector.advance(start + i * 50ms);
    inspector.feed(std::span(ts.bytes).subspan(ts.bytes.size() / 2), start + 850ms);
    Inspected seen{findings.items, inspector.report(), {}};
    const auto edges = seen.edges("ts.pat");
    REQUIRE(edges.size() == 3);
    CHECK(edges[1].verdict == Verdict::Bad);
    CHECK(edges[1].at.arrival == start + kMaxPatInterval);
    CHECK(edges[2].at.arrival == start + 850ms);
    ArrivalTime last = start;
    for (const auto& tick : seen.ticks()) {
        CHECK(tick.at.arrival.value() - last <= 100ms);
        last = *tick.at.arrival;
    }
}

}  // namespace
}  // namespace sightline::formats::ts
