// SPDX-License-Identifier: Apache-2.0
// A year of 200 streams: 1,000,000 alarms in 50,000 incidents. How large the store is, and how long it takes to list,
// to filter and to make a month's report from it (each to stay below 2 s, the file below 2 GB).
// bench_year_of_history [FOLDER]: writes FOLDER/year.db, which must not exist; default: the current folder.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/clock.hpp"
#include "incidents/report_form.hpp"
#include "incidents/report_source.hpp"
#include "incidents/store.hpp"

namespace {

using namespace sightline;
using namespace sightline::incidents;

constexpr int kIncidents = 50'000, kAlarmsEach = 20, kStreams = 200, kPerCommit = 50;
constexpr core::UtcTime kFirst{std::chrono::seconds{1'767'225'600}};  // 2026-01-01T00:00:00Z
constexpr core::Duration kYear = std::chrono::hours{24 * 365};
constexpr std::array kRules{"video.black", "video.freeze", "audio.silence", "signal.lost", "ts.continuity"};

std::string stream(int n) {
    return "stream-" + std::to_string(n % kStreams);
}

core::UtcTime opened(int n) {
    return kFirst + kYear / kIncidents * n;
}

core::AlarmTransition alarm(const std::string& id, int n, int k, core::AlarmState state) {
    core::AlarmTransition made;
    made.id = id;
    made.state = state;
    made.sequence = state == core::AlarmState::Raised ? 1 : 2;
    made.stream = stream(n + k);
    made.condition = made.rule = kRules[static_cast<std::size_t>(n + k) % kRules.size()];
    made.severity = (n + k) % 3 == 0 ? core::Severity::Critical : core::Severity::Warning;
    made.subject.track = "video:1";
    made.pid = 256;
    const core::UtcTime since = opened(n) + std::chrono::seconds{k};
    made.since = {std::chrono::seconds{n}, since};
    made.at = {std::chrono::seconds{n + 3}, since + std::chrono::seconds{3}};
    made.value = 0.998;
    made.threshold = 0.98;
    made.unit = "ratio";
    made.message = "Black picture for 3 s";
    if (state == core::AlarmState::Cleared) {
        made.until = core::AlarmTime{std::chrono::seconds{n + 90}, since + std::chrono::seconds{90}};
        made.duration_s = 90;
    }
    return made;
}

void add_incident(Batch& batch, Store& store, int n) {
    core::Incident made;
    made.id = "hall-3-i" + std::to_string(n + 1);
    made.severity = n % 3 == 0 ? core::Severity::Critical : core::Severity::Warning;
    made.title = "Encoder enc" + std::to_string(n % 40);
    made.cause = {core::CauseKind::Resource, "encoder=enc" + std::to_string(n % 40), stream(n)};
    made.why = "4 of 5 streams of the encoder failed within 8 s";
    made.since = made.opened_at = opened(n);
    made.notified_at = made.opened_at + std::chrono::seconds{1};
    if (n % 4 != 0) {
        made.acknowledged_at = made.opened_at + std::chrono::seconds{30 + n % 300};
        made.acknowledged_by = "J. Moreau";
    }
    made.resolved_at = made.opened_at + std::chrono::minutes{3};
    made.closed_at = made.opened_at + std::chrono::hours{24};
    made.state = core::IncidentState::Closed;
    for (int k = 0; k < kAlarmsEach; ++k) {
        const std::string id = store.next_alarm_id();
        for (const auto state : {core::AlarmState::Raised, core::AlarmState::Cleared}) {
            RoutedNotice routed;
            routed.notice.alarm = alarm(id, n, k, state);
            routed.notice.facts = {
                "hall-3", "news-hd", {{"site", "london"}, {"encoder", "enc7"}}, "https://wiki.example/enc7", {}};
            if (k == 0) routed.notifiers = {"noc"};
            batch.notices.push_back(std::move(routed));
            if (k == 0)
                batch.finished.push_back({id + (state == core::AlarmState::Raised ? ".1" : ".2"), "noc", true, 1, {}});
        }
        made.alarms.push_back({id,
                               stream(n + k),
                               kRules[static_cast<std::size_t>(n + k) % kRules.size()],
                               core::Severity::Warning,
                               false,
                               k == 0 ? core::AlarmRole::Cause : core::AlarmRole::Member,
                               {}});
    }
    for (const char* kind : {"opened", "joined", "cause", "notified", "acknowledged", "note", "resolved", "closed"})
        made.timeline.push_back(
            {made.opened_at, "desk", kind, "grouped because 4 of 5 streams of encoder enc7 failed within 8 s"});
    batch.audit.push_back({made.opened_at, "J. Moreau (token noc)", "incident.acknowledged", made.id, "on it"});
    IncidentChange change{nullptr, made.alarms, {}, made.timeline, 0, ""};
    change.incident = std::make_shared<const core::Incident>(std::move(made));
    batch.incidents.push_back(std::move(change));
}

void add_watch(Batch& batch, int day) {
    for (int n = 0; n < kStreams; ++n) {
        const core::UtcTime at = kFirst + std::chrono::hours{24} * day;
        batch.watch.push_back({stream(n), at, core::AirState::OnAir, false, false});
        batch.watch.push_back({stream(n), at + std::chrono::seconds{20}, core::AirState::OnAir, true, false});
    }
}

bool write_year(const std::string& path) {
    StoreOptions options;
    options.probe = "hall-3";
    auto store = Store::open(path, options);
    if (!store) return false;
    int day = 0;
    for (int n = 0; n < kIncidents; n += kPerCommit) {
        Batch batch;
        while (kFirst + std::chrono::hours{24} * day <= opened(n)) add_watch(batch, day++);
        for (int i = n; i < n + kPerCommit; ++i) add_incident(batch, **store, i);
        const core::UtcTime now = opened(n + kPerCommit - 1);
        if (!(*store)->commit(batch, now)) return false;
        // As the desk does every minute: what is kept is what a store in use keeps.
        while (n % 1'000 == 0 && (*store)->prune(now).value_or(0) > 0) {
        }
    }
    return true;
}

template <class Call>
void measure(const core::Clock& clock, const char* what, const Call& call) {
    const core::ArrivalTime before = clock.now();
    const std::string said = call();
    fmt::print("{:44} {:7.3f} s  {}\n", what, core::to_seconds(clock.now() - before), said);
}

std::string count(const core::Result<std::vector<core::Incident>>& found) {
    return found ? fmt::format("{} incidents", found->size()) : found.error().message;
}

std::string month(StoreReader& store, const char* date, ReportForm form) {
    ReportInput input;
    for (int n = 0; n < kStreams; ++n) input.streams.push_back(stream(n));
    input.paths = {{"news-hd", {{{"stream-0", "stream-1"}, {}}, {{"stream-2"}, {}}}}};
    input.now = kFirst + kYear;
    auto done = choose_period(input, {ReportKind::Monthly, date, {}, {}});
    if (done) done = read_report_input(store, input);
    if (!done) return done.error().message;
    return fmt::format("{} alarms, {} incidents, {} KiB", input.alarms.size(), input.incidents.size(),
                       to_form(compute_report(input), form).size() / 1'024);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string path = std::string(argc > 1 ? argv[1] : ".") + "/year.db";
    const core::SystemClock clock;
    if (std::filesystem::exists(path)) {
        fmt::print("{} is there already: read again\n", path);
    } else {
        measure(clock, "write 1,000,000 alarms, 50,000 incidents", [&] { return write_year(path) ? "" : "FAILED"; });
    }
    fmt::print("file: {:.0f} MB\n", static_cast<double>(std::filesystem::file_size(path)) * 1e-6);
    auto opened = StoreReader::open(path);
    if (!opened) return 1;
    StoreReader& store = **opened;
    measure(clock, "list the newest 200", [&] { return count(store.incidents({})); });
    IncidentQuery old;
    old.before = "hall-3-i1000";
    measure(clock, "list 200 of January", [&] { return count(store.incidents(old)); });
    IncidentQuery filtered;
    filtered.stream = "stream-7";
    filtered.severities = {core::Severity::Critical};
    filtered.limit = 5'000;
    measure(clock, "filter: one stream, critical, all year", [&] { return count(store.incidents(filtered)); });
    IncidentQuery none;
    none.states = {core::IncidentState::Open};
    measure(clock, "filter: open ones (there are none)", [&] { return count(store.incidents(none)); });
    measure(clock, "monthly report, January, HTML", [&] { return month(store, "2026-01", ReportForm::Html); });
    measure(clock, "monthly report, December, JSON", [&] { return month(store, "2026-12", ReportForm::Json); });
    measure(clock, "audit verify", [&] {
        const auto verdict = store.verify_audit({});
        return verdict ? fmt::format("{} entries, {}", verdict->entries,
                                     verdict->broken.empty() ? "whole" : verdict->broken)
                       : verdict.error().message;
    });
    return 0;
}
