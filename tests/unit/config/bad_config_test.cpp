// SPDX-License-Identifier: Apache-2.0
// Wrong configurations and exactly what is said about each.
#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline::config;
using namespace sightline::config::test;

namespace {

struct Row {
    std::string text, message;
};

/// The message of the file's only problem, less the file's name.
void check(const std::vector<Row>& rows, const Machine& machine = {}) {
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(faults(row.text, machine) == "/etc/s/s.yaml:" + row.message);
    }
}

Row in_stream(const std::string& more, std::string message) {
    return {one_stream("    " + more + "\n"), std::move(message)};
}
Row in_rules(const std::string& rules, std::string message) {
    return in_stream("rules: {" + rules + "}", std::move(message));
}
Row at_top(const std::string& more, std::string message) {
    return {one_stream(more + "\n"), std::move(message)};
}

const std::string kState =
    "allowed for a state: a duration such as 3s, {percent: P, within: DURATION}, {count: N, within: DURATION} or off";
const std::string kEvent =
    "allowed for an event: {seconds: N, within: DURATION} (errored seconds), {count: N, within: DURATION} or off";
const std::string kLevel =
    "allowed for a level: {below: LIMIT, for: DURATION}, {above: LIMIT, for: DURATION}, a duration alone where expect: "
    "gives the "
    "limit, or off";
const std::string kUrl =
    "allowed a URL of srt, rtmp, rtmps, http, https, udp, rtp or file, such as srt://10.0.0.5:9000, or the path of a "
    "file";

}  // namespace

TEST_CASE("The file as a whole") {
    check({
        {"", " got nothing, allowed a map that begins with version: 1 and streams:"},
        {"- a\n", "1: got a list, allowed a map that begins with version: 1 and streams:"},
        {"streams: [{id: a, url: x.ts}]\n", "1: version: is missing, allowed 1"},
        {"version: 2\nstreams: [{id: a, url: x.ts}]\n", "1: version: got \"2\", allowed 1"},
        {"version: 1\n", "1: streams: is missing, allowed a list of streams; [] is none yet"},
        {"version: 1\nstreams: {id: a}\n", "2: streams: got a map, allowed a list of streams; [] is none yet"},
        at_top(
            "notfy: []",
            "5: notfy: unknown key; did you mean \"notify\"?; allowed version, probe, timezone, streams, rules, paths, "
            "notify, incidents, evidence, reports, store, api, heartbeat, workers, stdout"),
        at_top("timezone: Europe/Londno",
               "5: timezone: got \"Europe/Londno\", allowed an IANA time zone that this machine knows, such as "
               "UTC or Europe/London"),
        at_top("stdout: jsn", "5: stdout: got \"jsn\", allowed json, none; did you mean \"json\"?"),
        at_top("probe:", "6: probe: got nothing, allowed this probe's name"),
    });
}

TEST_CASE("Reports") {
    const std::string allowed = "allowed up to 24 rising times of day such as [\"06:00\", \"14:00\", \"22:00\"]";
    std::string many;
    for (int n = 0; n < 25; ++n) many += fmt::format("\"00:{:02}\", ", n);
    check({
        at_top("reports: shift",
               "5: reports: got \"shift\", allowed a map such as {timezone: Europe/London, shifts: "
               "[\"06:00\", \"18:00\"]}"),
        at_top("reports: {zone: UTC}", "5: reports.zone: unknown key; allowed timezone, shifts"),
        at_top(
            "reports: {timezone: Mars/Base}",
            "5: reports.timezone: got \"Mars/Base\", allowed an IANA time zone that this machine knows, such as UTC or "
            "Europe/London"),
        at_top("reports: {shifts: [\"6:00\"]}", "5: reports.shifts: got \"6:00\", " + allowed),
        at_top("reports: {shifts: [\"24:00\"]}", "5: reports.shifts: got \"24:00\", " + allowed),
        at_top("reports: {shifts: [\"14:00\", \"06:00\"]}", "5: reports.shifts: got \"06:00\", " + allowed),
        at_top("reports: {shifts: [\"06:00\", \"06:00\"]}", "5: reports.shifts: got \"06:00\", " + allowed),
        at_top("reports: {shifts: []}", "5: reports.shifts: got an empty list, " + allowed),
        at_top("reports: {shifts: {}}", "5: reports.shifts: got a map, " + allowed),
        at_top("reports: {shifts: [" + many + "]}", "5: reports.shifts: got \"00:24\", " + allowed),
    });
}

