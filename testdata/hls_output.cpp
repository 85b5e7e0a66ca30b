// SPDX-License-Identifier: Apache-2.0
#include "testdata/hls_output.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "testdata/file_output.hpp"

namespace sightline::testdata {
namespace {

using core::Result;

Result<void> write_whole(const std::string& path, const void* data, std::size_t size) {
    const std::string beside = path + ".part";
    File file(std::fopen(beside.c_str(), "wb"));
    const bool written = file && std::fwrite(data, 1, size, file.get()) == size && std::fclose(file.release()) == 0;
    if (!written || std::rename(beside.c_str(), path.c_str()) != 0) {
        return core::fail(core::ErrorCode::Io, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    }
    return {};
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

HlsOutput::HlsOutput(std::string playlist, const OutputSettings& settings)
    : playlist_(std::move(playlist)),
      stem_(playlist_.substr(0, playlist_.size() - 5)),
      sliding_(settings.paced),
      wanted_(settings.segment_length),
      listed_(static_cast<std::size_t>(settings.segments_listed)) {}

Result<void> HlsOutput::open() {
    const std::string directory = directory_of(playlist_);
    if (!directory.empty() && mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
        return core::fail(core::ErrorCode::Io, fmt::format("cannot make {}: {}", directory, std::strerror(errno)));
    }
    return {};
}

Result<void> HlsOutput::write_packets(std::span<const TsPacket> packets, SentMarks& sent) {
    for (const TsPacket& packet : packets) {
        if (packet.segment_may_start) {
            // Rounded: a key frame's packets are due a little before or after the full length.
            if (!body_.empty() && packet.time - begun_ > wanted_ - std::chrono::milliseconds(100)) {
                if (auto closed = close_segment(packet.time, sent); !closed) return closed;
            }
            if (body_.empty()) begun_ = packet.time;
        }
        // What comes before the first key frame belongs to no segment.
        if (body_.empty() && !packet.segment_may_start) continue;
        if (packet.role == PacketRole::Video && packet.stamp_offset != offset_) {
            offset_ = packet.stamp_offset;
            discontinuity_ = true;
        }
        body_.insert(body_.end(), packet.bytes.begin(), packet.bytes.end());
        if (packet.mark >= 0) marks_.push_back(packet.mark);
        last_ = packet.time;
    }
    return {};
}

Result<void> HlsOutput::close_segment(core::Duration end, SentMarks& sent) {
    Segment segment{fmt::format("{}-{:06}.ts", stem_, next_++), end - begun_, discontinuity_};
    if (auto written = write_whole(segment.file, body_.data(), body_.size()); !written) return written;
    discontinuity_ = false;
    body_.clear();
    segments_.push_back(std::move(segment));
    while (sliding_ && segments_.size() > listed_) {
        if (segments_.front().discontinuity) ++discontinuities_gone_;
        retired_.push_back(segments_.front().file);
        segments_.pop_front();
        ++first_;
    }
    if (auto written = write_playlist(false); !written) return written;
    while (retired_.size() > listed_) {
        std::remove(retired_.front().c_str());
        retired_.pop_front();
    }
    sent.insert(sent.end(), marks_.begin(), marks_.end());
    marks_.clear();
    return {};
}

Result<void> HlsOutput::write_playlist(bool ended) {
    core::Duration longest{0};
    for (const Segment& segment : segments_) longest = std::max(longest, segment.length);
    const auto target = std::lround(core::to_seconds(std::max(longest, wanted_)));  // RFC 8216, 4.3.3.1
    std::string text =
        fmt::format("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{}\n", target, first_);
    if (discontinuities_gone_ > 0) text += fmt::format("#EXT-X-DISCONTINUITY-SEQUENCE:{}\n", discontinuities_gone_);
    if (!sliding_) text += "#EXT-X-PLAYLIST-TYPE:VOD\n";
    for (const Segment& segment : segments_) {
        if (segment.discontinuity) text += "#EXT-X-DISCONTINUITY\n";
        text += fmt::format("#EXTINF:{:.6f},\n{}\n", core::to_seconds(segment.length),
                            segment.file.substr(segment.file.rfind('/') + 1));
    }
    if (ended) text += "#EXT-X-ENDLIST\n";
    return write_whole(playlist_, text.data(), text.size());
}

Result<void> HlsOutput::finish() {
    SentMarks sent;
    if (!body_.empty()) {
        if (auto closed = close_segment(last_, sent); !closed) return closed;
    }
    return sliding_ ? Result<void>{} : write_playlist(true);
}

}  // namespace sightline::testdata
