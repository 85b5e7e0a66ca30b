// SPDX-License-Identifier: Apache-2.0
#include "config/loader.hpp"

#include "config/describe.hpp"
#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline;
using namespace sightline::config;
using namespace sightline::config::test;
using namespace std::chrono_literals;

namespace {

const core::Rule& rule(const Config& config, std::string_view name, std::size_t stream = 0) {
    const core::Rule* found = core::find(config.streams.at(stream).rules, name);
    REQUIRE(found != nullptr);
    return *found;
}

}  // namespace

TEST_CASE("A file with one URL has every default") {
    const Config config = read_config(one_stream(""));
    REQUIRE(config.streams.size() == 1);
    const core::StreamSpec& stream = config.streams[0];
    CHECK(stream.name == "news");
    CHECK(stream.input.url == "srt://10.0.0.5:9000");
    CHECK(stream.input.depth == core::DepthMode::Full);
    CHECK(stream.rules == default_rules());
    CHECK(stream.air == core::AirCalendar{});
    CHECK(stream.expect == core::Expect{});
    CHECK(config.timezone == "UTC");
    CHECK(config.store_sqlite == "/etc/s/sightline.db");
    CHECK(config.api_socket == "/etc/s/sightline.sock");
    CHECK(config.api_listen == "127.0.0.1:8080");
    CHECK(config.worker_memory_bytes == 1LL << 30);
    CHECK(config.stdout_json);
    CHECK(config.incidents == Incidents{});
    CHECK_FALSE(config.heartbeat);
}

TEST_CASE("An empty list of streams is a probe that watches nothing yet") {
    const Config config = read_config("version: 1\nstreams: []\n");
    CHECK(config.streams.empty());
    const Machine machine;
    CHECK(read_config(describe(config, machine.surroundings())).streams.empty());
}

TEST_CASE("Rule layers lie over the shipped rules in the order given, each changing only what it names") {
    const Config config = read_config(R"(version: 1
rules:
  default: {video.black: {warning: 2s}}
  broadcast:
    video.black: {critical: 8s, luma: 5%}
    dead-air: {all: [video.black, not audio.silence], critical: 5s}
  quiet: {audio.silence: off, video.black: {warning: off}}
streams:
  - {id: a, url: "udp://239.0.0.1:5000", rules: [broadcast, {video.freeze: {warning: 4s, clear: {warning: 1s}}}]}
  - {id: b, url: "udp://239.0.0.2:5000", rules: [broadcast, quiet]}
  - {id: c, url: "udp://239.0.0.3:5000", rules: quiet}
  - {id: d, url: "udp://239.0.0.4:5000"}
)");
    CHECK(rule(config, "video.black").triggers ==
          std::map<Severity, core::Trigger>{{Severity::Warning, core::HoldFor{2s}},
                                            {Severity::Critical, core::HoldFor{8s}}});
    CHECK(rule(config, "video.black").parameters == std::map<std::string, core::ParameterValue>{{"luma", 5.0}});
    CHECK(rule(config, "dead-air").all == std::vector<std::string>{"video.black", "not audio.silence"});
    CHECK(rule(config, "dead-air").clear == 2s);
    CHECK(rule(config, "video.freeze").triggers.at(Severity::Warning) == core::Trigger{core::HoldFor{4s}});
    CHECK(rule(config, "video.freeze").clear_severity == std::map<Severity, core::Duration>{{Severity::Warning, 1s}});
    CHECK_FALSE(rule(config, "audio.silence", 1).enabled);
    CHECK(rule(config, "video.black", 1).triggers.size() == 1);
    CHECK(core::find(config.streams[2].rules, "dead-air") == nullptr);
    CHECK(rule(config, "video.black", 3).triggers.at(Severity::Warning) == core::Trigger{core::HoldFor{2s}});
    CHECK(rule(config, "audio.silence", 3).enabled);
    CHECK(config.rule_sets.size() == 3);
}

