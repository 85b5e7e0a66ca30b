// SPDX-License-Identifier: Apache-2.0
#include "incidents/backup.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "incidents/database.hpp"
#include "incidents/owned_fd.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::incidents {
namespace {

using core::Result;

Result<AuditVerdict> check(const std::string& path) {
    auto database = Database::open_read_only(path);
    if (!database) return tl::unexpected<core::Error>(database.error());
    std::string said;
    auto read = database->each("PRAGMA integrity_check(1)", {}, [&](const SqlRow& row) { said = row.text(0); });
    if (!read) return tl::unexpected<core::Error>(read.error());
    if (said != "ok") return core::fail(core::ErrorCode::Corrupt, path + ": " + said);
    auto reader = StoreReader::open(path);
    if (!reader) return tl::unexpected<core::Error>(reader.error());
    auto verdict = (*reader)->verify_audit({});
    if (verdict && !verdict->broken.empty())
        return core::fail(core::ErrorCode::Corrupt, path + ": audit log: " + verdict->broken);
    return verdict;
}

}  // namespace

Result<AuditVerdict> back_up_store(const std::string& store, const std::string& to) {
    auto database = Database::open_read_only(store);
    if (!database) return tl::unexpected<core::Error>(database.error());
    if (auto copied = database->copy_to(to); !copied) return tl::unexpected<core::Error>(copied.error());
    return check(to);
}

Result<AuditVerdict> restore_store(const std::string& from, const std::string& store) {
    auto sound = check(from);
    if (!sound) return sound;
    const OwnedFd lock(::open((store + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.get() < 0) return core::fail(core::system_error(store + ".lock"));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return core::fail(core::ErrorCode::Refused, store + " is in use: stop the probe first");
    // Copied beside it first: the old store goes only when the new one is there.
    const std::string fresh = store + ".restoring";
    (void)::unlink(fresh.c_str());
    auto source = Database::open_read_only(from);
    if (!source) return tl::unexpected<core::Error>(source.error());
    if (auto copied = source->copy_to(fresh); !copied) return tl::unexpected<core::Error>(copied.error());
    if (::access(store.c_str(), F_OK) == 0) {
        // What only the write-ahead file holds must not be lost with it.
        if (auto old = Database::open(store)) (void)old->script("PRAGMA wal_checkpoint(TRUNCATE)");
        std::string aside;
        for (int n = 1; aside.empty() || ::access(aside.c_str(), F_OK) == 0; ++n)
            aside = store + ".before-restore-" + std::to_string(n);
        if (std::rename(store.c_str(), aside.c_str()) != 0) return core::fail(core::system_error(store));
        (void)::unlink((store + "-wal").c_str());
        (void)::unlink((store + "-shm").c_str());
    }
    if (std::rename(fresh.c_str(), store.c_str()) != 0) return core::fail(core::system_error(fresh));
    return sound;
}

}  // namespace sightline::incidents
