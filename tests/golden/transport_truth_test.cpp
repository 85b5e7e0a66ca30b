// SPDX-License-Identifier: Apache-2.0
// The transport inspector against the ground truth of generated streams, PID by PID and in blocks of any size.
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "formats/ts/inspector.hpp"
#include "testdata/transmission.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace {

using namespace sightline;
using formats::ts::TransportReport;
using Json = nlohmann::json;

constexpr std::array<std::size_t, 5> kBlocks{1, 17, 188, 1316, 65'536};

/// Findings are not looked at here.
class Nothing final : public core::Findings {
public:
    void add(core::Observation /*observation*/) override {}
};

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TransportReport inspect(const std::string& bytes, std::size_t block) {
    Nothing nothing;
    formats::ts::InspectorOptions options;
    options.arrival_known = false;
    formats::ts::TransportInspector inspector(options, nothing);
    const auto all = std::as_bytes(std::span(bytes.data(), bytes.size()));
    for (std::size_t at = 0; at < all.size(); at += block) {
        inspector.feed(all.subspan(at, std::min(block, all.size() - at)), core::ArrivalTime{});
    }
    inspector.finish();
    return inspector.report();
}

void check(const std::string& bytes, const Json& truth) {
    REQUIRE(bytes.size() == truth["ts"]["bytes"]);
    const TransportReport report = inspect(bytes, kBlocks.back());
    for (const std::size_t block : kBlocks) {
        INFO("blocks of " << block);
        CHECK(inspect(bytes, block) == report);
    }
    std::map<int, formats::ts::PidReport> pids;
    for (const auto& pid : report.pids) pids[pid.pid] = pid;
    std::uint64_t broken = 0;
    std::uint64_t flagged = 0;
    for (const Json& pid : truth["ts"]["pids"]) {
        INFO(pid.dump());
        const auto found = pids.find(pid["pid"].get<int>());
        REQUIRE(found != pids.end());
        CHECK(found->second.continuity_errors == pid["continuity_errors"]);
        CHECK(found->second.scrambled == pid["scrambled"]);
        const auto lost = pid["sync_bytes_broken"].get<std::uint64_t>();
        CHECK(found->second.packets == pid["packets"].get<std::uint64_t>() - lost);
        broken += lost;
        flagged += pid["transport_errors"].get<std::uint64_t>();
    }
    CHECK(report.continuity_errors == truth["ts"]["continuity_errors"]);
    CHECK(report.transport_errors == flagged);
    CHECK(report.sync_byte_errors == broken);
    CHECK(report.sync_losses == 0);
}

void check_generated(std::vector<std::string> arguments) {
    const test::TemporaryFolder folder;
    const std::string stream = folder / "a.ts";
    const std::string truth = folder / "a.json";
    arguments.insert(arguments.end(), {"--to", stream, "--truth", truth});
    std::vector<const char*> argv{"sightline-signals", "--size", "96x64", "--bitrate", "200k"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const auto options = testdata::parse_signal_options(static_cast<int>(argv.size()), argv.data());
    REQUIRE(options);
    const core::VirtualClock clock;
    REQUIRE(testdata::transmit(*options, clock, {}));
    check(read(stream), Json::parse(read(truth)));
}

}  // namespace

TEST_CASE("Committed streams are inspected as their truth says") {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/testdata/ts")) {
        if (entry.path().extension() != ".ts") continue;
        INFO(entry.path().string());
        std::filesystem::path truth = entry.path();
        check(read(entry.path()), Json::parse(read(truth.replace_extension(".json"))));
        ++count;
    }
    CHECK(count >= 5);
}

TEST_CASE("A clean multiplex of three services at a constant rate has no error") {
    check_generated({"--for", "4s", "--services", "3", "--mux-rate", "3M", "--b-frames", "2"});
}

TEST_CASE("Random losses, copies and swaps are counted as the truth counts them") {
    for (const char* seed : {"1", "2", "3", "4"}) {
        INFO("seed " << seed);
        check_generated({"--for", "6s", "--seed", seed, "--fault", "drop@0.5+2:rate=0.05", "--fault",
                         "duplicate@1+3:rate=0.05", "--fault", "duplicate@2+3:rate=0.03,copies=2", "--fault",
                         "reorder@3+2:rate=0.05"});
    }
}

TEST_CASE("Flagged, scrambled and damaged packets are told apart") {
    check_generated({"--for", "4s", "--fault", "transport-error@1+1:rate=0.05", "--fault", "scramble@2+1:pid=video",
                     "--fault", "sync-byte@0.5:pid=video,every=1s"});
}

TEST_CASE("Wraps, jumps, stalls and moving PIDs are no continuity error") {
    check_generated({"--for", "6s", "--start-pts", "8589800000", "--fault", "jump@1:by=-1h", "--fault",
                     "jump@2:by=30h,indicator=1", "--fault", "stall@3+0.5", "--fault", "es-pids@4:shift=64", "--fault",
                     "video-lost@5+0.5"});
}
