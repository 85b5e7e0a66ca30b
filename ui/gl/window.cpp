// SPDX-License-Identifier: Apache-2.0
#include <backends/imgui_impl_glfw.h>
#include <epoxy/gl.h>
#include <fmt/format.h>
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ui/gl/surface.hpp"
#include "ui/imgui.hpp"

namespace sightline::ui {
namespace {

using core::ErrorCode;

std::string& last_glfw_error() {
    static std::string text;
    return text;
}

/// glfwInit for the first user, glfwTerminate after the last.
class GlfwUse {
public:
    static core::Result<std::shared_ptr<GlfwUse>> acquire() {
        static std::weak_ptr<GlfwUse> shared;
        if (auto use = shared.lock()) return use;
        glfwSetErrorCallback([](int, const char* text) { last_glfw_error() = text; });
        if (glfwInit() == GLFW_FALSE)
            return core::fail(ErrorCode::NotFound, fmt::format("no display: {} (set DISPLAY or WAYLAND_DISPLAY, or use "
                                                               "--screenshot, which needs none)",
                                                               last_glfw_error()));
        auto use = std::make_shared<GlfwUse>();
        shared = use;
        return use;
    }
    GlfwUse() = default;
    ~GlfwUse() { glfwTerminate(); }
    GlfwUse(const GlfwUse&) = delete;
    GlfwUse& operator=(const GlfwUse&) = delete;
};

GLFWmonitor* monitor_at(int index) {
    int count = 0;
    GLFWmonitor** monitors = glfwGetMonitors(&count);
    if (count == 0) return nullptr;
    return monitors[index >= 0 && index < count ? index : 0];
}

struct WindowCloser {
    void operator()(GLFWwindow* window) const { glfwDestroyWindow(window); }
};

class GlfwSurface final : public Surface {
public:
    GlfwSurface(std::shared_ptr<GlfwUse> use, GLFWwindow* window, bool wait)
        : use_(std::move(use)), window_(window), wait_(wait) {
        glfwSetWindowUserPointer(window, this);
        install_callbacks();
    }

    void make_current() override {
        glfwMakeContextCurrent(window_.get());
        if (!interval_set_) glfwSwapInterval(wait_ ? 1 : 0);
        interval_set_ = true;
    }
    [[nodiscard]] SurfaceSize size() const override {
        SurfaceSize size;
        glfwGetFramebufferSize(window_.get(), &size.width, &size.height);
        return size;
    }
    [[nodiscard]] unsigned framebuffer() const override { return 0; }
    void swap() override { glfwSwapBuffers(window_.get()); }
    [[nodiscard]] bool closed() const override { return glfwWindowShouldClose(window_.get()) != GLFW_FALSE; }
    void begin_imgui_frame(float /*seconds*/) override {
        ImGui_ImplGlfw_NewFrame();
        to_framebuffer_pixels(ImGui::GetIO());
        hold_short_presses();
    }
    void attach_imgui(ImGuiContext* context) override {
        context_ = context;
        ImGui_ImplGlfw_InitForOpenGL(window_.get(), false);  // callbacks are ours: one context a window
    }
    void detach_imgui() override {
        ImGui_ImplGlfw_Shutdown();
        context_ = nullptr;
    }
    void set_title(const std::string& title) override {
        if (title == title_) return;
        title_ = title;
        glfwSetWindowTitle(window_.get(), title.c_str());
    }
    [[nodiscard]] bool take_event() override { return std::exchange(event_, false); }
    [[nodiscard]] GLFWwindow* window() const { return window_.get(); }

private:
    // ImGui's back end files input under the current context, not under the window's: this makes them the same.
    template <class Call>
    static void forward(GLFWwindow* window, Call call) {
        auto* self = static_cast<GlfwSurface*>(glfwGetWindowUserPointer(window));
        self->event_ = true;
        if (self->context_ == nullptr) return;
        ImGui::SetCurrentContext(self->context_);
        call();
    }
    void install_callbacks() {
        GLFWwindow* w = window_.get();
        glfwSetKeyCallback(w, [](GLFWwindow* window, int key, int code, int action, int mods) {
            forward(window, [=] { ImGui_ImplGlfw_KeyCallback(window, key, code, action, mods); });
            if (action == GLFW_PRESS)
                static_cast<GlfwSurface*>(glfwGetWindowUserPointer(window))->just_pressed_.push_back(key);
        });
        glfwSetCharCallback(w, [](GLFWwindow* window, unsigned c) {
            forward(window, [=] { ImGui_ImplGlfw_CharCallback(window, c); });
        });
        glfwSetMouseButtonCallback(w, [](GLFWwindow* window, int button, int action, int mods) {
            forward(window, [=] { ImGui_ImplGlfw_MouseButtonCallback(window, button, action, mods); });
        });
        glfwSetScrollCallback(w, [](GLFWwindow* window, double x, double y) {
            forward(window, [=] { ImGui_ImplGlfw_ScrollCallback(window, x, y); });
        });
        glfwSetWindowFocusCallback(w, [](GLFWwindow* window, int focused) {
            forward(window, [=] { ImGui_ImplGlfw_WindowFocusCallback(window, focused); });
        });
        glfwSetCursorEnterCallback(w, [](GLFWwindow* window, int entered) {
            forward(window, [=] { ImGui_ImplGlfw_CursorEnterCallback(window, entered); });
        });
        glfwSetCursorPosCallback(
            w, []([[maybe_unused]] GLFWwindow* window, [[maybe_unused]] double x, [[maybe_unused]] double y) {
                forward(window, [=] {
#if IMGUI_VERSION_NUM >= 18700
                    int width = 0;
                    int pixels = 0;
                    glfwGetWindowSize(window, &width, nullptr);
                    glfwGetFramebufferSize(window, &pixels, nullptr);
                    const double scale = width > 0 ? static_cast<double>(pixels) / width : 1;  // to framebuffer pixels
                    ImGui_ImplGlfw_CursorPosCallback(window, x * scale, y * scale);
#endif
                });
            });
        glfwSetFramebufferSizeCallback(w, [](GLFWwindow* window, int, int) { forward(window, [] {}); });
        glfwSetWindowRefreshCallback(w, [](GLFWwindow* window) { forward(window, [] {}); });
        glfwSetWindowCloseCallback(w, [](GLFWwindow* window) { forward(window, [] {}); });
    }

