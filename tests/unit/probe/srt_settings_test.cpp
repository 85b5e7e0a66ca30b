// SPDX-License-Identifier: Apache-2.0
#include "probe/srt_settings.hpp"

#include "tests/catch.hpp"

namespace sightline::probe {
namespace {

core::Result<SrtSettings> parse(const std::string& url) {
    core::InputSpec input;
    input.url = url;
    return parse_srt_settings(input);
}

}  // namespace

TEST_CASE("An srt URL says who calls whom") {
    const auto caller = parse("srt://10.0.0.5:9000");
    REQUIRE(caller);
    CHECK(caller->mode == SrtMode::Caller);
    CHECK(caller->host == "10.0.0.5");
    CHECK(caller->port == 9000);
    CHECK(caller->latency == std::chrono::milliseconds{120});
    CHECK(parse("srt://:9000")->mode == SrtMode::Listener);
    CHECK(parse("srt://:9000?mode=listener")->host.empty());
    CHECK(parse("srt://0.0.0.0:9000?mode=listener")->mode == SrtMode::Listener);
    CHECK(parse("srt://a.example:9000?mode=rendezvous")->mode == SrtMode::Rendezvous);
}

TEST_CASE("The options of an srt URL are read") {
    const auto all = parse(
        "srt://h:9000?mode=caller&passphrase=0123456789%26&pbkeylen=32&streamid=#!::r=live/a,m=request&latency=2000"
        "&payload_size=1128&transtype=live&connect_timeout=500");
    REQUIRE(all);
    CHECK(all->passphrase == "0123456789&");
    CHECK(all->key_bytes == 32);
    CHECK(all->streamid == "#!::r=live/a,m=request");
    CHECK(all->latency == std::chrono::seconds{2});
    CHECK(all->payload_bytes == 1128);
    CHECK(all->connect_timeout == std::chrono::milliseconds{500});
    core::InputSpec input;
    input.url = "srt://h:9000";
    CHECK(parse_srt_settings(input)->connect_timeout == std::chrono::seconds{3});
    input.connect_timeout = std::chrono::seconds{7};
    CHECK(parse_srt_settings(input)->connect_timeout == std::chrono::seconds{7});
}

TEST_CASE("A wrong srt URL is refused with what is allowed") {
    struct Row {
        const char* url;
        const char* message;
    };
    const Row rows[] = {
        {"srt://h", "srt needs a port: srt://host:port"},
        {"srt://:9000?mode=caller", "srt needs a host to call: srt://host:port"},
        {"srt://h:1?mode=server", "srt mode = server is not one of caller, listener, rendezvous"},
        {"srt://h:1?passphrase=short", "srt passphrase has 5 characters; 10 to 79 are allowed"},
        {"srt://h:1?pbkeylen=20", "srt pbkeylen = 20 is not one of 0, 16, 24, 32"},
        {"srt://h:1?latency=120000",
         "srt latency = 120000 is outside [0, 30000] (milliseconds; FFmpeg's srt:// counts microseconds)"},
        {"srt://h:1?latency=1e3",
         "srt latency = 1e3 is outside [0, 30000] (milliseconds; FFmpeg's srt:// counts microseconds)"},
        {"srt://h:1?payload_size=9000", "srt payload_size = 9000 is outside [188, 1456]"},
        {"srt://h:1?transtype=file", "srt transtype = file is not watched; only live is"},
        {"srt://h:1?latency", "srt latency has no value"},
        {"srt://h:1?pasphrase=0123456789",
         "srt has no option \"pasphrase\"; allowed: mode, passphrase, pbkeylen, streamid, latency, rcvlatency, "
         "payload_size, connect_timeout, transtype"},
    };
    for (const auto& row : rows) {
        const auto settings = parse(row.url);
        REQUIRE_FALSE(settings);
        CHECK(settings.error().code == core::ErrorCode::InvalidConfig);
        CHECK(settings.error().message == row.message);
    }
    CHECK_FALSE(parse("srt://h:1?streamid=" + std::string(513, 'x')));
}

}  // namespace sightline::probe
