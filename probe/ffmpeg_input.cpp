// SPDX-License-Identifier: Apache-2.0
#include "probe/ffmpeg_input.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace sightline::probe::ffmpeg {
namespace {

using core::ErrorCode;

constexpr const char* kContainers =
    "mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,mpeg,mpegvideo,h264,hevc,aac,mp3,ac3,eac3,wav";
/// Large enough that the mpegts demuxer, which reads up to the first PMT, can go back to the first packet.
constexpr int kReadBufferBytes = 1 << 20;
constexpr std::size_t kMaxAllocation = 1U << 29;

int read_bytes(void* opaque, std::uint8_t* into, int size) {
    const std::size_t got =
        static_cast<ByteInput*>(opaque)->read({reinterpret_cast<std::byte*>(into), static_cast<std::size_t>(size)});
    return got == 0 ? AVERROR_EOF : static_cast<int>(got);
}

std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence) {
    auto& input = *static_cast<ByteInput*>(opaque);
    const auto size = input.size();
    if (!size) return AVERROR(ENOSYS);
    if ((whence & AVSEEK_SIZE) != 0) return *size;
    if ((whence & ~AVSEEK_FORCE) != SEEK_SET) return AVERROR(ENOSYS);
    return input.seek(offset) ? offset : AVERROR(EIO);
}

int refuse_to_open(AVFormatContext* /*context*/, AVIOContext** /*pb*/, const char* /*url*/, int /*flags*/,
                   AVDictionary** /*options*/) {
    return AVERROR(EACCES);
}

const char* format_hint(Container container) {
    switch (container) {
        case Container::MpegTs:
            return "mpegts";
        case Container::Flv:
            return "flv";
        case Container::Mp4Fragments:
            return "mov";
        case Container::Unknown:
            break;
    }
    return nullptr;
}

/// Whether a file begins with a media segment of ISO BMFF (ISO/IEC 14496-12, 8.16), which needs another's `moov`.
bool is_bare_segment(ByteInput& bytes) {
    if (!bytes.size() || !bytes.seek(0)) return false;
    std::array<std::byte, 8> head{};
    if (bytes.read(head) != head.size()) return false;
    const std::string_view type(reinterpret_cast<const char*>(head.data()) + 4, 4);
    return type == "styp" || type == "moof" || type == "sidx" || type == "emsg" || type == "prft";
}

core::Error open_error(int code, std::int64_t bytes_seen, ByteInput& bytes) {
    if (bytes_seen == 0) return {ErrorCode::EndOfStream, "the input is empty: no bytes at all"};
    if (is_bare_segment(bytes)) {
        return {ErrorCode::Unsupported,
                "a segment of MP4 without its initialisation segment: check the playlist, or both in one file"};
    }
    if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF) {
        return {ErrorCode::Corrupt,
                fmt::format("not a media format that is known here, or damaged from its start ({} bytes read)",
                            bytes_seen)};
    }
    if (code == AVERROR(EACCES))
        return {ErrorCode::Refused, "the input refers to other files or addresses; such references are refused"};
    return {ErrorCode::Unsupported, fmt::format("cannot open as media: {}", error_text(code))};
}

}  // namespace

core::Result<Input> open_input(ByteInput& bytes, Container container, int max_tracks, std::int64_t max_probe_bytes) {
    silence_log();
    av_max_alloc(kMaxAllocation);
    auto* buffer = static_cast<unsigned char*>(av_malloc(kReadBufferBytes));
    Input out;
    out.io.reset(avio_alloc_context(buffer, kReadBufferBytes, 0, &bytes, read_bytes, nullptr,
                                    bytes.size() ? seek_bytes : nullptr));
    out.io->seekable = bytes.size() ? AVIO_SEEKABLE_NORMAL : 0;
    AVFormatContext* made = avformat_alloc_context();
    made->pb = out.io.get();
    made->flags |= AVFMT_FLAG_CUSTOM_IO;
    made->io_open = refuse_to_open;
    made->format_whitelist = av_strdup(kContainers);
    made->protocol_whitelist = av_strdup("none");
    made->max_streams = max_tracks;
    made->probesize = max_probe_bytes;
    made->correct_ts_overflow = 0;
    const char* hint = format_hint(container);
    const AVInputFormat* wanted = hint != nullptr ? av_find_input_format(hint) : nullptr;
    if (const int code = avformat_open_input(&made, "", wanted, nullptr); code < 0) {
        return tl::unexpected(open_error(code, out.io->bytes_read, bytes));
    }
    out.format.reset(made);
    return out;
}

}  // namespace sightline::probe::ffmpeg
