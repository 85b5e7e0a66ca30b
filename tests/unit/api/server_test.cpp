// SPDX-License-Identifier: Apache-2.0
#include "api/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "incidents/audit_chain.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/api/running_probe.hpp"

using namespace sightline;
using tests::RunningProbe;

namespace {

/// Standard output of a command.
std::string output_of(const std::string& command) {
    std::string out;
    FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 512> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) out += buffer.data();
    ::pclose(pipe);
    return out;
}

config::Config with_token() {
    config::Config config;
    config.api_tokens = {{"noc", config::ApiRole::Operator, incidents::sha256_hex("sl_right")}};
    return config;
}

}  // namespace

TEST_CASE("A probe answers over TCP and over its Unix socket") {
    const RunningProbe probe;
    REQUIRE(probe.error.empty());
    CHECK(probe.address == "http://127.0.0.1:" + std::to_string(probe.port));
    for (const bool unix_socket : {false, true}) {
        CHECK(probe.ask("GET", "/healthz", {}, {}, unix_socket).body == "ok\n");
        const auto streams = probe.ask("GET", "/api/v1/streams", {}, {}, unix_socket);
        CHECK(streams.status == 200);
        CHECK(streams.body.find(R"("streams":[])") != std::string::npos);
        CHECK(streams.head.find("X-Content-Type-Options: nosniff") != std::string::npos);
    }
}

TEST_CASE("With listen off only the Unix socket answers") {
    config::Config config;
    config.api_listen = "";
    const RunningProbe probe(config);
    REQUIRE(probe.error.empty());
    CHECK(probe.address == "unix:" + probe.folder / "s.sock");
    CHECK(probe.port == 0);
    CHECK(probe.ask("GET", "/healthz", {}, {}, true).status == 200);
}

TEST_CASE("An address that others can reach is refused without TLS and tokens") {
    config::Config config;
    config.api_listen = "0.0.0.0:0";
    CHECK(RunningProbe(config).error ==
          "api.listen 0.0.0.0:0 can be reached by others: that takes api.tls and api.tokens");
    config.api_tokens = with_token().api_tokens;
    CHECK(RunningProbe(config).error.find("that takes api.tls and api.tokens") != std::string::npos);
}

TEST_CASE("A certificate that cannot be used is an error that names the files") {
    config::Config config;
    config.api_certificate = "/nonexistent/c.pem";
    config.api_key = "/nonexistent/k.pem";
    CHECK(RunningProbe(config).error.find("api.tls: ") == 0);
    CHECK(RunningProbe(config).error.find("/nonexistent/c.pem") != std::string::npos);
    config.api_certificate = config.api_key = "/etc/hostname";
    CHECK(RunningProbe(config).error.find("api.tls: /etc/hostname and /etc/hostname: ") == 0);
}

TEST_CASE("With a certificate the API speaks TLS, and nothing else") {
    const test::TemporaryFolder folder;
    config::Config config = with_token();
    config.api_certificate = folder / "c.pem";
    config.api_key = folder / "k.pem";
    config.api_listen = "0.0.0.0:0";
    output_of(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 1 "
        "-keyout " +
        config.api_key + " -out " + config.api_certificate + " 2>/dev/null");
    {
        const RunningProbe probe(config);
        REQUIRE(probe.error.empty());
        CHECK(probe.address == "https://0.0.0.0:" + std::to_string(probe.port));
        const std::string url = "https://127.0.0.1:" + std::to_string(probe.port) + "/api/v1/streams";
        const std::string status = "curl -sk --max-time 20 -o /dev/null -w '%{http_code}' ";
        CHECK(output_of(status + url) == "401");
        CHECK(output_of(status + "-H 'Authorization: Bearer sl_right' " + url) == "200");
        CHECK(output_of(status + "-H 'Authorization: Bearer sl_right' -H 'Host: evil.example' " + url) == "403");
        CHECK(output_of(status + "--tls-max 1.1 " + url) == "000");
        CHECK(probe.ask("GET", "/healthz").status == 0);  // not encrypted
    }
}

