// SPDX-License-Identifier: Apache-2.0
#include "config/describe.hpp"

#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline;
using namespace sightline::config;
using namespace sightline::config::test;

namespace {

const char* const kPlain = R"(version: 1
probe: "enc \"7\" $${x}"
timezone: Europe/London
rules:
  broadcast:
    video.black: {warning: 2s, critical: off, clear: {warning: 1s}, luma: 5.5%}
    dead-air: {any: [video.black, not audio.silence], critical: {percent: 5, within: 15m}}
    bitrate.low: {warning: {below: 1234567b/s, for: 5s}, critical: {below: 800k, for: 1500ms}}
    ts.transport_error: {minor: {count: 5, within: 10m}}
    audio.silence: {channels: any, shortest: 250ms, level: -40}
    audio.loudness: {warning: {above: -10LUFS, for: 30s}}
streams:
  - id: a
    name: "Ä: first"
    url: udp://239.0.0.1:5000
    rules: [broadcast, {video.freeze: off}]
    depth: adaptive
    interface: eth1
    source: 10.0.0.1
    receive_buffer: 8MiB
    services: [1, 2]
    expect: {video: {codec: h264, width: 1920, height: 1080, fps: 30000/1001, interlaced: true}, audio: [{codec: aac, channels: 2, language: eng, sample_rate: 48000}], bitrate: {min: 4M, max: 12M}}
    on_air: {weekly: ["Sun 22:00-02:00", "Tue-Wed 00:00-24:00"], otherwise: off_air}
    tags: {site: "London: east"}
    runbook: "https://wiki/enc7?x=1#y"
    connect_timeout: 3s
    max_tracks: 3
    max_pixels: 99
  - {id: b, url: media/b.ts, expect: {video: none, audio: none}, on_air: off_air, timezone: Europe/Berlin}
  - {id: c, url: "https://h/x.m3u8", allow_private: true}
  - {id: d, url: "rtmp://h/live", rtmp: {app: live}}
paths: [{id: p, points: [{any: [a, b], delay: 1s}, c]}]
notify:
  - {name: noc, type: webhook, url: "https://h/x", severity: [critical, info], streams: [a], give_up: 90m}
  - {name: page, type: exec, command: [/bin/page, "a b"], timeout: 250ms}
  - {name: am, type: alertmanager, url: "http://am:9093/", about: incidents, paths: [p], tags: {site: [x, "y z"]}, hours: {weekly: ["Sat 22:00-02:00"], timezone: Europe/Berlin}}
  - {name: mail, type: email, server: "[::1]:25", tls: none, ca: /c.pem, from: "A <a@b>", to: [c@d, e@f]}
  - {name: log, type: syslog, server: h, protocol: tcp, facility: daemon, enterprise: 7}
  - {name: nms, type: snmp, server: h, version: v3, user: u, engine_id: "8000000001"}
store: {sqlite: /var/s.db, keep: 90d}
api: {listen: off, socket: /run/s.sock, tls: {certificate: c.pem, key: k.pem}, hosts: [a.example, b], tokens: [{name: noc, role: viewer, sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]}
heartbeat: {url: "http://h/alive", every: 90s}
evidence: {folder: proof, ring: 8MiB, quota: 1GiB, before: 5s, after: 7s, per_minute: 3}
incidents: {gather: 1s, group: {streams: 4, percent: 60%, within: 20s, by: [encoder, host]}, resolve_after: 90s, repeat: 30m,
  tell_resolved_after: 2m, reopen_within: 10m, close_after: 12h, flood: {above: 8, below: 4, within: 5m, digest: 1m}}
reports: {timezone: Europe/Berlin, shifts: ["00:30", "12:30"]}
workers: {memory: 512MiB}
stdout: none
)";

}  // namespace

TEST_CASE("Without secrets, what describe() writes is read back as the same configuration") {
    const Machine machine;
    const Config first = read_config(kPlain, machine);
    const std::string text = describe(first, machine.surroundings());
    INFO(text);
    const Config second = read_config(text, machine);
    CHECK(second.probe == first.probe);
    CHECK(second.timezone == first.timezone);
    REQUIRE(second.streams.size() == first.streams.size());
    for (std::size_t i = 0; i < first.streams.size(); ++i) {
        CAPTURE(i);
        CHECK(second.streams[i].input == first.streams[i].input);
        CHECK(second.streams[i].expect == first.streams[i].expect);
        CHECK(second.streams[i].rules == first.streams[i].rules);
        CHECK(second.streams[i].air == first.streams[i].air);
        CHECK(second.streams[i] == first.streams[i]);
    }
    CHECK(second.paths == first.paths);
    CHECK(second.notify == first.notify);
    CHECK(second.store_sqlite == first.store_sqlite);
    CHECK(second.api_listen == first.api_listen);
    CHECK(second.api_socket == first.api_socket);
    CHECK(second.api_tokens == first.api_tokens);
    CHECK(second.api_certificate == first.api_certificate);
    CHECK(second.api_key == first.api_key);
    CHECK(second.api_hosts == first.api_hosts);
    CHECK(second.store_keep == first.store_keep);
    CHECK(second.incidents == first.incidents);
    CHECK(second.evidence == first.evidence);
    CHECK(first.reports.shifts == std::vector<int>{30, 750});
    CHECK(second.reports == first.reports);
    CHECK(second.heartbeat == first.heartbeat);
    CHECK(second.worker_memory_bytes == first.worker_memory_bytes);
    CHECK(second.stdout_json == first.stdout_json);
    CHECK(describe(second, machine.surroundings()) == text);
}

TEST_CASE("No secret is in the description, wherever it came from") {
    Machine machine;
    machine.variables = {{"SECRET", "hunter2&hunter2"}, {"HOST", "hunter2host"}};
    machine.files = {{"/etc/s/token", "hunter2token\n"}};
    const Config config = read_config(R"(version: 1
streams:
  - {id: a, name: "n ${SECRET}", url: "srt://${HOST}:1?passphrase=${SECRET}", tags: {x: "${SECRET}"}}
  - {id: b, url: "srt://h:1?passphrase=hunter2literal", runbook: "https://u:hunter2@h/"}
  - {id: c, url: "https://h/x", http: {headers: {Authorization: "Bearer hunter2", X-T: "${SECRET}"}}}
  - {id: d, url: "rtmp://h/live", rtmp: {key: hunter2}}
notify:
  - {name: noc, type: webhook, url: "https://h/${SECRET}", secret: hunter2, headers: {A: "x${SECRET}"}}
  - {name: page, type: exec, command: [/bin/page, "${SECRET}"]}
api: {token: "${file:token}"}
)",
                                      machine);
    const std::string text = describe(config, machine.surroundings());
    INFO(text);
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(text.find("${SECRET}") != std::string::npos);
    CHECK(text.find("token: \"${file:token}\"") != std::string::npos);
    CHECK(text.find("srt://${HOST}:1?passphrase=***") != std::string::npos);
}
