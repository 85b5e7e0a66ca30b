// SPDX-License-Identifier: Apache-2.0
// Webhooks over a real connection on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/clock.hpp"
#include "incidents/owned_fd.hpp"
#include "incidents/payload.hpp"
#include "incidents/webhook.hpp"
#include "tests/unit/incidents/notices.hpp"
#include "tests/unit/incidents/sending.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;

namespace {

/// Takes requests on a free port, keeps them as they came, and answers each with the next of `answers`.
class Receiver {
public:
    explicit Receiver(net::EventLoop& loop) : loop_(loop), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_.get(), 8) == 0);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
        watch_ = loop_.watch(listener_.get(), true, false, [this](net::EventLoop::Ready) { accept(); });
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port) + "/hook"; }

    std::vector<std::string> answers;
    std::vector<std::string> requests;
    int port = 0;

private:
    struct Connection {
        OwnedFd fd;
        std::string bytes;
        net::EventLoop::Handle watch;
    };
    void accept() {
        OwnedFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) return;
        const int number = fd.get();
        Connection& made = connections_[number];
        made = Connection{std::move(fd), {}, {}};
        made.watch = loop_.watch(number, true, false, [this, number](net::EventLoop::Ready) { read(number); });
    }
    void read(int number) {
        Connection& from = connections_.at(number);
        std::array<char, 4096> buffer{};
        const ssize_t got = ::read(number, buffer.data(), buffer.size());
        if (got <= 0) {
            connections_.erase(number);
            return;
        }
        from.bytes.append(buffer.data(), static_cast<std::size_t>(got));
        const auto head = from.bytes.find("\r\n\r\n");
        const auto length = from.bytes.find("Content-Length: ");
        if (head == std::string::npos || length == std::string::npos) return;
        if (from.bytes.size() < head + 4 + std::stoul(from.bytes.substr(length + 16))) return;
        requests.push_back(std::exchange(from.bytes, {}));
        const std::string& answer = answers.at(std::min(requests.size(), answers.size()) - 1);
        CHECK(::write(number, answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()));
    }

    net::EventLoop& loop_;
    OwnedFd listener_;
    net::EventLoop::Handle watch_;
    std::map<int, Connection> connections_;
};

struct HttpBench {
    core::SystemClock clock;
    net::EventLoop loop{clock};
    net::HttpClient client{loop};

    Outcome post(const std::string& url, const std::string& body) {
        const auto send = [this](net::HttpRequest request, net::HttpClient::Done done) {
            return client.send(std::move(request), std::move(done));
        };
        Webhook webhook(send, {url, "s3cret", {}, 30s});
        return send_and_wait(loop, webhook, body, "probe-a-7.1");
    }
};

}  // namespace

TEST_CASE("A receiver finds event id, signature and body on the wire, byte for byte") {
    HttpBench bench;
    Receiver receiver(bench.loop);
    receiver.answers = {"HTTP/1.1 204 No Content\r\n\r\n",
                        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 5\r\n\r\nsoon\n"};
    const std::string body = payload(routed(transition("probe-a-7", 1, core::AlarmState::Raised), {}).notice, kNoon);
    CHECK(bench.post(receiver.url(), body).kind == Outcome::Kind::Delivered);
    REQUIRE(receiver.requests.size() == 1);
    const std::string& request = receiver.requests[0];
    CHECK(request.substr(0, request.find("\r\n")) == "POST /hook HTTP/1.1");
    CHECK(request.substr(request.find("\r\n\r\n") + 4) == body);
    CHECK(request.find("\r\nSightline-Event-Id: probe-a-7.1\r\n") != std::string::npos);
    CHECK(request.find("\r\nSightline-Signature: sha256=" + hmac_sha256_hex("s3cret", body) + "\r\n") !=
          std::string::npos);
    CHECK(request.find("\r\nContent-Type: application/json\r\n") != std::string::npos);

    const auto later = bench.post(receiver.url(), body);
    CHECK(later.kind == Outcome::Kind::Unreachable);
    CHECK(later.reason == "429 Too Many Requests: soon");
    CHECK(later.retry_after == 17s);
}

TEST_CASE("A redirect is not followed: the receiver's address is the user's to change") {
    HttpBench bench;
    Receiver receiver(bench.loop);
    receiver.answers = {"HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"};
    CHECK(bench.post(receiver.url(), "{}").kind == Outcome::Kind::Unreachable);
    CHECK(receiver.requests.size() == 1);
}

TEST_CASE("Nobody listening is a receiver that cannot be reached") {
    HttpBench bench;
    std::string url;
    {
        const Receiver gone(bench.loop);
        url = gone.url();
    }
    const auto outcome = bench.post(url, "{}");
    CHECK(outcome.kind == Outcome::Kind::Unreachable);
    CHECK(outcome.reason == "connection refused");
}
