// SPDX-License-Identifier: Apache-2.0
// HTTP, JSON and server-sent events of a running probe (docs/api.md).
#pragma once

#include <memory>
#include <string>

#include "config/config.hpp"
#include "core/result.hpp"
#include "engine/supervisor.hpp"

namespace sightline::api {

/// Threading: construct and destroy on the supervisor's loop thread; requests are served by the server's own threads,
/// which read immutable snapshots and post changes to the loop.
class Server {
public:
    /// Listens on `config.api_listen` and on the Unix socket. @return Io, InvalidConfig: which address, and why not.
    [[nodiscard]] static core::Result<std::unique_ptr<Server>> start(engine::Supervisor& supervisor,
                                                                     const config::Config& config);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// "http://127.0.0.1:8080", with the port that was really taken; "unix:PATH" where TCP is off.
    [[nodiscard]] const std::string& address() const;

    struct Impl;

private:
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::api
