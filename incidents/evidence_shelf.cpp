// SPDX-License-Identifier: Apache-2.0
#include "incidents/evidence_shelf.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "incidents/owned_fd.hpp"

namespace sightline::incidents {
namespace {

using core::ErrorCode;

constexpr std::string_view kMaking = ".making-";
constexpr std::size_t kMostName = 200;

struct Kind {
    const char* name;
    const char* type;
};
constexpr std::array kKinds{Kind{kEvidenceBadStill, "image/jpeg"}, Kind{kEvidenceClip, "video/mp2t"},
                            Kind{kEvidenceFacts, "application/json"}, Kind{kEvidenceGoodStill, "image/jpeg"},
                            Kind{kEvidenceMeasurements, "application/json"}};

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// An id as the name of a folder: what is not plain as %XX; never "." or hidden.
std::string folder_name(const std::string& id) {
    std::string out;
    for (const char c : id) {
        const bool plain = is_plain(c) && !(c == '.' && out.empty());
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::optional<std::string> id_of(std::string_view name) {
    std::string out;
    for (std::size_t n = 0; n < name.size(); ++n) {
        if (name[n] != '%') {
            out += name[n];
            continue;
        }
        if (n + 2 >= name.size()) return std::nullopt;
        const int high = hex_digit(name[n + 1]), low = hex_digit(name[n + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        n += 2;
    }
    return folder_name(out) == name ? std::optional(out) : std::nullopt;
}

std::vector<std::string> entries_of(const std::string& folder) {
    std::vector<std::string> out;
    DIR* dir = ::opendir(folder.c_str());
    if (dir == nullptr) return out;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") out.emplace_back(name);
    }
    ::closedir(dir);
    return out;
}

/// A folder of files; nothing below it.
void remove_folder(const std::string& path) {
    for (const std::string& name : entries_of(path)) ::unlink((path + "/" + name).c_str());
    ::rmdir(path.c_str());
}

std::vector<EvidenceFile> files_in(const std::string& path, std::int64_t& changed) {
    std::vector<EvidenceFile> out;
    for (const Kind& kind : kKinds) {
        struct stat about {};
        if (::lstat((path + "/" + kind.name).c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
        out.push_back({kind.name, static_cast<std::uint64_t>(about.st_size)});
        if (kind.name == kEvidenceFacts)
            changed = static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1'000'000'000 + about.st_mtim.tv_nsec;
    }
    return out;
}

std::uint64_t sum(const std::vector<EvidenceFile>& files) {
    std::uint64_t bytes = 0;
    for (const EvidenceFile& file : files) bytes += file.bytes;
    return bytes;
}

void make_durable(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

}  // namespace

const char* evidence_content_type(std::string_view name) {
    const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return name == kind.name; });
    return found == kKinds.end() ? nullptr : found->type;
}

core::Result<std::unique_ptr<EvidenceShelf>> EvidenceShelf::open(const std::string& folder, std::uint64_t quota) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return core::fail(core::system_error(fmt::format("evidence: {} cannot be made", folder)));
    std::unique_ptr<EvidenceShelf> shelf(new EvidenceShelf(folder, quota));
    if (auto listed = shelf->list(); !listed) return tl::unexpected(listed.error());
    return shelf;
}

core::Result<void> EvidenceShelf::list() {
    if (::access(folder_.c_str(), R_OK | W_OK | X_OK) != 0)
        return core::fail(core::system_error(fmt::format("evidence: {} cannot be used", folder_)));
    for (const std::string& name : entries_of(folder_)) {
        const std::string path = folder_ + "/" + name;
        struct stat about {};
        if (::lstat(path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) continue;
        if (name.starts_with(kMaking)) {
            remove_folder(path);
            continue;
        }
        const auto id = id_of(name);
        Kept kept;
        if (id) kept.files = files_in(path, kept.order);
        if (kept.files.empty()) continue;  // nobody's folder: the rings', for one
        kept.bytes = sum(kept.files);
        const std::lock_guard lock(mutex_);
        bytes_ += kept.bytes;
        newest_ = std::max(newest_, kept.order);
        kept_.emplace(*id, std::move(kept));
    }
    make_room(0);
    return {};
}

std::string EvidenceShelf::path_of(const std::string& incident) const {
    return folder_ + "/" + folder_name(incident);
}

std::string EvidenceShelf::making_of(const std::string& incident) const {
    return folder_ + "/" + std::string(kMaking) + folder_name(incident);
}

core::Result<std::string> EvidenceShelf::begin(const std::string& incident) {
    if (incident.empty() || folder_name(incident).size() > kMostName)
        return core::fail(ErrorCode::Refused, "no incident is called so");
    if (has(incident)) return core::fail(ErrorCode::Refused, fmt::format("there is evidence of {}", incident));
    const std::string path = making_of(incident);
    if (::mkdir(path.c_str(), 0700) == 0) return path;
    if (errno == EEXIST) return core::fail(ErrorCode::Refused, fmt::format("evidence of {} is being made", incident));
    return core::fail(core::system_error(fmt::format("evidence: {} cannot be made", path)));
}

core::Result<void> EvidenceShelf::keep(const std::string& incident) {
    const std::string making = making_of(incident);
    Kept kept;
    kept.files = files_in(making, kept.order);
    kept.bytes = sum(kept.files);
    const std::uint64_t quota = quota_;
    if (kept.bytes > quota || kept.files.empty()) {
        remove_folder(making);
        return core::fail(ErrorCode::Refused,
                          fmt::format("evidence of {} bytes, allowed are {} in all", kept.bytes, quota));
    }
    make_room(kept.bytes);
    for (const EvidenceFile& file : kept.files) make_durable(making + "/" + file.name);
    if (::rename(making.c_str(), path_of(incident).c_str()) != 0) {
        const core::Error error = core::system_error("evidence cannot be put in its place");
        remove_folder(making);
        return tl::unexpected(error);
    }
    make_durable(folder_);
    const std::lock_guard lock(mutex_);
    kept.order = newest_ = std::max(kept.order, newest_ + 1);
    bytes_ += kept.bytes;
    kept_[incident] = std::move(kept);
    return {};
}

void EvidenceShelf::abandon(const std::string& incident) {
    remove_folder(making_of(incident));
}

void EvidenceShelf::merge(const std::string& from, const std::string& into) {
    if (!has(from) || into.empty() || has(into) || folder_name(into).size() > kMostName) return;
    if (::rename(path_of(from).c_str(), path_of(into).c_str()) != 0) return;
    const std::lock_guard lock(mutex_);
    auto moved = kept_.extract(from);
    moved.key() = into;
    kept_.insert(std::move(moved));
}

void EvidenceShelf::set_quota(std::uint64_t quota) {
    quota_ = quota;
    make_room(0);
}

void EvidenceShelf::forget_before(core::UtcTime oldest_wanted) {
    remove_while([&](const Kept& oldest) { return oldest.order < oldest_wanted.time_since_epoch().count(); });
}

void EvidenceShelf::make_room(std::uint64_t for_bytes) {
    remove_while([&](const Kept& /*oldest*/) { return bytes_ + for_bytes > quota_; });
}

void EvidenceShelf::remove_while(const std::function<bool(const Kept& oldest)>& wanted) {
    while (true) {
        std::string gone;
        {
            const std::lock_guard lock(mutex_);
            const auto oldest = std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
                return a.second.order < b.second.order;
            });
            if (oldest == kept_.end() || !wanted(oldest->second)) return;
            gone = oldest->first;
            bytes_ -= oldest->second.bytes;
            kept_.erase(oldest);
        }
        remove_folder(path_of(gone));
    }
}

bool EvidenceShelf::has(const std::string& incident) const {
    const std::lock_guard lock(mutex_);
    return kept_.contains(incident);
}

std::vector<EvidenceFile> EvidenceShelf::files(const std::string& incident) const {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(incident);
    return found == kept_.end() ? std::vector<EvidenceFile>{} : found->second.files;
}

core::Result<int> EvidenceShelf::open_file(const std::string& incident, std::string_view name) const {
    const std::vector<EvidenceFile> listed = files(incident);
    const bool known =
        std::any_of(listed.begin(), listed.end(), [&](const EvidenceFile& file) { return file.name == name; });
    if (!known) return core::fail(ErrorCode::NotFound, "no such evidence");
    const int fd = ::open((path_of(incident) + "/" + std::string(name)).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return core::fail(ErrorCode::NotFound, "the file is gone");
    return fd;
}

std::string EvidenceShelf::read(const std::string& incident, std::string_view name) const {
    const auto opened = open_file(incident, name);
    if (!opened) return {};
    const OwnedFd file(*opened);
    std::string text(kMostRead, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::uint64_t EvidenceShelf::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

std::size_t EvidenceShelf::count() const {
    const std::lock_guard lock(mutex_);
    return kept_.size();
}

bool EvidenceRate::take(core::ArrivalTime now, bool critical) {
    if (last_) left_ = std::min<double>(per_minute_, left_ + core::to_seconds(now - *last_) * per_minute_ / 60.0);
    last_ = now;
    const int reserve = critical ? 0 : per_minute_ / 3;
    if (left_ - reserve < 1.0) return false;
    left_ -= 1.0;
    return true;
}

}  // namespace sightline::incidents
