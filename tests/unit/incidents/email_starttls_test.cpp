// SPDX-License-Identifier: Apache-2.0
// Mails through a server that wants STARTTLS, with a certificate made here.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/thread.hpp"
#include "incidents/email_notifier.hpp"
#include "net/address.hpp"
#include "tests/self_signed.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/sending.hpp"
#include "tests/unit/incidents/vendor_cases.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

/// Takes one connection: plain until STARTTLS, then encrypted. What it heard is to be read once it has ended.
class StartTlsServer {
public:
    explicit StartTlsServer(const tests::SelfSigned& certificate)
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        const net::Address any = *net::Address::parse("127.0.0.1");
        REQUIRE(::bind(listener_, any.data(), any.size()) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
        port = net::Address::from(reinterpret_cast<const sockaddr*>(&bound), size)->port();
        thread_ =
            core::start_thread("mail server", [this, &certificate](const std::stop_token&) { serve(certificate); });
    }
    ~StartTlsServer() {
        end();
        ::close(listener_);
    }
    StartTlsServer(const StartTlsServer&) = delete;
    StartTlsServer& operator=(const StartTlsServer&) = delete;
    void end() {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
    }
    int port = 0;
    std::vector<std::string> plain, encrypted;  ///< lines
    std::string log_in, mail;

private:
    void serve(const tests::SelfSigned& certificate) {
        fd_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd_ < 0) return;
        say("220 test");
        for (std::string line; hear(line);) {
            (session_ != nullptr ? encrypted : plain).push_back(line);
            if (line.starts_with("STARTTLS")) {
                say("220 go on");
                if (!shake_hands(certificate)) break;
            } else if (line.starts_with("EHLO")) {
                say(session_ != nullptr ? "250-here\r\n250 AUTH PLAIN" : "250-here\r\n250 STARTTLS");
            } else if (line.starts_with("AUTH")) {
                say("334 ");
                if (!hear(log_in)) break;
                say("235 welcome");
            } else if (line.starts_with("DATA")) {
                say("354 go on");
                while (hear(line) && line != ".") mail += line + "\n";
                say("250 taken");
            } else {
                say("250 yes");
            }
        }
        if (session_ != nullptr) gnutls_deinit(session_);
        ::close(fd_);
    }
    bool shake_hands(const tests::SelfSigned& certificate) {
        gnutls_init(&session_, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
        gnutls_set_default_priority(session_);
        gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, certificate.credentials());
        gnutls_transport_set_int(session_, fd_);
        return gnutls_handshake(session_) == 0;
    }
    void say(const std::string& text) {
        const std::string line = text + "\r\n";
        if (session_ != nullptr) {
            (void)gnutls_record_send(session_, line.data(), line.size());
        } else {
            (void)::send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
        }
    }
    bool hear(std::string& line) {
        std::size_t end = 0;
        while ((end = in_.find("\r\n")) == std::string::npos) {
            std::array<char, 4096> bytes{};
            const ssize_t got = session_ != nullptr ? gnutls_record_recv(session_, bytes.data(), bytes.size())
                                                    : ::recv(fd_, bytes.data(), bytes.size(), 0);
            if (got <= 0) return false;
            in_.append(bytes.data(), static_cast<std::size_t>(got));
        }
        line = in_.substr(0, end);
        in_.erase(0, end + 2);
        return true;
    }

    int listener_, fd_ = -1;
    gnutls_session_t session_ = nullptr;
    std::string in_;
    std::jthread thread_;
};

struct Post {
    tests::SelfSigned certificate{tests::kLongAgo, tests::kFarOff};
    test::TemporaryFolder folder;
    core::SystemClock clock;
    net::EventLoop loop{clock};
    StartTlsServer server{certificate};

    Outcome send(const std::string& host, bool trusted) {
        config::EmailSettings settings;
        settings.host = host;
        settings.port = server.port;
        settings.tls = config::EmailSettings::Tls::StartTls;
        settings.from = "sightline@example.com";
        settings.to = {"noc@example.com"};
        settings.user = "sight";
        settings.password = "line";
        if (trusted) {
            settings.ca_file = folder / "ca.pem";
            std::ofstream(settings.ca_file) << certificate.pem();
        }
        EmailNotifier notifier(loop, settings, 20s,
                               [](const std::string&, const std::string&) { return std::string{}; });
        Outcome outcome = send_and_wait(loop, notifier, alarm_payload("create"));
        server.end();
        return outcome;
    }
};

}  // namespace

TEST_CASE("By STARTTLS log-in and mail go out encrypted, to the server whose certificate is trusted") {
    Post post;
    const Outcome outcome = post.send("localhost", true);
    INFO(outcome.reason);
    CHECK(outcome.kind == Kind::Delivered);
    REQUIRE(post.server.plain.size() == 2);
    CHECK(post.server.plain[0].starts_with("EHLO "));
    CHECK(post.server.plain[1] == "STARTTLS");
    const auto said = [&](const std::string& word) {
        return std::any_of(post.server.encrypted.begin(), post.server.encrypted.end(),
                           [&](const std::string& line) { return line.starts_with(word); });
    };
    CHECK(said("AUTH PLAIN"));
    CHECK(post.server.log_in == "AHNpZ2h0AGxpbmU=");  // NUL sight NUL line
    CHECK(said("MAIL FROM:<sightline@example.com>"));
    CHECK(said("RCPT TO:<noc@example.com>"));
    CHECK(post.server.mail.find("Subject: CRITICAL news: picture is black") != std::string::npos);
}

TEST_CASE("A mail server whose certificate is not trusted, or is another's, hears neither log-in nor mail") {
    for (const bool trusted : {false, true}) {
        Post post;
        const Outcome outcome = post.send(trusted ? "127.0.0.1" : "localhost", trusted);
        INFO((trusted ? "another's: " : "unknown: ") << outcome.reason);
        CHECK(outcome.kind == Kind::Unreachable);
        CHECK(outcome.reason == "the certificate is not trusted, or not of that name");
        CHECK(post.server.plain.size() == 2);
        CHECK(post.server.encrypted.empty());
        CHECK(post.server.mail.empty());
    }
}
