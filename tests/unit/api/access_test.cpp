// SPDX-License-Identifier: Apache-2.0
#include "api/access.hpp"

#include <set>

#include "incidents/audit_chain.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using namespace sightline::api;
using config::ApiRole;

namespace {

AccessSettings three_tokens() {
    return {true,
            {{"eye", ApiRole::Viewer, incidents::sha256_hex("sl_view")},
             {"noc", ApiRole::Operator, incidents::sha256_hex("sl_op")},
             {"chief", ApiRole::Admin, incidents::sha256_hex("sl_admin")}},
            {}};
}

Request with(const std::string& token) {
    Request request;
    request.host = "127.0.0.1:1";
    request.peer = "127.0.0.1";
    if (!token.empty()) request.authorization = "Bearer " + token;
    return request;
}

}  // namespace

TEST_CASE("Each role may do what the ones before it may, and no more") {
    Access access(three_tokens());
    const auto status = [&](const std::string& token, ApiRole needed) {
        const auto decision = access.admit(with(token), needed, {});
        return decision.caller ? 200 : decision.refusal.status;
    };
    CHECK(status("sl_view", ApiRole::Viewer) == 200);
    CHECK(status("sl_view", ApiRole::Operator) == 403);
    CHECK(status("sl_op", ApiRole::Operator) == 200);
    CHECK(status("sl_op", ApiRole::Admin) == 403);
    CHECK(status("sl_admin", ApiRole::Admin) == 200);
    CHECK(status("", ApiRole::Viewer) == 200);
    CHECK(status("", ApiRole::Operator) == 401);
    CHECK(access.admit(with("sl_op"), ApiRole::Viewer, {}).caller->name == "token noc");
}

TEST_CASE("What the log of a configuration shows is no token") {
    Access access(three_tokens());
    const auto decision = access.admit(with(incidents::sha256_hex("sl_admin")), ApiRole::Viewer, {});
    CHECK(decision.refusal.status == 401);
}

TEST_CASE("A wrong token is not taken for none, also where none would do") {
    Access access(three_tokens());
    CHECK(access.admit(with("sl_old"), ApiRole::Viewer, {}).refusal.status == 401);
}

TEST_CASE("After 20 wrong tokens in a minute an address hears 429, and a minute later 401 again") {
    Access access(three_tokens());
    core::ArrivalTime now{};
    for (std::size_t n = 0; n < Access::kWrongTokens; ++n) {
        const auto decision = access.admit(with("sl_wrong"), ApiRole::Viewer, now);
        CHECK(decision.refusal.status == 401);
        CHECK(decision.first_wrong == (n == 0));
    }
    CHECK(access.admit(with("sl_wrong"), ApiRole::Viewer, now).refusal.status == 429);
    CHECK(access.admit(with("sl_op"), ApiRole::Operator, now).caller.has_value());
    Request elsewhere = with("sl_wrong");
    elsewhere.peer = "10.0.0.9";
    CHECK(access.admit(elsewhere, ApiRole::Viewer, now).refusal.status == 401);
    now += Access::kWrongWindow + std::chrono::seconds{1};
    CHECK(access.admit(with("sl_wrong"), ApiRole::Viewer, now).refusal.status == 401);
}

TEST_CASE("Wrong tokens from 10,000 addresses take a bounded memory and the right one still works") {
    Access access(three_tokens());
    for (int n = 0; n < 10'000; ++n) {
        Request request = with("sl_wrong");
        request.peer = std::to_string(n);
        CHECK_FALSE(access.admit(request, ApiRole::Viewer, {}).caller.has_value());
    }
    CHECK(access.admit(with("sl_op"), ApiRole::Operator, {}).caller.has_value());
}

TEST_CASE("On an open address a Host header names an address or one of api.hosts") {
    AccessSettings settings = three_tokens();
    settings.loopback_only = false;
    settings.hosts = {"desk.example"};
    Access access(settings);
    const auto status = [&](const std::string& host) {
        Request request = with("sl_view");
        request.host = host;
        const auto decision = access.admit(request, ApiRole::Viewer, {});
        return decision.caller ? 200 : decision.refusal.status;
    };
    for (const char* host : {"desk.example", "desk.example:8443", "10.0.0.5:8443", "[2001:db8::1]:8443", "localhost"}) {
        INFO(host);
        CHECK(status(host) == 200);
    }
    for (const char* host : {"evil.example", "desk.example.evil.example", "", "10.0.0.5.evil.example"}) {
        INFO(host);
        CHECK(status(host) == 403);
    }
}

TEST_CASE("The Unix socket is an admin's, named by its user") {
    Access access(three_tokens());
    Request request;
    request.unix_socket = true;
    request.peer = "uid 1000";
    const auto decision = access.admit(request, ApiRole::Admin, {});
    REQUIRE(decision.caller);
    CHECK(decision.caller->name == "uid 1000");
}

TEST_CASE("New tokens are long and never the same") {
    std::set<std::string> seen;
    for (int n = 0; n < 100; ++n) {
        const std::string token = new_token();
        CHECK(token.size() == 47);
        CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
              std::string::npos);
        seen.insert(token);
    }
    CHECK(seen.size() == 100);
}
