// SPDX-License-Identifier: Apache-2.0
#include "ui/shell.hpp"

#include <backends/imgui_impl_opengl3.h>
#include <epoxy/gl.h>
#include <fmt/format.h>

#include <array>
#include <condition_variable>
#include <mutex>

#include "ui/gl/surface.hpp"
#include "ui/imgui.hpp"
#include "ui/theme.hpp"
#include "ui/window_title.hpp"

namespace sightline::ui {
namespace {

using core::ErrorCode;
using std::chrono::nanoseconds;

constexpr int kSettlingRefreshes = 2;  // ImGui's widgets answer input one refresh later

constexpr double kSoftwareFps = 25;
constexpr core::Duration kLookAgain = std::chrono::milliseconds{4};

/// Letters are baked for a size of window; stretched further than this they are made anew.
constexpr float kMostStretched = 1.04F, kMostShrunk = 0.7F;
/// Not while somebody drags the window's edge.
constexpr core::Duration kSizeHolds = std::chrono::milliseconds{300};

/// Before the first one came.
const WallSnapshot& nothing() {
    static const WallSnapshot kNothing;
    return kNothing;
}

float unit_of(SurfaceSize size) {
    return std::clamp(static_cast<float>(size.height) / 1080.0F, 0.5F, 4.0F);
}

/// One window: its surface and its ImGui context.
struct Pane {
    std::unique_ptr<Surface> surface;
    ImGuiContext* context = nullptr;
    bool drawn = false;
};

/// A framebuffer of our own, for pictures of a window whatever lies over it.
class Copy {
public:
    explicit Copy(SurfaceSize size) {
        glGenFramebuffers(1, &framebuffer_);
        glGenRenderbuffers(1, &colour_);
        glBindRenderbuffer(GL_RENDERBUFFER, colour_);
        glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, size.width, size.height);
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_);
    }
    ~Copy() {
        glBindFramebuffer(GL_FRAMEBUFFER, 0);
        glDeleteFramebuffers(1, &framebuffer_);
        glDeleteRenderbuffers(1, &colour_);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

private:
    GLuint framebuffer_ = 0, colour_ = 0;
};

RgbImage read_pixels(SurfaceSize size) {
    RgbImage image{size.width, size.height, {}};
    const std::size_t row = static_cast<std::size_t>(size.width) * 3;
    std::vector<std::uint8_t> upside_down(row * static_cast<std::size_t>(size.height));
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, size.width, size.height, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
    image.pixels.reserve(upside_down.size());
    for (int y = size.height - 1; y >= 0; --y) {
        const auto from = upside_down.begin() + static_cast<std::ptrdiff_t>(row) * y;
        image.pixels.insert(image.pixels.end(), from, from + static_cast<std::ptrdiff_t>(row));
    }
    return image;
}

}  // namespace

struct Shell::Parts {
    const core::Clock& clock;
    ShellOptions options;
    ImFontAtlas atlas;
    std::optional<Theme> theme;
    std::vector<Pane> panes;
    ShellFigures figures;
    NoLiveMedia no_media;

    std::shared_ptr<const WallSnapshot> shown;
    core::ArrivalTime last_drawn{};
    core::ArrivalTime next_wish{};
    int refreshes_owed = kSettlingRefreshes;
    float baked_unit = 1, new_unit = 1;  // of the largest window: of the theme, and where that is not the same
    std::optional<core::ArrivalTime> resized;

    std::array<GLuint, 2> pack_buffers{};  // of read_back()
    std::array<std::size_t, 2> packed{};   // bytes asked for
    std::size_t next_pack = 0;

    bool offscreen = false;
    std::mutex mutex;  // guards woken
    std::condition_variable waker;
    bool woken = false;

