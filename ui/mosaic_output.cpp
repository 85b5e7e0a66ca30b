// SPDX-License-Identifier: Apache-2.0
#include "ui/mosaic_output.hpp"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sightline::ui {
namespace {

using core::ErrorCode;

struct ObjectRelease {
    void operator()(gpointer object) const { gst_object_unref(object); }
};
using Element = std::unique_ptr<GstElement, ObjectRelease>;

struct Needed {
    const char* element;
    const char* package;
};
constexpr std::array kNeeded{Needed{"appsrc", "gstreamer1.0-plugins-base"},
                             Needed{"videoconvert", "gstreamer1.0-plugins-base"},
                             Needed{"h264parse", "gstreamer1.0-plugins-bad"}};

bool exists(const char* element) {
    GstElementFactory* factory = gst_element_factory_find(element);
    if (factory == nullptr) return false;
    gst_object_unref(factory);
    return true;
}

/// The encoder that is there: x264, else openh264.
core::Result<std::string> encoder(const MosaicOptions& o) {
    if (exists("x264enc"))
        return fmt::format(
            "x264enc tune=zerolatency speed-preset=veryfast bitrate={} key-int-max={} ! "
            "video/x-h264,profile=main",
            o.bitrate_kbps, o.fps);
    if (exists("openh264enc"))
        return fmt::format("openh264enc bitrate={} gop-size={} complexity=low", o.bitrate_kbps * 1'000, o.fps);
    return core::fail(ErrorCode::Unsupported,
                      "no H.264 encoder for the mosaic: install gstreamer1.0-plugins-ugly (x264) or -bad (openh264)");
}

const char* output_of(MosaicKind kind) {
    switch (kind) {
        case MosaicKind::Srt:
            return "mpegtsmux alignment=7 ! srtsink name=out wait-for-connection=false";
        case MosaicKind::Rtmp:
            return "flvmux streamable=true ! rtmp2sink name=out";
        case MosaicKind::Hls:
            return "hlssink2 name=out target-duration=2 max-files=8 playlist-length=5";
    }
    return "";
}

const char* sink_of(MosaicKind kind) {
    switch (kind) {
        case MosaicKind::Srt:
            return "srtsink";
        case MosaicKind::Rtmp:
            return "rtmp2sink";
        case MosaicKind::Hls:
            return "hlssink2";
    }
    return "";
}

core::Result<void> check_elements(const MosaicOptions& options) {
    for (const Needed& needed : kNeeded)
        if (!exists(needed.element))
            return core::fail(ErrorCode::Unsupported,
                              fmt::format("the mosaic needs {}: install {}", needed.element, needed.package));
    if (!exists(sink_of(options.kind)))
        return core::fail(ErrorCode::Unsupported,
                          fmt::format("the mosaic needs {}: install gstreamer1.0-plugins-bad", sink_of(options.kind)));
    return {};
}

/// The target goes in as a property, never as part of the description that is parsed.
void set_target(GstElement* out, const MosaicOptions& options) {
    if (options.kind == MosaicKind::Srt) {
        g_object_set(out, "uri", options.target.c_str(), nullptr);
    } else if (options.kind == MosaicKind::Rtmp) {
        g_object_set(out, "location", options.target.c_str(), nullptr);
    } else {
        const std::filesystem::path playlist(options.target);
        const std::string segments = (playlist.parent_path() / (playlist.stem().string() + "-%06d.ts")).string();
        g_object_set(out, "playlist-location", options.target.c_str(), "location", segments.c_str(), nullptr);
    }
}

}  // namespace

core::Result<MosaicOptions> mosaic_to(const std::string& target) {
    MosaicOptions options;
    options.target = target;
    const auto begins = [&target](std::string_view with) { return target.rfind(with, 0) == 0; };
    constexpr std::string_view kPlaylist = ".m3u8";
    if (begins("srt://")) {
        options.kind = MosaicKind::Srt;
    } else if (begins("rtmp://") || begins("rtmps://")) {
        options.kind = MosaicKind::Rtmp;
    } else if (target.find("://") == std::string::npos && target.size() > kPlaylist.size() &&
               target.substr(target.size() - kPlaylist.size()) == kPlaylist) {
        options.kind = MosaicKind::Hls;
    } else {
        return core::fail(ErrorCode::InvalidConfig,
                          fmt::format("--mosaic {}: srt://…, rtmp://… or the path of an .m3u8 file", target));
    }
    return options;
}

/// Ends every thread of a pipeline. One whose sink has just failed may refuse as a whole: then each element for itself,
/// sinks and what is inside of bins first, or their threads would outlive them.
void end(GstElement* pipeline) {
    if (gst_element_set_state(pipeline, GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS) return;
    GstIterator* elements = gst_bin_iterate_sorted(GST_BIN(pipeline));
    const auto end_one = [](const GValue* item, gpointer) {
        gst_element_set_state(GST_ELEMENT(g_value_get_object(item)), GST_STATE_NULL);
    };
    while (gst_iterator_foreach(elements, end_one, nullptr) == GST_ITERATOR_RESYNC) gst_iterator_resync(elements);
    gst_iterator_free(elements);
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

struct MosaicOutput::Parts {
    MosaicOptions options;
    const core::Clock& clock;
    std::string description;
    Element pipeline, source;
    std::string trouble;
    core::ArrivalTime started{}, retry_at{};
    std::uint64_t pushed = 0;

    Parts(MosaicOptions o, const core::Clock& c) : options(std::move(o)), clock(c) {}
    ~Parts() { stop(); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void stop() {
        source.reset();
        if (pipeline) end(pipeline.get());
        pipeline.reset();
    }
    void fail(std::string why) {
        stop();
        trouble = std::move(why);
        retry_at = clock.now() + kRetry;
    }
    void start();
    void take_messages();
};

void MosaicOutput::Parts::start() {
    GError* error = nullptr;
    pipeline.reset(gst_parse_launch(description.c_str(), &error));
    if (error != nullptr || !pipeline) {
        const std::string why = error != nullptr ? error->message : "the pipeline cannot be made";
        g_clear_error(&error);
        fail(why);
        return;
    }
    const Element out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    set_target(out.get(), options);
    source.reset(gst_bin_get_by_name(GST_BIN(pipeline.get()), "picture"));
    started = clock.now();
    trouble.clear();
    if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) take_messages();
}

void MosaicOutput::Parts::take_messages() {
    if (!pipeline) return;
    GstBus* bus = gst_element_get_bus(pipeline.get());
    std::string why;
    while (GstMessage* message =
               gst_bus_pop_filtered(bus, static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS))) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR && why.empty()) {
            GError* error = nullptr;
            gst_message_parse_error(message, &error, nullptr);
            why = error != nullptr ? error->message : "unknown";
            g_clear_error(&error);
        }
        gst_message_unref(message);
    }
    gst_object_unref(bus);
    if (!why.empty()) fail(why);
}

