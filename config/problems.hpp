// SPDX-License-Identifier: Apache-2.0
// Everything wrong with one configuration, collected so that a user mends it in one go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline::config {

/// Collects problems in any order and gives them back as lines, sorted by place, each once.
///
/// Threading: one thread.
class Problems {
public:
    /// `file` stands before every line, as the user gave it.
    explicit Problems(std::string file);

    /// `line` counts from 1; 0: the file as a whole. `key` is dotted ("streams.news.depth"), or empty.
    void add(int line, std::string_view key, std::string_view message);
    [[nodiscard]] bool empty() const { return found_.empty(); }
    /// So many that no more is kept, only counted: costly words about the next one are not worth it.
    [[nodiscard]] bool full() const { return found_.size() >= kMostKept; }

    /// "FILE:LINE: KEY: MESSAGE", valid UTF-8 without control characters, at most kMost of them and then one that
    /// says how many more there are.
    [[nodiscard]] std::vector<std::string> lines() const;

    static constexpr std::size_t kMost = 50;
    static constexpr std::size_t kMostKept = 500;

private:
    struct Problem {
        int line = 0;
        std::string text;
    };
    std::string file_;
    std::vector<Problem> found_;
    std::size_t uncounted_ = 0;
};

}  // namespace sightline::config
