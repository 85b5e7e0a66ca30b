// SPDX-License-Identifier: Apache-2.0
// Listens for tally (link/tsl.hpp) on UDP and TCP and keeps what each display was told last.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/published.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "link/tsl.hpp"
#include "net/event_loop.hpp"

namespace sightline::link {

struct TallyOptions {
    std::string listen = "0.0.0.0";  ///< an address of this machine
    int udp_port = 0;                ///< 0: a free one
    int tcp_port = 0;                ///< 0: a free one
    bool udp = true, tcp = true;
    int index_offset = 0;       ///< added to the index on the wire: senders count from 0 or from 1
    bool swap = false;          ///< red means green: for senders that give preview and programme the other way round
    std::optional<int> screen;  ///< 5.0: only this screen's messages
};

/// What one display was told last.
struct TallyDisplay {
    TallyLamps lamps;
    std::string text;
    core::ArrivalTime at;  ///< when
    bool cut_off = false;  ///< the TCP connection that told it has ended
    /// Nobody has confirmed it for longer than `limit`; zero: only a cut-off one is stale.
    [[nodiscard]] bool stale(core::ArrivalTime now, core::Duration limit) const {
        return cut_off || (limit > core::Duration::zero() && now - at > limit);
    }
};

struct TallyBoard {
    std::map<int, TallyDisplay> displays;  ///< by index, the offset added
    std::uint64_t messages = 0;
    std::uint64_t refused = 0;  ///< datagrams and stretches of TCP that were no tally
    [[nodiscard]] const TallyDisplay* find(int index) const {
        const auto at = displays.find(index);
        return at == displays.end() ? nullptr : &at->second;
    }
};

/// Threading: the loop's thread; board() from any. A burst of packets becomes one new board: at most one each kPublish.
/// Bounds:    kMostDisplays indices, kMostConnections TCP senders; what is beyond is refused and counted.
class TallyReceiver {
public:
    static constexpr std::size_t kMostDisplays = 4'096;
    static constexpr std::size_t kMostConnections = 16;
    static constexpr core::Duration kPublish = std::chrono::milliseconds{10};

    /// @return InvalidConfig or Io naming the address that cannot be listened on.
    [[nodiscard]] static core::Result<std::unique_ptr<TallyReceiver>> open(net::EventLoop& loop,
                                                                           const TallyOptions& options);
    ~TallyReceiver();
    TallyReceiver(const TallyReceiver&) = delete;
    TallyReceiver& operator=(const TallyReceiver&) = delete;

    [[nodiscard]] std::shared_ptr<const TallyBoard> board() const;  ///< never null
    [[nodiscard]] int udp_port() const;                             ///< 0 where not listened
    [[nodiscard]] int tcp_port() const;

private:
    struct Impl;
    explicit TallyReceiver(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::link