TEST_CASE("All problems of a file are told at once, by line") {
    CHECK(faults("version: 3\nstreams:\n  - id: A\n    url: srt://h\n    depht: full\nstdout: x\n") ==
          "/etc/s/s.yaml:1: version: got \"3\", allowed 1\n"
          "/etc/s/s.yaml:3: streams[0].id: got \"A\", allowed [a-z0-9][a-z0-9._-]{0,63}\n"
          "/etc/s/s.yaml:4: streams[0].url: got \"srt://h\", which has no port; " +
              kUrl +
              "\n"
              "/etc/s/s.yaml:5: streams[0].depht: unknown key; did you mean \"depth\"?; allowed id, name, url, depth, "
              "services, interface, "
              "source, receive_buffer, rtmp, http, allow_private, connect_timeout, max_tracks, max_pixels, expect, "
              "rules, timezone, "
              "on_air, tags, runbook\n"
              "/etc/s/s.yaml:6: stdout: got \"x\", allowed json, none");
}

TEST_CASE("Streams") {
    check({
        {"version: 1\nstreams: [{url: x.ts}]\n", "2: streams[0].id: is missing, allowed [a-z0-9][a-z0-9._-]{0,63}"},
        {"version: 1\nstreams:\n  - {id: a, url: x.ts}\n  - {id: a, url: y.ts}\n",
         "4: streams[1].id: got \"a\" again, first in line 3; allowed is each id once"},
        {"version: 1\nstreams: [{id: a}]\n", "2: streams.a.url: is missing, " + kUrl},
        {"version: 1\nstreams: [x]\n",
         "2: streams[0]: got \"x\", allowed a map such as {id: news, url: srt://10.0.0.5:9000}"},
        {"version: 1\nstreams: [{id: a, url: [x]}]\n", "2: streams.a.url: got a list, " + kUrl},
        {"version: 1\nstreams: [{id: a, url: \"srtt://h:1\"}]\n",
         "2: streams.a.url: got \"srtt://h:1\", which has an unknown scheme; did you mean \"srt\"?; " + kUrl},
        {"version: 1\nstreams: [{id: a, url: \"-\"}]\n",
         "2: streams.a.url: got \"-\", which is standard input, which only check reads; " + kUrl},
        {"version: 1\nstreams: [{id: a, url: \"srt://h:99999\"}]\n",
         "2: streams.a.url: got \"srt://h:99999\", which is not a URL; " + kUrl},
        {"version: 1\nstreams: [{id: a, url: \"http:///x\"}]\n",
         "2: streams.a.url: got \"http:///x\", which has no host; " + kUrl},
        in_stream("depth: ful",
                  "5: streams.news.depth: got \"ful\", allowed full, adaptive, transport; did you mean \"full\"?"),
        in_stream("services: [0]", "5: streams.news.services: got \"0\", allowed a whole number from 1 to 65535"),
        in_stream("interface: eth0", "5: streams.news.interface: got it for srt, allowed for udp, rtp"),
        in_stream("allow_private: true", "5: streams.news.allow_private: got it for srt, allowed for http, https"),
        in_stream("receive_buffer: 4",
                  "5: streams.news.receive_buffer: got \"4\", allowed a size from 64KiB to 1GiB, such as 8MiB"),
        in_stream("connect_timeout: 5",
                  "5: streams.news.connect_timeout: got \"5\", allowed a duration from 1s to 5m, such as 250ms, 3s, "
                  "15m, 2h, 1d"),
        in_stream("tags: {Site: x}",
                  "5: streams.news.tags.Site: got a wrong tag name, allowed [a-z0-9][a-z0-9._-]{0,63}"),
        in_stream("name: \"a\\nb\"",
                  "5: streams.news.name: got line breaks, control characters or more than 8192 bytes, allowed a text"),
        in_stream("timezone: Mars/Base",
                  "5: streams.news.timezone: got \"Mars/Base\", allowed an IANA time zone that this machine knows, "
                  "such as UTC or Europe/London"),
    });
}

