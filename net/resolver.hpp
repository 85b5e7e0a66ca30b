// SPDX-License-Identifier: Apache-2.0
// Names to addresses without blocking the event loop, and without waiting when nobody wants the answer any more.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "net/address.hpp"
#include "net/event_loop.hpp"

namespace sightline::net {

/// What a name stands for, in the order to try (RFC 6724), with port 0. Never empty.
/// NotFound: there is no such name. TryAgain: the name servers do not answer. Io: anything else.
using Addresses = core::Result<std::vector<Address>>;

/// The system's own look-up (getaddrinfo: hosts file, DNS, …). Blocks for as long as name servers take.
[[nodiscard]] Addresses look_up(const std::string& host);

/// Runs look-ups in threads of their own and hands the answers to the loop.
///
/// A look-up cannot be aborted: one that nobody waits for any more is left to end by itself, and its answer is kept or
/// dropped. Those who ask for a name already being looked up share the answer; a good answer serves for 30 s.
///
/// Threading: the loop's thread. `lookup` runs in other threads and may outlive the Resolver and the loop.
class Resolver {
public:
    using Lookup = std::function<Addresses(const std::string& host)>;
    using Done = std::function<void(const Addresses& addresses)>;

    explicit Resolver(EventLoop& loop, Lookup lookup = look_up);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Calls `done` from the loop, never from within; with `port` in each address. Dropping the handle forgets it at
    /// once. Numbers ("10.0.0.1", "::1") are answered without a thread. There is no time limit: the caller has one.
    [[nodiscard]] EventLoop::Handle resolve(const std::string& host, int port, Done done);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sightline::net
