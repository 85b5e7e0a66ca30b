// SPDX-License-Identifier: Apache-2.0
#include "ui/text_fit.hpp"

#include <algorithm>

namespace sightline::ui {
namespace {

constexpr std::string_view kEllipsis = "\u2026";

bool starts_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Byte offsets where a character starts, and the end.
std::vector<std::size_t> cuts(std::string_view text) {
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (starts_character(text[i])) at.push_back(i);
    at.push_back(text.size());
    return at;
}

/// Longest beginning that fits together with `after`; at least nothing.
std::size_t longest_beginning(std::string_view text, std::string_view after, float width, float size,
                              const MeasureText& measure) {
    const auto at = cuts(text);
    std::size_t low = 0;
    std::size_t high = at.size() - 1;
    while (low < high) {  // the width rises with the length
        const std::size_t middle = (low + high + 1) / 2;
        const std::string candidate = std::string(text.substr(0, at[middle])) + std::string(after);
        if (measure(candidate, size) <= width) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return at[low];
}

std::string keep_end(std::string_view text, float width, float size, const MeasureText& measure) {
    if (measure(kEllipsis, size) > width) return {};
    const auto fits = [&](std::string_view rest) {
        return measure(std::string(kEllipsis) + (rest.empty() ? "" : " ") + std::string(rest), size) <= width;
    };
    // Whole words first; inside a word only where not even the last one fits.
    for (std::size_t space = text.find(' '); space != std::string_view::npos; space = text.find(' ', space + 1)) {
        const std::string_view rest = text.substr(space + 1);
        if (!rest.empty() && rest.front() != ' ' && fits(rest)) return std::string(kEllipsis) + " " + std::string(rest);
    }
    for (const std::size_t from : cuts(text)) {
        const std::string_view rest = text.substr(from);
        if (!rest.empty() && rest.front() != ' ' && measure(std::string(kEllipsis) + std::string(rest), size) <= width)
            return std::string(kEllipsis) + std::string(rest);
    }
    return std::string(kEllipsis);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Where the word ends that `text` begins with. A number and its unit ("28 s", "41 ms", "8.1 Mb/s") are one.
std::size_t word_end(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space == 0 || !is_digit(text[space - 1])) return space;
    const std::size_t next = text.find(' ', space + 1);
    std::string_view unit = text.substr(space + 1, next == std::string_view::npos ? next : next - space - 1);
    while (!unit.empty() && (unit.back() == ',' || unit.back() == ';' || unit.back() == '.')) unit.remove_suffix(1);
    const bool letters = std::all_of(unit.begin(), unit.end(), [](char c) { return c >= '/' && c <= 'z'; });
    const std::size_t longest = unit.find('/') != std::string_view::npos ? 4 : 2;
    return !unit.empty() && unit.size() <= longest && letters && !is_digit(unit.front()) ? next : space;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t space = word_end(text);
        if (space != 0) words.push_back(text.substr(0, space));
        if (space == std::string_view::npos) break;
        text.remove_prefix(space + 1);
    }
    return words;
}

}  // namespace

std::string shorten(std::string_view text, float width, float size, const MeasureText& measure) {
    if (measure(text, size) <= width) return std::string(text);
    if (measure(kEllipsis, size) > width) return {};
    std::string_view kept = text.substr(0, longest_beginning(text, kEllipsis, width, size, measure));
    while (!kept.empty() && kept.back() == ' ') kept.remove_suffix(1);
    return std::string(kept) + std::string(kEllipsis);
}

std::vector<std::string> wrap_text(std::string_view text, float width, float size, int most_lines,
                                   const MeasureText& measure) {
    std::vector<std::string> lines;
    std::string line;
    const auto words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string longer = line.empty() ? std::string(words[i]) : line + " " + std::string(words[i]);
        if (measure(longer, size) <= width) {
            line = longer;
            continue;
        }
        if (static_cast<int>(lines.size()) + 1 >= most_lines) {  // the last line takes what it can of the rest
            std::string rest = line;
            for (std::size_t j = i; j < words.size(); ++j) rest += (rest.empty() ? "" : " ") + std::string(words[j]);
            line = shorten(rest, width, size, measure);
            break;
        }
        if (line.empty()) {
            lines.push_back(shorten(words[i], width, size, measure));
        } else {
            lines.push_back(line);
            line.clear();
            --i;  // the word again, on a line of its own
        }
    }
    if (!line.empty()) lines.push_back(line);
    return lines;
}

std::string fit_bar(std::string_view text, float width, float size, const MeasureText& measure) {
    const std::size_t second = text.find(" + ");
    if (second == std::string_view::npos || measure(text, size) <= width) return shorten(text, width, size, measure);
    const std::string first = std::string(text.substr(0, second)) + " +1";
    return measure(first, size) <= width ? first : shorten(text.substr(0, second), width, size, measure);
}

FittedText fit_name(std::string_view name, float width, float size, float least_size, int most_lines,
                    const MeasureText& measure) {
    if (name.empty() || width <= 0) return {size, {}};
    least_size = std::min(least_size, size);
    const float natural = measure(name, size);
    if (natural <= width) return {size, {std::string(name)}};
    const float shrunk = size * width / natural * 0.99F;
    if (shrunk >= least_size && measure(name, shrunk) <= width) return {shrunk, {std::string(name)}};
    if (measure(name, least_size) <= width) return {least_size, {std::string(name)}};
    if (most_lines > 1) {
        const auto lines = wrap_text(name, width, least_size, most_lines, measure);
        const bool whole = std::none_of(lines.begin(), lines.end(), [](const std::string& line) {
            return line.find(kEllipsis) != std::string::npos;
        });
        if (whole) return {least_size, lines};
    }
    const std::string kept = keep_end(name, width, least_size, measure);
    if (kept.empty()) return {least_size, {}};
    return {least_size, {kept}};
}

}  // namespace sightline::ui
