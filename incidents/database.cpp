// SPDX-License-Identifier: Apache-2.0
#include "incidents/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace sightline::incidents {
namespace {

// Readers (a shell, a backup) never block a WAL writer; a foreign writer may, for this long.
constexpr int kBusyTimeoutMs = 100;

struct CloseDatabase {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

core::ErrorCode code_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return core::ErrorCode::TryAgain;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return core::ErrorCode::Corrupt;
        default:
            return core::ErrorCode::Io;
    }
}

}  // namespace

std::string SqlRow::text(int column) const {
    auto* statement = static_cast<sqlite3_stmt*>(statement_);
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    if (bytes == nullptr) return {};
    return std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

std::int64_t SqlRow::integer(int column) const {
    return sqlite3_column_int64(static_cast<sqlite3_stmt*>(statement_), column);
}

struct Database::Impl {
    std::string path;
    std::unique_ptr<sqlite3, CloseDatabase> handle;
    std::unordered_map<const char*, StatementPtr> statements;  // declared after handle: finalized before it closes

    [[nodiscard]] tl::unexpected<core::Error> error(int code) const {
        std::string text = path + ": " + sqlite3_errmsg(handle.get());
        const int system = sqlite3_system_errno(handle.get());
        if ((code & 0xff) == SQLITE_IOERR && system != 0) text += " (" + std::generic_category().message(system) + ")";
        return core::fail(code_of(code), std::move(text));
    }

    core::Result<sqlite3_stmt*> prepare(const char* sql) {
        auto& slot = statements[sql];
        if (!slot) {
            sqlite3_stmt* made = nullptr;
            const int code = sqlite3_prepare_v3(handle.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
            if (code != SQLITE_OK) return error(code);
            slot.reset(made);
        }
        return slot.get();
    }
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

core::Result<Database> Database::open(const std::string& path) {
    // SQLite would create the file readable for all.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
        ::close(fd);
    } else if (errno != EACCES && errno != EROFS) {  // those: let SQLite open it for reading and say so at a write
        return core::fail(core::ErrorCode::Io, path + ": " + std::generic_category().message(errno));
    }
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    impl->handle.reset(handle);
    if (code != SQLITE_OK) return impl->error(code);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    return Database(std::move(impl));
}

core::Result<Database> Database::open_read_only(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0) return core::fail(core::ErrorCode::NotFound, "no such file: " + path);
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    impl->handle.reset(handle);
    if (code != SQLITE_OK) return impl->error(code);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    return Database(std::move(impl));
}

core::Result<void> Database::copy_to(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return core::fail(errno == EEXIST ? core::ErrorCode::Refused : core::ErrorCode::Io,
                          path + ": " + std::generic_category().message(errno));
    }
    ::close(fd);
    auto target = open(path);
    if (!target) return tl::unexpected<core::Error>(target.error());
    sqlite3* to = target->impl_->handle.get();
    sqlite3_backup* backup = sqlite3_backup_init(to, "main", impl_->handle.get(), "main");
    if (backup == nullptr) return target->impl_->error(sqlite3_errcode(to));
    (void)sqlite3_backup_step(backup, -1);
    if (const int code = sqlite3_backup_finish(backup); code != SQLITE_OK) {
        const auto failed = target->impl_->error(code);
        (void)::unlink(path.c_str());
        return failed;
    }
    return {};
}

core::Result<void> Database::script(const std::string& sql) {
    const int code = sqlite3_exec(impl_->handle.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return impl_->error(code);
    return {};
}

core::Result<void> Database::each(const char* sql, std::initializer_list<SqlValue> values,
                                  const std::function<void(const SqlRow&)>& row) {
    auto prepared = impl_->prepare(sql);
    if (!prepared) return tl::unexpected<core::Error>(prepared.error());
    sqlite3_stmt* statement = *prepared;
    int index = 0;
    for (const SqlValue& value : values) {
        ++index;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            sqlite3_bind_int64(statement, index, *number);
        } else if (const auto* text = std::get_if<std::string_view>(&value)) {
            const char* bytes = text->data() == nullptr ? "" : text->data();
            sqlite3_bind_text64(statement, index, bytes, text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        } else {
            sqlite3_bind_null(statement, index);
        }
    }
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (row) row(SqlRow(statement));
    }
    core::Result<void> result;
    if (code != SQLITE_DONE) result = impl_->error(code);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

core::Result<void> Database::run(const char* sql, std::initializer_list<SqlValue> values) {
    return each(sql, values, {});
}

core::Result<std::optional<std::int64_t>> Database::integer(const char* sql, std::initializer_list<SqlValue> values) {
    std::optional<std::int64_t> found;
    auto done = each(sql, values, [&](const SqlRow& row) {
        if (!found) found = row.integer(0);
    });
    if (!done) return tl::unexpected<core::Error>(done.error());
    return found;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(impl_->handle.get());
}

bool Database::moved() const {
    int moved = 0;
    const int code = sqlite3_file_control(impl_->handle.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return code == SQLITE_OK && moved != 0;
}

const std::string& Database::path() const {
    return impl_->path;
}

}  // namespace sightline::incidents
