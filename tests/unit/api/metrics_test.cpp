// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "api/views.hpp"
#include "tests/catch.hpp"

using namespace sightline;

namespace {

/// The lines of one family, without its HELP.
std::string family(const std::string& text, const std::string& name) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        if (line.starts_with("sightline_" + name + "{") || line.starts_with("sightline_" + name + " ") ||
            line.starts_with("# TYPE sightline_" + name + " "))
            out += line + "\n";
    }
    return out;
}

engine::ProbeState one_stream(const std::string& id) {
    engine::ProbeState state;
    state.probe = "hall-3";
    state.version = "1.2.3";
    auto stream = std::make_shared<engine::StreamView>();
    stream->id = id;
    stream->health = engine::StreamHealth::Alarm;
    stream->bytes = 123'456'789'012;
    stream->packets = 42;
    stream->continuity_errors = 7;
    stream->worker_restarts = 2;
    stream->measurements = {{"bitrate.mux", 4'512'000.5}, {"audio.level/audio:1/2", -23.5}, {"ts.pid_rate/256", 1e6}};
    core::AlarmTransition alarm;
    alarm.severity = core::Severity::Critical;
    stream->open = {alarm, alarm};
    alarm.severity = core::Severity::Warning;
    stream->open.push_back(alarm);
    state.streams.push_back(stream);
    return state;
}

}  // namespace

TEST_CASE("A probe without streams still tells of itself", "[metrics]") {
    engine::ProbeState state;
    state.probe = "hall-3";
    state.version = "1.2.3";
    state.counters = {{"dropped_measurements_total", 5}, {"outbox_pending", 2}, {"workers", 0}};
    const std::string text = api::metrics_text(state);
    CHECK(
        text.starts_with("# HELP sightline_build_info Version, as a label.\n# TYPE sightline_build_info gauge\n"
                         "sightline_build_info{version=\"1.2.3\",probe=\"hall-3\"} 1\n"));
    CHECK(text.ends_with("\n"));
    CHECK(family(text, "host_clock_synchronised") ==
          "# TYPE sightline_host_clock_synchronised gauge\nsightline_host_clock_synchronised 1\n");
    CHECK(family(text, "store_writable") == "# TYPE sightline_store_writable gauge\nsightline_store_writable 1\n");
    CHECK(family(text, "dropped_measurements_total") ==
          "# TYPE sightline_dropped_measurements_total counter\nsightline_dropped_measurements_total 5\n");
    CHECK(text.find("# HELP sightline_outbox_pending Deliveries owed to all receivers.\n") != std::string::npos);
    CHECK(family(text, "workers") == "# TYPE sightline_workers gauge\nsightline_workers 0\n");
    state.clock_synchronised = false;
    state.store_error = "disk full";
    const std::string bad = api::metrics_text(state);
    CHECK(bad.find("\nsightline_host_clock_synchronised 0\n") != std::string::npos);
    CHECK(bad.find("\nsightline_store_writable 0\n") != std::string::npos);
}

TEST_CASE("A stream has its state, alarms, counters and measurements", "[metrics]") {
    const std::string text = api::metrics_text(one_stream("news"));
    CHECK(family(text, "stream_state") ==
          "# TYPE sightline_stream_state gauge\n"
          "sightline_stream_state{stream=\"news\",state=\"good\"} 0\n"
          "sightline_stream_state{stream=\"news\",state=\"alarm\"} 1\n"
          "sightline_stream_state{stream=\"news\",state=\"unknown\"} 0\n"
          "sightline_stream_state{stream=\"news\",state=\"standby\"} 0\n");
    CHECK(family(text, "stream_alarms_open") ==
          "# TYPE sightline_stream_alarms_open gauge\n"
          "sightline_stream_alarms_open{stream=\"news\",severity=\"critical\"} 2\n"
          "sightline_stream_alarms_open{stream=\"news\",severity=\"major\"} 0\n"
          "sightline_stream_alarms_open{stream=\"news\",severity=\"minor\"} 0\n"
          "sightline_stream_alarms_open{stream=\"news\",severity=\"warning\"} 1\n"
          "sightline_stream_alarms_open{stream=\"news\",severity=\"info\"} 0\n");
    CHECK(family(text, "stream_bytes_total") ==
          "# TYPE sightline_stream_bytes_total counter\nsightline_stream_bytes_total{stream=\"news\"} 123456789012\n");
    CHECK(family(text, "stream_packets_total").ends_with("{stream=\"news\"} 42\n"));
    CHECK(family(text, "stream_continuity_errors_total").ends_with("{stream=\"news\"} 7\n"));
    CHECK(family(text, "stream_worker_restarts_total").ends_with("{stream=\"news\"} 2\n"));
    CHECK(family(text, "stream_measurement") ==
          "# TYPE sightline_stream_measurement gauge\n"
          "sightline_stream_measurement{stream=\"news\",name=\"audio.level\",of=\"audio:1\",channel=\"2\"} -23.5\n"
          "sightline_stream_measurement{stream=\"news\",name=\"bitrate.mux\"} 4512000.5\n"
          "sightline_stream_measurement{stream=\"news\",name=\"ts.pid_rate\",of=\"256\"} 1000000\n");
}

TEST_CASE("Labels are escaped and stay one line of UTF-8", "[metrics]") {
    const std::string text =
        api::metrics_text(one_stream("a\"b\\c\nd\xFF"
                                     "e{}"));
    CHECK(family(text, "stream_packets_total")
              .ends_with("{stream=\"a\\\"b\\\\c d\xEF\xBF\xBD"
                         "e{}\"} 42\n"));
}

TEST_CASE("A receiver of notifications has its counters", "[metrics]") {
    engine::ProbeState state;
    state.notifiers = {{"noc", 10, 3, 1, 2, 4.5}};
    const std::string text = api::metrics_text(state);
    CHECK(
        family(text, "notifier_delivered_total") ==
        "# TYPE sightline_notifier_delivered_total counter\nsightline_notifier_delivered_total{notifier=\"noc\"} 10\n");
    CHECK(family(text, "notifier_failed_attempts_total").ends_with("{notifier=\"noc\"} 3\n"));
    CHECK(family(text, "notifier_given_up_total").ends_with("{notifier=\"noc\"} 1\n"));
    CHECK(family(text, "notifier_waiting") ==
          "# TYPE sightline_notifier_waiting gauge\nsightline_notifier_waiting{notifier=\"noc\"} 2\n");
    CHECK(family(text, "notifier_oldest_seconds").ends_with("{notifier=\"noc\"} 4.5\n"));
}

TEST_CASE("No family is told twice", "[metrics]") {
    auto state = one_stream("a");
    state.notifiers = {{"n", 0, 0, 0, 0, 0}};
    state.streams.push_back(one_stream("b").streams[0]);
    const std::string text = api::metrics_text(state);
    std::vector<std::string> names;
    for (std::size_t at = text.find("# TYPE "); at != std::string::npos; at = text.find("# TYPE ", at + 1))
        names.push_back(text.substr(at, text.find('\n', at) - at));
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
    CHECK(names.size() >= 14);
}
