// SPDX-License-Identifier: Apache-2.0
#include "engine/file_input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sightline::engine {

core::Result<std::unique_ptr<FileInput>> FileInput::open(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const int error = errno;
        return core::fail(error == ENOENT || error == ENOTDIR ? core::ErrorCode::NotFound : core::ErrorCode::Refused,
                          fmt::format("cannot open {}: {}", path, std::generic_category().message(error)));
    }
    struct stat about {};
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        ::close(file);
        return core::fail(core::ErrorCode::Unsupported, fmt::format("{} is not a regular file", path));
    }
    return std::unique_ptr<FileInput>(new FileInput(file, about.st_size));
}

FileInput::~FileInput() {
    ::close(file_);
}

std::size_t FileInput::read(std::span<std::byte> into) {
    while (true) {
        const ssize_t got = pread(file_, into.data(), into.size(), position_);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        position_ += got;
        return static_cast<std::size_t>(got);
    }
}

bool FileInput::seek(std::int64_t position) {
    if (position < 0 || position > size_) return false;
    position_ = position;
    return true;
}

}  // namespace sightline::engine
