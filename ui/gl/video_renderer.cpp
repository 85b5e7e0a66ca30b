// SPDX-License-Identifier: Apache-2.0
#include "ui/gl/video_renderer.hpp"

#include <epoxy/gl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <string>

#include "ui/gl/colour.hpp"
#include "ui/gl/picture_pages.hpp"
#include "ui/gl/surface.hpp"
#include "ui/gl/upload_ring.hpp"
#include "ui/gl/video_shader.hpp"

namespace sightline::ui {
namespace {

/// Samples of a plane that its half-size companions cover.
int even(int length) {
    return length + length % 2;
}

using core::ErrorCode;

/// One quad as the vertex shader takes it.
struct Instance {
    std::array<float, 4> box, look, to_red, to_green, to_blue;
    std::array<float, 2> chroma_part;
};
static_assert(sizeof(Instance) == 22 * sizeof(float));

core::Result<GLuint> compile(GLenum kind, std::initializer_list<const char*> texts) {
    const GLuint shader = glCreateShader(kind);
    glShaderSource(shader, static_cast<GLsizei>(texts.size()), texts.begin(), nullptr);
    glCompileShader(shader);
    GLint good = GL_FALSE;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
    if (good == GL_TRUE) return shader;
    std::string words(1000, '\0');
    GLsizei length = 0;
    glGetShaderInfoLog(shader, static_cast<GLsizei>(words.size()), &length, words.data());
    words.resize(static_cast<std::size_t>(length));
    glDeleteShader(shader);
    return core::fail(ErrorCode::Unsupported, "the video shader does not compile: " + words);
}

core::Result<GLuint> link_program(const char* kind) {
    auto vertex = compile(GL_VERTEX_SHADER, {kVideoVertexShader});
    if (!vertex) return vertex;
    auto fragment = compile(GL_FRAGMENT_SHADER, {kind, kVideoFragmentShader});
    if (!fragment) {
        glDeleteShader(*vertex);
        return fragment;
    }
    const GLuint program = glCreateProgram();
    glAttachShader(program, *vertex);
    glAttachShader(program, *fragment);
    glLinkProgram(program);
    glDeleteShader(*vertex);
    glDeleteShader(*fragment);
    GLint good = GL_FALSE;
    glGetProgramiv(program, GL_LINK_STATUS, &good);
    if (good == GL_TRUE) return program;
    glDeleteProgram(program);
    return core::fail(ErrorCode::Unsupported, "the video shader does not link");
}

std::array<float, 4> row(const YuvToRgb& colour, std::size_t which, float sample_scale) {
    const float* m = &colour.matrix[which * 3];
    const auto& o = colour.offset;
    return {m[0] * sample_scale, m[1] * sample_scale, m[2] * sample_scale, -(m[0] * o[0] + m[1] * o[1] + m[2] * o[2])};
}

}  // namespace

std::size_t PictureFormat::luma_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(sample_bytes);
}

std::size_t PictureFormat::chroma_bytes() const {
    return static_cast<std::size_t>((width + 1) / 2) * static_cast<std::size_t>((height + 1) / 2) *
           static_cast<std::size_t>(sample_bytes);
}

float PictureFormat::aspect() const {
    const double sar = sar_num > 0 && sar_den > 0 ? static_cast<double>(sar_num) / sar_den : 1;
    const double aspect_ratio = height > 0 ? sar * width / height : 1;
    return static_cast<float>(std::clamp(aspect_ratio, 0.05, 20.0));  // a hostile ratio leaves something to see
}

struct VideoRenderer::Parts {
    /// Where the newest picture of a slot lies.
    struct Slot {
        std::optional<PictureFormat> format;
        PicturePage* page = nullptr;
        int layer = 0;
    };
    struct Pending {
        PictureSlot slot = 0;
        PictureFormat format;
        std::size_t offset = 0;
    };

    /// Of one transfer characteristic each: SDR's is far cheaper.
    struct Program {
        GLuint name = 0;
        bool hdr = false;
    };
    std::array<Program, 2> programs{Program{0, false}, Program{0, true}};
    GLuint instances = 0;
    bool smooth_colour = true;  // between chroma samples: costs a fifth of a refresh where processors draw
    UploadRing ring;
    std::vector<std::unique_ptr<PicturePage>> pages;
    std::map<PictureSlot, Slot> slots;
    PictureSlot last_slot = 0;
    std::span<std::byte> mapped;
    std::size_t reserved_at = 0, reserved_end = 0;
    std::vector<Pending> pending;
    std::vector<Instance> batch;  // kept for its memory
    RendererFigures figures;

