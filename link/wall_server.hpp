// SPDX-License-Identifier: Apache-2.0
// The probe's end of the wall's socket: who may connect, which segments there are, what the walls want.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "link/descriptor.hpp"
#include "link/wall_messages.hpp"
#include "net/event_loop.hpp"

namespace sightline::link {

/// What all connected walls together want of one stream.
struct WallWants {
    int width = 0, height = 0;  ///< box that tiles shall fit in; 0: no tiles
    bool focus = false;
    int audio = 1;  ///< which audio track to hear while focused, from 1
    friend bool operator==(const WallWants&, const WallWants&) = default;
};

/// Listens on a Unix SOCK_SEQPACKET socket. Keeps the descriptors it was given, so that a wall that comes later sees
/// the last pictures too. A wall that does not read costs nothing: it is told what is so when it reads again, never
/// what was so in between; nothing is queued. A wall that talks nonsense or too much is told why and let go.
///
/// Threading: the loop's thread. Never blocks.
class WallServer {
public:
    static constexpr std::size_t kMaxWalls = 16;
    static constexpr int kMaxMessagesPerSecond = 500;
    static constexpr core::Duration kAlivePeriod = std::chrono::milliseconds{500};
    /// The last wall's tiles are made for this long after it went, in case it comes back.
    static constexpr core::Duration kLinger = std::chrono::seconds{10};
    /// A connection that has not said hello after this long is let go.
    static constexpr core::Duration kHelloPatience = std::chrono::seconds{5};

    struct Options {
        std::string path;  ///< of the socket; one left over from a process that is gone is replaced
        std::string probe, software;
        /// Members of this group may connect too, besides the probe's own user and root.
        std::optional<std::uint32_t> group;
    };
    /// @return Io, or InvalidConfig where the path is too long, or Refused where another process listens there.
    [[nodiscard]] static core::Result<std::unique_ptr<WallServer>> listen(net::EventLoop& loop, Options options,
                                                                          std::function<void()> on_wants_changed);
    ~WallServer();
    WallServer(const WallServer&) = delete;
    WallServer& operator=(const WallServer&) = delete;

    /// From now on the stream's segment of this kind; replaces the one before.
    void announce(const std::string& stream, SegmentKind kind, Descriptor descriptor);
    /// The worker is gone; its segments stay.
    void ended(const std::string& stream);
    /// The stream is not watched any more; its segments go.
    void gone(const std::string& stream);

    /// Lets go of a segment that nobody wants any more; walls are not told, they asked for it.
    void withdraw(const std::string& stream, SegmentKind kind);

    [[nodiscard]] WallWants wants(const std::string& stream) const;
    [[nodiscard]] std::size_t walls() const;
    /// Connections turned away or let go, by our decision.
    [[nodiscard]] std::uint64_t refusals() const;

private:
    struct Impl;
    class Connection;
    WallServer();
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::link