    explicit Parts(const core::Clock& c) : clock(c) {}
    ~Parts() {
        if (pack_buffers[0] != 0) {
            panes.front().surface->make_current();
            glDeleteBuffers(2, pack_buffers.data());
        }
        for (Pane& pane : panes) {
            pane.surface->make_current();
            ImGui::SetCurrentContext(pane.context);
            ImGui_ImplOpenGL3_Shutdown();
            pane.surface->detach_imgui();
            ImGui::DestroyContext(pane.context);
        }
        while (!panes.empty()) panes.pop_back();  // the first, whose objects the others share, last
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void wait(core::Duration most);
    [[nodiscard]] bool news(const ShellInputs& inputs, core::ArrivalTime now);
    void lay_out(Pane& pane, int index, const ShellInputs& inputs, RedrawWish& wish, core::ArrivalTime now);
    void paint(Pane& pane, const ShellInputs& inputs, unsigned framebuffer);
    void add_pane(std::unique_ptr<Surface> surface);
    void bake(float unit);
    void keep_letters_sharp(core::ArrivalTime now);
};

void Shell::Parts::bake(float unit) {
    atlas.Clear();
    theme.emplace(atlas, unit);
    baked_unit = new_unit = unit;
    for (Pane& pane : panes) {
        pane.surface->make_current();
        ImGui::SetCurrentContext(pane.context);
        ImGui_ImplOpenGL3_DestroyFontsTexture();
        ImGui_ImplOpenGL3_CreateFontsTexture();
        ImGui::GetIO().FontDefault = theme->widget_font();
        style_widgets(unit_of(pane.surface->size()));
    }
}

void Shell::Parts::keep_letters_sharp(core::ArrivalTime now) {
    float unit = 0;
    for (const Pane& pane : panes) unit = std::max(unit, unit_of(pane.surface->size()));
    if (unit <= baked_unit * kMostStretched && unit >= baked_unit * kMostShrunk) {
        resized.reset();
    } else if (!resized || unit != new_unit) {
        resized = now;
        new_unit = unit;
    } else if (now - *resized >= kSizeHolds) {
        resized.reset();
        bake(unit);
    }
}

void Shell::Parts::add_pane(std::unique_ptr<Surface> surface) {
    surface->make_current();
    if (!theme) {
        baked_unit = unit_of(surface->size());
        theme.emplace(atlas, baked_unit);
    }
    ImGuiContext* context = ImGui::CreateContext(&atlas);
    ImGui::SetCurrentContext(context);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;  // layouts are ours; nothing is written behind the user's back
    io.LogFilename = nullptr;
    io.FontDefault = theme->widget_font();
    style_widgets(unit_of(surface->size()));
    surface->attach_imgui(context);
    ImGui_ImplOpenGL3_Init("#version 330 core");
    panes.push_back(Pane{std::move(surface), context, false});
}

void Shell::Parts::wait(core::Duration most) {
    if (!offscreen) {
        wait_for_window_event(core::to_seconds(most));
        return;
    }
    std::unique_lock lock(mutex);
    if (most > core::Duration{0}) waker.wait_for(lock, most, [this] { return woken; });
    woken = false;
}

bool Shell::Parts::news(const ShellInputs& inputs, core::ArrivalTime now) {
    bool any = false;
    for (Pane& pane : panes)
        if (pane.surface->take_event()) {
            refreshes_owed = kSettlingRefreshes;
            any = true;
        }
    panes.front().surface->make_current();
    if (inputs.feed != nullptr && inputs.feed->poll(now)) any = true;
    auto newest = inputs.snapshots.get();
    if (newest != shown) {
        shown = std::move(newest);
        any = true;
    }
    return any || refreshes_owed > 0 || now >= next_wish;
}

void Shell::Parts::lay_out(Pane& pane, int index, const ShellInputs& inputs, RedrawWish& wish, core::ArrivalTime now) {
    const SurfaceSize size = pane.surface->size();
    const Theme sized = theme->at_unit(unit_of(size));
    LiveMedia& media = inputs.feed != nullptr ? inputs.feed->begin(size.width, size.height) : no_media;
    const core::UtcTime utc = clock.utc();
    const bool flash_on = utc.time_since_epoch() % std::chrono::seconds{1} < std::chrono::milliseconds{500};
    const WallSnapshot& snapshot = shown ? *shown : nothing();

    ImGui_ImplOpenGL3_NewFrame();
    pane.surface->begin_imgui_frame(static_cast<float>(core::to_seconds(now - last_drawn)));
    ImGui::NewFrame();
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    const Rect window{0, 0, display.x, display.y};
    for (const View& view : inputs.views) {
        const Rect area = view.area(window, sized.unit(), inputs.state);
        if (area.empty()) continue;
        ImGui::SetNextWindowPos({area.left, area.top});
        ImGui::SetNextWindowSize({area.width(), area.height()});
        const std::string name(view.name);
        ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground |
                                 ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav;
        // Those that never come to the front lie behind all that were there before them: the last is none of them.
        if (&view != &inputs.views.back()) flags |= ImGuiWindowFlags_NoBringToFrontOnFocus;
        if (ImGui::Begin(name.c_str(), nullptr, flags)) {
            const Canvas canvas{ImGui::GetWindowDrawList(), area, sized, media, wish, now, utc, flash_on, index};
            view.draw(canvas, snapshot, inputs.state, inputs.commands);
        }
        ImGui::End();
    }
    ImGui::Render();
}

void Shell::Parts::paint(Pane& pane, const ShellInputs& inputs, unsigned framebuffer) {
    const SurfaceSize size = pane.surface->size();
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
    glViewport(0, 0, size.width, size.height);
    glDisable(GL_SCISSOR_TEST);
    const Colour ground = palette::kGround;
    glClearColor(static_cast<float>(ground.red) / 255.0F, static_cast<float>(ground.green) / 255.0F,
                 static_cast<float>(ground.blue) / 255.0F, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    if (inputs.feed != nullptr) inputs.feed->draw();
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

Shell::Shell(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Shell::~Shell() = default;

core::Result<std::unique_ptr<Shell>> Shell::create(const ShellOptions& options, const core::Clock& clock) {
    if (options.windows.empty()) return core::fail(ErrorCode::InvalidConfig, "a wall needs at least one window");
    auto parts = std::make_unique<Parts>(clock);
    parts->options = options;
    parts->offscreen = options.windows.front().mode == WindowMode::Offscreen;
    for (const WindowOptions& window : options.windows) {
        if ((window.mode == WindowMode::Offscreen) != parts->offscreen || (parts->offscreen && !parts->panes.empty()))
            return core::fail(ErrorCode::InvalidConfig, "an offscreen wall has one picture and no windows");
        const bool first = parts->panes.empty();
        auto surface =
            parts->offscreen
                ? open_offscreen({window.width, window.height})
                : open_window({window.title, window.mode == WindowMode::Fullscreen, window.mode != WindowMode::Hidden,
                               window.display, window.width, window.height, first},
                              first ? nullptr : parts->panes.front().surface.get());
        if (!surface) return tl::unexpected(surface.error());
        parts->add_pane(std::move(*surface));
    }
    parts->panes.front().surface->make_current();
    if (parts->options.most_fps <= 0)
        parts->options.most_fps = software_renders() || parts->offscreen
                                      ? kSoftwareFps
                                      : refresh_rate_of_display(options.windows.front().display);
    parts->last_drawn = clock.now();
    return std::unique_ptr<Shell>(new Shell(std::move(parts)));
}

bool Shell::refresh(const ShellInputs& inputs) {
    Parts& p = *parts_;
    core::Duration most = p.next_wish - p.clock.now();
    if (p.refreshes_owed > 0) most = core::Duration{0};
    if (inputs.feed != nullptr) {
        // As soon as a refresh is allowed again the feed is looked at often: a picture goes on the glass when it comes.
        const core::Duration allowed = core::from_seconds(1.0 / p.options.most_fps) - (p.clock.now() - p.last_drawn);
        most = std::min(most, std::max(allowed, kLookAgain));
    }
    p.wait(std::max(most, core::Duration{0}));
    for (const Pane& pane : p.panes)
        if (pane.surface->closed()) return false;
    const core::ArrivalTime now = p.clock.now();
    if (!p.news(inputs, now)) {
        ++p.figures.skipped;
        return true;
    }
    if (p.refreshes_owed > 0) --p.refreshes_owed;
    p.keep_letters_sharp(now);
    RedrawWish wish;
    if (p.resized) wish.within(kSizeHolds);
    // The next full second moves the second hand.
    wish.within(std::chrono::seconds{1} - p.clock.utc().time_since_epoch() % std::chrono::seconds{1});
    int index = 0;
    for (Pane& pane : p.panes) {
        pane.surface->make_current();
        ImGui::SetCurrentContext(pane.context);
        p.lay_out(pane, index++, inputs, wish, now);
        p.paint(pane, inputs, pane.surface->framebuffer());
        pane.surface->set_title(
            window_title(p.shown ? *p.shown : nothing(), inputs.state, static_cast<std::size_t>(index - 1)));
        pane.surface->swap();
        if (p.options.await_drawing) glFinish();
        pane.drawn = true;
    }
    const core::ArrivalTime done = p.clock.now();
    if (inputs.feed != nullptr) inputs.feed->shown(done);
    p.last_drawn = now;
    p.next_wish = now + wish.wait();
    ++p.figures.refreshes;
    p.figures.drawing += done - now;
    return true;
}

void Shell::wake() {
    if (!parts_->offscreen) {
        wake_windows();
        return;
    }
    const std::lock_guard lock(parts_->mutex);
    parts_->woken = true;
    parts_->waker.notify_all();
}

core::Result<RgbImage> Shell::picture_of(const ShellInputs& inputs, std::size_t index) {
    Parts& p = *parts_;
    if (index >= p.panes.size()) return core::fail(ErrorCode::NotFound, fmt::format("there is no window {}", index));
    Pane& pane = p.panes[index];
    if (!pane.drawn) return core::fail(ErrorCode::NotFound, "nothing was drawn yet");
    pane.surface->make_current();
    ImGui::SetCurrentContext(pane.context);
    const SurfaceSize size = pane.surface->size();
    if (p.offscreen) {
        glBindFramebuffer(GL_FRAMEBUFFER, pane.surface->framebuffer());
        return read_pixels(size);
    }
    if (p.panes.size() > 1) {  // the feed holds the last window's placements: lay this one out again
        RedrawWish wish;
        p.lay_out(pane, static_cast<int>(index), inputs, wish, p.clock.now());
    }
    const Copy copy(size);
    GLint framebuffer = 0;
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &framebuffer);
    p.paint(pane, inputs, static_cast<unsigned>(framebuffer));
    return read_pixels(size);
}

void Shell::read_back(const std::function<void(std::span<const std::uint8_t>)>& to) {
    Parts& p = *parts_;
    Surface& surface = *p.panes.front().surface;
    surface.make_current();
    const SurfaceSize size = surface.size();
    const std::size_t bytes = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4;
    if (p.pack_buffers[0] == 0) glGenBuffers(2, p.pack_buffers.data());
    glBindFramebuffer(GL_FRAMEBUFFER, surface.framebuffer());
    glBindBuffer(GL_PIXEL_PACK_BUFFER, p.pack_buffers[p.next_pack]);
    if (p.packed[p.next_pack] != bytes)
        glBufferData(GL_PIXEL_PACK_BUFFER, static_cast<GLsizeiptr>(bytes), nullptr, GL_STREAM_READ);
    p.packed[p.next_pack] = bytes;
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, size.width, size.height, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    p.next_pack = 1 - p.next_pack;
    if (p.packed[p.next_pack] == bytes) {
        glBindBuffer(GL_PIXEL_PACK_BUFFER, p.pack_buffers[p.next_pack]);
        const void* memory = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, static_cast<GLsizeiptr>(bytes), GL_MAP_READ_BIT);
        if (memory != nullptr) {
            to({static_cast<const std::uint8_t*>(memory), bytes});
            glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
        }
    }
    glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
}

const ShellFigures& Shell::figures() const {
    return parts_->figures;
}

double Shell::most_fps() const {
    return parts_->options.most_fps;
}

const std::string& Shell::font_note() const {
    return parts_->theme->font_note();
}

std::string Shell::about() const {
    parts_->panes.front().surface->make_current();
    const auto* renderer = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
    const auto* version = reinterpret_cast<const char*>(glGetString(GL_VERSION));
    std::string text =
        fmt::format("{}, OpenGL {}", renderer != nullptr ? renderer : "?", version != nullptr ? version : "?");
    if (!parts_->theme->font_note().empty()) text += "; " + parts_->theme->font_note();
    return text;
}

}  // namespace sightline::ui
