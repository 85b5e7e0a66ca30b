// SPDX-License-Identifier: Apache-2.0
#include "net/resolver.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using sightline::core::ErrorCode;
using sightline::core::SystemClock;
using sightline::net::Address;
using sightline::net::Addresses;
using sightline::net::EventLoop;
using sightline::net::Resolver;

namespace {

/// A look-up that hangs, as DNS does, until the test lets it go.
class HangingLookup {
public:
    HangingLookup() : gate_(std::make_shared<Gate>()) {}
    [[nodiscard]] Resolver::Lookup function() const {
        return [gate = gate_](const std::string&) -> Addresses {
            ++gate->started;
            gate->open.get_future().wait();
            return std::vector<Address>{*Address::parse("10.9.8.7")};
        };
    }
    void release() const { gate_->open.set_value(); }
    [[nodiscard]] int started() const { return gate_->started; }

private:
    struct Gate {
        std::promise<void> open;
        std::atomic<int> started{0};
    };
    std::shared_ptr<Gate> gate_;
};

struct ResolverWorld {
    SystemClock clock;
    EventLoop loop{clock};
    EventLoop::Handle guard = loop.after(30s, [this] {
        loop.quit();
        timed_out = true;
    });
    bool timed_out = false;
};

}  // namespace

TEST_CASE("numbers are answered from the loop without a look-up", "[resolver]") {
    ResolverWorld world;
    Resolver resolver(world.loop, [](const std::string&) -> Addresses {
        FAIL("looked up");
        return {};
    });
    std::optional<Addresses> got;
    const auto request = resolver.resolve("::1", 443, [&](const Addresses& addresses) { got = addresses; });
    CHECK_FALSE(got);
    world.loop.poll();
    REQUIRE(got);
    CHECK((*got)->front().text() == "[::1]:443");
}

TEST_CASE("the system knows localhost and says which name it cannot find", "[resolver]") {
    const auto local = sightline::net::look_up("localhost");
    REQUIRE(local);
    CHECK(local->front().kind() == sightline::net::AddressKind::Loopback);
    const auto below = sightline::net::look_up("no-hosts-file-has-this.localhost");
    REQUIRE(below);
    CHECK(below->front().kind() == sightline::net::AddressKind::Loopback);
    const auto none = sightline::net::look_up("bad name.invalid");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == ErrorCode::NotFound);
    CHECK(none.error().message == "name not found: bad name.invalid");
}

TEST_CASE("one look-up serves all who ask while it runs, and those who ask soon after", "[resolver]") {
    ResolverWorld world;
    auto lookups = std::make_shared<std::atomic<int>>(0);
    Resolver resolver(world.loop, [lookups](const std::string&) -> Addresses {
        ++*lookups;
        return std::vector<Address>{*Address::parse("10.9.8.7")};
    });
    std::vector<std::string> got;
    const auto note = [&](const Addresses& addresses) {
        got.push_back(addresses->front().text());
        if (got.size() >= 2) world.loop.quit();
    };
    const auto a = resolver.resolve("enc", 1, note);
    const auto b = resolver.resolve("enc", 2, note);
    world.loop.run();
    const auto c = resolver.resolve("enc", 3, note);
    world.loop.run();
    CHECK_FALSE(world.timed_out);
    CHECK(got == std::vector<std::string>{"10.9.8.7:1", "10.9.8.7:2", "10.9.8.7:3"});
    CHECK(*lookups == 1);
}

TEST_CASE("a failed look-up is told and tried again when asked again", "[resolver]") {
    ResolverWorld world;
    auto lookups = std::make_shared<std::atomic<int>>(0);
    Resolver resolver(world.loop, [lookups](const std::string&) -> Addresses {
        ++*lookups;
        return sightline::core::fail(ErrorCode::NotFound, "name not found: enc");
    });
    for (int i = 0; i < 2; ++i) {
        std::optional<Addresses> got;
        const auto request = resolver.resolve("enc", 1, [&](const Addresses& addresses) {
            got = addresses;
            world.loop.quit();
        });
        world.loop.run();
        REQUIRE(got);
        CHECK(got->error().message == "name not found: enc");
    }
    CHECK(*lookups == 2);
}

TEST_CASE("dropping the handle of a hanging look-up returns at once and nothing comes of it", "[resolver]") {
    ResolverWorld world;
    const HangingLookup hanging;
    bool called = false;
    {
        Resolver resolver(world.loop, hanging.function());
        auto request = resolver.resolve("enc", 1, [&](const Addresses&) { called = true; });
        world.loop.poll();
        request.reset();
    }
    // The thread is still inside its look-up: only now may it go on, with Resolver and request gone.
    hanging.release();
    world.loop.poll();
    CHECK_FALSE(called);
}

TEST_CASE("a look-up may outlive the loop", "[resolver]") {
    const HangingLookup hanging;
    {
        ResolverWorld world;
        Resolver resolver(world.loop, hanging.function());
        const auto request = resolver.resolve("enc", 1, [](const Addresses&) {});
    }
    hanging.release();
}

TEST_CASE("an answer may destroy the resolver while others wait for the same name", "[resolver]") {
    ResolverWorld world;
    auto resolver = std::make_unique<Resolver>(
        world.loop, [](const std::string&) -> Addresses { return std::vector<Address>{*Address::parse("10.9.8.7")}; });
    int answers = 0;
    const auto note = [&](const Addresses&) {
        ++answers;
        resolver.reset();
        world.loop.quit();
    };
    const auto a = resolver->resolve("enc", 1, note);
    const auto b = resolver->resolve("enc", 1, note);
    world.loop.run();
    world.loop.poll();
    CHECK(answers == 1);
}
