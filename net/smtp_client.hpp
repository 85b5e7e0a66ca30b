// SPDX-License-Identifier: Apache-2.0
// Hands mails to a mail server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/event_loop.hpp"

namespace sightline::net {

struct SmtpMail {
    enum class Tls {
        None,
        StartTls,  ///< without it nothing is sent
        Tls,
    };
    std::string host;
    int port = 25;
    Tls tls = Tls::StartTls;
    std::string ca_file;         ///< PEM, trusted instead of the system's authorities; empty: those
    std::string user, password;  ///< empty: no log-in
    std::string from;            ///< bare addresses, checked: nothing in them may end a command
    std::vector<std::string> to;
    std::string data;  ///< header and body with CRLF line ends
    core::Duration timeout = std::chrono::seconds{30};
};

/// What the server said last: 250 where it took the mail; above 399 where it, or one of the recipients, was refused.
struct SmtpReply {
    int code = 0;
    std::string text;  ///< its line, cleaned
};

/// SMTP by libcurl, each mail in a thread of its own: at the end libcurl says QUIT and waits for the reply, which must
/// not hold the loop. A mail that nobody waits for any more goes on to its own end.
///
/// Threading: the loop's thread.
/// Errors:    no reply that tells more: Timeout; NotFound: no such name; Refused: TLS (certificate, or the server
/// offers
///            none); Io: the rest. Messages are in words, without log-in names or passwords.
class SmtpClient {
public:
    using Done = std::function<void(core::Result<SmtpReply>)>;

    explicit SmtpClient(EventLoop& loop);
    ~SmtpClient();
    SmtpClient(const SmtpClient&) = delete;
    SmtpClient& operator=(const SmtpClient&) = delete;

    /// `done` comes from the loop, once; never from within, and not after the handle is dropped.
    [[nodiscard]] EventLoop::Handle send(SmtpMail mail, Done done);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sightline::net
