// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "core/clock.hpp"
#include "net/event_loop.hpp"
#include "probe/source.hpp"
#include "recording_sink.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace sightline::probe {
namespace {

core::Result<std::unique_ptr<Source>> make(const std::string& url) {
    static const core::SystemClock clock;
    static net::EventLoop loop(clock);
    core::InputSpec input;
    input.url = url;
    return make_source(input, {}, loop);
}

core::Error error_of(const std::string& url) {
    const auto source = make(url);
    REQUIRE_FALSE(source);
    return source.error();
}

}  // namespace

TEST_CASE("A path and a file URL name the same file") {
    const test::TemporaryFolder folder;
    const std::string path = folder.write("a b.ts", "abc");
    const std::string url = "file://" + folder / "a%20b.ts";
    for (const std::string& name : {path, url}) {
        auto source = make(name);
        REQUIRE(source);
        RecordingSink sink;
        (*source)->start(sink);
        CHECK(sink.wait_for_state(LinkState::Ended));
        (*source)->cancel();
        CHECK(sink.data_.size() == 3);
    }
}

TEST_CASE("What is no input is refused with what is allowed") {
    const auto unknown = error_of("ftp://example.com/a.ts");
    CHECK(unknown.code == core::ErrorCode::InvalidConfig);
    CHECK(unknown.message.rfind("ftp:// is not an input we know; allowed: ", 0) == 0);
    CHECK(unknown.message.find("standard input") != std::string::npos);
    CHECK(error_of("file://elsewhere/a.ts").message ==
          "file://elsewhere names another machine; only file:///path is allowed");
    CHECK(error_of("://x").code == core::ErrorCode::InvalidConfig);
    CHECK(error_of("/no/such/file.ts").code == core::ErrorCode::NotFound);
    CHECK(error_of("/").code == core::ErrorCode::Unsupported);
}

TEST_CASE("Each scheme makes its source, with the traits of its kind") {
    for (const char* url : {"srt://127.0.0.1:9000", "srt://:9000?mode=listener", "rtmp://h/live/key",
                            "rtmps://h/live/key", "rtmp://0.0.0.0:1935/live/key?mode=listen", "udp://239.0.0.1:5000"}) {
        const auto source = make(url);
        INFO(url);
        REQUIRE(source);
        CHECK((*source)->traits().live);
        const bool flv = std::string(url).rfind("rtmp", 0) == 0;
        CHECK(((*source)->traits().container == Container::Flv) == flv);
    }
    CHECK(error_of("srt://h:1?latncy=5").message.find("srt has no option \"latncy\"; allowed: mode") == 0);
    CHECK(error_of("rtmp://h").code == core::ErrorCode::InvalidConfig);
    CHECK(error_of("rtmp://0.0.0.0/live?mode=listen").code == core::ErrorCode::InvalidConfig);
}

}  // namespace sightline::probe
