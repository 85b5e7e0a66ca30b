// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for tests: scripted answers, every request recorded, on an event loop and a port of its own.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/event_loop.hpp"

namespace sightline::tests {

/// Answers each request with what the handler returns. Give it the loop of the client under test (one thread, nothing
/// to synchronise), or a loop that another thread runs: then make, ask and destroy it there.
class HttpServer {
public:
    struct Request {
        std::string method, target;                  ///< "GET", "/live/a.m3u8?x=1"
        std::map<std::string, std::string> headers;  ///< names in lower case
        std::string body;
    };
    /// What becomes of the connection after the answer's bytes.
    enum class Then : std::uint8_t {
        KeepAlive,  ///< wait for the next request
        Close,      ///< orderly
        Reset,      ///< RST
        Hold,       ///< neither: the rest comes by send_held(), or never
    };
    struct Reply {
        int status = 200;
        std::vector<std::pair<std::string, std::string>> headers;
        std::string body;
        Then then = Then::KeepAlive;
        bool silent = false;         ///< send nothing at all, not even a head
        bool endless = false;        ///< no Content-Length: the body lasts until the connection closes
        long announced_length = -1;  ///< Content-Length to claim instead of the body's
        std::string raw;             ///< sent instead of everything above
    };
    using Handler = std::function<Reply(const Request&)>;

    HttpServer(net::EventLoop& loop, Handler handler, const char* host = "127.0.0.1")
        : loop_(loop), handler_(std::move(handler)) {
        const auto address = net::Address::parse(host, 0);
        if (!address) throw std::runtime_error("not an address");
        listener_ = ::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        if (listener_ < 0 || ::bind(listener_, address->data(), address->size()) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
            throw std::runtime_error("HTTP test server cannot listen");
        }
        address_ = net::Address::from(reinterpret_cast<const sockaddr*>(&bound), size).value_or(net::Address{});
        watch_ = loop_.watch(listener_, true, false, [this](net::EventLoop::Ready) { accept(); });
    }
    ~HttpServer() {
        stop_listening();
        connections_.clear();
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] int port() const { return address_.port(); }
    /// "http://127.0.0.1:41234" + `target`.
    [[nodiscard]] std::string url(std::string_view target) const {
        return "http://" + address_.text() + std::string(target);
    }
    /// From now on connections are refused; those that stand go on.
    void stop_listening() {
        watch_.reset();
        if (listener_ >= 0) ::close(std::exchange(listener_, -1));
    }

    /// Sends `data` to every held connection.
    void send_held(std::string_view data) {
        for (auto& [fd, connection] : connections_) {
            if (!connection->held) continue;
            connection->out += data;
            flush(*connection);
        }
        sweep();
    }
    /// Ends every held connection: orderly, or by RST.
    void end_held(Then how = Then::Close) {
        for (auto& [fd, connection] : connections_) {
            if (!connection->held) continue;
            connection->held = false;
            connection->then = how;
            flush(*connection);
        }
        sweep();
    }

    [[nodiscard]] std::size_t held() const {
        std::size_t count = 0;
        for (const auto& [fd, connection] : connections_) count += connection->held ? 1 : 0;
        return count;
    }
    /// Connections standing now.
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

    std::vector<Request> requests;  ///< in the order of arrival
    std::size_t accepted = 0;       ///< connections ever

private:
    struct Connection {
        int fd = -1;
        std::string in, out;
        bool held = false, dead = false;
        Then then = Then::KeepAlive;
        net::EventLoop::Handle read, write;
        ~Connection() {
            read.reset();
            write.reset();
            if (fd >= 0) ::close(fd);
        }
    };

    void accept() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            ++accepted;
            auto connection = std::make_unique<Connection>();
            connection->fd = fd;
            Connection& ref = *connection;
            connections_[fd] = std::move(connection);
            ref.read = loop_.watch(fd, true, false, [this, &ref](net::EventLoop::Ready) { receive(ref); });
        }
    }

    void receive(Connection& connection) {
        std::array<char, 16384> buffer{};
        for (;;) {
            const ssize_t got = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
            if (got > 0) {
                connection.in.append(buffer.data(), static_cast<std::size_t>(got));
                continue;
            }
            if (got == 0 || (errno != EAGAIN && errno != EINTR)) connection.dead = true;
            break;
        }
        while (!connection.dead && !connection.held && answer_next(connection)) {
        }
        sweep();
    }

    static std::string lower(std::string text) {
        for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return text;
    }

    bool answer_next(Connection& connection) {
        const std::size_t head_end = connection.in.find("\r\n\r\n");
        if (head_end == std::string::npos) return false;
        Request request;
        std::string head = connection.in.substr(0, head_end + 2);
        const std::size_t line_end = head.find("\r\n");
        const std::string first = head.substr(0, line_end);
        request.method = first.substr(0, first.find(' '));
        const std::size_t target_at = request.method.size() + 1;
        request.target = first.substr(target_at, first.rfind(' ') - target_at);
        for (std::size_t at = line_end + 2; at < head.size();) {
            const std::size_t end = head.find("\r\n", at);
            const std::string line = head.substr(at, end - at);
            const std::size_t colon = line.find(": ");
            if (colon != std::string::npos) request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
            at = end + 2;
        }
        std::size_t length = 0;
        if (const auto found = request.headers.find("content-length"); found != request.headers.end()) {
            length = std::stoul(found->second);
        }
        if (connection.in.size() < head_end + 4 + length) return false;
        request.body = connection.in.substr(head_end + 4, length);
        connection.in.erase(0, head_end + 4 + length);
        requests.push_back(request);
        send(connection, handler_(request));
        return true;
    }

    void send(Connection& connection, const Reply& reply) {
        connection.then = reply.then;
        connection.held = reply.then == Then::Hold;
        if (!reply.raw.empty()) {
            connection.out += reply.raw;
        } else if (!reply.silent) {
            std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Test\r\n";
            for (const auto& [header, value] : reply.headers) head += header + ": " + value + "\r\n";
            if (!reply.endless) {
                const auto length =
                    reply.announced_length >= 0 ? reply.announced_length : static_cast<long>(reply.body.size());
                head += "Content-Length: " + std::to_string(length) + "\r\n";
            }
            connection.out += head + "\r\n" + reply.body;
        }
        flush(connection);
    }

    void flush(Connection& connection) {
        while (!connection.out.empty()) {
            const ssize_t sent = ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno != EAGAIN && errno != EINTR) connection.dead = true;
                break;
            }
            connection.out.erase(0, static_cast<std::size_t>(sent));
        }
        if (connection.dead) return;
        if (!connection.out.empty()) {
            if (!connection.write) {
                connection.write = loop_.watch(connection.fd, false, true, [this, &connection](net::EventLoop::Ready) {
                    flush(connection);
                    sweep();
                });
            }
            return;
        }
        connection.write.reset();
        if (connection.then == Then::Reset) {
            const linger now{1, 0};
            ::setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        if (connection.then == Then::Reset || connection.then == Then::Close) connection.dead = true;
    }

    void sweep() {
        for (auto it = connections_.begin(); it != connections_.end();) {
            it = it->second->dead ? connections_.erase(it) : std::next(it);
        }
    }

    net::EventLoop& loop_;
    Handler handler_;
    net::Address address_;
    int listener_ = -1;
    net::EventLoop::Handle watch_;
    std::map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace sightline::tests