TEST_CASE("What a source says of its input stands at the stream's line, without secrets") {
    Machine machine;
    machine.variables = {{"S", "hunter2"}};
    Surroundings around = machine.surroundings();
    around.check_input = [](const sightline::core::InputSpec& input) -> sightline::core::Result<void> {
        if (input.url.find("mode=caler") == std::string::npos && input.depth == sightline::core::DepthMode::Full)
            return {};
        return sightline::core::fail(sightline::core::ErrorCode::InvalidConfig, "wrong " + input.url);
    };
    const auto told = [&](const std::string& url) {
        const auto config =
            parse("version: 1\nstreams:\n  - id: a\n    url: " + url + "\n    depth: transport\n", "f", around);
        return config ? std::string("fine") : joined(config.error());
    };
    CHECK(told("srt://h:1?mode=caler&x=${S}") ==
          "f:4: streams.a.url: got \"srt://h:1?mode=caler&x=${S}\": wrong srt://h:1?mode=caler&x=***");
}

TEST_CASE("Expectations and calendars") {
    check({
        in_stream("expect: {vido: none}",
                  "5: streams.news.expect.vido: unknown key; did you mean \"video\"?; allowed video, audio, bitrate"),
        in_stream("expect: {video: {codec: h265}}",
                  "5: streams.news.expect.video.codec: got \"h265\", allowed a codec as FFmpeg names it, such "
                  "as h264, hevc, mpeg2video, aac, mp2, ac3, eac3; did you mean \"hevc\"?"),
        in_stream("expect: {video: {width: 0}}",
                  "5: streams.news.expect.video.width: got \"0\", allowed a whole number from 1 to 32768"),
        in_stream("expect: {video: {fps: fast}}",
                  "5: streams.news.expect.video.fps: got \"fast\", allowed frames per second up to 1000, such as 25, "
                  "29.97 or 30000/1001"),
        in_stream(
            "expect: {audio: {channels: 2}}",
            "5: streams.news.expect.audio: got a map, allowed none or a list such as [{channels: 2, language: eng}]"),
        in_stream("expect: {audio: [{language: english}]}",
                  "5: streams.news.expect.audio[0].language: got \"english\", allowed an ISO 639-2 code of three "
                  "letters such as eng"),
        in_stream("expect: {bitrate: {min: 4}}",
                  "5: streams.news.expect.bitrate.min: got \"4\", allowed a bitrate such as 800k or 4M"),
        in_stream("expect: {bitrate: {min: 4M, max: 4M}}",
                  "5: streams.news.expect.bitrate.max: got \"4M\", allowed is more than min, which is 4M"),
        in_stream(
            "on_air: standbye",
            "5: streams.news.on_air: got \"standbye\", allowed on_air, standby, off_air; did you mean \"standby\"?"),
        in_stream("on_air: {weekly: [\"Mon 6-24\"]}",
                  "5: streams.news.on_air.weekly: got \"Mon 6-24\", allowed spans such as \"Mon-Fri 06:00-24:00\" or "
                  "\"Sat,Sun 22:00-02:00\""),
        in_stream("on_air: {otherwise: standby}",
                  "5: streams.news.on_air.weekly: is missing, allowed spans such as \"Mon-Fri 06:00-24:00\" or "
                  "\"Sat,Sun 22:00-02:00\""),
        in_stream(
            "on_air: {weekly: [\"Mon 06:00-24:00\"], otherwise: on_air}",
            "5: streams.news.on_air.otherwise: got \"on_air\", allowed standby, off_air; did you mean \"off_air\"?"),
    });
}

