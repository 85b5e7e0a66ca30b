// SPDX-License-Identifier: Apache-2.0
// A regular file for demuxers that must seek (mp4 with its index at the end, Matroska).
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "probe/byte_input.hpp"

namespace sightline::engine {

/// Threading: one thread; stop() from any.
class FileInput final : public probe::ByteInput {
public:
    /// @return NotFound, Refused, Unsupported (a directory) in words.
    [[nodiscard]] static core::Result<std::unique_ptr<FileInput>> open(const std::string& path);
    ~FileInput() override;
    FileInput(const FileInput&) = delete;
    FileInput& operator=(const FileInput&) = delete;

    std::size_t read(std::span<std::byte> into) override;
    [[nodiscard]] std::optional<std::int64_t> size() const override { return size_; }
    bool seek(std::int64_t position) override;
    [[nodiscard]] std::int64_t position() const { return position_; }

private:
    FileInput(int file, std::int64_t size) : file_(file), size_(size) {}
    int file_;
    std::int64_t size_;
    std::int64_t position_ = 0;
};

}  // namespace sightline::engine