    Parts() = default;
    ~Parts() {
        pages.clear();
        glDeleteBuffers(1, &instances);
        for (const Program& program : programs) glDeleteProgram(program.name);
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void release(Slot& slot);
    PicturePage& page_for(const PageSize& size);
    void upload(const Pending& picture);
    [[nodiscard]] Instance instance_of(const PictureQuad& quad, const Slot& slot, int width, int height) const;
    void draw_page(const PicturePage& page, const Program& program, std::span<const PictureQuad> quads, int width,
                   int height);
};

void VideoRenderer::Parts::release(Slot& slot) {
    if (slot.page == nullptr) return;
    slot.page->give_back(slot.layer);
    if (slot.page->empty()) {
        const PicturePage* gone = slot.page;
        pages.erase(std::remove_if(pages.begin(), pages.end(), [gone](const auto& p) { return p.get() == gone; }),
                    pages.end());
    }
    slot.page = nullptr;
}

PicturePage& VideoRenderer::Parts::page_for(const PageSize& size) {
    for (const auto& page : pages)
        if (page->size() == size && !page->full()) return *page;
    return *pages.emplace_back(std::make_unique<PicturePage>(size, smooth_colour));
}

void VideoRenderer::Parts::upload(const Pending& picture) {
    const auto found = slots.find(picture.slot);
    if (found == slots.end()) return;
    Slot& slot = found->second;
    const PageSize size{picture.format.width, picture.format.height, picture.format.sample_bytes};
    if (slot.page == nullptr || !(slot.page->size() == size)) {
        release(slot);
        slot.page = &page_for(size);
        slot.layer = slot.page->take_layer();
    }
    slot.page->upload(slot.layer, picture.offset);
    slot.format = picture.format;
    ++figures.uploads;
    figures.uploaded_bytes += picture.format.bytes();
}

Instance VideoRenderer::Parts::instance_of(const PictureQuad& quad, const Slot& slot, int width, int height) const {
    const PictureFormat& format = *slot.format;
    const auto w = static_cast<float>(width);
    const auto h = static_cast<float>(height);
    const YuvToRgb colour = yuv_to_rgb(format.matrix, format.range, format.bit_depth,
                                       format.source_height > 0 ? format.source_height : format.height);
    // A 16-bit texture takes 65535 for 1; samples of fewer bits fill only its low part.
    const float scale = format.sample_bytes == 2
                            ? 65'535.0F / static_cast<float>((1U << static_cast<unsigned>(format.bit_depth)) - 1)
                            : 1.0F;
    const auto chroma_width = static_cast<float>(even(format.width));
    const auto chroma_height = static_cast<float>(even(format.height));
    const float transfer = format.transfer == core::Transfer::Pq    ? 1.0F
                           : format.transfer == core::Transfer::Hlg ? 2.0F
                                                                    : 0.0F;
    return {
        {quad.box.left / w * 2 - 1, 1 - quad.box.bottom / h * 2, quad.box.right / w * 2 - 1, 1 - quad.box.top / h * 2},
        {static_cast<float>(slot.layer), quad.brightness, quad.grey ? 1.0F : 0.0F, transfer},
        row(colour, 0, scale),
        row(colour, 1, scale),
        row(colour, 2, scale),
        {static_cast<float>(format.width) / chroma_width, static_cast<float>(format.height) / chroma_height}};
}

void VideoRenderer::Parts::draw_page(const PicturePage& page, const Program& program,
                                     std::span<const PictureQuad> quads, int width, int height) {
    batch.clear();
    for (const PictureQuad& quad : quads) {
        const auto found = slots.find(quad.slot);
        if (found == slots.end() || found->second.page != &page) continue;
        const bool hdr = found->second.format && found->second.format->transfer != core::Transfer::Sdr;
        if (hdr == program.hdr) batch.push_back(instance_of(quad, found->second, width, height));
    }
    if (batch.empty()) return;
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(batch.size() * sizeof(Instance)), batch.data(),
                 GL_STREAM_DRAW);
    page.bind();
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, static_cast<GLsizei>(batch.size()));
    ++figures.draw_calls;
    figures.quads += batch.size();
}

VideoRenderer::VideoRenderer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
VideoRenderer::~VideoRenderer() = default;

