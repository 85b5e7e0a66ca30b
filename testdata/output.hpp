// SPDX-License-Identifier: Apache-2.0
// Where a signal goes. One file per kind of output implements this.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "testdata/access_unit.hpp"
#include "testdata/ts_packet.hpp"

namespace sightline::testdata {

/// What an output is fed with.
enum class Feed : std::uint8_t { Packets, Units };

/// What went out and may be entered as sent: marks of Truth, in order.
using SentMarks = std::vector<int>;

/// One destination. Calls come from one thread, in the order of time.
///
/// Files fail at once. Live outputs (live() true) swallow what they cannot send, try again by themselves from one
/// write to the next, and say so on stderr once per change.
class Output {
public:
    virtual ~Output() = default;
    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual Feed feed() const = 0;
    /// True where time matters: the signal is then sent at the pace of the clock.
    [[nodiscard]] virtual bool live() const = 0;
    /// Makes the connection (live) or the file. May be called again after disconnect().
    [[nodiscard]] virtual core::Result<void> open() = 0;
    /// One datagram's worth (≤ 7) when live, any number otherwise. Marks that are now out are appended to `sent`.
    [[nodiscard]] virtual core::Result<void> write_packets(std::span<const TsPacket> packets, SentMarks& sent);
    [[nodiscard]] virtual core::Result<void> write_unit(const AccessUnit& unit, int mark, SentMarks& sent);
    /// Ends the connection as a sender that goes away does; files take no notice.
    virtual void disconnect() {}
    /// Everything was written.
    [[nodiscard]] virtual core::Result<void> finish() { return {}; }
};

struct OutputSettings {
    std::vector<Track> tracks;
    bool paced = false;                                       ///< at the pace of the clock
    core::Duration segment_length = std::chrono::seconds(2);  ///< HLS; cut at the next key frame
    int segments_listed = 6;                                  ///< HLS, live
    std::uint64_t seed = 1;
};

/// Chooses by scheme (udp rtp srt rtmp rtmps) or file ending (ts m3u8 mp4 mkv flv). Opens nothing yet.
/// @return InvalidConfig in one line.
[[nodiscard]] core::Result<std::unique_ptr<Output>> make_output(const std::string& to, const OutputSettings& settings);

/// True if make_output would give a live output for `to`.
[[nodiscard]] bool is_live_address(const std::string& to);

/// Appends the marks that `packets` carry.
void collect_marks(std::span<const TsPacket> packets, SentMarks& sent);

}  // namespace sightline::testdata
