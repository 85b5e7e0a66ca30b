// SPDX-License-Identifier: Apache-2.0
#include "incidents/store_impl.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "incidents/audit_chain.hpp"
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

std::int64_t to_ns(core::UtcTime time) {
    return time.time_since_epoch().count();
}
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

Result<void> Store::Impl::prepare() {
    std::string setup =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216;";
    if (options.max_pages > 0) setup += "PRAGMA max_page_count = " + std::to_string(options.max_pages) + ';';
    if (auto done = database.script(setup); !done) return done;
    if (auto done = migrate(database); !done) return done;
    const auto next = database.integer("SELECT next FROM ids WHERE name = 'alarm'");
    if (!next) return tl::unexpected<Error>(next.error());
    next_id = reserved_id = next->value_or(1);
    auto audit = audit_head(database);
    if (!audit) return tl::unexpected<Error>(audit.error());
    head = std::move(*audit);
    return {};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
    // A clean end leaves no gap in the numbers. Nothing depends on it.
    if (impl_->next_id < impl_->reserved_id) (void)impl_->write_ids(impl_->next_id);
}

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const StoreOptions& options) {
    auto lock = FileLock::take(path + ".lock");
    if (!lock) return tl::unexpected<Error>(lock.error());
    std::string set_aside;
    for (;;) {
        auto database = Database::open(path);
        if (!database) return tl::unexpected<Error>(database.error());
        auto impl = std::make_unique<Impl>(std::move(*database), std::move(*lock), options);
        auto prepared = impl->prepare();
        if (prepared) {
            impl->set_aside = set_aside;
            return std::unique_ptr<Store>(new Store(std::move(impl)));
        }
        if (prepared.error().code != core::ErrorCode::Corrupt || !options.set_aside_corrupt || !set_aside.empty()) {
            return tl::unexpected<Error>(prepared.error());
        }
        *lock = std::move(impl->lock);
        impl.reset();
        set_aside = free_name(path);
        if (std::rename(path.c_str(), set_aside.c_str()) != 0) return tl::unexpected<Error>(prepared.error());
        (void)::unlink((path + "-wal").c_str());  // belongs to the damaged file
        (void)::unlink((path + "-shm").c_str());
    }
}

