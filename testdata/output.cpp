// SPDX-License-Identifier: Apache-2.0
#include "testdata/output.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "core/url.hpp"
#include "testdata/av_output.hpp"
#include "testdata/file_output.hpp"
#include "testdata/hls_output.hpp"
#include "testdata/srt_output.hpp"
#include "testdata/udp_output.hpp"

namespace sightline::testdata {

core::Result<void> Output::write_packets(std::span<const TsPacket> /*packets*/, SentMarks& /*sent*/) {
    return {};
}
core::Result<void> Output::write_unit(const AccessUnit& /*unit*/, int /*mark*/, SentMarks& /*sent*/) {
    return {};
}

void collect_marks(std::span<const TsPacket> packets, SentMarks& sent) {
    for (const TsPacket& packet : packets) {
        if (packet.mark >= 0) sent.push_back(packet.mark);
    }
}

bool is_live_address(const std::string& to) {
    return to.find("://") != std::string::npos;
}

core::Result<std::unique_ptr<Output>> make_output(const std::string& to, const OutputSettings& settings) {
    const auto ends_with = [&](std::string_view ending) { return std::string_view(to).ends_with(ending); };
    if (is_live_address(to)) {
        auto url = core::parse_url(to);
        if (!url) return tl::unexpected(url.error());
        if (url->scheme == "udp")
            return std::make_unique<UdpOutput>(to, std::move(*url), UdpFraming::Plain, settings.seed);
        if (url->scheme == "rtp")
            return std::make_unique<UdpOutput>(to, std::move(*url), UdpFraming::Rtp, settings.seed);
        if (url->scheme == "srt") return std::make_unique<SrtOutput>(to, std::move(*url));
        if (url->scheme == "rtmp" || url->scheme == "rtmps") return std::make_unique<AvOutput>(to, "flv", settings);
    } else {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kFormats{
            {{".mp4", "mp4"}, {".mkv", "matroska"}, {".flv", "flv"}}};
        for (const auto& [ending, format] : kFormats) {
            if (ends_with(ending)) return std::make_unique<AvOutput>(to, format, settings);
        }
        if (ends_with(".ts")) return std::make_unique<FileOutput>(to);
        if (ends_with(".m3u8")) return std::make_unique<HlsOutput>(to, settings);
    }
    return core::fail(
        core::ErrorCode::InvalidConfig,
        fmt::format("--to {}: expected FILE.ts, .m3u8, .mp4, .mkv, .flv, udp://, rtp://, srt:// or rtmp://",
                    core::mask_secrets(to)));
}

}  // namespace sightline::testdata