TEST_CASE("Rules") {
    check({
        in_rules("video.blakc: off",
                 "5: streams.news.rules.video.blakc: unknown condition; did you mean \"video.black\"?; allowed are "
                 "video.black, video.freeze, video.missing, video.format, or a rule of your own with all: or any:"),
        in_rules("deadair: off",
                 "5: streams.news.rules.deadair: unknown condition; allowed are audio.…, bitrate.…, signal.…, ts.…, "
                 "video.…, "
                 "or a rule of your own with all: or any:"),
        in_rules("video.black: {warnning: 3s}",
                 "5: streams.news.rules.video.black.warnning: unknown key; did you mean \"warning\"?; allowed "
                 "critical, major, minor, warning, info, clear, enabled, luma, pixels"),
        in_rules("video.black: maybe",
                 "5: streams.news.rules.video.black: got \"maybe\", allowed off, on or a map such as {critical: 10s}"),
        in_rules("video.black: [3s]",
                 "5: streams.news.rules.video.black: got a list, allowed off, on or a map such as {critical: 10s}"),
        in_rules("video.black: {warning: 3}", "5: streams.news.rules.video.black.warning: got \"3\", " + kState),
        in_rules("video.black: {warning: {seconds: 1, within: 10s}}",
                 "5: streams.news.rules.video.black.warning: got a map, " + kState),
        in_rules("video.black: {warning: {below: 3, for: 1s}}",
                 "5: streams.news.rules.video.black.warning: got a map, " + kState),
        in_rules("ts.continuity: {warning: 3s}", "5: streams.news.rules.ts.continuity.warning: got \"3s\", " + kEvent),
        in_rules("ts.continuity: {warning: {percent: 3, within: 1m}}",
                 "5: streams.news.rules.ts.continuity.warning: got a map, " + kEvent),
        in_rules("bitrate.low: {warning: {count: 3, within: 1m}}",
                 "5: streams.news.rules.bitrate.low.warning: got a map, " + kLevel),
        in_rules("bitrate.low: {warning: {below: 4, for: 1s}}",
                 "5: streams.news.rules.bitrate.low.warning.below: got \"4\", allowed a bitrate such as 800k or 4M"),
        in_rules("bitrate.low: {warning: {below: 4M}}",
                 "5: streams.news.rules.bitrate.low.warning.for: is missing, allowed a duration such as 5s"),
        in_rules(
            "bitrate.low: {warning: {below: 4M, above: 3M, for: 1s}}",
            "5: streams.news.rules.bitrate.low.warning.above: got \"3M\", allowed is more than below, which is 4M"),
        in_rules("audio.loudness: {warning: {above: 20, for: 1s}}",
                 "5: streams.news.rules.audio.loudness.warning.above: got \"20\", 20 is outside [-70, 10] LUFS"),
        in_rules("ts.continuity: {warning: {seconds: 11, within: 10s}, major: off}",
                 "5: streams.news.rules.ts.continuity.warning.within: got \"10s\", allowed a duration from 11s to 24h, "
                 "such as 250ms, 3s, 15m, 2h, 1d"),
        in_rules("ts.continuity: {warning: {seconds: 1}}",
                 "5: streams.news.rules.ts.continuity.warning.within: is missing, allowed a duration such as 10m"),
        in_rules("video.black: {warning: {percent: 101, within: 1m}}",
                 "5: streams.news.rules.video.black.warning.percent: got \"101\", allowed a percentage above 0, up to "
                 "100, such as 5"),
        in_rules(
            "video.black: {clear: 2}",
            "5: streams.news.rules.video.black.clear: got \"2\", allowed a duration from 0s to 24h, such as 250ms, "
            "3s, 15m, 2h, 1d"),
        in_rules(
            "video.black: {clear: {warn: 2s}}",
            "5: streams.news.rules.video.black.clear.warn: unknown key; allowed info, warning, minor, major, critical"),
        in_rules("audio.silence: {level: 3}",
                 "5: streams.news.rules.audio.silence.level: level = 3 is outside [-120, 0] dBFS"),
        in_rules("audio.silence: {level: -40dB}",
                 "5: streams.news.rules.audio.silence.level: got \"-40dB\", allowed a number in [-120, 0] dBFS, such "
                 "as -60dBFS"),
        in_rules("audio.silence: {channels: al}",
                 "5: streams.news.rules.audio.silence.channels: got \"al\", allowed all, any; did you mean \"all\"?"),
        in_rules(
            "audio.silence: {shortest: 1}",
            "5: streams.news.rules.audio.silence.shortest: got \"1\", allowed a number in [0.01, 10] s, such as 0.1s"),
        in_rules("video.black: {luma: 0.1}",
                 "5: streams.news.rules.video.black.luma: got \"0.1\", allowed a number in [0, 100] %, such as 10%"),
    });
}

