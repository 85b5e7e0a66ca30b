// SPDX-License-Identifier: Apache-2.0
// The one door to Dear ImGui: 1.86 on Debian 12 and 1.90 on Debian 13 look the same behind it.
#pragma once

#include <imgui.h>

#include "ui/geometry.hpp"
#include "ui/palette.hpp"

namespace sightline::ui {

[[nodiscard]] inline ImVec2 vec(Point p) {
    return {p.x, p.y};
}
[[nodiscard]] constexpr ImU32 pack(Colour c) {
    return static_cast<ImU32>(c.red) << IM_COL32_R_SHIFT | static_cast<ImU32>(c.green) << IM_COL32_G_SHIFT |
           static_cast<ImU32>(c.blue) << IM_COL32_B_SHIFT | static_cast<ImU32>(c.alpha) << IM_COL32_A_SHIFT;
}

/// Views draw in framebuffer pixels: where a window's own coordinates are larger ones (HiDPI under Wayland, macOS),
/// size and mouse are brought to pixels. After the back end's NewFrame(), before ImGui's.
inline void to_framebuffer_pixels(ImGuiIO& io) {
    const ImVec2 scale = io.DisplayFramebufferScale;
    if (!(scale.x > 0) || !(scale.y > 0) || (scale.x == 1 && scale.y == 1)) return;
    io.DisplaySize = {io.DisplaySize.x * scale.x, io.DisplaySize.y * scale.y};
#if IMGUI_VERSION_NUM < 18700
    if (io.MousePos.x > -FLT_MAX / 2) io.MousePos = {io.MousePos.x * scale.x, io.MousePos.y * scale.y};
#endif
    io.DisplayFramebufferScale = {1, 1};
}

/// Was the named key (ImGuiKey_Enter, ImGuiKey_Escape, arrows, PageUp, …) pressed in this refresh? Auto-repeat counts
/// only with `repeat`. False while a text field has the keyboard, except for Escape, Enter and Tab.
[[nodiscard]] inline bool pressed(ImGuiKey key, bool repeat = false) {
    if (ImGui::GetIO().WantTextInput && key != ImGuiKey_Escape && key != ImGuiKey_Enter && key != ImGuiKey_Tab)
        return false;
#if IMGUI_VERSION_NUM >= 18700
    return ImGui::IsKeyPressed(key, repeat);
#else
    const int index = ImGui::GetKeyIndex(key);
    return index >= 0 && ImGui::IsKeyPressed(index, repeat);
#endif
}

/// Was this character typed in this refresh, on whatever keyboard layout? Letters match both cases; a held key repeats.
/// False while a text field has the keyboard.
[[nodiscard]] inline bool typed(char character) {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.WantTextInput) return false;
    const auto lower = [](unsigned c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
    for (const ImWchar c : io.InputQueueCharacters)
        if (lower(c) == lower(static_cast<unsigned char>(character))) return true;
    return false;
}

}  // namespace sightline::ui
