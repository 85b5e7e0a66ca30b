// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/clock.hpp"
#include "net/event_loop.hpp"
#include "probe/source.hpp"
#include "recording_sink.hpp"
#include "tests/catch.hpp"

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
    char pattern[] = "/tmp/sightline-factory-XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    const std::string path = std::string(pattern) + "/a b.ts";
    std::ofstream(path) << "abc";
    const std::string url = "file://" + std::string(pattern) + "/a%20b.ts";
    for (const std::string& name : {path, url}) {
        auto source = make(name);
        REQUIRE(source);
        RecordingSink sink;
        (*source)->start(sink);
        CHECK(sink.wait_for_state(LinkState::Ended));
        (*source)->cancel();
        CHECK(sink.data_.size() == 3);
    }
    std::filesystem::remove_all(pattern);
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

}  // namespace sightline::probe