TEST_CASE("Severities must come in order, within a layer and across layers") {
    const std::string order = ": the lower severity must come first";
    check({
        in_rules(
            "video.black: {warning: 12s}",
            "5: streams.news.rules.video.black.warning: warning waits for 12s, longer than critical with 10s" + order),
        in_rules(
            "video.black: {critical: 2s}",
            "5: streams.news.rules.video.black.critical: warning waits for 3s, longer than critical with 2s" + order),
        in_rules("bitrate.low: {warning: {below: 1M, for: 1s}, critical: {below: 2M, for: 1s}}",
                 "5: streams.news.rules.bitrate.low.warning: warning with {below: 1M, for: 1s} is reached later than "
                 "critical with {below: 2M, for: 1s}" +
                     order),
        in_rules("ts.continuity: {warning: {seconds: 5, within: 60s}}",
                 "5: streams.news.rules.ts.continuity.warning: warning waits for {seconds: 5, within: 1m}, longer than "
                 "major with {seconds: 3, within: 1m}" +
                     order),
        {"version: 1\nrules:\n  x:\n    video.black: {critical: 1s}\nstreams:\n  - {id: a, url: x.ts, rules: x}\n  - "
         "{id: b, url: x.ts, rules: x}\n",
         "4: rules.x.video.black.critical: warning waits for 3s, longer than critical with 1s" + order},
    });
}

TEST_CASE("Combined rules and rule sets") {
    const std::string states =
        "signal.lost, signal.stalled, signal.unreachable, video.black, video.freeze, video.missing, video.format, "
        "audio.silence, audio.missing, audio.level_low, bitrate.low, bitrate.high, audio.loudness";
    check({
        in_rules("dead: {all: [video.blck], critical: 5s}",
                 "5: streams.news.rules.dead.all: got \"video.blck\", allowed are conditions that last: " + states +
                     ", each also with \"not \" before it; did you mean \"video.black\"?"),
        in_rules("dead: {any: [ts.continuity], critical: 5s}",
                 "5: streams.news.rules.dead.any: got \"ts.continuity\", which happens at an instant; allowed are "
                 "conditions that last: " +
                     states),
        in_rules("dead: {all: [video.black], any: [video.freeze], critical: 5s}",
                 "5: streams.news.rules.dead.any: got all and any in one rule, allowed is one of them"),
        in_rules("dead: {all: [video.black]}",
                 "5: streams.news.rules.dead: raises nothing, allowed is one or more of critical, major, minor, "
                 "warning, info"),
        in_rules("Dead: {all: [video.black], critical: 5s}",
                 "5: streams.news.rules.Dead: got \"Dead\", allowed a name of a-z, 0-9, - and _ that begins with a "
                 "letter or digit, up to 64 long"),
        {"version: 1\nrules: {x: {dead: {all: [video.black], critical: 5s}}}\nstreams: [{id: a, url: x.ts, rules: "
         "[{dead: {critical: 3s}}]}]\n",
         "3: streams.a.rules.dead: combines nothing here, allowed is a list under all: or any:"},
        {"version: 1\nrules: {broadcast: {}}\nstreams: [{id: a, url: x.ts, rules: [broadcats]}]\n",
         "3: streams.a.rules: got \"broadcats\", allowed broadcast; did you mean \"broadcast\"?"},
        {"version: 1\nrules: {video.black: {critical: 10s}}\nstreams: [{id: a, url: x.ts}]\n",
         "2: rules.video.black: got a condition where a set's name stands, allowed is rules: {NAME: {video.black: …}}"},
        {"version: 1\nrules: [broadcast]\nstreams: [{id: a, url: x.ts}]\n",
         "2: rules: got a list, allowed a map of rule sets, such as {broadcast: {video.black: {critical: 10s}}}"},
        in_stream("rules: []",
                  "5: streams.news.rules: got an empty list, allowed a list of rule sets and maps of rules, such as "
                  "[broadcast, {video.freeze: off}]"),
    });
}

