// SPDX-License-Identifier: Apache-2.0
// ${NAME} and ${file:PATH} inside one value, after YAML has been parsed: what comes in cannot change the structure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/surroundings.hpp"

namespace sightline::config {

enum class Encoding {
    Plain,
    Url,  ///< what is put into a longer text is percent-encoded; a value that is one ${…} alone is taken as it is
};

struct Expanded {
    std::string text;
    std::vector<std::string> secrets;  ///< what came in, as it came and as it stands in `text`; empty: nothing did
};

inline constexpr std::size_t kMostSecretBytes = 64 << 10;

/// Replaces every ${…} in `written`; "$${" gives "${". A secret file is read relative to `folder`, without the line
/// break at its end.
/// @return InvalidConfig that names the variable or file and never a value: not set, empty, unreadable, not one line
/// of text, or a ${…} that is none.
[[nodiscard]] core::Result<Expanded> expand(std::string_view written, Encoding encoding, const Surroundings& around,
                                            const std::string& folder);

/// `text` with every one of `secrets` in it replaced by "***".
[[nodiscard]] std::string struck(std::string text, const std::vector<std::string>& secrets);

/// `path` as seen from `folder`; absolute paths stay.
[[nodiscard]] std::string path_from(const std::string& folder, const std::string& path);

}  // namespace sightline::config
