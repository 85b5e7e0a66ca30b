// SPDX-License-Identifier: Apache-2.0
// What store.cpp and store_reading.cpp share: the file, open and locked.
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

struct Store::Impl {
    Impl(Database opened, FileLock held, StoreOptions given)
        : database(std::move(opened)), lock(std::move(held)), options(std::move(given)) {}

    Database database;
    FileLock lock;
    StoreOptions options;
    std::string set_aside;
    std::int64_t next_id = 1;
    std::int64_t reserved_id = 1;  // what the file says; next_id begins there after a crash
    AuditHead head;                // of the audit log, as of the last commit

    core::Result<void> prepare();
    core::Result<void> write(const Batch& batch, core::UtcTime now);
    core::Result<void> write_notice(const RoutedNotice& routed, core::UtcTime now);
    core::Result<void> write_finished(const FinishedDelivery& finished, core::UtcTime now);
    core::Result<void> write_air(const AirChange& change, core::UtcTime now);
    core::Result<void> write_ticket(const TicketChange& change, core::UtcTime now);
    core::Result<void> write_ids(std::int64_t next);
    core::Result<std::set<std::string>> told_of(const std::string& alarm);
    core::Result<std::vector<core::AlarmTransition>> alarms(const char* sql, std::initializer_list<SqlValue> values);
};

}  // namespace sightline::incidents
