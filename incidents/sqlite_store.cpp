// SPDX-License-Identifier: Apache-2.0
#include "incidents/sqlite_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "incidents/audit_rows.hpp"
#include "incidents/database.hpp"
#include "incidents/incident_rows.hpp"
#include "incidents/payload.hpp"
#include "incidents/schema.hpp"

namespace sightline::incidents {
namespace {

using core::Error;
using core::Result;

// Alarm numbers are written ahead, so that one shown while the disk was full is not given again after a crash.
constexpr std::int64_t kIdsAhead = 64;
constexpr std::int64_t kPruneRows = 500;

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// Name for a damaged file that no other file has.
std::string free_name(const std::string& path) {
    for (int n = 1;; ++n) {
        std::string name = path + ".corrupt-" + std::to_string(n);
        if (::access(name.c_str(), F_OK) != 0) return name;
    }
}

}  // namespace

Result<void> SqliteStore::prepare() {
    std::string setup =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216;";
    if (options_.max_pages > 0) setup += "PRAGMA max_page_count = " + std::to_string(options_.max_pages) + ';';
    if (auto done = database_.script(setup); !done) return done;
    if (auto done = migrate(database_); !done) return done;
    const auto next = database_.integer("SELECT next FROM ids WHERE name = 'alarm'");
    if (!next) return tl::unexpected<Error>(next.error());
    next_id_ = reserved_id_ = next->value_or(1);
    auto audit = audit_head(database_);
    if (!audit) return tl::unexpected<Error>(audit.error());
    head_ = std::move(*audit);
    return {};
}

SqliteStore::~SqliteStore() {
    // A clean end leaves no gap in the numbers. Nothing depends on it.
    if (next_id_ < reserved_id_) (void)write_ids(next_id_);
}

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const StoreOptions& options) {
    auto lock = FileLock::take(path + ".lock");
    if (!lock) return tl::unexpected<Error>(lock.error());
    std::string set_aside;
    for (;;) {
        auto database = Database::open(path);
        if (!database) return tl::unexpected<Error>(database.error());
        auto store = std::make_unique<SqliteStore>(std::move(*database), std::move(*lock), options);
        auto prepared = store->prepare();
        if (prepared) {
            store->was_set_aside(set_aside);
            return std::unique_ptr<Store>(std::move(store));
        }
        if (prepared.error().code != core::ErrorCode::Corrupt || !options.set_aside_corrupt || !set_aside.empty()) {
            return tl::unexpected<Error>(prepared.error());
        }
        *lock = store->take_lock();
        store.reset();
        set_aside = free_name(path);
        if (std::rename(path.c_str(), set_aside.c_str()) != 0) return tl::unexpected<Error>(prepared.error());
        (void)::unlink((path + "-wal").c_str());  // belongs to the damaged file
        (void)::unlink((path + "-shm").c_str());
    }
}

