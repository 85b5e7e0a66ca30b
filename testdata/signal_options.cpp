// SPDX-License-Identifier: Apache-2.0
#include "testdata/signal_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <sstream>

namespace sightline::testdata {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

/// The options as text, before they are judged.
struct Raw {
    std::vector<std::string> to, faults;
    std::string length, size = "640x360", fps = "25", codec = "h264", bitrate = "1500k", preset = "ultrafast";
    std::string audio = "aac", audio_bitrate = "128k", tone = "1000", level = "-18", languages, label = "SIGHTLINE";
    std::string faults_file, truth, events, loop, loop_truth, mux_rate, start_pts = "126000",
                                                                        service_name = "Sightline";
    std::string segment = "2s";
    int gop = 0, b_frames = 0, bit_depth = 8, channels = 2, audio_tracks = 1, sample_rate = 48'000, services = 1;
    int segments_listed = 6;
    std::uint64_t seed = 1;
    bool interlaced = false, full_range = false, live = false;
};

void declare(CLI::App& app, Raw& raw) {
    app.add_option("--to", raw.to, "FILE.ts|mp4|mkv|flv, DIR/NAME.m3u8, udp:// rtp:// srt:// rtmp://; may repeat")
        ->required()
        ->type_name("OUTPUT");
    app.add_option("--for", raw.length, "how long, as 20s; endless without (live only)")->type_name("DURATION");
    app.add_flag("--live", raw.live, "pace by the clock even when only files are written");
    app.add_option("--fault", raw.faults, "KIND@START[+LENGTH][:KEY=VALUE,...], e.g. black@12.48+6.04; may repeat")
        ->type_name("FAULT");
    app.add_option("--faults", raw.faults_file, "YAML or JSON file with a list of faults")->type_name("FILE");
    app.add_option("--truth", raw.truth, "write the ground truth as JSON at the end")->type_name("FILE");
    app.add_option("--events", raw.events, "live: write each edge as a JSON line when it is sent")->type_name("FILE");
    app.add_option("--seed", raw.seed, "same seed and options, same bytes");
    app.add_option("--loop", raw.loop, "send this TS file over and over instead of encoding")->type_name("FILE");
    app.add_option("--loop-truth", raw.loop_truth, "truth file of the looped file")->type_name("FILE");
    app.add_option("--size", raw.size, "picture size")->capture_default_str();
    app.add_option("--fps", raw.fps, "25, 29.97, 30000/1001 ...")->capture_default_str();
    app.add_option("--codec", raw.codec, "h264, hevc, mpeg2video, none")->capture_default_str();
    app.add_option("--bitrate", raw.bitrate, "of the picture")->capture_default_str();
    app.add_option("--gop", raw.gop, "pictures between key frames; one second without");
    app.add_option("--b-frames", raw.b_frames, "B-pictures in a row")->check(CLI::Range(0, 8));
    app.add_option("--preset", raw.preset, "of x264 and x265")->capture_default_str();
    app.add_option("--bit-depth", raw.bit_depth, "8 or 10")->check(CLI::IsMember({8, 10}));
    app.add_flag("--interlaced", raw.interlaced, "two fields, top first");
    app.add_flag("--full-range", raw.full_range, "luma 0 to 255");
    app.add_option("--label", raw.label, "text in the picture")->capture_default_str();
    app.add_option("--audio", raw.audio, "aac, mp2, pcm (mkv only), none")->capture_default_str();
    app.add_option("--audio-bitrate", raw.audio_bitrate, "of each track")->capture_default_str();
    app.add_option("--audio-tracks", raw.audio_tracks)->check(CLI::Range(0, 16));
    app.add_option("--channels", raw.channels, "1 or 2 (aac up to 6)")->check(CLI::Range(1, 6));
    app.add_option("--sample-rate", raw.sample_rate)->capture_default_str();
    app.add_option("--languages", raw.languages, "by track, as eng,fra");
    app.add_option("--tone", raw.tone, "Hz by channel, as 1000,440")->capture_default_str();
    app.add_option("--tone-level", raw.level, "dBFS sample peak by channel")->capture_default_str();
    app.add_option("--services", raw.services, "programmes in the multiplex, all alike")->check(CLI::Range(1, 20));
    app.add_option("--service-name", raw.service_name)->capture_default_str();
    app.add_option("--mux-rate", raw.mux_rate, "constant rate with null packets, as 4M");
    app.add_option("--start-pts", raw.start_pts, "90 kHz ticks of the first picture; wraps at 2^33")
        ->capture_default_str();
    app.add_option("--hls-segment", raw.segment, "least length of an HLS segment")->capture_default_str();
    app.add_option("--hls-listed", raw.segments_listed, "segments in a live playlist")->check(CLI::Range(2, 1000));
}

tl::unexpected<core::Error> bad(std::string_view option, std::string_view value, std::string_view allowed) {
    return fail(ErrorCode::InvalidConfig, fmt::format("{} {}: expected {}", option, value, allowed));
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

std::optional<double> number(const std::string& text) {
    std::istringstream stream(text);
    stream.imbue(std::locale::classic());
    double value = 0;
    if (!(stream >> value) || stream.peek() != std::char_traits<char>::eof()) return std::nullopt;
    return value;
}

Result<std::int64_t> rate(std::string_view option, std::string text) {
    const std::string given = text;
    double scale = 1;
    if (!text.empty() && (text.back() == 'k' || text.back() == 'M')) {
        scale = text.back() == 'k' ? 1e3 : 1e6;
        text.pop_back();
    }
    const auto value = number(text);
    if (!value || *value * scale < 1000 || *value * scale > 1e9)
        return bad(option, given, "1k to 1000M bits per second");
    return static_cast<std::int64_t>(*value * scale);
}

Result<FrameRate> frame_rate(const std::string& text) {
    if (text == "23.976") return FrameRate{24'000, 1001};
    if (text == "29.97") return FrameRate{30'000, 1001};
    if (text == "59.94") return FrameRate{60'000, 1001};
    const std::size_t slash = text.find('/');
    const auto num = number(text.substr(0, slash));
    const auto den = slash == std::string::npos ? std::optional<double>(1) : number(text.substr(slash + 1));
    if (!num || !den || *num < 1 || *den < 1 || *num / *den > 240 || *num != static_cast<int>(*num) ||
        *den != static_cast<int>(*den)) {
        return bad("--fps", text, "pictures per second, as 25 or 30000/1001");
    }
    return FrameRate{static_cast<int>(*num), static_cast<int>(*den)};
}

Result<Codec> codec(std::string_view option, const std::string& text, bool video) {
    if (text == "none") return Codec::None;
    if (video && text == "h264") return Codec::H264;
    if (video && text == "hevc") return Codec::Hevc;
    if (video && text == "mpeg2video") return Codec::Mpeg2Video;
    if (!video && text == "aac") return Codec::Aac;
    if (!video && text == "mp2") return Codec::Mp2;
    if (!video && text == "pcm") return Codec::Pcm;
    return bad(option, text, video ? "h264, hevc, mpeg2video or none" : "aac, mp2, pcm or none");
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return fail(ErrorCode::Io, "cannot read " + path);
    return text.str();
}

Result<void> read_picture(const Raw& raw, ProgrammeSettings& out) {
    const auto chosen = codec("--codec", raw.codec, true);
    if (!chosen) return tl::unexpected(chosen.error());
    const auto fps = frame_rate(raw.fps);
    if (!fps) return tl::unexpected(fps.error());
    const auto bitrate = rate("--bitrate", raw.bitrate);
    if (!bitrate) return tl::unexpected(bitrate.error());
    const std::size_t cross = raw.size.find('x');
    const auto width = number(raw.size.substr(0, cross));
    const auto height = cross == std::string::npos ? std::nullopt : number(raw.size.substr(cross + 1));
    const auto fits = [](std::optional<double> v) {
        return v && *v >= 32 && *v <= 8192 && static_cast<int>(*v) % 2 == 0;
    };
    if (!fits(width) || !fits(height)) return bad("--size", raw.size, "WIDTHxHEIGHT, even, within 32 to 8192");
    out.has_video = *chosen != Codec::None;
    out.video.codec = *chosen;
    out.video.width = static_cast<int>(*width);
    out.video.height = static_cast<int>(*height);
    out.video.fps = *fps;
    out.video.bitrate_bps = *bitrate;
    out.video.gop = raw.gop > 0 ? raw.gop : std::max(1, (fps->num + fps->den / 2) / fps->den);
    out.video.b_frames = raw.b_frames;
    out.video.bit_depth = raw.bit_depth;
    out.video.interlaced = raw.interlaced;
    out.video.full_range = raw.full_range;
    out.video.preset = raw.preset;
    out.style = {*fps, raw.label, raw.interlaced, raw.full_range, raw.seed};
    return {};
}

Result<void> read_sound(const Raw& raw, ProgrammeSettings& out) {
    const auto chosen = codec("--audio", raw.audio, false);
    if (!chosen) return tl::unexpected(chosen.error());
    const auto bitrate = rate("--audio-bitrate", raw.audio_bitrate);
    if (!bitrate) return tl::unexpected(bitrate.error());
    const std::vector<std::string> tones = split(raw.tone);
    const std::vector<std::string> levels = split(raw.level);
    std::vector<ToneChannel> channels;
    for (std::size_t c = 0; c < static_cast<std::size_t>(raw.channels); ++c) {
        const auto frequency = tones.empty() ? std::nullopt : number(tones[std::min(c, tones.size() - 1)]);
        const auto level = levels.empty() ? std::nullopt : number(levels[std::min(c, levels.size() - 1)]);
        if (!frequency || *frequency < 1 || *frequency > 24'000) return bad("--tone", raw.tone, "1 to 24000 Hz");
        if (!level || *level > 0 || *level < -200) return bad("--tone-level", raw.level, "-200 to 0 dBFS");
        channels.push_back({*frequency, *level});
    }
    if (*chosen == Codec::None) return {};
    for (int i = 0; i < raw.audio_tracks; ++i) {
        out.audio.push_back({*chosen, *bitrate, raw.sample_rate, raw.channels});
        out.tones.push_back(channels);
    }
    out.languages = split(raw.languages);
    return {};
}

Result<std::vector<Fault>> read_faults(const Raw& raw) {
    std::vector<Fault> faults;
    if (!raw.faults_file.empty()) {
        const auto text = read_file(raw.faults_file);
        if (!text) return tl::unexpected(text.error());
        auto list = parse_fault_list(*text);
        if (!list) return fail(list.error().code, fmt::format("{}: {}", raw.faults_file, list.error().message));
        faults = std::move(*list);
    }
    for (const std::string& text : raw.faults) {
        const auto fault = parse_fault(text);
        if (!fault) return tl::unexpected(fault.error());
        faults.push_back(*fault);
    }
    return faults;
}

bool needs_encoding(const Fault& fault) {
    return fault.kind < FaultKind::VideoLost || fault.kind == FaultKind::Silence || fault.kind == FaultKind::Level;
}

Result<SignalOptions> judge(const Raw& raw) {
    SignalOptions options;
    options.to = raw.to;
    options.seed = options.programme.seed = raw.seed;
    if (auto read = read_picture(raw, options.programme); !read) return tl::unexpected(read.error());
    if (auto read = read_sound(raw, options.programme); !read) return tl::unexpected(read.error());
    auto faults = read_faults(raw);
    if (!faults) return tl::unexpected(faults.error());
    options.faults = std::move(*faults);
    if (!raw.length.empty()) {
        const auto length = core::parse_duration(raw.length);
        if (!length || *length <= core::Duration{0}) return bad("--for", raw.length, "a time, as 20s");
        options.programme.length = *length;
    }
    if (!raw.loop.empty() && std::any_of(options.faults.begin(), options.faults.end(), needs_encoding)) {
        return fail(ErrorCode::InvalidConfig,
                    "--loop sends what is in the file: put picture and sound faults into the file");
    }
    options.paced = raw.live || std::any_of(raw.to.begin(), raw.to.end(), is_live_address);
    if (!options.paced && !options.programme.length) {
        return fail(ErrorCode::InvalidConfig, "a file needs an end: give --for, as --for 20s");
    }
    const auto start = number(raw.start_pts);
    if (!start || *start < 0 || *start >= 8'589'934'592.0) return bad("--start-pts", raw.start_pts, "0 to 8589934591");
    options.ts.start_pts = core::PtsTicks{static_cast<std::int64_t>(*start)};
    options.ts.services = raw.services;
    options.ts.service_name = raw.service_name;
    if (!raw.mux_rate.empty()) {
        const auto mux_rate = rate("--mux-rate", raw.mux_rate);
        if (!mux_rate) return tl::unexpected(mux_rate.error());
        options.ts.mux_rate_bps = *mux_rate;
    }
    const auto segment = core::parse_duration(raw.segment);
    if (!segment || *segment < std::chrono::milliseconds(100))
        return bad("--hls-segment", raw.segment, "a time from 100ms");
    options.segment_length = *segment;
    options.segments_listed = raw.segments_listed;
    options.truth_path = raw.truth;
    options.events_path = raw.events;
    options.loop_path = raw.loop;
    options.loop_truth_path = raw.loop_truth;
    return options;
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text + "\n";
}

}  // namespace

tl::expected<SignalOptions, EarlyExit> parse_signal_options(int argc, const char* const* argv) {
    Raw raw;
    CLI::App app("Makes live or file signals with known faults, and says what is wrong with them.",
                 "sightline-signals");
    declare(app, raw);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return tl::unexpected(EarlyExit{0, app.help()});
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(EarlyExit{2, one_line(error.what())});
    }
    auto options = judge(raw);
    if (!options) return tl::unexpected(EarlyExit{2, one_line(options.error().message)});
    return std::move(*options);
}

}  // namespace sightline::testdata
