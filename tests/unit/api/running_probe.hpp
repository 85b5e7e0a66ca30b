// SPDX-License-Identifier: Apache-2.0
// A whole probe without streams, with its loop in a thread and its API on a port of its own; and a raw client of it.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/server.hpp"
#include "core/clock.hpp"
#include "core/thread.hpp"
#include "engine/supervisor.hpp"
#include "tests/temporary_folder.hpp"

namespace sightline::tests {

class RunningProbe {
public:
    /// `before`: given the store's path before the probe opens it.
    explicit RunningProbe(config::Config wanted = {}, const std::function<void(const std::string&)>& before = {}) {
        wanted.probe = "hall-3";
        wanted.store_sqlite = folder / "s.db";
        if (wanted.api_listen == config::Config{}.api_listen) wanted.api_listen = "127.0.0.1:0";
        wanted.api_socket = folder / "s.sock";
        if (before) before(wanted.store_sqlite);
        std::promise<std::string> started;
        thread_ = core::start_thread("loop", [&](std::stop_token) { live(wanted, started); });
        error = started.get_future().get();
    }
    ~RunningProbe() {
        loop.post([this] { loop.quit(); });
        thread_ = {};  // joins
    }
    RunningProbe(const RunningProbe&) = delete;
    RunningProbe& operator=(const RunningProbe&) = delete;

    /// A connection to the TCP port, or to the Unix socket.
    [[nodiscard]] int connect(bool unix_socket = false) const {
        const int fd = ::socket(unix_socket ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{30, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_storage to{};
        socklen_t size = sizeof(sockaddr_in);
        if (unix_socket) {
            auto& local = reinterpret_cast<sockaddr_un&>(to);
            local.sun_family = AF_UNIX;
            (folder / "s.sock").copy(local.sun_path, sizeof local.sun_path - 1);
            size = sizeof(sockaddr_un);
        } else {
            auto& inet = reinterpret_cast<sockaddr_in&>(to);
            inet.sin_family = AF_INET;
            inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            inet.sin_port = htons(static_cast<std::uint16_t>(port));
        }
        if (::connect(fd, reinterpret_cast<sockaddr*>(&to), size) != 0) throw std::runtime_error("no connection");
        return fd;
    }

    struct Reply {
        int status = 0;  ///< 0: the connection ended without an answer
        std::string head, body;
    };
    /// Sends `bytes` and reads one answer with a Content-Length.
    static Reply exchange(int fd, const std::string& bytes) {
        for (std::size_t sent = 0; sent < bytes.size();) {
            const ssize_t now = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (now <= 0) break;  // refused before all of it was read; the answer is there
            sent += static_cast<std::size_t>(now);
        }
        std::string all;
        char buffer[4096];
        std::size_t end = std::string::npos, length = 0;
        for (;;) {
            if (end == std::string::npos && (end = all.find("\r\n\r\n")) != std::string::npos) {
                const std::size_t at = all.find("Content-Length: ");
                length = at < end ? std::stoul(all.substr(at + 16)) : 0;
            }
            if (end != std::string::npos && all.size() >= end + 4 + length) break;
            const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
            if (got <= 0) break;
            all.append(buffer, static_cast<std::size_t>(got));
        }
        Reply reply;
        if (all.size() > 12) reply.status = std::atoi(all.c_str() + 9);
        if (end != std::string::npos) {
            reply.head = all.substr(0, end);
            reply.body = all.substr(end + 4);
        }
        return reply;
    }
    /// One request on a connection of its own. `headers`: whole lines.
    [[nodiscard]] Reply ask(const std::string& method, const std::string& target, const std::string& body = {},
                            const std::string& headers = {}, bool unix_socket = false) const {
        const int fd = connect(unix_socket);
        const Reply reply = exchange(fd, request(method, target, body, headers));
        ::close(fd);
        return reply;
    }
    [[nodiscard]] std::string request(const std::string& method, const std::string& target, const std::string& body,
                                      const std::string& headers) const {
        return method + ' ' + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n" + headers +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    const test::TemporaryFolder folder;
    std::string error;    ///< why the server did not start; empty: it did
    std::string address;  ///< as it says
    int port = 0;
    core::SystemClock clock;
    net::EventLoop loop{clock};
    engine::Supervisor* supervisor = nullptr;  ///< on the loop's thread only

private:
    void live(const config::Config& config, std::promise<std::string>& started) {
        engine::SupervisorOptions options;
        options.version = "test";
        options.worker_command = {"/bin/false"};
        options.clock_synchronised = [] { return true; };
        auto probe = engine::Supervisor::start(loop, config, std::move(options));
        if (!probe) {
            started.set_value(probe.error().message);
            loop.run();
            return;
        }
        supervisor = probe->get();
        auto server = api::Server::start(**probe, (*probe)->config());
        if (server) {
            address = (*server)->address();
            const std::size_t colon = address.rfind(':');
            if (address.starts_with("http")) port = std::stoi(address.substr(colon + 1));
        }
        started.set_value(server ? "" : server.error().message);
        loop.run();
        if (server) server->reset();
    }

    std::jthread thread_;
};

}  // namespace sightline::tests
