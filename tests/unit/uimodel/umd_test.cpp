// SPDX-License-Identifier: Apache-2.0
// Lines under a name, and clocks of other places.
#include <limits>

#include "tests/catch.hpp"
#include "ui/clock_zone.hpp"
#include "ui/layout.hpp"
#include "ui/umd_fields.hpp"
#include "ui/words.hpp"

using namespace sightline;
using namespace sightline::ui;

namespace {

StreamState news() {
    StreamState stream;
    stream.key = {"hall", "news"};
    stream.format = "1080i50";
    stream.codec = "H.264";
    stream.transport = "SRT";
    stream.bitrate_bps = 8.14e6;
    stream.path = "news-hd";
    stream.point = "2/3";
    stream.tags = {"site=london", "sitemap=x"};
    stream.measurements["srt.rtt_ms"] = 41.27;
    stream.measurements["odd"] = std::numeric_limits<double>::quiet_NaN();
    return stream;
}

core::UtcTime at(const char* rfc3339) {
    return core::parse_rfc3339(rfc3339).value();
}

}  // namespace

TEST_CASE("A UMD line is its text with the stream's fields in it", "[umd]") {
    const StreamState stream = news();
    CHECK(umd_line("{format} \xC2\xB7 {bitrate}", stream) == "1080i50 \xC2\xB7 8.1M");
    CHECK(umd_line("{path}", stream) == "news-hd 2/3");
    CHECK(umd_line("{tag:site} {transport} RTT {value:srt.rtt_ms} ms", stream) == "london SRT RTT 41.27 ms");
    CHECK(umd_line("Studio 5, talkback 12", stream) == "Studio 5, talkback 12");
    CHECK(umd_line("{id}@{probe}: {codec}", stream) == "news@hall: H.264");
}

TEST_CASE("What a stream does not have leaves no separator, and a line of nothing but that is empty", "[umd]") {
    StreamState stream = news();
    stream.bitrate_bps.reset();
    CHECK(umd_line("{format} \xC2\xB7 {bitrate}", stream) == "1080i50");
    CHECK(umd_line("{bitrate} \xC2\xB7 {format}", stream) == "1080i50");
    CHECK(umd_line("{format} | {bitrate} | {codec}", stream) == "1080i50 | H.264");
    CHECK(umd_line("RTT {value:nothing} ms", stream).empty());
    CHECK(umd_line("{value:odd}", stream).empty());
    CHECK(umd_line("{bitrate}", stream).empty());
    CHECK(umd_line("", stream).empty());
}

TEST_CASE("Of a stream that is not known any more the lines are blank, as many as there were", "[umd]") {
    CHECK(umd_lines({"{format}", "text"}, news(), true) == std::vector<std::string>{"1080i50", "text"});
    CHECK(umd_lines({"{format}", "text"}, news(), false) == std::vector<std::string>{"", ""});
}

TEST_CASE("A template with an unknown field or a brace left open is refused with what is allowed", "[umd]") {
    for (const char* good : {"", "text", "{format}", "{tag:site}{value:audio.level/audio:1/1}"})
        CHECK(umd_template_good(good));
    for (const char* bad : {"{", "}", "{form}", "{format", "format}", "{tag:}", "{value:}", "{}", "{{format}}"})
        CHECK_FALSE(umd_template_good(bad));
    const auto refused = parse_layout("version: 1\numd: [\"{fromat}\"]\n", "w.yaml");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("w.yaml:2: umd[1]: got \"{fromat}\", allowed text with {format}") == 0);
    CHECK_FALSE(parse_layout("version: 1\numd: [a, b, c, d]\n", "w.yaml"));
}

TEST_CASE("UMD lines, guides and zones are read and written back the same", "[umd]") {
    const auto read = parse_layout(R"(version: 1
zone: Europe/London
umd: ["{format} {bitrate}"]
pages:
  - name: A
    umd: ["{codec}", "{path}"]
    tiles:
      - {stream: a, umd: [], safe_areas: true, centre_cross: true}
      - {stream: b, umd: ["Studio 5"]}
      - {clock: Asia/Kolkata}
)",
                                   "w.yaml");
    INFO((read ? std::string() : read.error().message));
    REQUIRE(read);
    CHECK(read->zone.name() == "Europe/London");
    CHECK(read->umd.size() == 1);
    CHECK(read->pages[0].umd->size() == 2);
    CHECK(read->pages[0].tiles[0].umd->empty());
    CHECK(read->pages[0].tiles[0].safe_areas);
    CHECK(read->pages[0].tiles[0].centre_cross);
    CHECK(read->pages[0].tiles[2].zone.name() == "Asia/Kolkata");
    const auto again = parse_layout(layout_text(*read), "again");
    REQUIRE(again);
    CHECK(*again == *read);
}

TEST_CASE("A clock of a zone shows that zone's time on either side of a change", "[zone]") {
    const auto london = ClockZone::load("Europe/London");
    REQUIRE(london);
    CHECK(clock_text(at("2026-03-29T00:59:59Z"), *london) == "00:59:59");
    CHECK(clock_text(at("2026-03-29T01:00:00Z"), *london) == "02:00:00");
    CHECK(london->words(at("2026-07-01T00:00:00Z")) == "London UTC+1");
    CHECK(london->words(at("2026-12-01T00:00:00Z")) == "London UTC");
    const auto kolkata = ClockZone::load("Asia/Kolkata");
    REQUIRE(kolkata);
    CHECK(clock_text(at("2026-07-01T20:00:00Z"), *kolkata, false) == "01:30");
    CHECK(kolkata->words(at("2026-07-01T20:00:00Z")) == "Kolkata UTC+5:30");
    CHECK(ClockZone::utc().words(at("2026-07-01T20:00:00Z")) == "UTC");
    CHECK(clock_text(core::UtcTime{} - std::chrono::seconds{1}, ClockZone::utc()) == "23:59:59");
    CHECK_FALSE(ClockZone::load("Europe/Lodnon"));
    CHECK_FALSE(ClockZone::load("../etc/passwd"));
}