Result<void> Store::commit(const Batch& batch, core::UtcTime now) {
    if (batch.empty()) return {};
    Database& database = impl_->database;
    if (database.moved()) {
        return core::fail(core::ErrorCode::Io, database.path() + ": the file was moved or deleted while in use");
    }
    const bool durable = !batch.notices.empty() || !batch.incidents.empty() || batch.maintenance ||
                         !batch.audit.empty() || !batch.air.empty() || !batch.tickets.empty();
    auto begun = database.script(durable ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
                                         : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    if (!begun) return begun;
    const std::int64_t reserved = impl_->reserved_id;
    const AuditHead head = impl_->head;
    auto written = impl_->write(batch, now);
    if (written) written = database.script("COMMIT");
    if (!written) {
        (void)database.script("ROLLBACK");  // an error itself where SQLite has rolled back already
        impl_->reserved_id = reserved;
        impl_->head = head;
    }
    return written;
}

Result<void> Store::Impl::write(const Batch& batch, core::UtcTime now) {
    for (const IncidentChange& change : batch.incidents) {
        if (auto done = write_incident(database, change, now); !done) return done;
    }
    for (const RoutedNotice& routed : batch.notices) {
        auto done = routed.notice.incident ? write_incident_notice(database, routed, now) : write_notice(routed, now);
        if (!done) return done;
    }
    if (batch.maintenance) {
        if (auto done = write_maintenance(database, *batch.maintenance); !done) return done;
    }
    for (const FinishedDelivery& finished : batch.finished) {
        if (auto done = write_finished(finished, now); !done) return done;
    }
    for (const AuditEntry& entry : batch.audit) {
        if (auto done = append_audit(database, entry, head); !done) return done;
    }
    for (const AirChange& change : batch.air) {
        if (auto done = write_air(change, now); !done) return done;
    }
    for (const WatchChange& change : batch.watch) {
        auto done = database.run(
            "INSERT INTO watch_log (stream, at_ns, air, watched) VALUES (?, ?, ?, ?) ON CONFLICT (stream, at_ns)"
            " DO UPDATE SET air = excluded.air, watched = excluded.watched",
            {change.stream, to_ns(change.at), static_cast<std::int64_t>(change.air),
             std::int64_t{(change.watched ? 1 : 0) + (change.maintenance ? 2 : 0)}});
        if (!done) return done;
    }
    if (batch.alive) {
        auto done = database.run(
            "INSERT INTO marks (name, at_ns) VALUES ('alive', ?) ON CONFLICT (name) DO UPDATE SET at_ns = "
            "excluded.at_ns",
            {to_ns(*batch.alive)});
        if (!done) return done;
    }
    for (const TicketChange& change : batch.tickets) {
        if (auto done = write_ticket(change, now); !done) return done;
    }
    for (const auto& [name, value] : batch.counters) {
        auto done = database.run(
            "INSERT INTO counters (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            {name, value});
        if (!done) return done;
    }
    const bool ids = !batch.notices.empty() || !batch.incidents.empty() || batch.maintenance;
    if (ids && next_id + kIdsAhead / 2 > reserved_id) return write_ids(next_id + kIdsAhead);
    return {};
}

Result<void> Store::Impl::write_ticket(const TicketChange& change, core::UtcTime now) {
    if (change.name.empty()) {
        return database.run("DELETE FROM tickets WHERE notifier = ? AND alarm = ?", {change.notifier, change.alarm});
    }
    return database.run(
        "INSERT INTO tickets (notifier, alarm, name, value, updated_ns) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (notifier, alarm, name) DO UPDATE SET value = excluded.value, updated_ns = excluded.updated_ns",
        {change.notifier, change.alarm, change.name, change.value, to_ns(now)});
}

Result<void> Store::Impl::write_ids(std::int64_t next) {
    auto done = database.run(
        "INSERT INTO ids (name, next) VALUES ('alarm', ?) ON CONFLICT (name) DO UPDATE SET next = excluded.next",
        {next});
    if (done) reserved_id = next;
    return done;
}

Result<void> Store::Impl::write_notice(const RoutedNotice& routed, core::UtcTime now) {
    const core::AlarmTransition& alarm = routed.notice.alarm;
    auto told = told_of(alarm.id);
    if (!told) return tl::unexpected<Error>(told.error());
    told->insert(routed.notifiers.begin(), routed.notifiers.end());
    const std::string json = core::to_json(alarm);
    const std::int64_t open = alarm.state == core::AlarmState::Cleared ? 0 : 1;
    const AlarmColumns columns = alarm_columns(alarm, now);
    auto done = database.run(
        "INSERT INTO alarms (id, stream, open, sequence, updated_ns, told, last, rule, since_ns, until_ns, worst)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET open = excluded.open, sequence = excluded.sequence,"
        " updated_ns = excluded.updated_ns, told = excluded.told, last = excluded.last,"
        " until_ns = excluded.until_ns, worst = max(worst, excluded.worst)"
        " WHERE excluded.sequence >= alarms.sequence",
        {alarm.id, alarm.stream, open, number(alarm.sequence), to_ns(now), join_lines(*told), json, alarm.rule,
         columns.since_ns, columns.until(), columns.worst});
    if (!done) return done;
    done = database.run(
        "INSERT INTO transitions (event_id, alarm, sequence, committed_ns, alarm_json, facts_json)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
        {event_id(alarm), alarm.id, number(alarm.sequence), to_ns(now), json, to_json(routed.notice.facts)});
    if (!done) return done;
    for (const std::string& notifier : routed.notifiers) {
        done = database.run(
            "INSERT INTO outbox (transition, notifier, state)"
            " VALUES ((SELECT number FROM transitions WHERE event_id = ?), ?, 0) ON CONFLICT DO NOTHING",
            {event_id(alarm), notifier});
        if (!done) return done;
    }
    return {};
}

Result<void> Store::Impl::write_finished(const FinishedDelivery& finished, core::UtcTime now) {
    if (auto done = write_incident_finished(database, finished, now); !done || database.changes() > 0) return done;
    return database.run(
        "UPDATE outbox SET state = ?, attempts = ?, finished_ns = ?, error = ?"
        " WHERE transition = (SELECT number FROM transitions WHERE event_id = ?) AND notifier = ?",
        {std::int64_t{finished.delivered ? 1 : 2}, std::int64_t{finished.attempts}, to_ns(now), finished.error,
         finished.event_id, finished.notifier});
}

Result<void> Store::Impl::write_air(const AirChange& change, core::UtcTime now) {
    if (!change.state) return database.run("DELETE FROM air WHERE stream = ?", {change.stream});
    return database.run(
        "INSERT INTO air (stream, state, since_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET state = excluded.state, since_ns = excluded.since_ns",
        {change.stream, std::string_view(core::name(*change.state)), to_ns(now)});
}

std::string Store::next_alarm_id() {
    return impl_->options.probe + '-' + std::to_string(impl_->next_id++);
}
std::string Store::next_incident_id() {
    return impl_->options.probe + "-i" + std::to_string(impl_->next_id++);
}
std::string Store::next_maintenance_id() {
    return impl_->options.probe + "-m" + std::to_string(impl_->next_id++);
}

Result<std::int64_t> Store::prune(core::UtcTime now) {
    Database& database = impl_->database;
    const std::int64_t oldest = to_ns(now - impl_->options.keep);
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
         impl_->options.keep_closed_alarms},
        {"DELETE FROM transitions WHERE number IN (SELECT number FROM transitions t WHERE committed_ns < ?1 AND NOT"
         " EXISTS (SELECT 1 FROM outbox o WHERE o.transition = t.number AND o.state = 0)"
         " ORDER BY committed_ns LIMIT ?2)",
         std::max(oldest, to_ns(now - impl_->options.keep_transitions))},
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
    auto incidents = prune_incidents(database, now - impl_->options.keep, kPruneRows);
    if (!incidents) return incidents;
    std::int64_t deleted = *incidents;
    for (const Step& step : steps) {
        auto done = database.run(step.sql, {step.value, kPruneRows});
        if (!done) return tl::unexpected<Error>(done.error());
        deleted += database.changes();
    }
    auto audit = prune_audit(database, impl_->options.keep_audit_entries, kPruneRows, now);
    if (!audit) return audit;
    return deleted + *audit;
}

const std::string& Store::set_aside() const {
    return impl_->set_aside;
}

}  // namespace sightline::incidents
