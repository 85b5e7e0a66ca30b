// SPDX-License-Identifier: Apache-2.0
// What a view is to the shell: a name, a place in the window, a function that draws.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/time.hpp"
#include "ui/command.hpp"
#include "ui/geometry.hpp"
#include "ui/live_media.hpp"
#include "ui/snapshot.hpp"
#include "ui/view_state.hpp"

struct ImDrawList;

namespace sightline::ui {

class Theme;

/// When a view wants to be drawn again although nothing changes: the earliest wish counts.
class RedrawWish {
public:
    void within(core::Duration wait) { wait_ = wait < wait_ ? wait : wait_; }
    [[nodiscard]] core::Duration wait() const { return wait_; }

private:
    core::Duration wait_ = std::chrono::seconds{1};  // the second hand
};

/// What a view draws with, for one window and one refresh. Borrowed for the call.
struct Canvas {
    ImDrawList* list = nullptr;  ///< the view's own, clipped to `area`
    Rect area;
    const Theme& theme;
    LiveMedia& media;
    RedrawWish& redraw;
    core::ArrivalTime now{};
    core::UtcTime utc{};
    bool flash_on = true;  ///< of the 1 Hz flash, in step everywhere: on in the first half of each civil second
    int window = 0;        ///< of a wall with several
};

/// Draws; takes no lock, does no I/O, analyses nothing. Draws its empty and stale state too.
using DrawView = void (*)(const Canvas&, const WallSnapshot&, ViewState&, CommandQueue&);
/// Where in `window` the view lies now; empty: it is not shown. `unit` is one pixel of the 1080-line drawing.
using AreaOfView = Rect (*)(const Rect& window, float unit, const ViewState&);

/// One line of the table in views.hpp; drawn in the table's order.
struct View {
    std::string_view name;
    AreaOfView area;
    DrawView draw;
};

}  // namespace sightline::ui