TEST_CASE("Paths, receivers, API, heartbeat, workers") {
    check({
        at_top("paths: [{id: p, points: [nws]}]",
               "5: paths[0].points[0]: got \"nws\", allowed are the streams news; did you mean \"news\"?"),
        at_top("paths: [{id: p, points: [{any: [news, news]}]}]",
               "5: paths[0].points[0].any: got \"news\" again, allowed is each stream once"),
        at_top("paths: [{id: p, points: [{delay: 3s}]}]",
               "5: paths[0].points[0]: got a map, allowed a stream's id, {stream: ID, delay: 20s} or {any: [ID, ID], "
               "delay: 20s}"),
        at_top("paths: [{id: p, points: []}]",
               "5: paths[0].points: got an empty list, allowed a list of one or more streams"),
        at_top("paths: [{id: p, points: [news]}, {id: p, points: [news]}]",
               "5: paths[1].id: got \"p\" again, first in line 5; allowed is each id once"),
        at_top("notify: [{name: a, type: mail}]",
               "5: notify[0].type: got \"mail\", allowed webhook, exec, email, syslog, snmp, alertmanager, jsm, "
               "pagerduty, "
               "servicenow-event, servicenow-incident, slack, teams, template; did you mean \"email\"?"),
        at_top("notify: [{name: a, type: webhook}]",
               "5: notify[0].url: is missing, allowed an http or https URL such as https://hooks.example/x"),
        at_top("notify: [{name: a, type: webhook, url: \"ftp://h/\"}]",
               "5: notify[0].url: got \"ftp://h/\", allowed an http or https URL such as https://hooks.example/x"),
        at_top("notify: [{name: a, type: exec, command: \"rm -rf\"}]",
               "5: notify[0].command: got \"rm -rf\", allowed a list of the program and its arguments, such as "
               "[/usr/local/bin/page, --to, noc]"),
        at_top("notify: [{name: a, type: exec, command: [page]}]",
               "5: notify[0].command: got \"page\", allowed is the program's full path, beginning with /"),
        at_top("notify: [{name: a, type: exec, command: [/p], url: \"http://h\"}]",
               "5: notify[0].url: unknown key; allowed name, type, command, about, severity, streams, paths, tags, "
               "hours, timeout, give_up"),
        at_top(
            "notify: [{name: a, type: pagerduty}]",
            "5: notify[0].routing_key: is missing, allowed a text, best as ${NAME} or ${file:PATH} (integration key of "
            "the service (Events API v2))"),
        at_top("notify: [{name: a, type: pagerduty, routing_key: k, url: nonsense}]",
               "5: notify[0].url: got \"nonsense\", allowed an http or https URL such as https://hooks.example/x"),
        at_top("notify: [{name: a, type: slack, url: hunter2}]",
               "5: notify[0].url: got ***, allowed an http or https URL such as https://hooks.example/x"),
        at_top("notify: [{name: a, type: template, template: none.yaml}]",
               "5: notify[0].template: cannot read \"/etc/s/none.yaml\": No such file"),
        at_top("notify: [{name: a, type: email, server: mail, from: \"x\\r\\ny@h\", to: [a@b]}]",
               "5: notify[0].from: got line breaks, control characters or more than 8192 bytes, allowed an address "
               "such as "
               "noc@example.com or \"NOC <noc@example.com>\""),
        at_top(
            "notify: [{name: a, type: email, server: mail, from: a@b, to: [c@d, \"e@f>\"]}]",
            "5: notify[0].to: got \"e@f>\", allowed an address such as noc@example.com or \"NOC <noc@example.com>\""),
        at_top("notify: [{name: a, type: email, server: mail, from: a@b, to: c@d, user: u}]",
               "5: notify[0].password: is missing, allowed are user and password together"),
        at_top("notify: [{name: a, type: syslog, server: \"h:70000\"}]",
               "5: notify[0].server: got \"h:70000\", allowed HOST or HOST:PORT, an IPv6 address in brackets"),
        at_top(
            "notify: [{name: a, type: syslog, server: h, facility: local8}]",
            "5: notify[0].facility: got \"local8\", allowed kern, user, mail, daemon, auth, syslog, lpr, news, uucp, "
            "cron, "
            "authpriv, ftp, ntp, audit, alert, clock, local0, local1, local2, local3, local4, local5, local6, local7; "
            "did you mean \"local0\"?"),
        at_top("notify: [{name: a, type: snmp, server: h}]",
               "5: notify[0].community: is missing, allowed a text, best as ${NAME} or ${file:PATH}"),
        at_top("notify: [{name: a, type: snmp, server: h, version: v3, user: u, privacy: aes128, privacy_password: "
               "\"12345678\"}]",
               "5: notify[0].privacy: needs auth too (RFC 3414: there is no noAuthPriv)"),
        at_top("notify: [{name: a, type: snmp, server: h, version: v3, user: u, auth: sha1, auth_password: short}]",
               "5: notify[0].auth_password: got ***, allowed at least 8 characters, best as ${NAME} or ${file:PATH}"),
        at_top("notify: [{name: a, type: exec, command: [/p], paths: [x]}]",
               "5: notify[0].paths: got \"x\", allowed the ids under paths:, of which there are none"),
        at_top(
            "notify: [{name: a, type: exec, command: [/p], hours: \"Mon 25:00-26:00\"}]",
            "5: notify[0].hours: got \"Mon 25:00-26:00\", allowed spans such as \"Mon-Fri 08:00-18:00\" or \"Sat,Sun "
            "22:00-02:00\""),
        at_top("notify: [{name: a, type: exec, command: [/p], severity: [criticl]}]",
               "5: notify[0].severity: got \"criticl\", allowed critical, major, minor, warning, info; did you mean "
               "\"critical\"?"),
        at_top("notify: [{name: a, type: exec, command: [/p]}, {name: a, type: exec, command: [/p]}]",
               "5: notify[1].name: got \"a\" again, first in line 5; allowed is each name once"),
        at_top(
            "api: {listen: 8080}",
            "5: api.listen: got \"8080\", allowed HOST:PORT such as 127.0.0.1:8080 (port 0 picks a free one), or off"),
        at_top("api: {listen: 0.0.0.0:8080}",
               "5: api.listen: got \"0.0.0.0:8080\", which others can reach; allowed with api.tls and "
               "api.tokens only, or a loopback address such as 127.0.0.1:8080"),
        at_top("api: {listen: 0.0.0.0:8080, token: x}",
               "5: api.listen: got \"0.0.0.0:8080\", which others can reach; allowed with api.tls and "
               "api.tokens only, or a loopback address such as 127.0.0.1:8080"),
        at_top("api: {tls: {certificate: c.pem}}", "5: api.tls.key: is missing, allowed the path of a PEM file"),
        at_top("api: {tokens: [{name: a, role: boss, sha256: \"" + std::string(64, 'a') + "\"}]}",
               "5: api.tokens[0].role: got \"boss\", allowed viewer, operator, admin"),
        at_top("api: {tokens: [{name: a, role: admin, sha256: open-sesame}]}",
               "5: api.tokens[0].sha256: got ***, allowed the 64 hexadecimal digits that `sightline token new` "
               "prints"),
        at_top(
            "api: {tokens: []}",
            "5: api.tokens: got an empty list, allowed a list of up to 100 tokens such as {name: noc, role: operator, "
            "sha256: …}"),
        at_top("api: {hosts: [\"a:80\"]}",
               "5: api.hosts: got \"a:80\", allowed host names without port, such as [sightline.example]"),
        at_top("store: {keep: 1h}",
               "5: store.keep: got \"1h\", allowed a duration from 24h to 3650d, such as 250ms, 3s, 15m, 2h, 1d"),
        at_top("incidents: {gather: 1h}",
               "5: incidents.gather: got \"1h\", allowed a duration from 0s to 5m, such as 250ms, 3s, 15m, 2h, 1d"),
        at_top("evidence: {ring: 1k}",
               "5: evidence.ring: got \"1k\", allowed a size from 1MiB to 16GiB, such as 64MiB"),
        at_top("evidence: perhaps",
               "5: evidence: got \"perhaps\", allowed on, off, or a map such as {ring: 64MiB, quota: 4GiB}"),
        at_top("evidence: {per_minute: 0}", "5: evidence.per_minute: got \"0\", allowed a whole number from 1 to 600"),
        at_top("incidents: {group: {percent: 0%}}",
               "5: incidents.group.percent: got \"0%\", allowed a part from 1% to 100%"),
        at_top("incidents: {flood: {above: 3, below: 4}}", "5: incidents.flood: got a map, allowed below up to above"),
        at_top("heartbeat: {every: 3s}",
               "5: heartbeat.url: is missing, allowed an http or https URL such as https://hooks.example/x"),
        at_top("heartbeat: {url: \"http://h\", every: 3}",
               "5: heartbeat.every: got \"3\", allowed a duration from 1s to 24h, such as 250ms, 3s, 15m, 2h, 1d"),
        at_top("workers: {memory: 1}",
               "5: workers.memory: got \"1\", allowed a size from 64MiB to 64GiB, such as 1GiB"),
        at_top("store: {sqlite: /" + std::string(100, 'x') + "/a.db}",
               "5: api.socket: got a path of 116 bytes, allowed are up to 107"),
    });
}

