// SPDX-License-Identifier: Apache-2.0
#include "ui/gl/picture_pages.hpp"

#include <algorithm>

namespace sightline::ui {

PicturePage::PicturePage(const PageSize& size, bool smooth_colour) : size_(size) {
    layers_ = static_cast<int>(std::clamp<std::size_t>(kPageBytes / picture_bytes(), 1, 64));
    used_.assign(static_cast<std::size_t>(layers_), false);
    glGenTextures(3, textures_.data());
    const GLint inside = size.sample_bytes == 2 ? GL_R16 : GL_R8;
    const GLenum sample = size.sample_bytes == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE;
    GLint unpack = 0;
    glGetIntegerv(GL_PIXEL_UNPACK_BUFFER_BINDING, &unpack);
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const int width = plane == 0 ? size.width : (size.width + 1) / 2;
        const int height = plane == 0 ? size.height : (size.height + 1) / 2;
        glBindTexture(GL_TEXTURE_2D_ARRAY, textures_[plane]);
        glTexImage3D(GL_TEXTURE_2D_ARRAY, 0, inside, width, height, layers_, 0, GL_RED, sample, nullptr);
        const GLint filter = plane > 0 && !smooth_colour ? GL_NEAREST : GL_LINEAR;
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MIN_FILTER, filter);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAG_FILTER, filter);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAX_LEVEL, 0);
    }
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, static_cast<GLuint>(unpack));
}

PicturePage::~PicturePage() {
    glDeleteTextures(3, textures_.data());
}

std::size_t PicturePage::luma_bytes() const {
    return static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) *
           static_cast<std::size_t>(size_.sample_bytes);
}

std::size_t PicturePage::chroma_bytes() const {
    return static_cast<std::size_t>((size_.width + 1) / 2) * static_cast<std::size_t>((size_.height + 1) / 2) *
           static_cast<std::size_t>(size_.sample_bytes);
}

int PicturePage::take_layer() {
    const auto free = std::find(used_.begin(), used_.end(), false);
    *free = true;
    ++used_count_;
    return static_cast<int>(free - used_.begin());
}

void PicturePage::give_back(int layer) {
    used_[static_cast<std::size_t>(layer)] = false;
    --used_count_;
}

void PicturePage::upload(int layer, std::size_t offset) {
    const GLenum sample = size_.sample_bytes == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE;
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const int width = plane == 0 ? size_.width : (size_.width + 1) / 2;
        const int height = plane == 0 ? size_.height : (size_.height + 1) / 2;
        glBindTexture(GL_TEXTURE_2D_ARRAY, textures_[plane]);
        glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, 0, layer, width, height, 1, GL_RED, sample,
                        reinterpret_cast<const void*>(offset));
        offset += plane == 0 ? luma_bytes() : chroma_bytes();
    }
}

void PicturePage::bind() const {
    for (unsigned plane = 0; plane < 3; ++plane) {
        glActiveTexture(GL_TEXTURE0 + plane);
        glBindTexture(GL_TEXTURE_2D_ARRAY, textures_[plane]);
    }
    glActiveTexture(GL_TEXTURE0);
}

}  // namespace sightline::ui
