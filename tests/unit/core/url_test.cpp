// SPDX-License-Identifier: Apache-2.0
#include "core/url.hpp"

#include "tests/catch.hpp"

using namespace sightline::core;

TEST_CASE("URLs come apart into what sources need") {
    const Url url = parse_url("SRT://user:p%40ss@[::1]:9000/path/x?mode=listener&passphrase=a%26b&flag#frag").value();
    CHECK(url.scheme == "srt");
    CHECK(url.user == "user");
    CHECK(url.password == "p@ss");
    CHECK(url.host == "::1");
    CHECK(url.port == 9000);
    CHECK(url.path == "/path/x");
    CHECK(url.query.at("passphrase") == "a&b");
    CHECK(url.query.at("flag").empty());
    CHECK(parse_url("srt://:9000").value().host.empty());
    CHECK(parse_url("udp://@239.1.1.1:1234").value().host == "239.1.1.1");
    CHECK(parse_url("http://a?x=1").value().query.at("x") == "1");
}

TEST_CASE("A bad URL says what is wrong with it and hides its secrets") {
    const std::pair<const char*, const char*> cases[] = {
        {"hello", "\"hello\" is not a URL (scheme://…)"},
        {"srt://h:99999?passphrase=x", "\"srt://h:99999?passphrase=***\" has a port outside 1 to 65535"},
        {"srt://[::1:9", "\"srt://[::1:9\" has a [ without its ]"},
        {"udp://ff02::1:5000", "\"udp://ff02::1:5000\" has an IPv6 address that is not in brackets"},
        {"a b://x", "\"a b://x\" has a scheme with a wrong character"},
    };
    for (const auto& [text, message] : cases) CHECK(parse_url(text).error().message == message);
}

TEST_CASE("Percent encoding goes there and back") {
    const std::string all = "a b&c=d/é?%";
    CHECK(percent_decode(percent_encode(all)) == all);
    CHECK(percent_decode("%zz%4") == "%zz%4");
}