core::Result<std::unique_ptr<VideoRenderer>> VideoRenderer::create() {
    auto parts = std::make_unique<Parts>();
    parts->smooth_colour = !software_renders();
    glGenBuffers(1, &parts->instances);
    for (Parts::Program& program : parts->programs) {
        const auto linked = link_program(program.hdr ? kVideoHdr : kVideoSdr);
        if (!linked) return tl::unexpected(linked.error());
        program.name = *linked;
        glUseProgram(program.name);
        glUniform1i(glGetUniformLocation(program.name, "luma"), 0);
        glUniform1i(glGetUniformLocation(program.name, "cb"), 1);
        glUniform1i(glGetUniformLocation(program.name, "cr"), 2);
    }
    glUseProgram(0);
    return std::unique_ptr<VideoRenderer>(new VideoRenderer(std::move(parts)));
}

PictureSlot VideoRenderer::open_slot() {
    parts_->slots.emplace(++parts_->last_slot, Parts::Slot{});
    return parts_->last_slot;
}

void VideoRenderer::close_slot(PictureSlot slot) {
    const auto found = parts_->slots.find(slot);
    if (found == parts_->slots.end()) return;
    parts_->release(found->second);
    parts_->slots.erase(found);
}

bool VideoRenderer::begin_uploads(std::size_t most_bytes) {
    Parts& p = *parts_;
    p.mapped = p.ring.map(std::min(most_bytes, kUploadBudget));
    p.reserved_at = p.reserved_end = 0;
    p.pending.clear();
    if (p.mapped.empty()) ++p.figures.refused;
    return !p.mapped.empty();
}

std::span<std::byte> VideoRenderer::reserve(std::size_t bytes) {
    Parts& p = *parts_;
    constexpr std::size_t kAlign = 64;
    const std::size_t at = (p.pending.empty() ? 0 : p.reserved_end + kAlign - 1) / kAlign * kAlign;
    if (bytes == 0 || at > p.mapped.size() || bytes > p.mapped.size() - at) return {};
    p.reserved_at = at;
    return p.mapped.subspan(at, bytes);
}

void VideoRenderer::commit(PictureSlot slot, const PictureFormat& format) {
    Parts& p = *parts_;
    p.pending.push_back({slot, format, p.reserved_at});
    p.reserved_end = p.reserved_at + format.bytes();
}

void VideoRenderer::end_uploads() {
    Parts& p = *parts_;
    if (p.mapped.empty()) return;
    p.mapped = {};
    if (p.ring.unmap())
        for (const auto& picture : p.pending) p.upload(picture);
    p.ring.done();
}

const PictureFormat* VideoRenderer::format_of(PictureSlot slot) const {
    const auto found = parts_->slots.find(slot);
    return found != parts_->slots.end() && found->second.format ? &*found->second.format : nullptr;
}

void VideoRenderer::draw(std::span<const PictureQuad> quads, int width, int height) {
    Parts& p = *parts_;
    GLuint arrays = 0;  // vertex arrays are not shared between contexts, so each drawing has its own
    glGenVertexArrays(1, &arrays);
    glBindVertexArray(arrays);
    glBindBuffer(GL_ARRAY_BUFFER, p.instances);
    constexpr std::array kParts{4, 4, 4, 4, 4, 2};
    std::size_t at = 0;
    for (GLuint i = 0; i < kParts.size(); ++i) {
        glEnableVertexAttribArray(i);
        glVertexAttribPointer(i, kParts[i], GL_FLOAT, GL_FALSE, sizeof(Instance), reinterpret_cast<const void*>(at));
        glVertexAttribDivisor(i, 1);
        at += static_cast<std::size_t>(kParts[i]) * sizeof(float);
    }
    glDisable(GL_BLEND);
    for (const Parts::Program& program : p.programs) {
        glUseProgram(program.name);
        for (const auto& page : p.pages) p.draw_page(*page, program, quads, width, height);
    }
    glUseProgram(0);
    glBindVertexArray(0);
    glDeleteVertexArrays(1, &arrays);
}

const RendererFigures& VideoRenderer::figures() const {
    return parts_->figures;
}

std::size_t VideoRenderer::gpu_bytes() const {
    std::size_t sum = parts_->ring.bytes();
    for (const auto& page : parts_->pages) sum += page->bytes();
    return sum;
}

}  // namespace sightline::ui
