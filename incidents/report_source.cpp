// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_source.hpp"

#include <utility>

#include "incidents/incident_rows.hpp"

namespace sightline::incidents {
namespace {

using core::Result;

constexpr std::int64_t kMostIncidents = 1'000'000;
constexpr std::size_t kMostAlarmsEach = 10'000;

core::UtcTime from_ns(std::int64_t ns) {
    return core::UtcTime{core::Duration{ns}};
}

Result<void> read_alarms(Database& database, ReportInput& input, std::int64_t from, std::int64_t to) {
    return database.each(
        "SELECT id, stream, rule, since_ns, until_ns IS NULL, until_ns, worst FROM alarms"
        " WHERE since_ns < ?2 AND (until_ns IS NULL OR until_ns >= ?1) ORDER BY since_ns",
        {from, to}, [&input](const SqlRow& row) {
            ReportAlarm alarm;
            alarm.id = row.text(0);
            alarm.stream = row.text(1);
            alarm.rule = row.text(2);
            alarm.since = from_ns(row.integer(3));
            if (row.integer(4) == 0) alarm.until = from_ns(row.integer(5));
            alarm.worst = static_cast<core::Severity>(row.integer(6));
            input.alarms.push_back(std::move(alarm));
        });
}

Result<void> read_watch(Database& database, ReportInput& input) {
    for (const std::string& stream : input.streams) {
        auto log = read_watch_log(database, stream, input.period.from, input.period.to);
        if (!log) return tl::unexpected<core::Error>(log.error());
        input.watch.insert(input.watch.end(), log->begin(), log->end());
    }
    return {};
}

Result<void> read_incidents_of(Database& database, ReportInput& input) {
    IncidentQuery query;
    query.from = input.period.from;
    query.to = input.period.to;
    query.limit = kMostIncidents;
    query.merged = true;
    auto incidents = read_incidents(database, query, kMostAlarmsEach);
    if (!incidents) return tl::unexpected<core::Error>(incidents.error());
    input.incidents = std::move(*incidents);
    for (core::Incident& incident : input.incidents) {
        auto done = database.each(
            "SELECT at_ns, who, kind, text FROM incident_entries WHERE incident = ? ORDER BY number", {incident.id},
            [&incident](const SqlRow& row) {
                incident.timeline.push_back({from_ns(row.integer(0)), row.text(1), row.text(2), row.text(3)});
            });
        if (!done) return done;
    }
    return {};
}

Result<void> read_all(Database& database, ReportInput& input) {
    const std::int64_t from = input.period.from.time_since_epoch().count();
    const std::int64_t to = input.period.to.time_since_epoch().count();
    if (auto read = read_incidents_of(database, input); !read) return read;
    auto done = read_alarms(database, input, from, to);
    // Members of paths are streams of the configuration; those that are gone from it are in no report.
    if (done) done = read_watch(database, input);
    if (!done) return done;
    auto head = audit_head(database);
    if (!head) return tl::unexpected<core::Error>(head.error());
    input.head = std::move(*head);
    return {};
}

}  // namespace

Result<void> choose_period(ReportInput& input, const ReportWish& wish) {
    if (!wish.zone.empty()) input.zone = wish.zone;
    const auto zone = core::load_time_zone(input.zone);
    if (!zone) return core::fail(core::ErrorCode::InvalidConfig, "zone: " + zone.error().message);
    if (!wish.shifts.empty()) {
        auto shifts = parse_shifts(wish.shifts);
        if (!shifts) return tl::unexpected<core::Error>(shifts.error());
        input.shifts = std::move(*shifts);
    }
    auto period = period_of(wish.kind, wish.date, input.now, *zone, input.shifts);
    if (!period) return tl::unexpected<core::Error>(period.error());
    input.kind = wish.kind;
    input.period = std::move(*period);
    return {};
}

Result<std::vector<WatchChange>> read_watch_log(Database& database, const std::string& stream, core::UtcTime from,
                                                core::UtcTime to) {
    std::vector<WatchChange> log;
    // Its last row before the period says what it was when the period began.
    auto done = database.each(
        "SELECT stream, at_ns, air, watched FROM watch_log WHERE stream = ?1 AND at_ns < ?2 AND at_ns >="
        " coalesce((SELECT max(at_ns) FROM watch_log WHERE stream = ?1 AND at_ns <= ?3), 0) ORDER BY at_ns",
        {stream, to.time_since_epoch().count(), from.time_since_epoch().count()}, [&log](const SqlRow& row) {
            log.push_back({row.text(0), from_ns(row.integer(1)), static_cast<core::AirState>(row.integer(2)),
                           (row.integer(3) & 1) != 0, (row.integer(3) & 2) != 0});
        });
    if (!done) return tl::unexpected<core::Error>(done.error());
    return log;
}

Result<void> read_report_input(Database& database, ReportInput& input) {
    if (auto begun = database.script("BEGIN"); !begun) return begun;
    auto done = read_all(database, input);
    (void)database.script("ROLLBACK");  // nothing was written
    return done;
}

}  // namespace sightline::incidents
