// SPDX-License-Identifier: Apache-2.0
// Something with an OpenGL 3.3 core context that can be drawn on: a window, or memory where there is no display.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.hpp"

struct ImGuiContext;

namespace sightline::ui {

struct SurfaceSize {
    int width = 0, height = 0;
    friend bool operator==(const SurfaceSize&, const SurfaceSize&) = default;
};

/// Threading: one thread, the process's first.
class Surface {
public:
    virtual ~Surface() = default;
    virtual void make_current() = 0;
    [[nodiscard]] virtual SurfaceSize size() const = 0;  ///< of the framebuffer, in pixels
    /// The GL framebuffer to draw on (0 for a window).
    [[nodiscard]] virtual unsigned framebuffer() const = 0;
    /// Shows what was drawn.
    virtual void swap() = 0;
    [[nodiscard]] virtual bool closed() const = 0;
    /// Input, size and time of ImGui's next frame; its context is current.
    virtual void begin_imgui_frame(float seconds_since_last) = 0;
    /// Ties input to `context`, which is current. Once, before the first frame.
    virtual void attach_imgui(ImGuiContext* context) = 0;
    virtual void detach_imgui() = 0;
    /// Of its frame, where it has one. Cheap where it stays the same.
    virtual void set_title(const std::string& /*title*/) {}
    /// Something happened to it since the last call: a key, the mouse, a new size.
    [[nodiscard]] virtual bool take_event() = 0;
};

struct WindowPlace {
    std::string title;
    bool fullscreen = false, visible = true;
    int display = 0, width = 1920, height = 1080;
    bool wait_for_display = true;  ///< swap() waits for the display's refresh; for one window of several
};

/// Mesa without a GPU: every pixel costs the processors that probing needs. GL is current.
[[nodiscard]] bool software_renders();

/// @param share  GL objects are shared with this one; may be null.
/// NotFound: no display. Unsupported: no OpenGL 3.3 core.
[[nodiscard]] core::Result<std::unique_ptr<Surface>> open_window(const WindowPlace& place, Surface* share);
/// Waits for an event of any window, or `seconds`, or wake_windows().
void wait_for_window_event(double seconds);
/// Any thread.
void wake_windows();
/// Of the display a window is on; 60 where it does not say.
[[nodiscard]] double refresh_rate_of_display(int display);

/// EGL without any display server (Mesa's surfaceless platform). Unsupported where EGL cannot.
[[nodiscard]] core::Result<std::unique_ptr<Surface>> open_offscreen(SurfaceSize size);

}  // namespace sightline::ui
