// SPDX-License-Identifier: Apache-2.0
#include "ui/mosaic_output.hpp"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <utility>

#include "ui/gst.hpp"
#include "ui/sound/limiter.hpp"

namespace sightline::ui {
namespace {

using core::ErrorCode;

struct Needed {
    const char* element;
    const char* package;
};
constexpr std::array kNeeded{Needed{"appsrc", "gstreamer1.0-plugins-base"},
                             Needed{"videoconvert", "gstreamer1.0-plugins-base"},
                             Needed{"h264parse", "gstreamer1.0-plugins-bad"}};

/// The encoder that is there: x264, else openh264.
core::Result<std::string> encoder(const MosaicOptions& o) {
    if (gst_element_exists("x264enc"))
        return fmt::format(
            "x264enc tune=zerolatency speed-preset=veryfast bitrate={} key-int-max={} ! "
            "video/x-h264,profile=main",
            o.bitrate_kbps, o.fps);
    if (gst_element_exists("openh264enc"))
        return fmt::format("openh264enc bitrate={} gop-size={} complexity=low", o.bitrate_kbps * 1'000, o.fps);
    return core::fail(ErrorCode::Unsupported,
                      "no H.264 encoder for the mosaic: install gstreamer1.0-plugins-ugly (x264) or -bad (openh264)");
}

/// Of AAC, 128 kb/s; empty where there is none.
std::string sound_encoder() {
    for (const char* element : {"voaacenc", "avenc_aac", "fdkaacenc"})
        if (gst_element_exists(element)) return fmt::format("{} bitrate=128000", element);
    return {};
}

/// Where picture and sound come together: before it, the pads that they go to, and what follows them.
struct Output {
    const char* elements;
    const char* picture_pad;
    const char* sound_pad;
};
Output output_of(MosaicKind kind) {
    // The multiplexer waits a little for the picture, which is encoded more slowly than the sound.
    switch (kind) {
        case MosaicKind::Srt:
            return {"mpegtsmux name=mux alignment=7 latency=200000000 ! srtsink name=out wait-for-connection=false",
                    "mux.", "mux."};
        case MosaicKind::Rtmp:
            return {"flvmux name=mux streamable=true latency=200000000 ! rtmp2sink name=out", "mux.video", "mux.audio"};
        case MosaicKind::Hls:
            return {"hlssink2 name=out target-duration=2 max-files=8 playlist-length=5", "out.video", "out.audio"};
    }
    return {"", "", ""};
}

std::string description_of(const MosaicOptions& o, const std::string& encode, const std::string& encode_sound) {
    const bool packets = o.kind != MosaicKind::Hls;
    constexpr const char* kQueue =
        "! queue leaky=downstream max-size-time=2000000000 max-size-buffers=0 max-size-bytes=0";
    const Output output = output_of(o.kind);
    std::string text = fmt::format(
        "{} appsrc name=picture is-live=true format=time max-buffers=2 leaky-type=downstream "
        "caps=video/x-raw,format=RGBx,width={},height={},framerate={}/1 ! "
        "videoconvert ! video/x-raw,format=I420 ! {} ! h264parse config-interval=-1 {} ! {}",
        output.elements, o.width, o.height, o.fps, encode, packets ? kQueue : "", output.picture_pad);
    if (!encode_sound.empty())
        text += fmt::format(
            " appsrc name=sound is-live=true format=time max-time=2000000000 leaky-type=downstream "
            "caps=audio/x-raw,format=F32LE,layout=interleaved,rate={},channels={} ! "
            "audioconvert ! {} ! aacparse {} ! {}",
            kSoundRate, kSoundChannels, encode_sound, packets ? kQueue : "! queue", output.sound_pad);
    return text;
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
        if (!gst_element_exists(needed.element))
            return core::fail(ErrorCode::Unsupported,
                              fmt::format("the mosaic needs {}: install {}", needed.element, needed.package));
    if (!gst_element_exists(sink_of(options.kind)))
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

struct MosaicOutput::Parts {
    MosaicOptions options;
    const core::Clock& clock;
    std::string description;
    GstElementPtr pipeline, picture, sound;
    std::string trouble, sound_note;
    core::ArrivalTime started{}, retry_at{};
    std::uint64_t pushed = 0;

    Parts(MosaicOptions o, const core::Clock& c) : options(std::move(o)), clock(c) {}
    ~Parts() { stop(); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void stop() {
        picture.reset();
        sound.reset();
        if (pipeline) end_pipeline(pipeline.get());
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
    std::string error;
    pipeline = parse_pipeline(description, error);
    if (!pipeline) return fail(error);
    const GstElementPtr out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    set_target(out.get(), options);
    picture.reset(gst_bin_get_by_name(GST_BIN(pipeline.get()), "picture"));
    sound.reset(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sound"));  // none without an AAC encoder
    started = clock.now();
    trouble.clear();
    if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) take_messages();
}

void MosaicOutput::Parts::take_messages() {
    if (!pipeline) return;
    const std::string why = first_error(pipeline.get());
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
    const std::string encode_sound = sound_encoder();
    if (encode_sound.empty())
        parts->sound_note =
            "the mosaic has no sound: install gstreamer1.0-plugins-bad (voaacenc) or gstreamer1.0-libav";
    parts->description = description_of(options, *encode, encode_sound);
    parts->start();
    return std::unique_ptr<MosaicOutput>(new MosaicOutput(std::move(parts)));
}

void MosaicOutput::push(std::span<const std::uint8_t> pixels, core::ArrivalTime drawn) {
    Parts& p = *parts_;
    p.take_messages();
    if (!p.pipeline) {
        if (p.clock.now() < p.retry_at) return;
        p.start();
        if (!p.pipeline) return;
    }
    if (drawn < p.started) return;
    const auto bytes = static_cast<std::size_t>(p.options.width) * static_cast<std::size_t>(p.options.height) * 4;
    if (pixels.size() < bytes) return;
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
    if (buffer == nullptr) return;
    const std::size_t row = static_cast<std::size_t>(p.options.width) * 4;
    for (std::size_t y = 0; y < static_cast<std::size_t>(p.options.height); ++y)
        gst_buffer_fill(buffer, bytes - (y + 1) * row, pixels.data() + y * row, row);
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>((drawn - p.started).count());
    GST_BUFFER_DURATION(buffer) = GST_SECOND / static_cast<GstClockTime>(p.options.fps);
    if (gst_app_src_push_buffer(GST_APP_SRC(p.picture.get()), buffer) == GST_FLOW_OK) ++p.pushed;
}

void MosaicOutput::push_sound(std::span<const float> samples, core::ArrivalTime heard) {
    Parts& p = *parts_;
    if (!p.sound || heard < p.started) return;
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, samples.size_bytes(), nullptr);
    if (buffer == nullptr) return;
    gst_buffer_fill(buffer, 0, samples.data(), samples.size_bytes());
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>((heard - p.started).count());
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(samples.size() / kSoundChannels, GST_SECOND, static_cast<guint64>(kSoundRate));
    (void)gst_app_src_push_buffer(GST_APP_SRC(p.sound.get()), buffer);
}

const std::string& MosaicOutput::sound_note() const {
    return parts_->sound_note;
}

const std::string& MosaicOutput::trouble() const {
    return parts_->trouble;
}

std::uint64_t MosaicOutput::pushed() const {
    return parts_->pushed;
}

}  // namespace sightline::ui
