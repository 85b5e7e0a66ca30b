// SPDX-License-Identifier: Apache-2.0
#include "engine/console_table.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using core::Severity;
using engine::StreamHealth;
using engine::StreamView;
using engine::TableStyle;
using Lines = std::vector<std::string>;

namespace {

const core::UtcTime kNow{1'774'000'000s};  // 2026-03-20T09:46:40Z

StreamView view(const std::string& name, StreamHealth health, core::Duration age, const std::string& reason = {}) {
    StreamView out;
    out.id = out.name = name;
    out.health = health;
    out.since = kNow - age;
    out.reason = reason;
    return out;
}

StreamView alarm(const std::string& name, Severity severity, core::Duration age, const std::string& reason) {
    StreamView out = view(name, StreamHealth::Alarm, age, reason);
    out.worst = severity;
    return out;
}

engine::ProbeState probe_with(std::vector<StreamView> streams) {
    engine::ProbeState state;
    state.probe = "hall-3";
    state.at = kNow;
    for (StreamView& stream : streams) state.streams.push_back(std::make_shared<StreamView>(std::move(stream)));
    return state;
}

/// Without the padding at the right.
Lines trimmed(Lines lines) {
    for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
    return lines;
}

TableStyle wide() {
    return {120, 40, false};
}

}  // namespace

TEST_CASE("A probe without streams is one line", "[console_table]") {
    CHECK(trimmed(table_lines(probe_with({}), wide())) ==
          Lines{"hall-3  2026-03-20T09:46:40.000Z  0 streams, 0 in alarm"});
}

TEST_CASE("Bad streams come first, worst and longest first, then those nobody knows of, then the good ones",
          "[console_table]") {
    auto good = view("good-1", StreamHealth::Good, 3'723s);
    good.measurements = {{"bitrate.mux", 4'512'000},
                         {"audio.level/audio:1/1", -31.2},
                         {"audio.level/audio:1/2", -23.4},
                         {"audio.level/audio:2/1", -1}};
    auto silent = view("silent", StreamHealth::Good, 59s);
    silent.measurements = {{"audio.level/audio:1/1", -144}};
    silent.last.emplace();
    silent.last->message = "No sound";
    silent.last->state = core::AlarmState::Cleared;
    auto off = view("night", StreamHealth::Standby, 90'000s);
    off.air = core::AirState::OffAir;
    const auto lines = trimmed(table_lines(
        probe_with({good, alarm("late", Severity::Critical, 10s, "Black"), silent,
                    alarm("early", Severity::Critical, 100s, "Lost"), alarm("meh", Severity::Warning, 5s, "w"),
                    view("new", StreamHealth::Unknown, 2s, "connecting"), off, view("spare", StreamHealth::Standby, 0s),
                    alarm("maj", Severity::Major, 1s, "Silence"), alarm("min", Severity::Minor, 1s, "m"),
                    alarm("inf", Severity::Info, 1s, "i")}),
        wide()));
    CHECK(lines == Lines{
                       "hall-3  2026-03-20T09:46:40.000Z  11 streams, 6 in alarm",
                       "!! CRITICAL early                       1:40            -         -  Lost",
                       "!! CRITICAL late                        0:10            -         -  Black",
                       "!  MAJOR    maj                         0:01            -         -  Silence",
                       "-  minor    min                         0:01            -         -  m",
                       "-  warning  meh                         0:05            -         -  w",
                       "   info     inf                         0:01            -         -  i",
                       "?  unknown  new                         0:02            -         -  connecting",
                       "   good     good-1                      1h02    4.51 Mb/s  -23 dBFS",
                       "   good     silent                      0:59            - -inf dBFS  last: No sound cleared",
                       "   off air  night                      1d01h            -         -",
                       "   standby  spare                       0:00            -         -",
                   });
}

TEST_CASE("What makes all of it doubtful stands in the first line", "[console_table]") {
    auto state = probe_with({});
    state.clock_synchronised = false;
    state.store_error = "disk full";
    CHECK(trimmed(table_lines(state, wide())) == Lines{"hall-3  2026-03-20T09:46:40.000Z  0 streams, 0 in alarm  HOST "
                                                       "CLOCK NOT SYNCHRONISED  STORE CANNOT BE WRITTEN"});
}

TEST_CASE("Lines are cut and padded to the width in characters, not in bytes", "[console_table]") {
    const auto lines = table_lines(
        probe_with({alarm("Zürich – Übertragungswagen Nr. 12", Severity::Critical, 1s, "Ton fehlt")}), {60, 40, false});
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == "hall-3  2026-03-20T09:46:40.000Z  1 streams, 1 in alarm     ");
    CHECK(lines[1] == "!! CRITICAL Zürich – Übertragungswa…    0:01            -  …");
}

TEST_CASE("Streams that do not fit are counted", "[console_table]") {
    std::vector<StreamView> many;
    for (int i = 0; i < 20; ++i) many.push_back(view("s" + std::to_string(i), StreamHealth::Good, 0s));
    const auto lines = trimmed(table_lines(probe_with(many), {80, 6, false}));
    REQUIRE(lines.size() == 6);
    CHECK(lines[5] == "   … and 16 more");
    CHECK(table_lines(probe_with(many), {80, 22, false}).size() == 21);
}

TEST_CASE("Colour comes beside the mark and the word, never instead", "[console_table]") {
    const auto plain = table_lines(probe_with({alarm("a", Severity::Critical, 1s, "x")}), {80, 40, false});
    const auto colour = table_lines(probe_with({alarm("a", Severity::Critical, 1s, "x")}), {80, 40, true});
    CHECK(colour[0] == plain[0]);
    CHECK(colour[1] == "\x1b[1;31m" + plain[1] + "\x1b[0m");
}

TEST_CASE("A table is drawn in place, and a shorter one wipes what is left of a longer one", "[console_table]") {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* terminal = open_memstream(&text, &size);
    engine::ConsoleTable table(terminal);
    table.draw(probe_with({view("a", StreamHealth::Good, 0s)}));
    std::string first(text, size);
    table.draw(probe_with({}));
    const std::string second = std::string(text, size).substr(first.size());
    std::fclose(terminal);
    std::free(text);
    CHECK(first.starts_with("\r\x1b[Khall-3"));
    CHECK(std::count(first.begin(), first.end(), '\n') == 2);
    CHECK(second.starts_with("\x1b[2A\r\x1b[Khall-3"));
    CHECK(second.ends_with("\n\r\x1b[K\n"));
}
