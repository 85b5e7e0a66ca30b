// SPDX-License-Identifier: Apache-2.0
// The small interface between every kind of input and the pipeline: timestamped bytes, and what the link is doing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"
#include "net/event_loop.hpp"

namespace sightline::probe {

enum class LinkState : std::uint8_t {
    Connecting,   ///< names being resolved, handshakes; a listener that waits for its caller
    Connected,    ///< the other side is there; bytes may come
    Unreachable,  ///< an attempt failed, the next one is scheduled; `reason` says why in words
    Ended,        ///< the input is over (file, VOD, standard input): no more callbacks
    Failed,       ///< it can never work (no such file, wrong scheme): no more callbacks; `error` says why
};

struct LinkStatus {
    LinkState state = LinkState::Connecting;
    std::string reason;                ///< "connection refused", "wrong passphrase", "404 Not Found"
    std::optional<core::Error> error;  ///< of Unreachable and Failed
    core::ArrivalTime at{};
};

/// What the bytes are, as far as the source knows before anyone looks into them.
enum class Container : std::uint8_t { Unknown, MpegTs, Flv, Mp4Fragments };

/// How bytes arrive decides which clock transport intervals run on, and whether overload may shed.
struct SourceTraits {
    bool live = true;        ///< false: a file; reads may be held back, media time is the only clock
    bool bursty = true;      ///< false: arrival times are those of the network (UDP, RTP)
    bool segmented = false;  ///< HLS: continuity and PCR restart at each segment; bitrate on media time
    Container container = Container::Unknown;
};

/// A cut in the bytes: what follows does not continue what came before.
struct Boundary {
    enum class Kind : std::uint8_t {
        Segment,  ///< HLS TS segment: same demux session; continuity counters and PCR start anew
        Session,  ///< new connection, init segment or discontinuity: demuxers start anew, media time goes on
    };
    Kind kind = Kind::Session;
    core::Duration declared{};  ///< EXTINF of the segment that begins, 0 elsewhere
    Container container = Container::Unknown;
};

/// Where a source puts what it gets.
///
/// Threading: all calls come from one thread: the event loop's, or (files, standard input) the source's own.
/// A source whose traits say !live may be blocked inside on_bytes for as long as the consumer likes.
class SourceSink {
public:
    virtual ~SourceSink() = default;
    /// `bytes` are borrowed. `arrival` is the kernel's receive time where it has one; meaningless for files.
    virtual void on_bytes(std::span<const std::byte> bytes, core::ArrivalTime arrival) = 0;
    /// Comes before the first byte too: every connection (and every file) begins with Kind::Session.
    virtual void on_boundary(const Boundary& boundary) = 0;
    virtual void on_link(const LinkStatus& status) = 0;
    /// Bytes that on_bytes would take now without blocking or dropping. Sources that can be held back without harm
    /// (HLS, files over HTTP) ask before they give more, and ask again every few milliseconds while it is too little.
    [[nodiscard]] virtual std::size_t room() const { return SIZE_MAX; }
};

/// One input: connects, reconnects with back-off and jitter, and hands over bytes until it is destroyed.
///
/// Lifecycle: make_source() → start() once → callbacks → destroy. Destroying (or cancel()) ends it within 200 ms in
///            every phase; no callback comes after cancel() returned. A consumer that blocks in on_bytes lets go
///            (closes its queue) before it calls cancel().
/// Threading: construct, start, cancel, destroy on the event loop's thread.
class Source {
public:
    virtual ~Source() = default;
    [[nodiscard]] virtual SourceTraits traits() const = 0;
    virtual void start(SourceSink& sink) = 0;
    virtual void cancel() = 0;
    /// Numbers of the link by dotted name ("srt.rtt_ms", "udp.rxq_overflow", "udp.receive_buffer_bytes"), for later use
    /// and for /metrics. Cumulative ones end in "_total".
    [[nodiscard]] virtual std::map<std::string, double> statistics() const = 0;
    /// What of the input this source leaves out, in words for the user, as far as it knows by now: "sound of a separate
    /// HLS rendition (eng)".
    [[nodiscard]] virtual std::vector<std::string> not_watched() const { return {}; }
    /// Why no media comes although the other side is there, in words ("segments cannot be fetched: 404 Not Found");
    /// empty while it comes, or where the source does not know.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
};

struct SourceOptions {
    std::size_t read_size = 0;  ///< bytes per read of files and standard input; 0: our choice
    bool reconnect = true;      ///< false (`check`): the first failure of a connection that never came is Unreachable
                                ///< and tried again all the same; kept for sources that would loop for ever
    std::uint32_t jitter_seed = 0;
};

/// Makes the source for `input.url`: srt, rtmp(s), http(s) (…m3u8: HLS), udp, rtp, file paths, "-".
/// @return InvalidConfig naming scheme or option; NotFound, Io for files that cannot be opened.
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_source(const core::InputSpec& input,
                                                                const SourceOptions& options, net::EventLoop& loop);

}  // namespace sightline::probe
