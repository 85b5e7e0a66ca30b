// SPDX-License-Identifier: Apache-2.0
// `sightline run` on a terminal: one line a stream, bad ones first.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "engine/state.hpp"

namespace sightline::engine {

struct TableStyle {
    int width = 100;      ///< columns; longer lines are cut
    int height = 40;      ///< lines; what does not fit is counted in the last one
    bool colour = false;  ///< ANSI colours and dim
};

/// The table as lines without newlines: bad streams first, worst and longest first, each with reason and time since;
/// good ones after them, dim. Pure.
[[nodiscard]] std::vector<std::string> table_lines(const ProbeState& state, const TableStyle& style);

/// Draws it in place on a terminal.
///
/// Threading: one thread.
class ConsoleTable {
public:
    explicit ConsoleTable(std::FILE* terminal) : terminal_(terminal) {}
    void draw(const ProbeState& state);

private:
    std::FILE* terminal_;
    std::size_t drawn_ = 0;  // lines on the glass
};

}  // namespace sightline::engine
