// SPDX-License-Identifier: Apache-2.0
#include "link/shared_segment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace sightline::link {
namespace {

using core::ErrorCode;

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

core::Error io(const char* what) {
    return core::system_error(fmt::format("shared memory: {}", what));
}

}  // namespace

Mapping::~Mapping() {
    if (data_ != nullptr) munmap(data_, size_);
}

core::Result<WritableSegment> create_segment(const char* name, std::size_t bytes) {
    if (bytes == 0 || bytes > kMaxSegmentBytes)
        return core::fail(ErrorCode::Unsupported,
                          fmt::format("shared memory of {} bytes is outside [1, {}]", bytes, kMaxSegmentBytes));
    WritableSegment made;
    made.descriptor = Descriptor::adopt(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    const int fd = made.descriptor.get();
    if (fd < 0) return tl::unexpected(io("memfd_create"));
    if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) return tl::unexpected(io("ftruncate"));
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return tl::unexpected(io("mmap"));
    made.memory = Mapping(static_cast<std::byte*>(memory), bytes);
    if (fcntl(fd, F_ADD_SEALS, kSeals) != 0) return tl::unexpected(io("seals"));
    return made;
}

core::Result<std::size_t> check_segment(int fd) {
    const auto corrupt = [](std::string why) {
        return core::fail(ErrorCode::Corrupt, "shared memory refused: " + std::move(why));
    };
    struct stat about {};
    if (fstat(fd, &about) != 0) return corrupt("not an open descriptor");
    if (!S_ISREG(about.st_mode)) return corrupt("not a memory file");
    // Only plain tmpfs pages are always there; a huge page may be missing when it is touched.
    struct statfs where {};
    if (fstatfs(fd, &where) != 0 || where.f_type != TMPFS_MAGIC) return corrupt("not on plain memory");
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0) return corrupt("not a memory file that can be sealed");
    if ((seals & F_SEAL_SHRINK) == 0) return corrupt("not sealed against shrinking");
    if ((seals & F_SEAL_GROW) == 0) return corrupt("not sealed against growing");
    if ((seals & (F_SEAL_FUTURE_WRITE | F_SEAL_WRITE)) == 0) return corrupt("not sealed against other writers");
    if ((seals & F_SEAL_SEAL) == 0) return corrupt("its seals are not final");
    if (about.st_size <= 0 || static_cast<std::uint64_t>(about.st_size) > kMaxSegmentBytes)
        return corrupt(fmt::format("{} bytes are outside [1, {}]", about.st_size, kMaxSegmentBytes));
    return static_cast<std::size_t>(about.st_size);
}

core::Result<Mapping> map_segment(int fd) {
    const auto bytes = check_segment(fd);
    if (!bytes) return tl::unexpected(bytes.error());
    void* memory = mmap(nullptr, *bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return tl::unexpected(io("mmap"));
    return Mapping(static_cast<std::byte*>(memory), *bytes);
}

}  // namespace sightline::link
