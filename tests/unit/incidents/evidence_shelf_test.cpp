// SPDX-License-Identifier: Apache-2.0
#include "incidents/evidence_shelf.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

using namespace sightline;
using incidents::EvidenceRate;
using incidents::EvidenceShelf;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<EvidenceShelf> open(const test::TemporaryFolder& folder, std::uint64_t quota = 10'000) {
    auto shelf = EvidenceShelf::open(folder / "evidence", quota);
    REQUIRE(shelf);
    return std::move(*shelf);
}

void put(EvidenceShelf& shelf, const std::string& incident, std::size_t clip) {
    const auto path = shelf.begin(incident);
    REQUIRE(path);
    std::ofstream(*path + "/evidence.json") << "{}";
    std::ofstream(*path + "/clip.ts") << std::string(clip, 'G');
    REQUIRE(shelf.keep(incident));
}

std::string content(const EvidenceShelf& shelf, const std::string& incident, const char* name) {
    const auto fd = shelf.open_file(incident, name);
    if (!fd) return "none";
    char buffer[64];
    const ssize_t got = ::read(*fd, buffer, sizeof buffer);
    ::close(*fd);
    return {buffer, static_cast<std::size_t>(got)};
}

}  // namespace

TEST_CASE("Evidence is there once it is kept, and after a restart") {
    const test::TemporaryFolder folder;
    {
        auto shelf = open(folder);
        const auto path = shelf->begin("probe-i1");
        REQUIRE(path);
        std::ofstream(*path + "/evidence.json") << "{\"a\":1}";
        CHECK_FALSE(shelf->has("probe-i1"));
        CHECK(content(*shelf, "probe-i1", "evidence.json") == "none");
        CHECK_FALSE(shelf->begin("probe-i1"));
        REQUIRE(shelf->keep("probe-i1"));
        CHECK(shelf->has("probe-i1"));
        CHECK_FALSE(shelf->begin("probe-i1"));
    }
    auto shelf = open(folder);
    CHECK(shelf->files("probe-i1") == std::vector<incidents::EvidenceFile>{{"evidence.json", 7}});
    CHECK(content(*shelf, "probe-i1", "evidence.json") == "{\"a\":1}");
    CHECK(shelf->bytes() == 7);
}

TEST_CASE("What a kill left half done is gone after a restart") {
    const test::TemporaryFolder folder;
    {
        auto shelf = open(folder);
        put(*shelf, "a-i1", 10);
        const auto path = shelf->begin("a-i2");
        REQUIRE(path);
        std::ofstream(*path + "/clip.ts") << "half";
    }
    auto shelf = open(folder);
    CHECK(shelf->count() == 1);
    CHECK_FALSE(shelf->has("a-i2"));
    put(*shelf, "a-i2", 10);
}

