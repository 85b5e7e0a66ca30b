// SPDX-License-Identifier: Apache-2.0
// What everything that uses GStreamer needs of it.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

namespace sightline::ui {

struct GstRelease {
    void operator()(gpointer object) const { gst_object_unref(object); }
};
using GstElementPtr = std::unique_ptr<GstElement, GstRelease>;

[[nodiscard]] bool gst_element_exists(const char* element);
/// Ends every thread of a pipeline.
void end_pipeline(GstElement* pipeline);
/// The first error that waits on the pipeline's bus, in words; everything else there is thrown away. Empty: none.
[[nodiscard]] std::string first_error(GstElement* pipeline);
/// From a description as gst-launch-1.0 has it. @return null, and why in `error`.
[[nodiscard]] GstElementPtr parse_pipeline(const std::string& description, std::string& error);

}  // namespace sightline::ui
