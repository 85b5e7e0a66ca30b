// SPDX-License-Identifier: Apache-2.0
// One attempt to call an SRT peer by all the addresses of its name.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/resolver.hpp"
#include "probe/srt_settings.hpp"
#include "probe/srt_socket.hpp"

namespace sightline::probe {

/// `localhost` and others have several addresses, and the peer may listen at one of them only: the first that connects
/// counts. Each address gets a head start over the next, so that a peer that listens at all of them is called once;
/// one that refuses lets the next begin at once. In rendezvous, which binds the peer's port, only the first is called.
///
/// Lifecycle: construct → poll() until it answers → destroy, which hangs up on all others.
/// Threading: one thread.
class SrtCall {
public:
    static constexpr core::Duration kHeadStart = std::chrono::milliseconds{250};

    /// `peers`, in the order in which they are called; not empty.
    SrtCall(const SrtSettings& settings, const std::vector<net::Address>& peers);

    /// @return the connected socket; TryAgain (still calling); else why nobody was reached: what a peer that answered
    /// said goes before the silence of others.
    [[nodiscard]] core::Result<SrtSocket> poll(core::ArrivalTime now);

private:
    void call_next(core::ArrivalTime now);
    void note(bool answered, std::string reason);

    SrtSettings settings_;
    std::deque<net::Address> waiting_;
    std::vector<SrtSocket> calling_;
    core::ArrivalTime next_at_{};
    bool answered_ = false;
    std::string reason_;
};

}  // namespace sightline::probe
