// SPDX-License-Identifier: Apache-2.0
#include "ui/gl/surface.hpp"

#include <epoxy/gl.h>

namespace sightline::ui {

bool software_renders() {
    const auto* text = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
    const std::string renderer = text != nullptr ? text : "";
    return renderer.find("llvmpipe") != std::string::npos || renderer.find("softpipe") != std::string::npos;
}

}  // namespace sightline::ui
