// SPDX-License-Identifier: Apache-2.0
#include "ui/gl/upload_ring.hpp"

namespace sightline::ui {

UploadRing::UploadRing() {
    for (Buffer& buffer : buffers_) glGenBuffers(1, &buffer.name);
}

UploadRing::~UploadRing() {
    for (Buffer& buffer : buffers_) {
        if (buffer.read != nullptr) glDeleteSync(buffer.read);
        glDeleteBuffers(1, &buffer.name);
    }
}

std::span<std::byte> UploadRing::map(std::size_t bytes) {
    Buffer& buffer = buffers_[next_];
    if (buffer.read != nullptr) {
        const GLenum state = glClientWaitSync(buffer.read, GL_SYNC_FLUSH_COMMANDS_BIT, 0);
        if (state == GL_TIMEOUT_EXPIRED) return {};
        glDeleteSync(buffer.read);
        buffer.read = nullptr;
    }
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer.name);
    constexpr std::size_t kStep = std::size_t{1} << 20U;
    if (buffer.size < bytes) {
        buffer.size = (bytes + kStep - 1) / kStep * kStep;
        glBufferData(GL_PIXEL_UNPACK_BUFFER, static_cast<GLsizeiptr>(buffer.size), nullptr, GL_STREAM_DRAW);
    }
    void* memory = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, static_cast<GLsizeiptr>(buffer.size),
                                    GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT | GL_MAP_UNSYNCHRONIZED_BIT);
    if (memory == nullptr) {
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        return {};
    }
    return {static_cast<std::byte*>(memory), buffer.size};
}

bool UploadRing::unmap() {
    return glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER) == GL_TRUE;
}

void UploadRing::done() {
    buffers_[next_].read = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    next_ = (next_ + 1) % buffers_.size();
}

std::size_t UploadRing::bytes() const {
    std::size_t sum = 0;
    for (const Buffer& buffer : buffers_) sum += buffer.size;
    return sum;
}

}  // namespace sightline::ui
