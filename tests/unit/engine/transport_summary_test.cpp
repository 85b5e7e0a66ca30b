// SPDX-License-Identifier: Apache-2.0
#include "engine/transport_summary.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using engine::TransportSummary;
using Json = nlohmann::json;

namespace {

core::LevelSample rate_of(const char* measurement, double value, std::optional<int> pid = std::nullopt) {
    core::LevelSample sample;
    sample.measurement = measurement;
    sample.value = value;
    sample.pid = pid;
    return sample;
}

core::Occurrence lost_on(int pid, core::MediaTime at, std::uint64_t count, const std::string& detail) {
    core::Occurrence event;
    event.condition = "ts.continuity";
    event.pid = pid;
    event.at.media = at;
    event.count = count;
    event.detail = detail;
    return event;
}

formats::ts::Programme news() {
    formats::ts::Programme programme;
    programme.number = 101;
    programme.pmt_pid = 32;
    programme.pcr_pid = 256;
    programme.name = "News HD";
    programme.streams = {{256, 0x1B, core::TrackKind::Video, "h264", "", "video:1"},
                         {257, 0x0F, core::TrackKind::Audio, "aac", "eng", "audio:1"}};
    return programme;
}

/// Ten seconds: 9,000 packets of picture, 500 of sound, 400 null packets, 100 of a PID that nobody announced.
engine::PipelineTotals totals() {
    engine::PipelineTotals out;
    out.bytes = 1'880'000;
    formats::ts::TransportReport report;
    report.packets = 10'000;
    report.packet_size = 204;  // what comes after the 188 is not counted in rates
    report.duration = 10s;
    report.continuity_errors = 3;
    report.pids = {
        {256, 9'000, 3, 0, "h264"}, {257, 500, 0, 500, "aac"}, {700, 100, 0, 0, ""}, {0x1FFF, 400, 0, 0, "null"}};
    report.tr101290 = {{"1.1", 0}, {"1.4", 3}};
    out.transport = report;
    out.programmes = std::make_shared<const std::vector<formats::ts::Programme>>(1, news());
    return out;
}

TransportSummary of_news() {
    TransportSummary summary("srt://10.0.0.5:9000?passphrase=secret");
    summary.note(rate_of("bitrate.mux", 1'400'000));
    summary.note(rate_of("bitrate.mux", 1'600'000));
    summary.note(rate_of("bitrate.pid", 1'300'000, 256));
    summary.note(lost_on(256, 2s, 1, "expected 4, got 6"));
    summary.note(lost_on(256, 7500ms, 2, "expected 1, got 9"));
    core::StateEdge scrambled;
    scrambled.condition = "ts.scrambled";
    scrambled.pid = 257;
    scrambled.verdict = core::Verdict::Bad;
    scrambled.at.media = 0s;
    summary.note(scrambled);
    scrambled.verdict = core::Verdict::Good;
    summary.note(scrambled);
    core::StateEdge low = scrambled;  // no fault of the transport
    low.condition = "bitrate.low";
    low.verdict = core::Verdict::Bad;
    summary.note(low);
    return summary;
}

}  // namespace

TEST_CASE("A transport report holds services, PIDs with their rates, and when faults began", "[transport_summary]") {
    const Json report = Json::parse(of_news().json(totals()));
    CHECK(report["type"] == "transport");
    CHECK(report["input"] == "srt://10.0.0.5:9000?passphrase=***");
    CHECK(report["duration_s"] == 10.0);
    CHECK(report["bitrate_bps"] == Json::parse(R"({"mean":1504000,"min":1400000,"max":1600000})"));
    CHECK(report["payload_bps"] == Json::parse(R"({"mean":1443840,"min":null,"max":null})"));
    CHECK(report["services"].dump() ==
          R"([{"name":"News HD","pcr_pid":256,"pmt_pid":32,"provider":null,"scrambling_declared":false,"service":101,)"
          R"("tracks":[{"codec":"h264","id":"video:1","language":null,"pid":256,"stream_type":27},)"
          R"({"codec":"aac","id":"audio:1","language":"eng","pid":257,"stream_type":15}]}])");
    const Json& pids = report["pids"];
    REQUIRE(pids.size() == 4);
    CHECK(pids[0]["services"] == Json::array({101}));
    CHECK(pids[0]["bitrate_bps"] == Json::parse(R"({"mean":1353600,"min":1300000,"max":1300000})"));
    CHECK(pids[0]["continuity_errors"] == 3);
    CHECK(pids[1]["scrambled"] == 500);
    CHECK(pids[2]["type"].is_null());
    CHECK(pids[3]["services"].empty());
    CHECK(report["tr101290"] == Json::parse(R"({"1.1":0,"1.4":3})"));
    CHECK(
        report["faults"].dump() ==
        R"([{"condition":"ts.continuity","count":3,"detail":"expected 4, got 6","first_s":2.0,"last_s":7.5,"pid":256,"tr101290":"1.4"},)"
        R"({"condition":"ts.scrambled","count":1,"detail":null,"first_s":0.0,"last_s":0.0,"pid":257,"tr101290":null}])");
}

TEST_CASE("The same report for people fits their terminal", "[transport_summary]") {
    const std::string text = of_news().text(totals());
    CHECK(text.find("10000 packets of 204 bytes, 10.0 s, 1.50 Mb/s (1.40 Mb/s to 1.60 Mb/s)\n") != std::string::npos);
    CHECK(text.find("  101    News HD                   PMT 32  PCR 256\n") != std::string::npos);
    CHECK(text.find("257    aac eng           101               500     75.2 kb/s                  0        500\n") !=
          std::string::npos);
    CHECK(text.find("  ts.continuity (1.4) on PID 256: 3 ×, first at 2.000 s, last at 7.500 s: expected 4, got 6\n") !=
          std::string::npos);
    CHECK(text.back() != '\n');
}

TEST_CASE("A stream without a clock has neither length nor rates", "[transport_summary]") {
    engine::PipelineTotals bare = totals();
    bare.transport->duration = {};
    bare.programmes = nullptr;
    const TransportSummary summary("a.ts");
    const Json report = Json::parse(summary.json(bare));
    CHECK(report["duration_s"].is_null());
    CHECK(report["bitrate_bps"]["mean"].is_null());
    CHECK(report["services"].empty());
    const std::string text = summary.text(bare);
    CHECK(text.find("no clock: no length, no bitrate") != std::string::npos);
    CHECK(text.find("none: no PAT and PMT") != std::string::npos);
    CHECK(text.ends_with("no faults"));
}
