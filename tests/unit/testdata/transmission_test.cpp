// SPDX-License-Identifier: Apache-2.0
// Whole runs into files, at a size that costs little.
#include "testdata/transmission.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "testdata/continuity_count.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

#if defined(__SANITIZE_ADDRESS__)
// x265 keeps a few kilobytes of its own for ever.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier): LeakSanitizer's name
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libx265\n";
}
#endif

namespace sightline::testdata {
namespace {

using Json = nlohmann::json;

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

core::Result<void> transmit(std::vector<std::string> arguments) {
    std::vector<const char*> argv{"sightline-signals", "--size", "64x64", "--bitrate", "100k"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const auto options = parse_signal_options(static_cast<int>(argv.size()), argv.data());
    if (!options) return core::fail(core::ErrorCode::InvalidConfig, options.error().text);
    const core::VirtualClock clock;
    return transmit(*options, clock, {});
}

Json edge(const Json& truth, const std::string& kind, const std::string& edge) {
    for (const Json& fault : truth["faults"]) {
        if (fault["kind"] == kind) return fault[edge];
    }
    return nullptr;
}

TEST_CASE("The same options give the same bytes, another seed gives others") {
    const test::TemporaryFolder folder;
    const std::vector<std::string> common{"--for", "2s", "--b-frames", "2", "--fault", "drop@0.5+1:rate=0.05"};
    const auto with = [&](const std::string& file, const std::string& seed) {
        std::vector<std::string> all = common;
        all.insert(all.end(), {"--to", folder / file, "--seed", seed});
        REQUIRE(transmit(all));
        return read(folder / file);
    };
    const std::string first = with("a.ts", "1");
    CHECK(first.size() > 20'000);
    CHECK(first.size() % 188 == 0);
    CHECK(first == with("b.ts", "1"));
    CHECK(first != with("c.ts", "2"));
}

TEST_CASE("The truth names the first bad and first good frame and sample") {
    const test::TemporaryFolder folder;
    REQUIRE(transmit({"--for", "4s", "--fps", "30000/1001", "--to", folder / "a.ts", "--truth", folder / "t.json",
                      "--fault", "black@1+1", "--fault", "freeze@2.5+0.5", "--fault", "silence@1.00001+1"}));
    const Json truth = Json::parse(read(folder / "t.json"));
    CHECK(edge(truth, "black", "first_bad")["frame"] == 30);
    CHECK(edge(truth, "black", "first_bad")["media_ns"] == 1'001'000'000);
    CHECK(edge(truth, "black", "first_good")["frame"] == 60);
    CHECK(edge(truth, "freeze", "first_bad")["frame"] == 75);
    CHECK(edge(truth, "freeze", "first_good")["frame"] == 90);
    CHECK(edge(truth, "silence", "first_bad")["sample"] == 48'001);
    CHECK(edge(truth, "silence", "first_good")["sample"] == 96'001);
}

TEST_CASE("A freeze from the first frame on is bad from the second") {
    const test::TemporaryFolder folder;
    REQUIRE(
        transmit({"--for", "1s", "--to", folder / "a.ts", "--truth", folder / "t.json", "--fault", "freeze@0+0.4"}));
    const Json truth = Json::parse(read(folder / "t.json"));
    CHECK(edge(truth, "freeze", "first_bad")["frame"] == 1);
    CHECK(edge(truth, "freeze", "first_good")["frame"] == 10);
}

TEST_CASE("Counts in the truth are those of the file") {
    const test::TemporaryFolder folder;
    REQUIRE(transmit({"--for",      "4s",
                      "--to",       folder / "a.ts",
                      "--truth",    folder / "t.json",
                      "--services", "2",
                      "--mux-rate", "1M",
                      "--fault",    "drop@0.5+2:rate=0.03",
                      "--fault",    "duplicate@1:copies=2,count=4",
                      "--fault",    "transport-error@2+1:rate=0.02",
                      "--fault",    "reorder@1+2:rate=0.02",
                      "--fault",    "stall@3.2+0.3"}));
    const Json truth = Json::parse(read(folder / "t.json"));
    const std::string bytes = read(folder / "a.ts");
    CHECK(truth["ts"]["bytes"] == bytes.size());
    ContinuityCount count;
    for (std::size_t at = 0; at + kPacketSize <= bytes.size(); at += kPacketSize) {
        const auto* packet = reinterpret_cast<const std::uint8_t*>(bytes.data() + at);
        count.feed(std::span<const std::uint8_t, kPacketSize>(packet, kPacketSize));
    }
    std::uint64_t errors = 0;
    for (const Json& pid : truth["ts"]["pids"]) {
        INFO(pid.dump());
        CHECK(pid["continuity_errors"] == count.errors(pid["pid"].get<int>()));
        errors += pid["continuity_errors"].get<std::uint64_t>();
        if (pid["pid"] == 8191) continue;
        CHECK(pid["packets"].get<int>() ==
              pid["made"].get<int>() - pid["dropped"].get<int>() + pid["duplicated"].get<int>());
    }
    CHECK(errors > 5);
    CHECK(truth["ts"]["continuity_errors"] == errors);
}

TEST_CASE("Tracks are lost and come back with a key frame, timestamps jump, and media time goes on") {
    const test::TemporaryFolder folder;
    REQUIRE(transmit({"--for", "6s", "--to", folder / "a.ts", "--truth", folder / "t.json", "--fault",
                      "video-lost@1+1.5", "--fault", "audio-lost@3+1", "--fault", "jump@5:by=-1h", "--gop", "100"}));
    const Json truth = Json::parse(read(folder / "t.json"));
    CHECK(edge(truth, "video-lost", "first_bad")["media_s"] == 1.0);
    CHECK(edge(truth, "video-lost", "first_good")["media_s"] == 2.52);
    CHECK(edge(truth, "audio-lost", "first_good")["media_s"].get<double>() == Approx(4.0).margin(0.022));
    CHECK(edge(truth, "jump", "first_bad")["media_s"] == 5.0);
    CHECK(truth["ts"]["continuity_errors"] == 0);
}

TEST_CASE("A replay goes round without continuity errors and brings its faults each time") {
    const test::TemporaryFolder folder;
    REQUIRE(
        transmit({"--for", "3200ms", "--to", folder / "a.ts", "--truth", folder / "t.json", "--fault", "black@1+1"}));
    REQUIRE(transmit({"--loop", folder / "a.ts", "--loop-truth", folder / "t.json", "--for", "8s", "--to",
                      folder / "b.ts", "--truth", folder / "u.json"}));
    const Json truth = Json::parse(read(folder / "u.json"));
    REQUIRE(truth["faults"].size() == 3);
    CHECK(truth["faults"][1]["first_bad"]["frame"] == 105);
    CHECK(truth["frames"] == 200);
    CHECK(truth["ts"]["continuity_errors"] == 0);
}

TEST_CASE("HLS segments begin with a table and a playlist with an end lists them") {
    const test::TemporaryFolder folder;
    REQUIRE(transmit({"--for", "6s", "--to", folder / "hls/live.m3u8", "--hls-segment", "2s"}));
    const std::string playlist = read(folder / "hls/live.m3u8");
    CHECK(playlist.find("#EXT-X-TARGETDURATION:2\n") != std::string::npos);
    CHECK(playlist.find("live-000002.ts\n#EXT-X-ENDLIST\n") != std::string::npos);
    const std::string segment = read(folder / "hls/live-000001.ts");
    REQUIRE(segment.size() > 188);
    CHECK(segment.substr(0, 3) == std::string("\x47\x40\x00", 3));
}

TEST_CASE("Other codecs and containers are made") {
    const test::TemporaryFolder folder;
    CHECK(
        transmit({"--for", "1s", "--to", folder / "a.ts", "--codec", "mpeg2video", "--audio", "mp2", "--interlaced"}));
    CHECK(transmit(
        {"--for", "1s", "--to", folder / "b.ts", "--to", folder / "b.mp4", "--codec", "hevc", "--bit-depth", "10"}));
    CHECK(transmit({"--for", "1s", "--to", folder / "c.mkv", "--audio", "pcm", "--channels", "1"}));
    CHECK(transmit({"--for", "1s", "--to", folder / "d.ts", "--codec", "none"}));
    CHECK(transmit({"--for", "2s", "--to", folder / "e.ts", "--fault", "size@1+0.5:to=96x64", "--b-frames", "2"}));
    for (const char* name : {"a.ts", "b.ts", "b.mp4", "c.mkv", "d.ts", "e.ts"})
        CHECK(read(folder / name).size() > 2000);
}

TEST_CASE("What cannot be done is said in one line") {
    const test::TemporaryFolder folder;
    const std::vector<std::pair<std::vector<std::string>, std::string>> table{
        {{"--to", "x.ts"}, "a file needs an end: give --for, as --for 20s\n"},
        {{"--to", "x.doc", "--for", "1s"},
         "--to x.doc: expected FILE.ts, .m3u8, .mp4, .mkv, .flv, udp://, rtp://, srt:// or rtmp://"},
        {{"--to", folder / "none/x.ts", "--for", "1s"},
         "cannot write " + folder / "none/x.ts" + ": No such file or directory"},
        {{"--to", "x.ts", "--for", "1"}, "--for 1: expected a time, as 20s\n"},
        {{"--to", folder / "x.ts", "--for", "1s", "--audio", "pcm"},
         "this codec has no place in a transport stream; use mkv"},
        {{"--to", "x.ts", "--for", "1s", "--codec", "none", "--audio", "none"},
         "neither picture nor sound: nothing to send"},
        {{"--to", "x.ts", "--for", "1s", "--loop", "y.ts", "--fault", "black@1+1"},
         "--loop sends what is in the file: put picture and sound faults into the file\n"},
        {{"--to", "x.ts", "--for", "1s", "--loop", folder / "y.ts"},
         "cannot read " + folder / "y.ts" + ": No such file or directory"},
    };
    for (const auto& [arguments, message] : table) {
        const auto outcome = transmit(arguments);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().message == message);
    }
}

}  // namespace
}  // namespace sightline::testdata
