// SPDX-License-Identifier: Apache-2.0
// The Store that is one SQLite file.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "incidents/database.hpp"
#include "incidents/store.hpp"

namespace sightline::incidents {

/// Held as long as the store: closing the descriptor gives it up, as does the death of the process.
class FileLock {
public:
    FileLock() = default;
    FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileLock& operator=(FileLock&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (fd_ >= 0) ::close(fd_);
    }

    static core::Result<FileLock> take(const std::string& path) {
        FileLock lock;
        lock.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (lock.fd_ < 0) return core::fail(core::ErrorCode::Io, path + ": " + std::generic_category().message(errno));
        if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
            return core::fail(core::ErrorCode::Refused, path + " is locked: another sightline uses this store");
        }
        return lock;
    }

private:
    int fd_ = -1;
};

/// WAL with synchronous=FULL: a commit with notices is one fsync of the WAL (bench/store_commit measures it), whatever
/// the number of notices. Held by flock on "<path>.lock".
///
/// Threading: one thread.
class SqliteStore final : public Store {
public:
    SqliteStore(Database opened, FileLock held, StoreOptions given)
        : database_(std::move(opened)), lock_(std::move(held)), options_(std::move(given)) {}
    ~SqliteStore() override;

    /// Brings the file to the newest version and reads where it ended.
    [[nodiscard]] core::Result<void> prepare();
    /// Gives the lock back where prepare() failed.
    [[nodiscard]] FileLock take_lock() { return std::move(lock_); }
    void was_set_aside(std::string where) { set_aside_ = std::move(where); }

    [[nodiscard]] core::Result<void> commit(const Batch& batch, core::UtcTime now) override;
    [[nodiscard]] std::string next_alarm_id() override;
    [[nodiscard]] std::string next_incident_id() override;
    [[nodiscard]] std::string next_maintenance_id() override;
    [[nodiscard]] core::Result<IncidentRestore> live_incidents() override;
    [[nodiscard]] core::Result<std::map<std::string, std::set<std::string>>> incidents_told() override;
    [[nodiscard]] core::Result<std::vector<core::Incident>> incidents(const IncidentQuery& query) override;
    [[nodiscard]] core::Result<core::Incident> incident(const std::string& id) override;
    [[nodiscard]] core::Result<std::vector<core::AlarmTransition>> open_alarms() override;
    [[nodiscard]] core::Result<std::map<std::string, std::set<std::string>>> told() override;
    [[nodiscard]] core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit,
                                                                           const std::string& alarm_id) override;
    [[nodiscard]] core::Result<std::vector<PendingDelivery>> pending() override;
    [[nodiscard]] core::Result<Notice> notice(const std::string& event_id) override;
    [[nodiscard]] core::Result<std::vector<AuditEntry>> audit(std::int64_t limit) override;
    [[nodiscard]] core::Result<std::map<std::string, core::AirState>> forced_air() override;
    [[nodiscard]] core::Result<std::map<std::string, std::int64_t>> counters() override;
    [[nodiscard]] core::Result<std::optional<core::UtcTime>> last_alive() override;
    [[nodiscard]] core::Result<std::vector<WatchChange>> watched_streams() override;
    [[nodiscard]] const AuditHead& audit_chain_head() const override;
    [[nodiscard]] core::Result<std::map<std::string, std::string>> tickets(const std::string& notifier,
                                                                           const std::string& alarm) override;
    [[nodiscard]] core::Result<std::int64_t> prune(core::UtcTime now) override;
    [[nodiscard]] const std::string& set_aside() const override;

private:
    core::Result<void> write(const Batch& batch, core::UtcTime now);
    core::Result<void> write_notice(const RoutedNotice& routed, core::UtcTime now);
    core::Result<void> write_finished(const FinishedDelivery& finished, core::UtcTime now);
    core::Result<void> write_air(const AirChange& change, core::UtcTime now);
    core::Result<void> write_watch(const WatchChange& change);
    core::Result<void> write_ticket(const TicketChange& change, core::UtcTime now);
    core::Result<void> write_ids(std::int64_t next);
    core::Result<std::set<std::string>> told_of(const std::string& alarm);
    core::Result<std::vector<core::AlarmTransition>> alarms(const char* sql, std::initializer_list<SqlValue> values);

    Database database_;
    FileLock lock_;
    StoreOptions options_;
    std::string set_aside_;
    std::int64_t next_id_ = 1;
    std::int64_t reserved_id_ = 1;  // what the file says; next_id_ begins there after a crash
    AuditHead head_;                // of the audit log, as of the last commit
};

}  // namespace sightline::incidents
