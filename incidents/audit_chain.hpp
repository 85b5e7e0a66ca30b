// SPDX-License-Identifier: Apache-2.0
// The audit log as a chain: each entry's hash covers the entry and the hash before it, so that no byte of the past can
// change unseen. Pure: where entries are kept is a store's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/time.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// What the first entry of a log follows.
[[nodiscard]] std::string audit_genesis();

/// The hash of entry `number`, which follows an entry with hash `previous`. Every field is preceded by its length, so
/// that no two entries give the same bytes.
[[nodiscard]] std::string audit_hash(const std::string& previous, std::int64_t number, const AuditEntry& entry);

/// The newest entry, as a report prints it.
struct AuditHead {
    std::int64_t number = 0;  ///< 0: no entry yet
    std::string chain = audit_genesis();
    friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

/// Stands for entries that were deleted: number and hash of the last of them, sealed with the checkpoint before it.
struct AuditCheckpoint {
    std::int64_t number = 0;
    core::UtcTime at{};
    std::string chain;
    std::string previous;  ///< seal of the checkpoint before; empty: there was none
    std::string seal;      ///< audit_seal() of the others
};
[[nodiscard]] std::string audit_seal(const AuditCheckpoint& point);

/// What reading the whole log again has shown.
struct AuditVerdict {
    std::int64_t entries = 0, first = 0;  ///< of those still there
    AuditHead head;
    std::int64_t checkpoints = 0;
    std::optional<std::int64_t> broken_at;  ///< number of the first entry (or checkpoint) that does not fit
    std::string broken;                     ///< in words; empty: the log is whole
    bool known_head_found = true;           ///< of `known_head`, where one was asked for
};

/// Reads a log again: all checkpoints by number, then all entries by number, then the head that was kept beside them.
class AuditReplay {
public:
    /// `known_head`: a hash to be found among entries and checkpoints; empty: none.
    explicit AuditReplay(std::string known_head) : known_head_(std::move(known_head)), seen_(known_head_.empty()) {}
    void checkpoint(const AuditCheckpoint& point);
    void entry(std::int64_t number, const AuditEntry& entry, const std::string& chain);
    /// Once, at the end.
    [[nodiscard]] AuditVerdict end(const AuditHead& kept);

private:
    void break_at(std::int64_t number, std::string why);

    AuditVerdict verdict_;
    std::string known_head_, seal_;
    bool seen_;
};

}  // namespace sightline::incidents
