// SPDX-License-Identifier: Apache-2.0
#include "net/http_url.hpp"

#include "tests/catch.hpp"

using sightline::net::http_target;
using sightline::net::resolve_reference;
using sightline::net::same_origin;

TEST_CASE("a URL leads to scheme, host and port", "[http_url]") {
    struct Row {
        const char *url, *scheme, *host;
        int port;
    };
    const Row rows[] = {
        {"http://Example.COM/a", "http", "example.com", 80},
        {"HTTPS://user:pass@h:8443/", "https", "h", 8443},
        {"http://[2001:DB8::1]:81/", "http", "2001:db8::1", 81},
        {"https://127.0.0.1", "https", "127.0.0.1", 443},
    };
    for (const Row& row : rows) {
        CAPTURE(row.url);
        const auto target = http_target(row.url);
        REQUIRE(target);
        CHECK(target->scheme == row.scheme);
        CHECK(target->host == row.host);
        CHECK(target->port == row.port);
    }
}

TEST_CASE("references of a playlist are read as a browser would", "[http_url]") {
    const std::string base = "http://h:81/live/a/index.m3u8?token=1";
    struct Row {
        const char *reference, *url;
    };
    const Row rows[] = {
        {"seg1.ts", "http://h:81/live/a/seg1.ts"},      {"seg1.ts?x=1", "http://h:81/live/a/seg1.ts?x=1"},
        {"../b/seg1.ts", "http://h:81/live/b/seg1.ts"}, {"/seg1.ts", "http://h:81/seg1.ts"},
        {"//other/seg1.ts", "http://other/seg1.ts"},    {"https://cdn/seg1.ts", "https://cdn/seg1.ts"},
        {"a b.ts", "http://h:81/live/a/a%20b.ts"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.reference);
        const auto url = resolve_reference(base, row.reference);
        REQUIRE(url);
        CHECK(*url == row.url);
    }
    for (const char* away : {"file:///etc/passwd", "ftp://h/x", "data:text/plain,x", "skd://key"}) {
        CAPTURE(away);
        CHECK_FALSE(resolve_reference(base, away));
    }
    CHECK_FALSE(resolve_reference(base, "a\r\nb"));
}

TEST_CASE("origins differ in scheme, host or port", "[http_url]") {
    CHECK(same_origin("http://h/a", "http://H:80/b"));
    CHECK_FALSE(same_origin("http://h/a", "https://h/a"));
    CHECK_FALSE(same_origin("http://h/a", "http://h:81/a"));
    CHECK_FALSE(same_origin("http://h/a", "http://g/a"));
    CHECK_FALSE(same_origin("http://h/a", "nothing"));
}
