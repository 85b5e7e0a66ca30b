// SPDX-License-Identifier: Apache-2.0
// A demuxer over a ByteInput. For sources of probe/ only.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.hpp"
#include "probe/byte_input.hpp"
#include "probe/ffmpeg.hpp"
#include "probe/source.hpp"

namespace sightline::probe::ffmpeg {

struct CloseFormat {
    void operator()(AVFormatContext* format) const { avformat_close_input(&format); }
};
struct FreeIo {
    void operator()(AVIOContext* io) const {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
};

struct Input {
    std::unique_ptr<AVIOContext, FreeIo> io;
    std::unique_ptr<AVFormatContext, CloseFormat> format;  // before io goes
};

/// FFmpeg opens nothing by itself: all bytes come through `bytes`, only the listed containers are tried, and a
/// reference to anything else is refused. @return Unsupported, Corrupt, Refused, EndOfStream (no bytes at all).
[[nodiscard]] core::Result<Input> open_input(ByteInput& bytes, Container container, int max_tracks,
                                             std::int64_t max_probe_bytes);

}  // namespace sightline::probe::ffmpeg