TEST_CASE("Every form of trigger is read where it fits") {
    const Config config = read_config(one_stream(R"(    rules:
      video.black: {info: 250ms, warning: 0.5s, minor: "1s", major: {count: 5, within: 10m}, critical: {percent: 5, within: 15m}}
      bitrate.low: {warning: {below: 4M, for: 5s}, critical: {below: 800k, above: 9M, for: 5s}}
      audio.loudness: {warning: {above: -10LUFS, for: 30s}}
      ts.continuity: {warning: {seconds: 1, within: 10s}, major: {count: 50, within: 1m}}
      ts.transport_error: {warning: {count: 1, within: 1s}}
)"));
    const auto& black = rule(config, "video.black").triggers;
    CHECK(black.at(Severity::Info) == core::Trigger{core::HoldFor{250ms}});
    CHECK(black.at(Severity::Warning) == core::Trigger{core::HoldFor{500ms}});
    CHECK(black.at(Severity::Major) == core::Trigger{core::CountInWindow{5, 10min}});
    CHECK(black.at(Severity::Critical) == core::Trigger{core::PercentOfWindow{5, 15min}});
    CHECK(rule(config, "bitrate.low").triggers.at(Severity::Critical) ==
          core::Trigger{core::OutsideLimits{8e5, 9e6, 5s}});
    CHECK(rule(config, "audio.loudness").triggers.at(Severity::Warning) ==
          core::Trigger{core::OutsideLimits{{}, -10.0, 30s}});
    CHECK(rule(config, "ts.continuity").triggers.at(Severity::Major) == core::Trigger{core::CountInWindow{50, 1min}});
    CHECK(rule(config, "ts.transport_error").clear == 10s);
    CHECK(rule(config, "audio.loudness").clear == 2s);
}

TEST_CASE("Parameters come in their spec's unit") {
    const Config config = read_config(one_stream(R"(    rules:
      - {audio.silence: {level: -40dBFS, channels: any, shortest: 250ms}, video.black: {pixels: 97.5%}}
)"));
    const auto& parameters = rule(config, "audio.silence").parameters;
    CHECK(parameters.at("level") == core::ParameterValue{-40.0});
    CHECK(parameters.at("channels") == core::ParameterValue{"any"});
    CHECK(parameters.at("shortest") == core::ParameterValue{0.25});
    CHECK(rule(config, "video.black").parameters.at("pixels") == core::ParameterValue{97.5});
}

TEST_CASE("Patience for a rule that a layer below switched off switches it on again") {
    const Config config =
        read_config(one_stream("    rules: [{video.black: off, video.freeze: off}, {video.black: {warning: 3s}}]\n"));
    CHECK(rule(config, "video.black").enabled);
    CHECK_FALSE(rule(config, "video.freeze").enabled);
}

TEST_CASE("Shipped rules that are no condition's can be changed and left alone") {
    CHECK(rule(read_config(one_stream("    rules: [{video.black: {warning: 1s}}]\n")), "off-air-content").enabled);
    const Config config =
        read_config(one_stream("    rules: [{off-air-content: {warning: 3s}, programme-lost: off}]\n"));
    CHECK(rule(config, "off-air-content").triggers.at(Severity::Warning) == core::Trigger{core::HoldFor{3s}});
    CHECK_FALSE(rule(config, "programme-lost").enabled);
}

TEST_CASE("An expected bitrate is the limit of bitrate rules that have none of their own") {
    const Config config = read_config(one_stream(R"(    expect: {bitrate: {min: 4M, max: 12M}}
    rules: [{bitrate.low: {critical: {below: 1M, for: 3s}}, bitrate.high: {warning: 5s}}]
)"));
    CHECK(rule(config, "bitrate.low").triggers.at(Severity::Warning) ==
          core::Trigger{core::OutsideLimits{4e6, {}, 5s}});
    CHECK(rule(config, "bitrate.low").triggers.at(Severity::Critical) ==
          core::Trigger{core::OutsideLimits{1e6, {}, 3s}});
    CHECK(rule(config, "bitrate.high").triggers.at(Severity::Warning) ==
          core::Trigger{core::OutsideLimits{{}, 12e6, 5s}});
}

TEST_CASE("Expectations") {
    const Config config = read_config(R"(version: 1
streams:
  - id: a
    url: media/a.ts
    expect: {video: {codec: hevc, width: 3840, height: 2160, fps: 50, interlaced: no}, audio: [{codec: aac, channels: 6}, {language: eng}]}
  - {id: b, url: "file:///srv/b.ts", expect: {video: none, audio: none}}
)");
    const core::Expect& a = config.streams[0].expect;
    CHECK(config.streams[0].input.url == "/etc/s/media/a.ts");
    CHECK(a.video == core::ExpectVideo{false, "hevc", 3840, 2160, 50.0, false});
    CHECK(a.audio->size() == 2);
    CHECK(a.audio->at(0).channels == 6);
    CHECK(config.streams[1].expect.video->none);
    CHECK(config.streams[1].expect.audio->empty());
}

TEST_CASE("On air by word or by the week, in the stream's own zone") {
    const Config config = read_config(R"(version: 1
timezone: Europe/London
streams:
  - {id: a, url: "udp://239.0.0.1:5000", on_air: off_air}
  - {id: b, url: "udp://239.0.0.1:5000", timezone: Europe/Berlin, on_air: {weekly: ["Sun 22:00-02:00", "Mon 01:00-03:00"], otherwise: off_air}}
)");
    CHECK(config.streams[0].air ==
          core::AirCalendar{"Europe/London", {}, core::AirState::Standby, core::AirState::OffAir});
    CHECK(config.streams[1].air.zone == "Europe/Berlin");
    CHECK(config.streams[1].air.on_air == std::vector<core::WeeklySpan>{{0, 180}, {6 * 1440 + 1320, 7 * 1440}});
    CHECK(config.streams[1].air.otherwise == core::AirState::OffAir);
}

TEST_CASE("Options of the input") {
    Machine machine;
    machine.variables = {{"KEY", "0123456789&"}, {"TOKEN", "tok"}};
    const Config config = read_config(R"(version: 1
streams:
  - {id: a, url: "srt://h:1?passphrase=${KEY}", receive_buffer: 8MiB, depth: transport, services: 7, connect_timeout: 3s}
  - {id: b, url: "udp://@239.0.0.1:5000", interface: eth1, source: 10.0.0.1, services: [1, 2], max_tracks: 8, max_pixels: 1000}
  - {id: c, url: "https://h/x.m3u8", allow_private: yes, http: {headers: {Authorization: "Bearer ${TOKEN}"}}}
  - {id: d, url: "rtmp://0.0.0.0/live", rtmp: {app: live, key: "${KEY}"}}
)",
                                      machine);
    CHECK(config.streams[0].input.url == "srt://h:1?passphrase=0123456789%26");
    CHECK(config.streams[0].input.receive_buffer_bytes == 8 << 20);
    CHECK(config.streams[0].input.depth == core::DepthMode::Transport);
    CHECK(config.streams[0].input.services == std::vector<int>{7});
    CHECK(config.streams[0].input.connect_timeout == 3s);
    CHECK(config.streams[1].input.interface == "eth1");
    CHECK(config.streams[1].input.source == "10.0.0.1");
    CHECK(config.streams[1].input.max_tracks == 8);
    CHECK(config.streams[1].input.max_pixels == 1000);
    CHECK(config.streams[2].input.allow_private);
    CHECK(config.streams[2].input.http_headers.at("Authorization") == "Bearer tok");
    CHECK(config.streams[3].input.rtmp_app == "live");
    CHECK(config.streams[3].input.rtmp_key == "0123456789&");
    CHECK(config.secrets.size() == 4);
}

TEST_CASE("Paths, receivers, store, API, heartbeat and workers") {
    Machine machine;
    machine.variables = {{"S", "sssh"}};
    machine.files = {{"/etc/s/token", "t0ken\n"}};
    const Config config = read_config(R"(version: 1
probe: enc7
streams: [{id: a, url: "udp://239.0.0.1:5000"}, {id: b, url: "udp://239.0.0.1:5001"}, {id: c, url: "udp://239.0.0.1:5002"}]
paths: [{id: p, points: [{any: [a, b], delay: 1s}, {stream: c, delay: 20s}]}, {id: q, points: [a]}]
notify:
  - {name: noc, type: webhook, url: "https://h/x?t=${S}", secret: "${S}", headers: {X-A: b}, severity: [critical, major], streams: [a]}
  - {name: page, type: exec, command: [/bin/page, "--to", noc], timeout: 3s, give_up: 1h, severity: info}
store: {sqlite: /var/lib/s/x.db}
api: {listen: "[::]:9000", token: "${file:token}", tls: {certificate: c.pem, key: /k.pem}, hosts: [desk.example], tokens: [{name: noc, role: operator, sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]}
heartbeat: {url: "http://h/alive", every: 5s}
workers: {memory: 512MiB}
stdout: none
)",
                                      machine);
    CHECK(config.probe == "enc7");
    CHECK(config.paths == std::vector<Path>{{"p", {{{"a", "b"}, 1s}, {{"c"}, 20s}}}, {"q", {{{"a"}, 0s}}}});
    REQUIRE(config.notify.size() == 2);
    CHECK(config.notify[0].url == "https://h/x?t=sssh");
    CHECK(config.notify[0].secret == "sssh");
    CHECK(config.notify[0].headers.at("X-A") == "b");
    CHECK(config.notify[0].severities == std::set<Severity>{Severity::Critical, Severity::Major});
    CHECK(config.notify[0].streams == std::vector<std::string>{"a"});
    CHECK(config.notify[0].give_up == 24h);
    CHECK(config.notify[1].type == NotifierType::Exec);
    CHECK(config.notify[1].command == std::vector<std::string>{"/bin/page", "--to", "noc"});
    CHECK(config.notify[1].timeout == 3s);
    CHECK(config.notify[1].give_up == 1h);
    CHECK(config.store_sqlite == "/var/lib/s/x.db");
    CHECK(config.api_socket == "/var/lib/s/sightline.sock");
    CHECK(config.api_listen == "[::]:9000");
    CHECK(config.api_token == "t0ken");
    CHECK(config.api_certificate == "/etc/s/c.pem");
    CHECK(config.api_key == "/k.pem");
    CHECK(config.api_hosts == std::vector<std::string>{"desk.example"});
    CHECK(config.api_tokens ==
          std::vector<ApiToken>{
              {"noc", ApiRole::Operator, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}});
    CHECK(config.heartbeat == Heartbeat{"http://h/alive", 5s});
    CHECK(config.worker_memory_bytes == 512LL << 20);
    CHECK_FALSE(config.stdout_json);
}

TEST_CASE("The API can do without TCP") {
    CHECK(read_config(one_stream("api: {listen: off}\n")).api_listen.empty());
}

TEST_CASE("Two readings of one file are equal, so that a reload without changes changes nothing") {
    const std::string text = one_stream(
        "    rules: [{bitrate.low: {warning: {below: 4M, for: 5s}}}]\n    on_air: {weekly: [\"Mon 01:00-02:00\"]}\n");
    CHECK(read_config(text).streams == read_config(text).streams);
}

TEST_CASE("A file that cannot be read is one line") {
    Machine machine;
    const auto config = load("/etc/s/none.yaml", machine.surroundings());
    REQUIRE_FALSE(config);
    CHECK(config.error() == LoadProblems{"/etc/s/none.yaml: cannot read \"/etc/s/none.yaml\": No such file"});
    machine.files["/etc/s/s.yaml"] = one_stream("");
    CHECK(load("/etc/s/s.yaml", machine.surroundings())->file == "/etc/s/s.yaml");
}
