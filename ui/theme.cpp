// SPDX-License-Identifier: Apache-2.0
#include "ui/theme.hpp"

#include <filesystem>

#include "ui/imgui.hpp"

namespace sightline::ui {
namespace {

namespace fs = std::filesystem;

// Where Debian's fonts-b612 puts them; fonts-b612 of Debian 13 as well.
constexpr std::array kB612Regular{"/usr/share/fonts/opentype/b612/B612-Regular.otf",
                                  "/usr/share/fonts/truetype/b612/B612-Regular.ttf"};
constexpr std::array kB612Bold{"/usr/share/fonts/opentype/b612/B612-Bold.otf",
                               "/usr/share/fonts/truetype/b612/B612-Bold.ttf"};
// Letters that B612 lacks (Greek, Cyrillic) come from here where it is installed.
constexpr std::array kMoreRegular{"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"};
constexpr std::array kMoreBold{"/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"};

// Line heights on the 1080-line drawing.
constexpr std::array kRegularSizes{13.0F, 16.0F, 19.0F, 26.0F};
constexpr std::array kBoldSizes{14.0F, 18.0F, 22.0F, 30.0F, 44.0F};
constexpr std::array kClockSizes{28.0F, 50.0F, 90.0F};

// Latin with its extensions, punctuation, arrows, mathematical signs that units need.
constexpr std::array<ImWchar, 13> kLatin{0x0020, 0x024F, 0x02C6, 0x02DD, 0x2010, 0x2044, 0x20AC,
                                         0x20AC, 0x2190, 0x2199, 0x2212, 0x2265, 0};
constexpr std::array<ImWchar, 11> kOfClocks{0x0020, 0x0020, 0x002B, 0x003A, 0x0064, 0x0064,
                                            0x0068, 0x0068, 0x2212, 0x2212, 0};
constexpr std::array<ImWchar, 5> kMoreLetters{0x0370, 0x03FF, 0x0400, 0x045F, 0};

template <std::size_t n>
const char* first_existing(const std::array<const char*, n>& paths) {
    std::error_code ignored;
    for (const char* path : paths)
        if (fs::is_regular_file(path, ignored)) return path;
    return nullptr;
}

ImFont* bake(ImFontAtlas& atlas, const char* path, const char* more, float size, const ImWchar* letters) {
    ImFontConfig config;
    config.OversampleH = size > 24 ? 1 : 2;
    config.OversampleV = 1;
    config.PixelSnapH = false;
    ImFont* font = atlas.AddFontFromFileTTF(path, size, &config, letters);
    if (font != nullptr && more != nullptr) {
        config.MergeMode = true;
        atlas.AddFontFromFileTTF(more, size, &config, kMoreLetters.data());
    }
    return font;
}

ImFont* bake_fallback(ImFontAtlas& atlas, float size) {
    ImFontConfig config;
    config.SizePixels = size;
    return atlas.AddFontDefault(&config);
}

}  // namespace

Theme::Theme(ImFontAtlas& atlas, float unit) : unit_(unit) {
    const char* regular = first_existing(kB612Regular);
    const char* bold = first_existing(kB612Bold);
    if (regular == nullptr || bold == nullptr) {
        regular = first_existing(kMoreRegular);
        bold = first_existing(kMoreBold);
        font_note_ = regular != nullptr && bold != nullptr ? "fonts-b612 is not installed: DejaVu Sans instead"
                                                           : "fonts-b612 is not installed: a built-in font instead";
    }
    atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
    const bool files = regular != nullptr && bold != nullptr;
    const auto face = [&](const char* path, const char* more, float size, const ImWchar* letters) {
        const float px = size * unit;
        ImFont* font = files ? bake(atlas, path, more, px, letters) : nullptr;
        return Face{font != nullptr ? font : bake_fallback(atlas, px), px};
    };
    for (const float size : kRegularSizes)
        regular_.push_back(face(regular, first_existing(kMoreRegular), size, kLatin.data()));
    for (const float size : kBoldSizes) bold_.push_back(face(bold, first_existing(kMoreBold), size, kLatin.data()));
    for (const float size : kClockSizes) clock_.push_back(face(regular, nullptr, size, kOfClocks.data()));
}

Theme Theme::at_unit(float unit) const {
    Theme other = *this;
    other.unit_ = unit;
    return other;
}

const Theme::Face& Theme::nearest(Weight weight, float size) const {
    const auto& faces = weight == Weight::Bold ? bold_ : weight == Weight::Clock ? clock_ : regular_;
    for (const Face& face : faces)
        if (face.size >= size * 0.93F) return face;
    return faces.back();
}

float Theme::width(std::string_view text, Weight weight, float size) const {
    const Face& face = nearest(weight, size);
    return face.font->CalcTextSizeA(size, 1e9F, 0, text.data(), text.data() + text.size()).x;
}

void Theme::text(ImDrawList& list, std::string_view text, Weight weight, float size, Point at, Colour colour) const {
    const Face& face = nearest(weight, size);
    list.AddText(face.font, size, vec(at), pack(colour), text.data(), text.data() + text.size());
}

ImFont* Theme::widget_font() const {
    return regular_[1].font;
}

void style_widgets(float unit) {
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    ImGui::StyleColorsDark(&style);
    style.WindowPadding = {0, 0};
    style.WindowBorderSize = 0;
    style.FramePadding = {8, 5};
    style.FrameRounding = 2;
    style.PopupRounding = 2;
    style.ScaleAllSizes(unit);
    const auto set = [&style](ImGuiCol which, Colour c) {
        style.Colors[which] = ImGui::ColorConvertU32ToFloat4(pack(c));
    };
    set(ImGuiCol_Text, palette::kText);
    set(ImGuiCol_TextDisabled, palette::kThirdText);
    set(ImGuiCol_WindowBg, palette::kPanel);
    set(ImGuiCol_PopupBg, palette::kPanel);
    set(ImGuiCol_ChildBg, palette::kPanel.faded(0));
    set(ImGuiCol_Border, palette::kLine);
    set(ImGuiCol_FrameBg, palette::kUmd);
    set(ImGuiCol_FrameBgHovered, palette::kLine);
    set(ImGuiCol_FrameBgActive, palette::kLine);
    set(ImGuiCol_Button, palette::kUmd);
    set(ImGuiCol_ButtonHovered, palette::kLine);
    set(ImGuiCol_ButtonActive, palette::kUnknown);
    set(ImGuiCol_Header, palette::kUmd);
    set(ImGuiCol_HeaderHovered, palette::kLine);
    set(ImGuiCol_HeaderActive, palette::kLine);
    set(ImGuiCol_NavHighlight, palette::kSelected);
}

}  // namespace sightline::ui
