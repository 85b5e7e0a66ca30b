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

namespace {

struct Flapping {
    int bad_s = 20, good_s = 30;
    bool ragged = false;  // each stream fails and returns a moment after the one before; each third flap hits only half
    std::string extra{};  // more lines: settings, paths, what operators do
};

std::string fifty_flaps(const Flapping& how) {
    std::ostringstream text;
    text << "stream s-1..4 tags=uplink:u1\n" << how.extra;
    int at_s = 10;
    for (int flap = 0; flap < 50; ++flap) {
        const int streams = how.ragged && flap % 3 == 2 ? 2 : 4;
        for (int n = 1; n <= streams; ++n) {
            const int late_ms = how.ragged ? 700 * (n - 1) : 0;
            text << "at " << at_s * 1'000 + late_ms << "ms raise s-" << n << " signal.lost\n";
            text << "at " << (at_s + how.bad_s) * 1'000 + late_ms << "ms clear s-" << n << " signal.lost\n";
        }
        at_s += how.bad_s + how.good_s;
    }
    text << "until " << at_s + 1'200 << "s\n";
    return text.str();
}

std::ptrdiff_t not_merged(const DeskRun& run) {
    return std::count_if(run.incidents.begin(), run.incidents.end(),
                         [](const auto& one) { return one.second->merged_into.empty(); });
}

std::string all(const std::vector<std::string>& notices) {
    std::string text;
    for (const std::string& notice : notices) text += notice + "; ";
    return text;
}

}  // namespace

TEST_CASE("An uplink that flaps fifty times is told at most three times, however long it is bad and good between") {
    std::vector<Flapping> ways;
    for (const int good_s : {5, 30, 59, 61, 100, 179, 185, 300, 600, 840, 900, 959}) ways.push_back({20, good_s});
    for (const int bad_s : {5, 61, 240, 299, 301, 600, 900, 1'200}) {
        ways.push_back({bad_s, 5, true});
        ways.push_back({bad_s, 185});
        ways.push_back({bad_s, 959, true});
    }
    ways.push_back({1'200, 1'200, false, "reopen_within 20m\n"});
    for (const Flapping& how : ways) {
        const DeskRun run = play_desk(fifty_flaps(how), 0, how.good_s == 185 ? 7 : 0);
        INFO("bad for " << how.bad_s << " s, good for " << how.good_s << " s: " << all(run.notices));
        CHECK(run.broken == "");
        CHECK(not_merged(run) == 1);
        CHECK(run.incidents.begin()->second->cause.name == "uplink=u1");
        CHECK(run.notices.size() <= 3);
        CHECK(run.notices.front().ends_with(" opened"));
        CHECK(run.notices.back().ends_with(" resolved"));
    }
}

TEST_CASE("What comes back after the window of returns is a new incident, and new critical ones call") {
    const DeskRun run = play_desk(fifty_flaps({20, 961}));
    CHECK(not_merged(run) == 50);
    CHECK(run.notices.size() == 100);
}

TEST_CASE("Flaps of any length make one incident, acknowledged or not") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        std::mt19937 random(seed);
        const auto some = [&random] { return 1 + static_cast<int>(random() % (random() % 2 == 0 ? 40 : 900)); };
        std::ostringstream text;
        text << "stream s-1..4 tags=uplink:u1\n";
        int at_s = 10;
        for (int flap = 0; flap < 50; ++flap) {
            const int bad_s = some();
            text << "at " << at_s << "s raise s-1..4 signal.lost\nat " << at_s + bad_s
                 << "s clear s-1..4 signal.lost\n";
            if (flap == 3 && seed % 2 == 0) text << "at " << at_s + 1 << "s ack i1\n";
            at_s += bad_s + some();
        }
        text << "until " << at_s + 1'200 << "s\n";
        const DeskRun run = play_desk(text.str(), 0, seed % 3 == 0 ? 5 : 0);
        INFO("seed " << seed << ": " << all(run.notices));
        CHECK(run.broken == "");
        CHECK(not_merged(run) == 1);
        CHECK(run.notices.size() == (seed % 2 == 0 ? 3 : 2));  // opened, (acknowledged,) resolved
    }
}

TEST_CASE("Flaps are no news to who is called again or by escalation") {
    const DeskRun run = play_desk(fifty_flaps({300, 185, false, "escalate 10m manager\nrepeat 1h\n"}));
    INFO(all(run.notices));
    int repeated = 0, escalated = 0;
    for (const std::string& notice : run.notices) {
        repeated += notice.ends_with(" repeated") ? 1 : 0;
        escalated += notice.ends_with(" escalated") ? 1 : 0;
    }
    CHECK(escalated == 1);
    CHECK(repeated == 6);  // an hour apart at least, in 6.7 hours
    CHECK(run.notices.size() == 9);
}

TEST_CASE("What came and went in one moment is as severe as it was, and is told") {
    const DeskRun run = play_desk("stream a\nat 10s raise a signal.lost\nat 10s clear a signal.lost\nuntil 20m\n");
    CHECK(run.broken == "");
    REQUIRE(run.incidents.size() == 1);
    CHECK(run.incidents.begin()->second->severity == sightline::core::Severity::Critical);
    CHECK(run.notices == std::vector<std::string>{"10 i1 opened", "970 i1 resolved"});
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
