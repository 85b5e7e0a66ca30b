// SPDX-License-Identifier: Apache-2.0
// Pictures of many streams on the GPU: uploaded through pixel buffers, converted to RGB by one shader, drawn in few
// calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/media.hpp"
#include "core/result.hpp"
#include "ui/geometry.hpp"

namespace sightline::ui {

/// A planar 4:2:0 picture, planes one after the other without padding: Y, Cb, Cr. Chroma is (w+1)/2 × (h+1)/2.
struct PictureFormat {
    int width = 0, height = 0;  ///< luma samples
    int sample_bytes = 1;       ///< 2: little-endian words whose low `bit_depth` bits count
    int bit_depth = 8;
    core::ColourRange range = core::ColourRange::Limited;
    core::ColourMatrix matrix = core::ColourMatrix::Unknown;
    core::Transfer transfer = core::Transfer::Sdr;
    int sar_num = 1, sar_den = 1;
    int source_height = 0;  ///< lines at the source, for an unknown matrix; 0: `height`

    [[nodiscard]] std::size_t luma_bytes() const;
    [[nodiscard]] std::size_t chroma_bytes() const;
    [[nodiscard]] std::size_t bytes() const { return luma_bytes() + 2 * chroma_bytes(); }
    /// Width over height as it is to be shown.
    [[nodiscard]] float aspect() const;
};

/// A place for the pictures of one stream. 0 is none.
using PictureSlot = std::uint32_t;

/// One picture on the glass.
struct PictureQuad {
    PictureSlot slot = 0;
    Rect box;  ///< framebuffer pixels, y down
    float brightness = 1;
    bool grey = false;
};

struct RendererFigures {
    std::uint64_t uploads = 0, uploaded_bytes = 0, draw_calls = 0, quads = 0;
    std::uint64_t refused = 0;  ///< uploads put off because every pixel buffer was still being read
};

/// Textures are kept in arrays, a page of layers for each picture size, so that all tiles of a size draw in one call.
/// An upload goes into one of a ring of pixel buffers whose last use the GPU has finished; none is waited for.
///
/// Threading: the thread that has GL current. Objects are shared by all contexts that share with the one current at
/// create().
class VideoRenderer {
public:
    /// Unsupported when the shader does not build, with the driver's words.
    [[nodiscard]] static core::Result<std::unique_ptr<VideoRenderer>> create();
    ~VideoRenderer();
    VideoRenderer(const VideoRenderer&) = delete;
    VideoRenderer& operator=(const VideoRenderer&) = delete;

    [[nodiscard]] PictureSlot open_slot();
    void close_slot(PictureSlot slot);

    /// Between begin_uploads() and end_uploads(), at most `kUploadBudget` bytes go in one round.
    static constexpr std::size_t kUploadBudget = std::size_t{96} * 1024 * 1024;
    /// False: every pixel buffer is still being read; nothing can be uploaded this time.
    [[nodiscard]] bool begin_uploads(std::size_t most_bytes);
    /// Memory for one picture of `bytes`, inside the mapped buffer; empty when the round has no room left.
    [[nodiscard]] std::span<std::byte> reserve(std::size_t bytes);
    /// What was last reserved holds a picture of `slot`. Without it, it is forgotten.
    void commit(PictureSlot slot, const PictureFormat& format);
    /// Hands the round to the GPU.
    void end_uploads();

    /// The newest picture of a slot; nothing before its first.
    [[nodiscard]] const PictureFormat* format_of(PictureSlot slot) const;

    /// Onto the framebuffer bound, `width` × `height` pixels. Quads without a picture are left out.
    void draw(std::span<const PictureQuad> quads, int width, int height);

    [[nodiscard]] const RendererFigures& figures() const;
    /// Of textures and pixel buffers.
    [[nodiscard]] std::size_t gpu_bytes() const;

private:
    struct Parts;
    explicit VideoRenderer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace sightline::ui
