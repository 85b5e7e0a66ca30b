// SPDX-License-Identifier: Apache-2.0
// What the operator has chosen: shared by the windows of one wall, kept between refreshes, changed by views only.
#pragma once

#include <string>

#include "ui/snapshot.hpp"

namespace sightline::ui {

/// Threading: the shell's thread only.
struct ViewState {
    std::string page = "1";
    std::string operator_name;
    StreamKey selected;
    bool full_view = false;
};

}  // namespace sightline::ui