TEST_CASE("No message holds a secret") {
    Machine machine;
    machine.variables = {{"S", "hunter2"}, {"NUL", std::string("hun\nter2")}};
    machine.files = {{"/etc/s/f", "hunter2\n"}};
    const std::string secrets = faults(R"(version: "${S}"
timezone: ${S}
streams:
  - id: ${S}!
    url: srt://${S}:1?passphrase=${S}
    depth: ${file:f}
    services: ${S}
    expect: {video: {codec: "${S}-", fps: "${S}"}, bitrate: {min: "${S}", max: 3M}}
    on_air: {weekly: "${S}"}
    rules: {video.black: {warning: "${S}", luma: "${S}", clear: "${S}"}, dead: {all: ["${S}"]}}
  - {id: b, url: "udp://u:hunter2@h"}
  - {id: c, url: "https://h/x", http: {headers: {"X Y": hunter2, Z: [hunter2]}}}
  - {id: d, url: "${S}://h"}
  - {id: e, url: x.ts, name: "${NUL}"}
notify:
  - {name: "${S}!", type: "${S}", secret: [hunter2]}
  - {name: x, type: webhook, secret: "hunter2\nhunter2", url: "ftp://h/${S}", severity: "${S}", streams: "${S}", timeout: "${S}"}
  - {name: y, type: exec, command: ["${S}"]}
api: {listen: "${S}", token: "hunter2\x01"}
workers: {memory: "${S}"}
)",
                                       machine);
    INFO(secrets);
    CHECK(secrets.find("hunter2") == std::string::npos);
    CHECK(secrets.find("got \"${S}\"") != std::string::npos);
    CHECK(std::count(secrets.begin(), secrets.end(), '\n') > 20);
    check({{one_stream("    name: ${GONE}\n"),
            "5: streams.news.name: the environment variable GONE is not set; allowed a text"}});
}

