// SPDX-License-Identifier: Apache-2.0
#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "ui/gl/surface.hpp"
#include "ui/imgui.hpp"

namespace sightline::ui {
namespace {

core::Result<std::unique_ptr<Surface>> refuse(const char* what) {
    return core::fail(core::ErrorCode::Unsupported,
                      fmt::format("no OpenGL 3.3 without a display here: {} failed, EGL error 0x{:x} (install "
                                  "libegl-mesa0 and libgl1-mesa-dri)",
                                  what, eglGetError()));
}

class OffscreenSurface final : public Surface {
public:
    OffscreenSurface(EGLDisplay display, EGLContext context, SurfaceSize size)
        : display_(display), context_(context), size_(size) {
        make_current();
        glGenFramebuffers(1, &framebuffer_);
        glGenRenderbuffers(1, &colour_);
        glBindRenderbuffer(GL_RENDERBUFFER, colour_);
        glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, size.width, size.height);
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_);
    }
    ~OffscreenSurface() override {
        make_current();
        glDeleteFramebuffers(1, &framebuffer_);
        glDeleteRenderbuffers(1, &colour_);
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        eglDestroyContext(display_, context_);
        eglTerminate(display_);
    }
    OffscreenSurface(const OffscreenSurface&) = delete;
    OffscreenSurface& operator=(const OffscreenSurface&) = delete;

    void make_current() override { eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_); }
    [[nodiscard]] SurfaceSize size() const override { return size_; }
    [[nodiscard]] unsigned framebuffer() const override { return framebuffer_; }
    void swap() override { glFinish(); }
    [[nodiscard]] bool closed() const override { return false; }
    void begin_imgui_frame(float seconds) override {
        ImGuiIO& io = ImGui::GetIO();
        io.DisplaySize = {static_cast<float>(size_.width), static_cast<float>(size_.height)};
        io.DeltaTime = seconds > 0 ? seconds : 0.001F;
    }
    void attach_imgui(ImGuiContext* /*context*/) override {}
    void detach_imgui() override {}
    [[nodiscard]] bool take_event() override { return std::exchange(event_, false); }

private:
    EGLDisplay display_;
    EGLContext context_;
    SurfaceSize size_;
    GLuint framebuffer_ = 0, colour_ = 0;
    bool event_ = true;
};

EGLDisplay surfaceless_display() {
    if (epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless") &&
        epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_platform_base"))
        return eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    return eglGetDisplay(EGL_DEFAULT_DISPLAY);
}

}  // namespace

core::Result<std::unique_ptr<Surface>> open_offscreen(SurfaceSize size) {
    EGLDisplay display = surfaceless_display();
    if (display == EGL_NO_DISPLAY || eglInitialize(display, nullptr, nullptr) == EGL_FALSE)
        return refuse("eglInitialize");
    if (eglBindAPI(EGL_OPENGL_API) == EGL_FALSE) return refuse("eglBindAPI");
    constexpr std::array kConfig{EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
    EGLConfig config = nullptr;
    EGLint count = 0;
    if (eglChooseConfig(display, kConfig.data(), &config, 1, &count) == EGL_FALSE || count == 0) config = nullptr;
    constexpr std::array kContext{
        EGL_CONTEXT_MAJOR_VERSION,           3,       EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
        EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
    EGLContext context = eglCreateContext(display, config, EGL_NO_CONTEXT, kContext.data());
    if (context == EGL_NO_CONTEXT) return refuse("eglCreateContext");
    if (eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context) == EGL_FALSE) return refuse("eglMakeCurrent");
    return std::make_unique<OffscreenSurface>(display, context, size);
}

}  // namespace sightline::ui
