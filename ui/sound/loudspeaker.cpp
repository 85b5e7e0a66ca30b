// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/loudspeaker.hpp"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>

#include <utility>

#include "ui/gst.hpp"

namespace sightline::ui {
namespace {

/// What a device may hold back, µs. Its default (200 ms) would make pictures wait as long.
constexpr gint64 kDeviceBuffer = 80'000, kDevicePeriod = 10'000;
constexpr core::Duration kAskLatency = std::chrono::milliseconds{500};

/// A device that autoaudiosink found: short of latency. What stands in for one where there is none is noticed.
void on_element(GstBin* /*bin*/, GstBin* /*sub*/, GstElement* element, gpointer stands_in) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "buffer-time") != nullptr)
        g_object_set(element, "buffer-time", kDeviceBuffer, "latency-time", kDevicePeriod, nullptr);
    if (g_str_has_prefix(GST_OBJECT_NAME(element), "fake-audio-sink")) *static_cast<bool*>(stands_in) = true;
}

/// Sinks that autoaudiosink shall not try: where there is no device they write pages of their own to stderr.
void pass_over_noisy_sinks() {
    for (const char* name : {"openalsink", "jackaudiosink"}) {
        GstPluginFeature* feature = gst_registry_lookup_feature(gst_registry_get(), name);
        if (feature == nullptr) continue;
        gst_plugin_feature_set_rank(feature, GST_RANK_NONE);
        gst_object_unref(feature);
    }
}

}  // namespace

struct Loudspeaker::Parts {
    std::string sink;
    const core::Clock& clock;
    GstElementPtr pipeline, source;
    std::string trouble;
    core::Duration latency{};
    core::ArrivalTime base{}, retry_at{}, ask_at{};
    bool stands_in = false;

    Parts(std::string s, const core::Clock& c) : sink(std::move(s)), clock(c) {}
    ~Parts() { stop(); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void stop() {
        // A file's header is written at the end of the stream.
        if (pipeline && source && gst_app_src_end_of_stream(GST_APP_SRC(source.get())) == GST_FLOW_OK) {
            GstBus* bus = gst_element_get_bus(pipeline.get());
            GstMessage* end = gst_bus_timed_pop_filtered(
                bus, 500 * GST_MSECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
            if (end != nullptr) gst_message_unref(end);
            gst_object_unref(bus);
        }
        source.reset();
        if (pipeline) end_pipeline(pipeline.get());
        pipeline.reset();
        latency = {};
    }
    void fail(const std::string& why) {
        stop();
        trouble = "no sound: " + why;
        retry_at = clock.now() + kRetry;
    }
    void start(core::ArrivalTime at);
    void look();
};

void Loudspeaker::Parts::start(core::ArrivalTime at) {
    std::string error;
    stands_in = false;
    pipeline = parse_pipeline(
        fmt::format("appsrc name=sound is-live=true format=time max-time=500000000 leaky-type=downstream "
                    "caps=audio/x-raw,format=F32LE,layout=interleaved,rate={},channels={} ! "
                    "audioconvert ! audioresample ! {}",
                    kSoundRate, kSoundChannels, sink),
        error);
    if (!pipeline) return fail(error);
    g_signal_connect(pipeline.get(), "deep-element-added", G_CALLBACK(on_element), &stands_in);
    // One clock for picture and sound: a device's own is followed by its sink.
    GstClock* const monotonic = gst_system_clock_obtain();
    gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), monotonic);
    gst_object_unref(monotonic);
    // Running time counts from here, whenever the device gets ready.
    gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
    gst_element_set_base_time(pipeline.get(), static_cast<GstClockTime>(at.time_since_epoch().count()));
    base = at;
    source.reset(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sound"));
    if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return;
    const std::string why = first_error(pipeline.get());
    fail(why.empty() ? "the sink does not start" : why);
}

void Loudspeaker::Parts::look() {
    if (const std::string why = first_error(pipeline.get()); !why.empty()) return fail(why);
    if (stands_in) return fail("there is no sound device here");
    const core::ArrivalTime now = clock.now();
    if (now < ask_at) return;
    ask_at = now + kAskLatency;
    GstQuery* query = gst_query_new_latency();
    if (gst_element_query(pipeline.get(), query)) {
        gboolean live = FALSE;
        GstClockTime least = 0;
        gst_query_parse_latency(query, &live, &least, nullptr);
        if (live && GST_CLOCK_TIME_IS_VALID(least)) latency = core::Duration{static_cast<std::int64_t>(least)};
        trouble.clear();
    }
    gst_query_unref(query);
}

Loudspeaker::Loudspeaker(std::string sink, const core::Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(sink), clock)) {
    gst_init(nullptr, nullptr);
    pass_over_noisy_sinks();
}

Loudspeaker::~Loudspeaker() = default;

void Loudspeaker::push(std::span<const float> samples, core::ArrivalTime at) {
    Parts& p = *parts_;
    if (p.pipeline) p.look();
    if (!p.pipeline) {
        if (p.clock.now() < p.retry_at) return;
        p.start(at);
        if (!p.pipeline) return;
    }
    if (at < p.base) return;
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, samples.size_bytes(), nullptr);
    if (buffer == nullptr) return;
    gst_buffer_fill(buffer, 0, samples.data(), samples.size_bytes());
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>((at - p.base).count());
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(samples.size() / kSoundChannels, GST_SECOND, static_cast<guint64>(kSoundRate));
    (void)gst_app_src_push_buffer(GST_APP_SRC(p.source.get()), buffer);
}

core::Duration Loudspeaker::latency() const {
    return parts_->latency;
}

const std::string& Loudspeaker::trouble() const {
    return parts_->trouble;
}

}  // namespace sightline::ui
