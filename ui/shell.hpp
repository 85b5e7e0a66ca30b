// SPDX-License-Identifier: Apache-2.0
// The wall's windows: GLFW, OpenGL 3.3, one ImGui context a window, shared GL objects and fonts.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/published.hpp"
#include "core/result.hpp"
#include "ui/png.hpp"
#include "ui/view.hpp"

namespace sightline::ui {

/// Offscreen needs no display server: EGL draws into memory.
enum class WindowMode : std::uint8_t { Windowed, Fullscreen, Hidden, Offscreen };

struct WindowOptions {
    std::string title = "Sightline";
    WindowMode mode = WindowMode::Windowed;
    int display = 0;  ///< of several monitors, from 0
    int width = 1920, height = 1080;
};

struct ShellOptions {
    std::vector<WindowOptions> windows{WindowOptions{}};
    double most_fps = 0;         ///< refreshes a second at most; 0: the display's rate, 25 where no GPU renders
    bool await_drawing = false;  ///< a refresh ends when all of it is drawn, not when it is ordered: for measuring
};

/// Where live pictures come from. The shell calls it on its own thread, with GL current.
class MediaFeed {
public:
    virtual ~MediaFeed() = default;
    /// Takes in what is new; true when something to be drawn has changed.
    virtual bool poll(core::ArrivalTime now) = 0;
    /// Before the views of a window of `width` × `height` framebuffer pixels draw; then what they will place into.
    virtual LiveMedia& begin(int width, int height) = 0;
    /// Puts what was placed on the glass, under what ImGui will draw.
    virtual void draw() = 0;
    /// All windows show what was placed since the last call.
    virtual void shown(core::ArrivalTime /*now*/) {}
};

/// What one run of the shell shows. Borrowed for the run.
struct ShellInputs {
    core::Published<WallSnapshot>& snapshots;
    ViewState& state;
    CommandQueue& commands;
    std::span<const View> views;
    MediaFeed* feed = nullptr;  ///< none: no pictures
};

struct ShellFigures {
    std::uint64_t refreshes = 0;  ///< drawn
    std::uint64_t skipped = 0;    ///< looked, found nothing changed
    core::Duration drawing{};     ///< of the refreshes drawn, from the first view to the swap
};

/// Threading: create, run and destroy on one thread (the process's first, as GLFW wants it); wake() from any.
class Shell {
public:
    /// NotFound: no display. Unsupported: no OpenGL 3.3. Both in one line that says what to do.
    [[nodiscard]] static core::Result<std::unique_ptr<Shell>> create(const ShellOptions& options,
                                                                     const core::Clock& clock);
    ~Shell();
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    /// Looks for news, draws if there are any, and waits at most until the next thing to look for. False: every window
    /// was closed.
    [[nodiscard]] bool refresh(const ShellInputs& inputs);
    /// Ends a wait: a new snapshot was published. Any thread, while the shell lives.
    void wake();
    /// What window `index` shows, as last drawn: drawn once more into memory and read back. NotFound before the first
    /// refresh and for a window that is not there.
    [[nodiscard]] core::Result<RgbImage> picture_of(const ShellInputs& inputs, std::size_t index = 0);
    /// The first window's picture, a call late, without waiting for the GPU: what the call before this one asked for
    /// goes to `to` (red, green, blue, unused; rows from the bottom; width × height × 4 bytes, valid for the call), and
    /// what is shown now is asked for.
    void read_back(const std::function<void(std::span<const std::uint8_t>)>& to);
    [[nodiscard]] const ShellFigures& figures() const;
    /// Refreshes a second at most, as decided at create().
    [[nodiscard]] double most_fps() const;
    /// One line about the machine: renderer, fonts.
    [[nodiscard]] std::string about() const;
    /// Which font is missing, in words; empty: none.
    [[nodiscard]] const std::string& font_note() const;
    /// GL of the first window is current on this thread from create() on; feeds make their objects after it.

private:
    struct Parts;
    explicit Shell(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace sightline::ui