TEST_CASE("A request that is too large, or none at all, gets a clear answer and disturbs nobody") {
    const RunningProbe probe;
    REQUIRE(probe.error.empty());
    CHECK(probe.ask("GET", "/healthz", {}, "X-Long: " + std::string(1'000'000, 'x') + "\r\n").status == 431);
    CHECK(probe.ask("GET", "/healthz?" + std::string(1'000'000, 'x')).status >= 400);
    CHECK(probe.ask("POST", "/api/v1/streams/a/air", std::string(70'000, ' '), {}, true).status == 413);
    for (const char* garbage : {"\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n"}) {
        const int fd = probe.connect();
        ::send(fd, garbage, std::strlen(garbage), MSG_NOSIGNAL);
        ::shutdown(fd, SHUT_WR);
        const auto reply = RunningProbe::exchange(fd, "");
        CHECK((reply.status == 0 || reply.status >= 400));
        ::close(fd);
    }
    for (const char* body : {"", "{", "[]", "null", "{\"state\":", "\xff\xfe", "{\"state\":[[[[[[[[", "\"x\""}) {
        INFO(body);
        const auto reply = probe.ask("POST", "/api/v1/streams/a/air", body, {}, true);
        CHECK(reply.status == 400);
        CHECK(reply.body.find("\"message\"") != std::string::npos);
    }
    CHECK(probe.ask("POST", "/api/v1/streams/a/air", std::string(60'000, '['), {}, true).status == 400);
    CHECK(probe.ask("GET", "/healthz").status == 200);
}

TEST_CASE("No trick with a path leads anywhere") {
    const RunningProbe probe;
    REQUIRE(probe.error.empty());
    for (const char* path :
         {"/../../etc/passwd", "/api/v1/../../etc/passwd", "/api/v1/%2e%2e/%2e%2e/etc/passwd", "//api/v1/streams",
          "/api/v1/streams/", "/api/v1/streams/..%2f..%2fx", "/api/v1/streams%00", "/api/v1/streams%00/x", "/api/v1/",
          "/api/v1/streams/%ff%fe", "/API/V1/STREAMS", "/api/v1/streams/a/thumbnail.jpg/../x", "/api/v1/probe/x"}) {
        INFO(path);
        const auto reply = probe.ask("GET", path);
        CHECK(reply.status == 404);
        CHECK(reply.body.find("passwd") == std::string::npos);
    }
    CHECK(probe.ask("GET", "/api/v1/%73treams").status == 200);  // only another way to write it
}

TEST_CASE("10,000 wrong tokens are refused, then slowed down in words; the right one is still served") {
    const RunningProbe probe(with_token());
    REQUIRE(probe.error.empty());
    const int fd = probe.connect();
    int unknown = 0, limited = 0;
    const std::string guess = probe.request("GET", "/api/v1/streams", {}, "Authorization: Bearer sl_wrong\r\n");
    for (int n = 0; n < 10'000; ++n) {
        const int status = RunningProbe::exchange(fd, guess).status;
        unknown += status == 401;
        limited += status == 429;
        if (n % 2'500 == 0) {
            CHECK(probe.ask("GET", "/api/v1/streams", {}, "Authorization: Bearer sl_right\r\n").status == 200);
        }
    }
    ::close(fd);
    CHECK(unknown + limited == 10'000);
    CHECK(unknown >= 20);
    CHECK(limited > 0);
    // One line a minute in the audit log, not ten thousand.
    const auto audit = probe.ask("GET", "/api/v1/audit", {}, {}, true);
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = audit.body.find("wrong token", at)) != std::string::npos; ++at) ++lines;
    CHECK(lines >= 1);
    CHECK(lines < 60);
}

TEST_CASE("500 clients that never finish their request keep nobody from being served") {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const rlimit wanted{std::min<rlim_t>(4'096, files.rlim_max), files.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &wanted) == 0);
    const RunningProbe probe;
    REQUIRE(probe.error.empty());
    std::vector<int> slow;
    for (int n = 0; n < 500; ++n) {
        slow.push_back(probe.connect());
        const std::string begun = n % 2 == 0 ? "GET /api/v1/streams HTTP/1.1\r\nHost: 127.0.0.1\r\nX-" : "P";
        ::send(slow.back(), begun.data(), begun.size(), MSG_NOSIGNAL);
    }
    for (int n = 0; n < 20; ++n) CHECK(probe.ask("GET", "/api/v1/streams", {}, {}, n % 2 == 0).status == 200);
    for (const int fd : slow) ::close(fd);
    CHECK(probe.ask("GET", "/healthz").status == 200);
}

TEST_CASE("Over the Unix socket the audit log says which user it was") {
    const RunningProbe probe;
    REQUIRE(probe.error.empty());
    CHECK(probe.ask("GET", "/api/v1/audit").status == 401);
    CHECK(probe.ask("POST", "/api/v1/streams/none/air", R"({"state":"standby"})", {}, true).status == 404);
    CHECK(probe.ask("GET", "/api/v1/audit", {}, {}, true).status == 200);
}

TEST_CASE("A listener that comes back with Last-Event-ID gets what it missed, and anything else means from now on") {
    RunningProbe probe;
    REQUIRE(probe.error.empty());
    std::promise<void> added;
    probe.loop.post([&] {
        for (int n = 1; n <= 3; ++n) probe.supervisor->events().add("alarm", "{\"n\":" + std::to_string(n) + "}");
        added.set_value();
    });
    added.get_future().get();
    const auto listen = [&](const std::string& last, const std::string& until) {
        const int fd = probe.connect(true);
        const std::string ask = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n" + last + "\r\n";
        ::send(fd, ask.data(), ask.size(), MSG_NOSIGNAL);
        std::string all;
        char buffer[512];
        while (all.find(until) == std::string::npos) {
            const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
            if (got <= 0) break;
            all.append(buffer, static_cast<std::size_t>(got));
        }
        ::close(fd);
        return all;
    };
    const std::string missed = listen("Last-Event-ID: 1\r\n", "{\"n\":3}");
    CHECK(missed.find("id: 2\nevent: alarm\ndata: {\"n\":2}\n\n") != std::string::npos);
    CHECK(missed.find("{\"n\":1}") == std::string::npos);
    CHECK(listen("Last-Event-ID: 99\r\n", "reset").find("id: 3\nevent: reset") != std::string::npos);
    for (const char* odd : {"Last-Event-ID: -1\r\n", "Last-Event-ID: 1x\r\n", "Last-Event-ID: 99999999999999999999\r\n",
                            "Last-Event-ID: 0x1\r\n", "Last-Event-ID:\r\n"}) {
        INFO(odd);
        const std::string now = listen(odd, ": sightline");
        CHECK(now.find("data:") == std::string::npos);
    }
}

TEST_CASE("A probe that ends lets its listeners and its socket go") {
    std::string path;
    int fd = -1;
    {
        const RunningProbe probe;
        REQUIRE(probe.error.empty());
        path = probe.folder / "s.sock";
        fd = probe.connect();
        const std::string ask = "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        ::send(fd, ask.data(), ask.size(), MSG_NOSIGNAL);
        // The answer comes in as many pieces as it likes: the probe ends only once the client is known to listen.
        std::string heard;
        char buffer[256];
        for (ssize_t got = 1; got > 0 && heard.find(": sightline") == std::string::npos;) {
            got = ::recv(fd, buffer, sizeof buffer, 0);
            heard.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        }
        REQUIRE(heard.find(": sightline") != std::string::npos);
    }
    char rest = 0;
    while (::recv(fd, &rest, 1, 0) > 0) {
    }
    ::close(fd);
    CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("Evidence is served whole, as what it is, and nothing beside it") {
    const test::TemporaryFolder folder;
    std::string clip(3'000'000, '\0');
    for (std::size_t n = 0; n < clip.size(); ++n) clip[n] = static_cast<char>(n * n >> 5U);
    folder.write("evidence/hall-3-i1/clip.ts", clip);
    folder.write("evidence/hall-3-i1/evidence.json", "{}\n");
    folder.write("secret", "secret");
    config::Config config;
    config.evidence.folder = folder / "evidence";
    {
        const RunningProbe probe(config);
        REQUIRE(probe.error.empty());
        const std::string at = "/api/v1/incidents/hall-3-i1/evidence/";
        const int fd = probe.connect();
        for (int time = 0; time < 3; ++time) {  // on one connection
            const auto reply = RunningProbe::exchange(fd, probe.request("GET", at + "clip.ts", "", ""));
            CHECK(reply.status == 200);
            CHECK(reply.head.find("Content-Type: video/mp2t") != std::string::npos);
            CHECK(reply.head.find("X-Content-Type-Options: nosniff") != std::string::npos);
            CHECK(reply.body == clip);
        }
        ::close(fd);
        CHECK(probe.ask("GET", at + "evidence.json").body == "{}\n");
        for (const char* path : {"../../../secret", "..%2f..%2f..%2fsecret", "%2e%2e/%2e%2e/%2e%2e/secret", "bad.jpg",
                                 "", "clip.ts%00", "/clip.ts"})
            CHECK(probe.ask("GET", at + path).status == 404);
        CHECK(probe.ask("GET", "/api/v1/incidents/..%2f..%2fsecret/evidence/clip.ts").status == 404);
    }
}