TEST_CASE("The oldest evidence makes room for the newest") {
    const test::TemporaryFolder folder;
    auto shelf = open(folder, 3'100);
    for (int n = 1; n <= 5; ++n) put(*shelf, "p-i" + std::to_string(n), 1'000);
    CHECK(shelf->count() == 3);
    CHECK_FALSE(shelf->has("p-i1"));
    CHECK_FALSE(shelf->has("p-i2"));
    CHECK(shelf->has("p-i5"));
    CHECK(shelf->bytes() == 3 * 1'002);
    SECTION("also when the quota becomes smaller, and after a restart") {
        shelf->set_quota(2'100);
        CHECK(shelf->count() == 2);
        shelf.reset();
        shelf = open(folder, 1'500);
        CHECK(shelf->count() == 1);
        CHECK(shelf->has("p-i5"));
    }
    SECTION("what is larger than all may be is not kept, and costs nobody their place") {
        const auto path = shelf->begin("p-i9");
        REQUIRE(path);
        std::ofstream(*path + "/evidence.json") << std::string(4'000, ' ');
        CHECK_FALSE(shelf->keep("p-i9"));
        CHECK(shelf->count() == 3);
        CHECK_FALSE(fs::exists(*path));
    }
}

TEST_CASE("Evidence moves with an incident that becomes part of another") {
    const test::TemporaryFolder folder;
    auto shelf = open(folder);
    put(*shelf, "p-i1", 10);
    put(*shelf, "p-i3", 20);
    shelf->merge("p-i1", "p-i2");
    CHECK_FALSE(shelf->has("p-i1"));
    CHECK(shelf->has("p-i2"));
    shelf->merge("p-i2", "p-i3");  // has its own
    CHECK(shelf->has("p-i2"));
    CHECK(shelf->files("p-i3").front().bytes == 20);
    shelf = open(folder);
    CHECK(shelf->has("p-i2"));
}

TEST_CASE("No name leads out of an incident's folder") {
    const test::TemporaryFolder folder;
    auto shelf = open(folder);
    std::ofstream(folder / "secret") << "secret";
    put(*shelf, "p-i1", 10);
    for (const char* name : {"../../secret", "../p-i1/clip.ts", "/etc/passwd", "", ".", "..", "clip.ts/", "./clip.ts",
                             "clip.ts\0x", "%2e%2e/secret", "CLIP.TS"}) {
        CHECK(content(*shelf, "p-i1", name) == (std::string(name) == "clip.ts" ? "GGGGGGGGGG" : "none"));
    }
    for (const char* id : {"..", ".", "", "../evidence/p-i1", "p-i1/..", "/", "p-i1/"})
        CHECK(content(*shelf, id, "clip.ts") == "none");
    // A link in the folder is not followed.
    ::symlink((folder / "secret").c_str(), (folder / "evidence/p-i1/good.jpg").c_str());
    shelf = open(folder);
    CHECK(content(*shelf, "p-i1", "good.jpg") == "none");
}

TEST_CASE("Any id of an incident has a folder of its own, inside") {
    const test::TemporaryFolder folder;
    auto shelf = open(folder, 1'000'000);
    const std::vector<std::string> ids{"../x-i1", "..-i1", "Sender Köln/1-i1", "a%2Fb-i1", "a/b-i1", ".making-x-i1"};
    for (const std::string& id : ids) put(*shelf, id, 5);
    CHECK(shelf->count() == ids.size());
    shelf = open(folder, 1'000'000);
    for (const std::string& id : ids) CHECK(shelf->has(id));
    CHECK(fs::exists(folder / "evidence"));
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A folder that cannot be made is told") {
    const auto shelf = EvidenceShelf::open("/proc/nothing/evidence", 1'000);
    REQUIRE_FALSE(shelf);
    CHECK(shelf.error().code == core::ErrorCode::Io);
}

TEST_CASE("In a flood evidence is rationed, and the last third is for critical incidents") {
    EvidenceRate rate(6);
    const core::ArrivalTime start{std::chrono::seconds{100}};
    int lesser = 0, critical = 0;
    for (int n = 0; n < 100; ++n) lesser += rate.take(start, false) ? 1 : 0;
    for (int n = 0; n < 100; ++n) critical += rate.take(start, true) ? 1 : 0;
    CHECK(lesser == 4);
    CHECK(critical == 2);
    int later = 0;
    for (int second = 1; second <= 600; ++second)
        later += rate.take(start + std::chrono::seconds{second}, true) ? 1 : 0;
    CHECK(later >= 59);
    CHECK(later <= 60);
}

TEST_CASE("Evidence that is older than is wanted goes") {
    const test::TemporaryFolder folder;
    auto shelf = open(folder);
    put(*shelf, "p-i1", 10);
    put(*shelf, "p-i2", 10);
    shelf->forget_before(core::UtcTime{});
    CHECK(shelf->count() == 2);
    shelf->forget_before(core::UtcTime{std::chrono::hours{24 * 365 * 200}});
    CHECK(shelf->count() == 0);
    CHECK(shelf->bytes() == 0);
    CHECK(shelf->read("p-i1", "clip.ts").empty());
}

TEST_CASE("However few evidence may be collected of, some of it may be of lesser incidents") {
    EvidenceRate rate(1);
    CHECK(rate.take(core::ArrivalTime{std::chrono::seconds{1}}, false));
    CHECK_FALSE(rate.take(core::ArrivalTime{std::chrono::seconds{2}}, true));
}
