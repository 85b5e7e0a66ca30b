// SPDX-License-Identifier: Apache-2.0
#include "ui/gst.hpp"

namespace sightline::ui {

bool gst_element_exists(const char* element) {
    GstElementFactory* factory = gst_element_factory_find(element);
    if (factory == nullptr) return false;
    gst_object_unref(factory);
    return true;
}

/// One whose sink has just failed may refuse as a whole: then each element for itself, sinks and what is inside of bins
/// first, or their threads would outlive them.
void end_pipeline(GstElement* pipeline) {
    if (gst_element_set_state(pipeline, GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS) return;
    GstIterator* elements = gst_bin_iterate_sorted(GST_BIN(pipeline));
    const auto end_one = [](const GValue* item, gpointer) {
        gst_element_set_state(GST_ELEMENT(g_value_get_object(item)), GST_STATE_NULL);
    };
    while (gst_iterator_foreach(elements, end_one, nullptr) == GST_ITERATOR_RESYNC) gst_iterator_resync(elements);
    gst_iterator_free(elements);
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

std::string first_error(GstElement* pipeline) {
    GstBus* bus = gst_element_get_bus(pipeline);
    std::string why;
    while (GstMessage* message = gst_bus_pop(bus)) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR && why.empty()) {
            GError* error = nullptr;
            gst_message_parse_error(message, &error, nullptr);
            why = error != nullptr ? error->message : "unknown";
            g_clear_error(&error);
        }
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_LATENCY) gst_bin_recalculate_latency(GST_BIN(pipeline));
        gst_message_unref(message);
    }
    gst_object_unref(bus);
    return why;
}

GstElementPtr parse_pipeline(const std::string& description, std::string& error) {
    GError* problem = nullptr;
    GstElementPtr pipeline(gst_parse_launch(description.c_str(), &problem));
    if (problem == nullptr && pipeline) return pipeline;
    error = problem != nullptr ? problem->message : "the pipeline cannot be made";
    g_clear_error(&problem);
    return nullptr;
}

}  // namespace sightline::ui
