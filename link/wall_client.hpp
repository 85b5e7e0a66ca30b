// SPDX-License-Identifier: Apache-2.0
// The wall's end of a probe's socket on this machine: pictures, levels and sound of its streams as they come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/result.hpp"
#include "link/audio_levels.hpp"
#include "link/descriptor.hpp"
#include "link/pcm_ring.hpp"
#include "link/tile_frames.hpp"
#include "link/wall_messages.hpp"
#include "net/event_loop.hpp"

namespace sightline::link {

/// What one stream gives a wall. Readers stay when the worker or the probe goes: the last picture can still be shown.
struct WallFeed {
    std::optional<TileReader> tiles;
    std::optional<LevelsReader> levels;
    std::optional<PcmReader> pcm;
    /// Nobody writes any more (worker or probe gone): what the readers give is the last there was.
    bool ended = false;
    std::string refusal;  ///< why a segment was not taken, in words; empty: all were
};

/// Keeps a connection to one probe; comes back by itself, and says again then what it wants.
///
/// Threading: the loop's thread; a renderer without a loop of its own may call EventLoop::poll() once a frame.
class WallClient {
public:
    /// Silence of a connected probe after which it is not answering.
    static constexpr core::Duration kSilence = std::chrono::milliseconds{1'500};
    static constexpr core::Duration kRetry = std::chrono::milliseconds{500};

    struct Options {
        std::string path;  ///< of the probe's wall socket: that of its API with ".wall" behind
        std::string who, software;
        WallTiles tiles;  ///< at first
    };
    WallClient(net::EventLoop& loop, Options options);
    ~WallClient();
    WallClient(const WallClient&) = delete;
    WallClient& operator=(const WallClient&) = delete;

    /// The box for all tiles (stream empty) or for one; 0 × 0: none.
    void want_tiles(const WallTiles& tiles);
    void focus(const WallFocus& focus);

    /// Null: nothing came of this stream yet, or it is gone. Valid until the loop runs next.
    [[nodiscard]] WallFeed* feed(const std::string& stream);
    [[nodiscard]] const std::map<std::string, WallFeed>& feeds() const { return feeds_; }
    /// Rises with every segment that comes, ends or goes.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }

    /// The probe said hello and is heard.
    [[nodiscard]] bool answering() const;
    /// When the probe was heard last; empty: never.
    [[nodiscard]] std::optional<core::ArrivalTime> last_heard() const { return heard_; }
    [[nodiscard]] const std::string& probe() const { return probe_; }
    /// Why there is no connection, in words: "no probe answers at …", "user 1000 may not watch …". Empty while there
    /// is.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

private:
    void connect();
    void disconnect(std::string why);
    void receive();
    void take(WallMessage message, const Descriptor& descriptor);
    void open_segment(const WallSegment& segment, const Descriptor& descriptor);
    void say_all();
    void say(const WallMessage& message);
    void say_rest();
    void on_ready(net::EventLoop::Ready ready);
    void watch(bool write);

    net::EventLoop& loop_;
    Options options_;
    Descriptor socket_;
    net::EventLoop::Handle watch_, retry_;
    std::map<std::pair<std::size_t, std::string>, WallMessage> unsaid_;  // by kind and stream: the socket was full
    bool greeted_ = false;
    std::map<std::string, WallTiles> tiles_;  // of single streams
    std::map<std::string, WallFocus> focus_;
    std::map<std::string, WallFeed> feeds_;
    std::uint64_t revision_ = 0;
    std::optional<core::ArrivalTime> heard_;
    std::string probe_, trouble_;
};

}  // namespace sightline::link