TEST_CASE("A file that is wrong everywhere is answered within bounds") {
    std::string text = "version: 1\nstreams:\n";
    for (int i = 0; i < 900; ++i) text += "  - {idd: 1}\n";
    const std::string all = faults(text);
    CHECK(std::count(all.begin(), all.end(), '\n') == 50);
    CHECK(all.ends_with("/etc/s/s.yaml: and 2650 more problems"));
}

TEST_CASE("What would grow with the product of two lists is bounded") {
    std::string streams, names, rules;
    for (int i = 0; i < 1'001; ++i) streams += fmt::format("  - {{id: s{}, url: x.ts}}\n", i);
    for (int i = 0; i < 17; ++i) names += "x, ";
    for (int i = 0; i < 100; ++i) rules += fmt::format("r{}: {{any: [video.black], critical: 5s}}, ", i);
    check({
        {"version: 1\nstreams:\n" + streams, "3: streams: got 1001 streams, allowed are up to 1000"},
        {"version: 1\nrules: {x: {}}\nstreams: [{id: a, url: x.ts, rules: [" + names + "]}]\n",
         "3: streams.a.rules: got 17 layers, allowed are up to 16"},
        {"version: 1\nrules: {x: {" + rules + "}}\nstreams: [{id: a, url: x.ts}]\n",
         "2: rules: got 1 sets and 102 combined rules in this file, allowed are up to 200 and 100"},
        in_rules(rules,
                 "5: streams.news.rules: got 100 rules here and 102 combined rules in this file, allowed are up to 200 "
                 "and 100"),
    });
}
