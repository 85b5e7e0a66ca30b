// SPDX-License-Identifier: Apache-2.0
// A directory of MPEG-TS segments with a media playlist (RFC 8216), for a real web server to serve.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "testdata/output.hpp"

namespace sightline::testdata {

/// Segments and playlist appear whole: each is written beside its place and renamed. Live playlists slide; segments
/// that left them stay for as long again, then go. Files not paced by a clock become a VOD playlist with an end.
class HlsOutput final : public Output {
public:
    HlsOutput(std::string playlist, const OutputSettings& settings);
    [[nodiscard]] const std::string& name() const override { return playlist_; }
    [[nodiscard]] Feed feed() const override { return Feed::Packets; }
    [[nodiscard]] bool live() const override { return false; }
    [[nodiscard]] core::Result<void> open() override;
    [[nodiscard]] core::Result<void> write_packets(std::span<const TsPacket> packets, SentMarks& sent) override;
    [[nodiscard]] core::Result<void> finish() override;

private:
    struct Segment {
        std::string file;
        core::Duration length{0};
        bool discontinuity = false;  ///< timestamps jumped since the one before
    };
    core::Result<void> close_segment(core::Duration end, SentMarks& sent);
    core::Result<void> write_playlist(bool ended);

    std::string playlist_, stem_;
    bool sliding_;
    core::Duration wanted_;
    std::size_t listed_;
    std::vector<std::uint8_t> body_;  ///< of the segment now made
    SentMarks marks_;                 ///< in it
    core::Duration begun_{0}, last_{0};
    core::PtsTicks offset_{0};
    bool discontinuity_ = false;
    std::deque<Segment> segments_;
    std::deque<std::string> retired_;
    std::int64_t first_ = 0, next_ = 0, discontinuities_gone_ = 0;
};

}  // namespace sightline::testdata