MosaicOutput::MosaicOutput(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MosaicOutput::~MosaicOutput() = default;

core::Result<std::unique_ptr<MosaicOutput>> MosaicOutput::open(const MosaicOptions& options, const core::Clock& clock) {
    gst_init(nullptr, nullptr);
    if (options.width % 2 != 0 || options.height % 2 != 0)
        return core::fail(ErrorCode::InvalidConfig, fmt::format("a mosaic of {}x{}: width and height must be even",
                                                                options.width, options.height));
    if (auto missing = check_elements(options); !missing) return tl::unexpected(missing.error());
    auto encode = encoder(options);
    if (!encode) return tl::unexpected(encode.error());
    auto parts = std::make_unique<Parts>(options, clock);
    const bool packets = options.kind != MosaicKind::Hls;
    parts->description = fmt::format(
        "appsrc name=picture is-live=true format=time max-buffers=2 leaky-type=downstream "
        "caps=video/x-raw,format=RGBx,width={},height={},framerate={}/1 ! "
        "videoconvert ! video/x-raw,format=I420 ! {} ! h264parse config-interval=-1 {} ! {}",
        options.width, options.height, options.fps, *encode,
        packets ? "! queue leaky=downstream max-size-time=2000000000 max-size-buffers=0 max-size-bytes=0" : "",
        output_of(options.kind));
    parts->start();
    return std::unique_ptr<MosaicOutput>(new MosaicOutput(std::move(parts)));
}

void MosaicOutput::push(std::span<const std::uint8_t> pixels) {
    Parts& p = *parts_;
    p.take_messages();
    if (!p.pipeline) {
        if (p.clock.now() < p.retry_at) return;
        p.start();
        if (!p.pipeline) return;
    }
    const auto bytes = static_cast<std::size_t>(p.options.width) * static_cast<std::size_t>(p.options.height) * 4;
    if (pixels.size() < bytes) return;
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
    if (buffer == nullptr) return;
    const std::size_t row = static_cast<std::size_t>(p.options.width) * 4;
    for (std::size_t y = 0; y < static_cast<std::size_t>(p.options.height); ++y)
        gst_buffer_fill(buffer, bytes - (y + 1) * row, pixels.data() + y * row, row);
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>((p.clock.now() - p.started).count());
    GST_BUFFER_DURATION(buffer) = GST_SECOND / static_cast<GstClockTime>(p.options.fps);
    if (gst_app_src_push_buffer(GST_APP_SRC(p.source.get()), buffer) == GST_FLOW_OK) ++p.pushed;
}

const std::string& MosaicOutput::trouble() const {
    return parts_->trouble;
}

std::uint64_t MosaicOutput::pushed() const {
    return parts_->pushed;
}

}  // namespace sightline::ui
