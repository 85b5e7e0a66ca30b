// SPDX-License-Identifier: Apache-2.0
#include <gnutls/gnutls.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/thread.hpp"
#include "net/http_client.hpp"
#include "tests/catch.hpp"
#include "tests/self_signed.hpp"

using namespace std::chrono_literals;
using sightline::core::Result;
using sightline::core::SystemClock;
using sightline::net::Address;
using sightline::net::EventLoop;
using sightline::net::HttpClient;
using sightline::net::HttpRequest;
using sightline::net::HttpResponse;
using sightline::tests::kFarOff;
using sightline::tests::kLongAgo;
using sightline::tests::SelfSigned;

namespace {

/// Takes one connection, shakes hands, answers any request with "hello", and ends.
class TlsServer {
public:
    explicit TlsServer(const SelfSigned& certificate) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        const Address any = *Address::parse("127.0.0.1");
        REQUIRE(::bind(listener_, any.data(), any.size()) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
        port = Address::from(reinterpret_cast<const sockaddr*>(&bound), size)->port();
        thread_ = sightline::core::start_thread(
            "tls server", [this, &certificate](const std::stop_token&) { serve(certificate.credentials()); });
    }
    ~TlsServer() {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(listener_);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    int port = 0;

private:
    void serve(gnutls_certificate_credentials_t credentials) const {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        gnutls_session_t session = nullptr;
        gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
        gnutls_set_default_priority(session);
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
        gnutls_transport_set_int(session, fd);
        if (gnutls_handshake(session) == 0) {
            std::array<char, 4096> request{};
            const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
            if (gnutls_record_recv(session, request.data(), request.size()) > 0) {
                gnutls_record_send(session, answer.data(), answer.size());
            }
        }
        gnutls_deinit(session);
        ::close(fd);
    }
    int listener_;
    std::jthread thread_;
};

Result<HttpResponse> ask(const SelfSigned& certificate, bool verify) {
    SystemClock clock;
    EventLoop loop(clock);
    HttpClient client(loop);
    const TlsServer server(certificate);
    HttpRequest request;
    request.url = "https://localhost:" + std::to_string(server.port) + "/";
    request.verify_tls = verify;
    std::optional<Result<HttpResponse>> answer;
    const auto guard = loop.after(20s, [&] { loop.quit(); });
    const auto handle = client.send(request, [&](Result<HttpResponse> response) {
        answer = std::move(response);
        loop.quit();
    });
    loop.run();
    REQUIRE(answer);
    return *answer;
}

}  // namespace

TEST_CASE("a certificate that nobody vouches for is refused in words", "[http_tls]") {
    const auto answer = ask(SelfSigned(kLongAgo, kFarOff), true);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == sightline::core::ErrorCode::Refused);
    CHECK(answer.error().message == "TLS certificate not valid: its issuer is not known here");
}

TEST_CASE("a certificate that has expired is refused in words", "[http_tls]") {
    const auto answer = ask(SelfSigned(kLongAgo, kLongAgo + 1000), true);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message == "TLS certificate not valid: it has expired");
}

TEST_CASE("without verification an unknown certificate will do", "[http_tls]") {
    const auto answer = ask(SelfSigned(kLongAgo, kFarOff), false);
    if (!answer) FAIL(answer.error().message);
    CHECK(answer->body == "hello");
}
