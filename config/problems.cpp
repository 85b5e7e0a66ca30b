// SPDX-License-Identifier: Apache-2.0
#include "config/problems.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace sightline::config {
Problems::Problems(std::string file) : file_(std::move(file)) {}

void Problems::add(int line, std::string_view key, std::string_view message) {
    if (full()) {
        ++uncounted_;
        return;
    }
    std::string text = line > 0 ? fmt::format("{}:{}: ", file_, line) : fmt::format("{}: ", file_);
    if (!key.empty()) text.append(key).append(": ");
    text += message;
    found_.push_back({line, core::clean_utf8(text)});
}

std::vector<std::string> Problems::lines() const {
    std::vector<Problem> sorted = found_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) { return a.line < b.line; });
    std::vector<std::string> out;
    std::size_t more = uncounted_;
    for (const Problem& problem : sorted) {
        if (std::find(out.begin(), out.end(), problem.text) != out.end()) continue;
        if (out.size() < kMost) {
            out.push_back(problem.text);
        } else {
            ++more;
        }
    }
    if (more > 0) out.push_back(core::clean_utf8(fmt::format("{}: and {} more problems", file_, more)));
    return out;
}

}  // namespace sightline::config
