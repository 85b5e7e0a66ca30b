// SPDX-License-Identifier: Apache-2.0
// The supervisor's side of the wall: its socket, and what walls want passed on to the workers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "link/messages.hpp"
#include "link/wall_server.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// Without walls the workers make nothing for them. Works without a socket too (no API socket configured): then only
/// focus() has an effect.
///
/// Threading: the loop's thread.
class WallHost {
public:
    /// What the worker of a stream shall be told.
    using Show = std::function<void(const std::string& stream, const link::Focus& wanted)>;

    explicit WallHost(Show show) : show_(std::move(show)) {}
    /// Opens the socket. @return why walls cannot connect; the rest works all the same.
    core::Result<void> listen(net::EventLoop& loop, link::WallServer::Options options);

    /// Watches these from now on; those not named are gone for walls.
    void watch(const std::vector<core::StreamSpec>& streams);
    /// Full depth asked for by somebody who is no wall.
    void focus(const std::string& stream, bool wanted);

    /// A worker's shared memory. @return Corrupt where it is none; Cancelled where nobody wants it any more.
    core::Result<void> take(const std::string& stream, const link::Segment& segment);
    /// The stream's worker is gone; what it showed last stays.
    void lost(const std::string& stream);

    [[nodiscard]] std::size_t walls() const { return server_ ? server_->walls() : 0; }

private:
    void tell();
    Show show_;
    std::unique_ptr<link::WallServer> server_;
    std::set<std::string> streams_, focused_;
    struct Told {
        link::WallWants wants;
        bool focus = false;
        friend bool operator==(const Told&, const Told&) = default;
    };
    std::map<std::string, Told> told_;
};

}  // namespace sightline::engine