    /// ImGui before 1.87 looks at which keys are down when a frame begins: one pressed and let go between two frames
    /// would be lost. It counts as down for one frame.
    void hold_short_presses() {
#if IMGUI_VERSION_NUM < 18700
        ImGuiIO& io = ImGui::GetIO();
        for (const int key : held_) io.KeysDown[key] = glfwGetKey(window_.get(), key) == GLFW_PRESS;
        held_.clear();
        for (const int key : just_pressed_) {
            if (key < 0 || key >= IM_ARRAYSIZE(io.KeysDown) || io.KeysDown[key]) continue;
            io.KeysDown[key] = true;
            held_.push_back(key);
        }
#endif
        just_pressed_.clear();
    }

    std::shared_ptr<GlfwUse> use_;
    std::unique_ptr<GLFWwindow, WindowCloser> window_;
    ImGuiContext* context_ = nullptr;
    std::string title_;
    std::vector<int> just_pressed_;  // since the last frame
    std::vector<int> held_;          // up already, shown as down in the last frame
    bool wait_ = true;
    bool interval_set_ = false;
    bool event_ = true;
};

void set_hints(bool visible) {
    glfwDefaultWindowHints();
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    glfwWindowHint(GLFW_VISIBLE, visible ? GLFW_TRUE : GLFW_FALSE);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);  // a scaled (HiDPI) desktop: as large as it would be on another
    glfwWindowHint(GLFW_AUTO_ICONIFY, GLFW_FALSE);     // a wall on several displays stays when the focus moves
}

/// A window that scaling made larger than its display would lose its right and lower edge: as large as there is room,
/// and never smaller than what was asked for.
void keep_on_display(GLFWwindow* window, GLFWmonitor* monitor, SurfaceSize asked) {
    SurfaceSize room;
    SurfaceSize made;
    glfwGetMonitorWorkarea(monitor, nullptr, nullptr, &room.width, &room.height);
    glfwGetWindowSize(window, &made.width, &made.height);
    const SurfaceSize kept{std::max(asked.width, std::min(made.width, room.width)),
                           std::max(asked.height, std::min(made.height, room.height))};
    if (kept != made && room.width > 0 && room.height > 0) glfwSetWindowSize(window, kept.width, kept.height);
}

}  // namespace

core::Result<std::unique_ptr<Surface>> open_window(const WindowPlace& place, Surface* share) {
    auto use = GlfwUse::acquire();
    if (!use) return tl::unexpected(use.error());
    set_hints(place.visible);
    GLFWmonitor* monitor = monitor_at(place.display);
    int width = place.width;
    int height = place.height;
    if (place.fullscreen && monitor != nullptr) {
        const GLFWvidmode* mode = glfwGetVideoMode(monitor);
        width = mode->width;
        height = mode->height;
        glfwWindowHint(GLFW_REFRESH_RATE, mode->refreshRate);
    }
    auto* other = dynamic_cast<GlfwSurface*>(share);
    GLFWwindow* window = glfwCreateWindow(width, height, place.title.c_str(), place.fullscreen ? monitor : nullptr,
                                          other ? other->window() : nullptr);
    if (window == nullptr)
        return core::fail(ErrorCode::Unsupported,
                          fmt::format("no OpenGL 3.3 on this display: {} (install libgl1-mesa-dri for software "
                                      "rendering)",
                                      last_glfw_error()));
    if (!place.fullscreen && monitor != nullptr) keep_on_display(window, monitor, {width, height});
    if (!place.fullscreen && monitor != nullptr && place.display > 0) {
        int x = 0;
        int y = 0;
        glfwGetMonitorPos(monitor, &x, &y);
        glfwSetWindowPos(window, x, y);
    }
    return std::make_unique<GlfwSurface>(std::move(*use), window, place.wait_for_display);
}

void wait_for_window_event(double seconds) {
    if (seconds > 0) {
        glfwWaitEventsTimeout(seconds);
    } else {
        glfwPollEvents();
    }
}

void wake_windows() {
    glfwPostEmptyEvent();
}

double refresh_rate_of_display(int display) {
    GLFWmonitor* monitor = monitor_at(display);
    const GLFWvidmode* mode = monitor != nullptr ? glfwGetVideoMode(monitor) : nullptr;
    return mode != nullptr && mode->refreshRate > 0 ? mode->refreshRate : 60;
}

}  // namespace sightline::ui
