// SPDX-License-Identifier: Apache-2.0
// A small mail server for tests: says what it is told to, keeps what it got. On an event loop and a port of its own.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/event_loop.hpp"

namespace sightline::tests {

class SmtpServer {
public:
    /// Replies that differ from the friendly ones: by the first word of a command ("MAIL", "RCPT", "DATA"), or "." for
    /// the end of a mail, or "" for the greeting.
    std::map<std::string, std::string> replies;
    std::string capabilities = "250-here\r\n250 AUTH PLAIN\r\n";
    std::vector<std::string> commands;
    std::vector<std::string> mails;  ///< what came between DATA and the dot, dots unstuffed

    explicit SmtpServer(net::EventLoop& loop) : loop_(loop) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const auto any = net::Address::parse("127.0.0.1", 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        if (listener_ < 0 || ::bind(listener_, any->data(), any->size()) != 0 || ::listen(listener_, 8) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
            throw std::runtime_error("SMTP test server cannot listen");
        }
        port_ = net::Address::from(reinterpret_cast<const sockaddr*>(&bound), size)->port();
        watch_ = loop_.watch(listener_, true, false, [this](net::EventLoop::Ready) { accept(); });
    }
    ~SmtpServer() {
        connections_.clear();
        watch_.reset();
        ::close(listener_);
    }
    SmtpServer(const SmtpServer&) = delete;
    SmtpServer& operator=(const SmtpServer&) = delete;
    [[nodiscard]] int port() const { return port_; }

private:
    struct Connection {
        int fd = -1;
        std::string in;
        bool in_mail = false;
        bool in_log_in = false;
        net::EventLoop::Handle watch;
        ~Connection() {
            watch.reset();
            if (fd >= 0) ::close(fd);
        }
    };

    void accept() {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        auto& connection = connections_[fd];
        connection = std::make_unique<Connection>();
        connection->fd = fd;
        connection->watch = loop_.watch(fd, true, false, [this, fd](net::EventLoop::Ready) { receive(fd); });
        say(fd, reply_to("", "220 test"));
    }
    void say(int fd, const std::string& text) {
        const std::string line = text.ends_with("\n") ? text : text + "\r\n";
        (void)::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    }
    std::string reply_to(const std::string& word, const std::string& friendly) const {
        const auto found = replies.find(word);
        return found == replies.end() ? friendly : found->second;
    }
    void receive(int fd) {
        std::array<char, 65536> buffer{};
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            connections_.erase(fd);
            return;
        }
        Connection& connection = *connections_.at(fd);
        connection.in.append(buffer.data(), static_cast<std::size_t>(got));
        while (step(connection)) {
        }
    }
    bool step(Connection& connection) {
        if (connection.in_mail) {
            const std::size_t end = connection.in.find("\r\n.\r\n");
            if (end == std::string::npos) return false;
            mails.push_back(connection.in.substr(0, end + 2));
            connection.in.erase(0, end + 5);
            connection.in_mail = false;
            say(connection.fd, reply_to(".", "250 2.0.0 queued as 4711"));
            return true;
        }
        const std::size_t end = connection.in.find("\r\n");
        if (end == std::string::npos) return false;
        const std::string line = connection.in.substr(0, end);
        connection.in.erase(0, end + 2);
        commands.push_back(line);
        const std::string word = line.substr(0, line.find(' '));
        if (word == "EHLO") {
            say(connection.fd, capabilities);
        } else if (word == "QUIT") {
            say(connection.fd, "221 bye");
        } else if (word == "DATA") {
            const std::string reply = reply_to(word, "354 go on");
            connection.in_mail = reply.starts_with("354");
            say(connection.fd, reply);
        } else if (line == "AUTH PLAIN") {
            connection.in_log_in = true;
            say(connection.fd, "334 ");
        } else if (std::exchange(connection.in_log_in, false)) {
            say(connection.fd, reply_to("AUTH", "235 welcome"));
        } else {
            say(connection.fd, reply_to(word, "250 ok"));
        }
        return true;
    }

    net::EventLoop& loop_;
    int listener_ = -1;
    int port_ = 0;
    net::EventLoop::Handle watch_;
    std::map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace sightline::tests
