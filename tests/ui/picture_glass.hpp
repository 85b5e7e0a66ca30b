// SPDX-License-Identifier: Apache-2.0
// An offscreen wall with one stream, whose pictures come as a worker writes them: what it shows, read back.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/clock.hpp"
#include "tests/catch.hpp"
#include "ui/shared_media.hpp"
#include "ui/shell.hpp"

namespace sightline::ui {

inline const StreamKey kShown{"test", "shown"};

/// The area of a view that fills its window.
inline Rect whole_window(const Rect& window, float /*unit*/, const ViewState& /*state*/) {
    return window;
}

/// One for all cases of a test: making a GL context is what takes time.
class PictureGlass {
public:
    PictureGlass(int width, int height, std::span<const View> views) : views_(views) {
        ShellOptions options;
        options.windows = {WindowOptions{"test", WindowMode::Offscreen, 0, width, height}};
        auto made = Shell::create(options, clock_);
        if (!made) {
            reason_ = made.error().message;
            return;
        }
        shell_ = std::move(*made);
        auto media = SharedMedia::create(
            clock_,
            [this](const auto& visit) {
                visit(kShown, StreamSegments{reader_, nullptr, false});
            },
            Ballistics::PpmIIa);
        REQUIRE(media);
        media_ = std::move(*media);
    }
    ~PictureGlass() {
        media_.reset();
        shell_.reset();
    }
    PictureGlass(const PictureGlass&) = delete;
    PictureGlass& operator=(const PictureGlass&) = delete;

    /// Why nothing can be drawn here; empty where it can.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    /// What the window shows once it has the reader's next picture.
    RgbImage show(link::TileReader& reader) {
        reader_ = &reader;
        const ShellInputs inputs{snapshots_, state_, commands_, views_, media_.get()};
        const auto before = media_->figures().pictures;
        while (media_->figures().pictures == before) {
            clock_.advance(std::chrono::milliseconds{20});
            REQUIRE(shell_->refresh(inputs));
        }
        clock_.advance(std::chrono::milliseconds{1'100});  // the second hand is due: drawn for certain
        REQUIRE(shell_->refresh(inputs));
        auto picture = shell_->picture_of(inputs);
        REQUIRE(picture);
        return *picture;
    }

private:
    core::VirtualClock clock_;
    std::span<const View> views_;
    std::string reason_;
    std::unique_ptr<Shell> shell_;
    std::unique_ptr<SharedMedia> media_;
    link::TileReader* reader_ = nullptr;
    core::Published<WallSnapshot> snapshots_;
    ViewState state_;
    CommandQueue commands_;
};

}  // namespace sightline::ui
