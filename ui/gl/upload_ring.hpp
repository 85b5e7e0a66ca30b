// SPDX-License-Identifier: Apache-2.0
// Pixel buffers on their way to the GPU.
#pragma once

#include <epoxy/gl.h>

#include <array>
#include <cstddef>
#include <span>

namespace sightline::ui {

/// Three buffers in turn. One is filled only after the GPU has read it; if it has not, the round is put off, so that
/// nothing waits and nothing piles up: the picture that goes up next time is a newer one.
class UploadRing {
public:
    UploadRing();
    ~UploadRing();
    UploadRing(const UploadRing&) = delete;
    UploadRing& operator=(const UploadRing&) = delete;

    /// Memory of at least `bytes`, bound as GL_PIXEL_UNPACK_BUFFER and mapped; empty where the next buffer is busy.
    [[nodiscard]] std::span<std::byte> map(std::size_t bytes);
    /// Ends the mapping; textures may be filled from the buffer until done(). False: the contents were lost.
    [[nodiscard]] bool unmap();
    void done();
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Buffer {
        GLuint name = 0;
        std::size_t size = 0;
        GLsync read = nullptr;
    };
    std::array<Buffer, 3> buffers_{};
    std::size_t next_ = 0;
};

}  // namespace sightline::ui
