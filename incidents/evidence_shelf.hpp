// SPDX-License-Identifier: Apache-2.0
// What is kept as evidence of incidents: a folder each, below one folder with a quota.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::incidents {

struct EvidenceFile {
    std::string name;
    std::uint64_t bytes = 0;
    friend bool operator==(const EvidenceFile&, const EvidenceFile&) = default;
};

/// The files that evidence may have; no other is ever listed or opened.
inline constexpr const char* kEvidenceFacts = "evidence.json";
inline constexpr const char* kEvidenceMeasurements = "measurements.json";
inline constexpr const char* kEvidenceGoodStill = "good.jpg";
inline constexpr const char* kEvidenceBadStill = "bad.jpg";
inline constexpr const char* kEvidenceClip = "clip.ts";
/// "video/mp2t"; null: no file of evidence is called so.
[[nodiscard]] const char* evidence_content_type(std::string_view name);

/// Folder by folder: made under another name, then renamed, so that after a kill evidence is there whole or not at all.
/// The folders are the catalogue.
///
/// Threading: what changes something, one thread, and it blocks in the file system; has(), files(), bytes() and count()
///            any thread, at once; read() and open_file() any thread, and they block in the file system.
class EvidenceShelf {
public:
    static constexpr std::size_t kMostRead = 1U << 20;

    /// Makes `folder` (mode 0700) where there is none, clears what a kill left half done, and lists what is there.
    /// @return Io, in words.
    [[nodiscard]] static core::Result<std::unique_ptr<EvidenceShelf>> open(const std::string& folder,
                                                                           std::uint64_t quota);

    /// A new, empty folder to put files in until keep() or abandon(). @return its path; Io; Refused where there is
    /// evidence of the incident, or it is being made.
    [[nodiscard]] core::Result<std::string> begin(const std::string& incident);
    /// What begin() gave is complete; to make room, the oldest goes. @return Refused where it alone is more than the
    /// quota: it is dropped; Io.
    core::Result<void> keep(const std::string& incident);
    void abandon(const std::string& incident);
    /// The incident became part of another: its evidence is the other's, unless that has its own.
    void merge(const std::string& from, const std::string& into);
    void set_quota(std::uint64_t quota);
    /// What was kept before `oldest` goes.
    void forget_before(core::UtcTime oldest);

    [[nodiscard]] bool has(const std::string& incident) const;
    /// By name; empty: there is no evidence.
    [[nodiscard]] std::vector<EvidenceFile> files(const std::string& incident) const;
    /// Opens a file for reading. @return the descriptor, the caller's to close; NotFound.
    [[nodiscard]] core::Result<int> open_file(const std::string& incident, std::string_view name) const;
    /// A file's content, or what of it fits into kMostRead; empty where there is none.
    [[nodiscard]] std::string read(const std::string& incident, std::string_view name) const;
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::size_t count() const;

private:
    struct Kept {
        std::int64_t order = 0;  // when it was kept, by the file system's clock
        std::uint64_t bytes = 0;
        std::vector<EvidenceFile> files;
    };
    EvidenceShelf(std::string folder, std::uint64_t quota) : folder_(std::move(folder)), quota_(quota) {}
    [[nodiscard]] std::string path_of(const std::string& incident) const;
    [[nodiscard]] std::string making_of(const std::string& incident) const;
    core::Result<void> list();
    void make_room(std::uint64_t for_bytes);
    /// Removes the oldest while `wanted` says so of the catalogue, which is locked meanwhile.
    void remove_while(const std::function<bool(const Kept& oldest)>& wanted);

    const std::string folder_;
    std::uint64_t quota_;       // of the thread that changes something
    mutable std::mutex mutex_;  // guards all below; never held while files are touched
    std::map<std::string, Kept> kept_;
    std::uint64_t bytes_ = 0;
    std::int64_t newest_ = 0;
};

/// How much evidence may be collected: so many at once, and so many a minute after that; the last third is for critical
/// incidents alone.
///
/// Threading: one thread.
class EvidenceRate {
public:
    explicit EvidenceRate(int per_minute) : per_minute_(per_minute), left_(per_minute) {}
    /// Whether one more may be; it then counts.
    [[nodiscard]] bool take(core::ArrivalTime now, bool critical);

private:
    int per_minute_;
    double left_;
    std::optional<core::ArrivalTime> last_;
};

}  // namespace sightline::incidents
