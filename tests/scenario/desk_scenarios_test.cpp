// SPDX-License-Identifier: Apache-2.0
// Every tests/scenario/desk/*.desk, as written, with what happens in one moment shuffled, and with restarts between.
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/scenario/desk_scenario.hpp"

using namespace sightline::scenario;

namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::filesystem::path> scenarios() {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(SIGHTLINE_SOURCE_DIR "/tests/scenario/desk")) {
        if (entry.path().extension() == ".desk") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

TEST_CASE("Every desk scenario gives the incidents and notices it says") {
    CHECK(scenarios().size() >= 12);
    for (const auto& path : scenarios()) {
        const std::string text = text_of(path);
        INFO(path.filename().string());
        CHECK(desk_differences(text, play_desk(text)) == "");
    }
}

TEST_CASE("The order of what happens in one moment changes nothing") {
    for (const auto& path : scenarios()) {
        const std::string text = text_of(path);
        const std::string wanted = summary(play_desk(text));
        for (unsigned seed = 1; seed <= 5; ++seed) {
            INFO(path.filename().string() << ", order " << seed);
            const DeskRun run = play_desk(text, seed);
            CHECK(run.broken == "");
            CHECK(summary(run) == wanted);
        }
    }
}

TEST_CASE("A restart of the desk between any two steps changes nothing") {
    for (const auto& path : scenarios()) {
        const std::string text = text_of(path);
        for (const unsigned every : {1U, 3U}) {
            INFO(path.filename().string() << ", every " << every);
            CHECK(desk_differences(text, play_desk(text, 0, every)) == "");
        }
    }
}

TEST_CASE("A site's uplink that flaps fifty times is told at most three times, however long it is good between") {
    for (const int gap_s : {30, 100, 170, 185, 300, 600, 840, 900, 950}) {
        std::ostringstream text;
        const int step_s = 20 + gap_s, end_s = 10 + 50 * step_s;
        text << "stream s-1..4 tags=uplink:u1\n";
        text << "every " << step_s << "s 10s-" << end_s - step_s << "s raise s-1..4 signal.lost\n";
        text << "every " << step_s << "s 30s-" << end_s << "s clear s-1..4 signal.lost\n";
        text << "until " << end_s + 1'200 << "s\n";
        for (const unsigned restart_every : {0U, 7U}) {
            INFO("good for " << gap_s << " s between, restarts every " << restart_every);
            const DeskRun run = play_desk(text.str(), 0, restart_every);
            CHECK(run.broken == "");
            REQUIRE(run.incidents.size() == 1);
            CHECK(run.incidents.begin()->second->cause.name == "uplink=u1");
            CHECK(run.notices.size() <= 3);
            CHECK(run.notices.front().ends_with(" opened"));
            CHECK(run.notices.back().ends_with(" resolved"));
        }
    }
}

TEST_CASE("Whatever fails, every alarm is in one incident") {
    constexpr const char* kConditions[] = {"signal.lost",   "ts.continuity", "video.black", "video.freeze",
                                           "audio.silence", "hls.stale",     "bitrate.low", "audio.loudness"};
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
        std::ostringstream text;
        for (unsigned n = 0; n < 12; ++n)
            text << "stream s-" << n << " tags=encoder:e" << n % 3 << ",site:x" << n % 2 << "\n";
        text << "path p1 s-0 s-3 s-6+5s s-9+20s\npath p2 s-1|s-2 s-4 s-7\n";
        std::set<std::string> open;
        for (unsigned second = 1; second < 900; second += 1 + pick(20)) {
            std::set<std::string> moved;  // an alarm's own transitions keep their order: one a moment
            for (unsigned n = pick(4); n > 0; --n) {
                const std::string what = "s-" + std::to_string(pick(12)) + ' ' + kConditions[pick(8)];
                if (!moved.insert(what).second) continue;
                const bool is_open = open.count(what) == 1;
                text << "at " << second << "s " << (is_open ? "clear " : "raise ") << what << '\n';
                if (is_open) {
                    open.erase(what);
                } else {
                    open.insert(what);
                }
            }
        }
        text << "until 20m\n";
        INFO("seed " << seed);
        const DeskRun plain = play_desk(text.str());
        CHECK(plain.broken == "");
        CHECK(play_desk(text.str(), 0, 7).broken == "");
        CHECK(summary(play_desk(text.str(), seed)) == summary(plain));
    }
}
