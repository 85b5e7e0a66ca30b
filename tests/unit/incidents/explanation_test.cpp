// SPDX-License-Identifier: Apache-2.0
#include "incidents/explanation.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include "tests/catch.hpp"

using namespace sightline::incidents;

namespace {

std::string ticked(std::string_view patterns) {
    std::istringstream words{std::string(patterns)};
    std::string out;
    for (std::string word; words >> word;) out += (out.empty() ? "`" : " `") + word + '`';
    return out;
}

}  // namespace

TEST_CASE("docs/incidents.md has the table by which faults explain each other, row by row") {
    std::ifstream file(SIGHTLINE_SOURCE_DIR "/docs/incidents.md");
    std::stringstream text;
    text << file.rdbuf();
    std::string table = "| a fault of | explains downstream | because |\n|---|---|---|\n";
    for (const ExplanationRow& row : explanation_table()) {
        table += "| " + ticked(row.upstream) + " | " + ticked(row.downstream) + " | " + std::string(row.why) + " |\n";
    }
    CHECK(text.str().find(table + "\n") != std::string::npos);
}

TEST_CASE("A condition explains itself, and what the table says; nothing else") {
    CHECK(explains("signal.lost", "video.freeze"));
    CHECK_FALSE(explains("video.freeze", "signal.lost"));
    CHECK(explains("audio.loudness", "audio.loudness"));
    CHECK(explains("hls.stale", "http.status"));
    CHECK_FALSE(explains("audio.silence", "video.black"));
    CHECK_FALSE(explains("signal.lost", "probe.clock"));
    CHECK(goes_together("video.black", "audio.silence"));
    CHECK(goes_together("audio.silence", "video.freeze"));
    CHECK_FALSE(goes_together("audio.loudness", "video.format"));
    CHECK_FALSE(goes_together("probe.disk", "signal.lost"));
}

TEST_CASE("Only signal, transport and HTTP conditions point at something shared") {
    for (const char* condition :
         {"signal.lost", "ts.continuity", "http.status", "hls.stale", "srt.link_loss", "bitrate.low"})
        CHECK(points_at_shared(condition));
    for (const char* condition :
         {"video.black", "audio.silence", "video.freeze", "probe.disk", "bitrate.high", "rule.x"})
        CHECK_FALSE(points_at_shared(condition));
}