Result<void> SqliteStore::commit(const Batch& batch, core::UtcTime now) {
    if (batch.empty()) return {};
    if (database_.moved()) {
        return core::fail(core::ErrorCode::Io, database_.path() + ": the file was moved or deleted while in use");
    }
    const bool durable = !batch.notices.empty() || !batch.incidents.empty() || batch.maintenance ||
                         !batch.audit.empty() || !batch.air.empty() || !batch.tickets.empty();
    auto begun = database_.script(durable ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
                                          : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    if (!begun) return begun;
    const std::int64_t reserved = reserved_id_;
    const AuditHead head = head_;
    auto written = write(batch, now);
    if (written) written = database_.script("COMMIT");
    if (!written) {
        (void)database_.script("ROLLBACK");  // an error itself where SQLite has rolled back already
        reserved_id_ = reserved;
        head_ = head;
    }
    return written;
}

Result<void> SqliteStore::write(const Batch& batch, core::UtcTime now) {
    for (const IncidentChange& change : batch.incidents) {
        if (auto done = write_incident(database_, change, now); !done) return done;
    }
    for (const RoutedNotice& routed : batch.notices) {
        auto done = routed.notice.incident ? write_incident_notice(database_, routed, now) : write_notice(routed, now);
        if (!done) return done;
    }
    if (batch.maintenance) {
        if (auto done = write_maintenance(database_, *batch.maintenance); !done) return done;
    }
    for (const FinishedDelivery& finished : batch.finished) {
        if (auto done = write_finished(finished, now); !done) return done;
    }
    for (const AuditEntry& entry : batch.audit) {
        if (auto done = append_audit(database_, entry, head_); !done) return done;
    }
    for (const AirChange& change : batch.air) {
        if (auto done = write_air(change, now); !done) return done;
    }
    for (const WatchChange& change : batch.watch) {
        if (auto done = write_watch(change); !done) return done;
    }
    if (batch.alive) {
        auto done = database_.run(
            "INSERT INTO marks (name, at_ns) VALUES ('alive', ?) ON CONFLICT (name) DO UPDATE SET at_ns = "
            "excluded.at_ns",
            {core::to_ns(*batch.alive)});
        if (!done) return done;
    }
    for (const TicketChange& change : batch.tickets) {
        if (auto done = write_ticket(change, now); !done) return done;
    }
    for (const auto& [name, value] : batch.counters) {
        auto done = database_.run(
            "INSERT INTO counters (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            {name, value});
        if (!done) return done;
    }
    const bool ids = !batch.notices.empty() || !batch.incidents.empty() || batch.maintenance;
    if (ids && next_id_ + kIdsAhead / 2 > reserved_id_) return write_ids(next_id_ + kIdsAhead);
    return {};
}

Result<void> SqliteStore::write_watch(const WatchChange& change) {
    return database_.run(
        "INSERT INTO watch_log (stream, at_ns, air, watched) VALUES (?, ?, ?, ?) ON CONFLICT (stream, at_ns)"
        " DO UPDATE SET air = excluded.air, watched = excluded.watched",
        {change.stream, core::to_ns(change.at), static_cast<std::int64_t>(change.air),
         std::int64_t{(change.watched ? 1 : 0) + (change.maintenance ? 2 : 0)}});
}

Result<void> SqliteStore::write_ticket(const TicketChange& change, core::UtcTime now) {
    if (change.name.empty()) {
        return database_.run("DELETE FROM tickets WHERE notifier = ? AND alarm = ?", {change.notifier, change.alarm});
    }
    return database_.run(
        "INSERT INTO tickets (notifier, alarm, name, value, updated_ns) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (notifier, alarm, name) DO UPDATE SET value = excluded.value, updated_ns = excluded.updated_ns",
        {change.notifier, change.alarm, change.name, change.value, core::to_ns(now)});
}

Result<void> SqliteStore::write_ids(std::int64_t next) {
    auto done = database_.run(
        "INSERT INTO ids (name, next) VALUES ('alarm', ?) ON CONFLICT (name) DO UPDATE SET next = excluded.next",
        {next});
    if (done) reserved_id_ = next;
    return done;
}

Result<void> SqliteStore::write_notice(const RoutedNotice& routed, core::UtcTime now) {
    const core::AlarmTransition& alarm = routed.notice.alarm;
    auto told = told_of(alarm.id);
    if (!told) return tl::unexpected<Error>(told.error());
    told->insert(routed.notifiers.begin(), routed.notifiers.end());
    const std::string json = core::to_json(alarm);
    const std::int64_t open = alarm.state == core::AlarmState::Cleared ? 0 : 1;
    const AlarmColumns columns = alarm_columns(alarm, now);
    auto done = database_.run(
        "INSERT INTO alarms (id, stream, open, sequence, updated_ns, told, last, rule, since_ns, until_ns, worst)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET open = excluded.open, sequence = excluded.sequence,"
        " updated_ns = excluded.updated_ns, told = excluded.told, last = excluded.last,"
        " until_ns = excluded.until_ns, worst = max(worst, excluded.worst)"
        " WHERE excluded.sequence >= alarms.sequence",
        {alarm.id, alarm.stream, open, number(alarm.sequence), core::to_ns(now), join_lines(*told), json, alarm.rule,
         columns.since_ns, columns.until(), columns.worst});
    if (!done) return done;
    done = database_.run(
        "INSERT INTO transitions (event_id, alarm, sequence, committed_ns, alarm_json, facts_json)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
        {event_id(alarm), alarm.id, number(alarm.sequence), core::to_ns(now), json, to_json(routed.notice.facts)});
    if (!done) return done;
    for (const std::string& notifier : routed.notifiers) {
        done = database_.run(
            "INSERT INTO outbox (transition, notifier, state)"
            " VALUES ((SELECT number FROM transitions WHERE event_id = ?), ?, 0) ON CONFLICT DO NOTHING",
            {event_id(alarm), notifier});
        if (!done) return done;
    }
    return {};
}

Result<void> SqliteStore::write_finished(const FinishedDelivery& finished, core::UtcTime now) {
    if (auto done = write_incident_finished(database_, finished, now); !done || database_.changes() > 0) return done;
    return database_.run(
        "UPDATE outbox SET state = ?, attempts = ?, finished_ns = ?, error = ?"
        " WHERE transition = (SELECT number FROM transitions WHERE event_id = ?) AND notifier = ?",
        {std::int64_t{finished.delivered ? 1 : 2}, std::int64_t{finished.attempts}, core::to_ns(now), finished.error,
         finished.event_id, finished.notifier});
}

Result<void> SqliteStore::write_air(const AirChange& change, core::UtcTime now) {
    if (!change.state) return database_.run("DELETE FROM air WHERE stream = ?", {change.stream});
    return database_.run(
        "INSERT INTO air (stream, state, since_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET state = excluded.state, since_ns = excluded.since_ns",
        {change.stream, std::string_view(core::name(*change.state)), core::to_ns(now)});
}

std::string SqliteStore::next_alarm_id() {
    return options_.probe + '-' + std::to_string(next_id_++);
}
std::string SqliteStore::next_incident_id() {
    return options_.probe + "-i" + std::to_string(next_id_++);
}
std::string SqliteStore::next_maintenance_id() {
    return options_.probe + "-m" + std::to_string(next_id_++);
}

Result<std::int64_t> SqliteStore::prune(core::UtcTime now) {
    const std::int64_t oldest = core::to_ns(now - options_.keep);
    // Only what nobody is owed any more; transitions and outbox rows of an alarm go with it (ON DELETE CASCADE).
    struct Step {
        const char* sql;
        std::int64_t value;
    };
    const Step steps[] = {
        {"DELETE FROM alarms WHERE id IN (SELECT id FROM alarms a WHERE open = 0 AND updated_ns < ?1 AND NOT EXISTS"
         " (SELECT 1 FROM transitions t JOIN outbox o ON o.transition = t.number WHERE t.alarm = a.id AND o.state = 0)"
         " ORDER BY updated_ns LIMIT ?2)",
         oldest},
        // The span of row numbers is never less than the count, and read at once.
        {"DELETE FROM alarms WHERE ?1 < (SELECT max(rowid) - min(rowid) + 1 FROM alarms) AND"
         " id IN (SELECT id FROM alarms a WHERE open = 0 AND updated_ns <="
         " (SELECT updated_ns FROM alarms WHERE open = 0 ORDER BY updated_ns DESC LIMIT 1 OFFSET ?1) AND NOT EXISTS"
         " (SELECT 1 FROM transitions t JOIN outbox o ON o.transition = t.number WHERE t.alarm = a.id AND o.state = 0)"
         " ORDER BY updated_ns LIMIT ?2)",
         options_.keep_closed_alarms},
        {"DELETE FROM transitions WHERE number IN (SELECT number FROM transitions t WHERE committed_ns < ?1 AND NOT"
         " EXISTS (SELECT 1 FROM outbox o WHERE o.transition = t.number AND o.state = 0)"
         " ORDER BY committed_ns LIMIT ?2)",
         std::max(oldest, core::to_ns(now - options_.keep_transitions))},
        {"DELETE FROM watch_log WHERE (stream, at_ns) IN (SELECT stream, at_ns FROM watch_log w WHERE at_ns < ?1 AND"
         " EXISTS (SELECT 1 FROM watch_log n WHERE n.stream = w.stream AND n.at_ns > w.at_ns AND n.at_ns < ?1) LIMIT "
         "?2)",
         oldest},
        {"DELETE FROM tickets WHERE (notifier, alarm, name) IN (SELECT notifier, alarm, name FROM tickets t WHERE"
         " updated_ns < ?1 AND NOT EXISTS (SELECT 1 FROM alarms a WHERE a.id = t.alarm AND a.open = 1)"
         " AND NOT EXISTS (SELECT 1 FROM incidents n WHERE n.id = t.alarm AND n.state <> 3)"
         " ORDER BY updated_ns LIMIT ?2)",
         oldest},
    };
    auto incidents = prune_incidents(database_, now - options_.keep, kPruneRows);
    if (!incidents) return incidents;
    std::int64_t deleted = *incidents;
    for (const Step& step : steps) {
        auto done = database_.run(step.sql, {step.value, kPruneRows});
        if (!done) return tl::unexpected<Error>(done.error());
        deleted += database_.changes();
    }
    auto audit = prune_audit(database_, options_.keep_audit_entries, kPruneRows, now);
    if (!audit) return audit;
    return deleted + *audit;
}

const std::string& SqliteStore::set_aside() const {
    return set_aside_;
}

}  // namespace sightline::incidents
