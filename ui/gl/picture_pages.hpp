// SPDX-License-Identifier: Apache-2.0
// Texture arrays that hold the pictures of one size: a layer a picture.
#pragma once

#include <epoxy/gl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sightline::ui {

struct PageSize {
    int width = 0, height = 0, sample_bytes = 1;
    friend bool operator==(const PageSize&, const PageSize&) = default;
};

/// Three texture arrays (Y, Cb, Cr) of one size.
class PicturePage {
public:
    /// About this many bytes a page, at least one layer, at most 64.
    static constexpr std::size_t kPageBytes = std::size_t{10} * 1024 * 1024;

    /// `smooth_colour`: chroma is interpolated between its samples.
    PicturePage(const PageSize& size, bool smooth_colour);
    ~PicturePage();
    PicturePage(const PicturePage&) = delete;
    PicturePage& operator=(const PicturePage&) = delete;

    [[nodiscard]] const PageSize& size() const { return size_; }
    [[nodiscard]] bool full() const { return used_count_ == layers_; }
    [[nodiscard]] bool empty() const { return used_count_ == 0; }
    /// Not when full().
    [[nodiscard]] int take_layer();
    void give_back(int layer);
    /// From the buffer bound to GL_PIXEL_UNPACK_BUFFER, planes one after the other from `offset`.
    void upload(int layer, std::size_t offset);
    /// Y, Cb, Cr on texture units 0, 1, 2.
    void bind() const;
    [[nodiscard]] std::size_t bytes() const { return picture_bytes() * static_cast<std::size_t>(layers_); }

private:
    [[nodiscard]] std::size_t luma_bytes() const;
    [[nodiscard]] std::size_t chroma_bytes() const;
    [[nodiscard]] std::size_t picture_bytes() const { return luma_bytes() + 2 * chroma_bytes(); }

    PageSize size_;
    int layers_ = 1, used_count_ = 0;
    std::vector<bool> used_;
    std::array<GLuint, 3> textures_{};
};

}  // namespace sightline::ui
