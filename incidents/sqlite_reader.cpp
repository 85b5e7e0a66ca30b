// SPDX-License-Identifier: Apache-2.0
// The StoreReader of one SQLite file.
#include <utility>

#include "incidents/audit_rows.hpp"
#include "incidents/database.hpp"
#include "incidents/incident_rows.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::incidents {
namespace {

using core::Result;

constexpr std::int64_t kMostIncidents = 1'000'000;
constexpr std::size_t kMostAlarmsEach = 10'000;
constexpr std::int64_t kFirstWithChain = 2;  // schema.cpp

/// What is read while it lives is as of one moment.
class Moment {
public:
    explicit Moment(Database& database) : database_(database), begun_(database.script("BEGIN")) {}
    ~Moment() {
        if (begun_) (void)database_.script("ROLLBACK");  // nothing was written
    }
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;
    [[nodiscard]] const Result<void>& begun() const { return begun_; }

private:
    Database& database_;
    Result<void> begun_;
};

Result<void> read_alarms(Database& database, core::UtcTime from, core::UtcTime to, PeriodRecord& record) {
    return database.each(
        "SELECT id, stream, rule, since_ns, until_ns IS NULL, until_ns, worst FROM alarms"
        " WHERE since_ns < ?2 AND (until_ns IS NULL OR until_ns >= ?1) ORDER BY since_ns",
        {core::to_ns(from), core::to_ns(to)}, [&record](const SqlRow& row) {
            ReportAlarm alarm;
            alarm.id = row.text(0);
            alarm.stream = row.text(1);
            alarm.rule = row.text(2);
            alarm.since = core::from_ns(row.integer(3));
            if (row.integer(4) == 0) alarm.until = core::from_ns(row.integer(5));
            alarm.worst = static_cast<core::Severity>(row.integer(6));
            record.alarms.push_back(std::move(alarm));
        });
}

Result<void> read_watch(Database& database, const std::string& stream, core::UtcTime from, core::UtcTime to,
                        std::vector<WatchChange>& log) {
    // Its last row before the period says what it was when the period began.
    return database.each(
        "SELECT stream, at_ns, air, watched FROM watch_log WHERE stream = ?1 AND at_ns < ?2 AND at_ns >="
        " coalesce((SELECT max(at_ns) FROM watch_log WHERE stream = ?1 AND at_ns <= ?3), 0) ORDER BY at_ns",
        {stream, core::to_ns(to), core::to_ns(from)}, [&log](const SqlRow& row) {
            log.push_back({row.text(0), core::from_ns(row.integer(1)), static_cast<core::AirState>(row.integer(2)),
                           (row.integer(3) & 1) != 0, (row.integer(3) & 2) != 0});
        });
}

Result<void> read_period_incidents(Database& database, core::UtcTime from, core::UtcTime to, PeriodRecord& record) {
    IncidentQuery query;
    query.from = from;
    query.to = to;
    query.limit = kMostIncidents;
    query.merged = true;
    auto incidents = read_incidents(database, query, kMostAlarmsEach);
    if (!incidents) return tl::unexpected<core::Error>(incidents.error());
    record.incidents = std::move(*incidents);
    for (core::Incident& incident : record.incidents) {
        auto timeline = read_timeline(database, incident.id);
        if (!timeline) return tl::unexpected<core::Error>(timeline.error());
        incident.timeline = std::move(*timeline);
    }
    return {};
}

class SqliteReader final : public StoreReader {
public:
    explicit SqliteReader(Database opened) : database_(std::move(opened)) {}

    Result<std::vector<core::Incident>> incidents(const IncidentQuery& query) override {
        const Moment moment(database_);
        if (!moment.begun()) return tl::unexpected<core::Error>(moment.begun().error());
        return read_incidents(database_, query);
    }
    Result<core::Incident> incident(const std::string& id) override {
        const Moment moment(database_);
        if (!moment.begun()) return tl::unexpected<core::Error>(moment.begun().error());
        return read_incident(database_, id);
    }
    Result<PeriodRecord> period(core::UtcTime from, core::UtcTime to,
                                const std::vector<std::string>& streams) override {
        const Moment moment(database_);
        auto done = moment.begun();
        PeriodRecord record;
        if (done) done = read_period_incidents(database_, from, to, record);
        if (done) done = read_alarms(database_, from, to, record);
        for (const std::string& stream : streams) {
            if (done) done = read_watch(database_, stream, from, to, record.watch);
        }
        if (!done) return tl::unexpected<core::Error>(done.error());
        auto head = audit_head(database_);
        if (!head) return tl::unexpected<core::Error>(head.error());
        record.head = std::move(*head);
        return record;
    }
    Result<std::vector<WatchChange>> watch_log(const std::string& stream, core::UtcTime from,
                                               core::UtcTime to) override {
        std::vector<WatchChange> log;
        const auto done = read_watch(database_, stream, from, to, log);  // one statement: one moment
        if (!done) return tl::unexpected<core::Error>(done.error());
        return log;
    }
    Result<AuditVerdict> verify_audit(const std::string& known_head) override {
        const Moment moment(database_);
        if (!moment.begun()) return tl::unexpected<core::Error>(moment.begun().error());
        return incidents::verify_audit(database_, known_head);
    }

private:
    Database database_;
};

}  // namespace

Result<std::unique_ptr<StoreReader>> StoreReader::open(const std::string& path) {
    auto database = Database::open_read_only(path);
    if (!database) return tl::unexpected<core::Error>(database.error());
    const auto version = database->integer("PRAGMA user_version");
    if (!version) return tl::unexpected<core::Error>(version.error());
    if (version->value_or(0) < kFirstWithChain)
        return core::fail(core::ErrorCode::Corrupt,
                          path + ": no store of Sightline, or one from before its audit chain");
    return std::unique_ptr<StoreReader>(std::make_unique<SqliteReader>(std::move(*database)));
}

}  // namespace sightline::incidents
