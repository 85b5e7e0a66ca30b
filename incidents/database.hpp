// SPDX-License-Identifier: Apache-2.0
// SQLite as values and Results: one connection, cached statements, nothing of sqlite3.h.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"

namespace sightline::incidents {

/// What a statement's `?` stands for; text is borrowed for the call.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, std::string_view>;

/// One row of an answer; valid during the call it is given to.
class SqlRow {
public:
    explicit SqlRow(void* statement) : statement_(statement) {}
    [[nodiscard]] std::string text(int column) const;  ///< empty where null
    [[nodiscard]] std::int64_t integer(int column) const;

private:
    void* statement_;
};

/// One connection to one database file.
///
/// Threading: one thread. Blocks for the disk.
/// Errors: Io (disk full, read-only, device), TryAgain (another process holds the lock), Corrupt (not a database, or a
/// damaged one); the message names the file.
class Database {
public:
    /// Opens or creates (mode 0600) `path`.
    [[nodiscard]] static core::Result<Database> open(const std::string& path);
    /// Opens an existing `path` for reading, beside whoever writes it. NotFound where there is none.
    [[nodiscard]] static core::Result<Database> open_read_only(const std::string& path);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs any number of statements that give no rows we want.
    [[nodiscard]] core::Result<void> script(const std::string& sql);
    /// Runs one statement. `sql` must be a literal: its address is the key of the statement cache.
    [[nodiscard]] core::Result<void> run(const char* sql, std::initializer_list<SqlValue> values = {});
    /// The same, calling `row` for each row.
    [[nodiscard]] core::Result<void> each(const char* sql, std::initializer_list<SqlValue> values,
                                          const std::function<void(const SqlRow&)>& row);
    /// First column of the first row, where there is one.
    [[nodiscard]] core::Result<std::optional<std::int64_t>> integer(const char* sql,
                                                                    std::initializer_list<SqlValue> values = {});
    /// Copies all of it, as of one moment, into `path`, which must not exist (mode 0600), while others go on reading
    /// and writing. @return Refused where `path` exists.
    [[nodiscard]] core::Result<void> copy_to(const std::string& path);
    /// Rows that the last run() changed.
    [[nodiscard]] std::int64_t changes() const;
    /// The file is no longer where it was opened: moved, deleted or replaced, so that what is written is lost.
    [[nodiscard]] bool moved() const;
    [[nodiscard]] const std::string& path() const;

private:
    struct Impl;
    explicit Database(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::incidents
