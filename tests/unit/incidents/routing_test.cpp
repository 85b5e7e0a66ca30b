// SPDX-License-Identifier: Apache-2.0
#include "incidents/routing.hpp"

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;
using core::Severity;

namespace {

using Names = std::vector<std::string>;

std::vector<config::Notifier> notifiers() {
    config::Notifier all, severe, other;
    all.name = "all";
    severe.name = "severe";
    severe.severities = {Severity::Major, Severity::Critical};
    other.name = "other";
    other.streams = {"sport"};
    return {all, severe, other};
}

}  // namespace

TEST_CASE("Links lead to where the API can be called, or there are none") {
    config::Config config;
    CHECK(links_base_of(config) == "http://127.0.0.1:8080");
    config.api_listen = "";
    CHECK(links_base_of(config) == "");
    config.api_listen = "127.0.0.1:0";
    CHECK(links_base_of(config) == "");
    config.api_listen = "0.0.0.0:8443";
    config.api_certificate = "desk.pem";
    CHECK(links_base_of(config) == "");  // no name to call it by
    config.api_hosts = {"desk.example", "desk2.example"};
    CHECK(links_base_of(config) == "https://desk.example:8443");
    config.api_hosts.clear();
    config.api_listen = "[2001:db8::7]:8443";
    CHECK(links_base_of(config) == "https://[2001:db8::7]:8443");
}

TEST_CASE("A notifier hears of its severities and streams") {
    Routing routing;
    routing.configure(notifiers());
    CHECK(routing.route(transition("a-1", 1, AlarmState::Raised, Severity::Warning), {}, kNoon) == Names{"all"});
    CHECK(routing.route(transition("a-2", 1, AlarmState::Raised, Severity::Critical), {}, kNoon) ==
          Names{"all", "severe"});
    auto sport = transition("a-3", 1, AlarmState::Raised, Severity::Minor);
    sport.stream = "sport";
    CHECK(routing.route(sport, {}, kNoon) == Names{"all", "other"});
}

TEST_CASE("A notifier that was told of an alarm hears of it to its end") {
    Routing routing;
    routing.configure(notifiers());
    CHECK(routing.route(transition("a-1", 1, AlarmState::Raised, Severity::Warning), {}, kNoon) == Names{"all"});
    CHECK(routing.route(transition("a-1", 2, AlarmState::Changed, Severity::Critical), {}, kNoon) ==
          Names{"all", "severe"});
    CHECK(routing.route(transition("a-1", 3, AlarmState::Changed, Severity::Warning), {}, kNoon) ==
          Names{"all", "severe"});
    CHECK(routing.route(transition("a-1", 4, AlarmState::Cleared, Severity::Warning), {}, kNoon) ==
          Names{"all", "severe"});
}

TEST_CASE("A notifier that was never told of an alarm does not hear that it is over") {
    Routing routing;
    routing.configure(notifiers());
    CHECK(routing.route(transition("a-1", 1, AlarmState::Raised, Severity::Warning), {}, kNoon) == Names{"all"});
    CHECK(routing.route(transition("a-1", 2, AlarmState::Cleared, Severity::Critical), {}, kNoon) == Names{"all"});
}

TEST_CASE("A notifier hears of its paths and tags; all that is given must hold") {
    config::Notifier path, tags, both;
    path.name = "path";
    path.paths = {"news-hd", "sport-hd"};
    tags.name = "tags";
    tags.tags = {{"site", {"london", "paris"}}, {"encoder", {"enc7"}}};
    both = tags;
    both.name = "both";
    both.paths = {"sport-hd"};
    Routing routing;
    routing.configure({path, tags, both});
    AlarmFacts facts;
    facts.path = "news-hd";
    facts.tags = {{"site", "paris"}, {"encoder", "enc7"}};
    CHECK(routing.route(transition("a-1", 1, AlarmState::Raised), facts, kNoon) == Names{"path", "tags"});
    facts.tags.erase("encoder");
    CHECK(routing.route(transition("a-2", 1, AlarmState::Raised), facts, kNoon) == Names{"path"});
    facts.path.clear();
    CHECK(routing.route(transition("a-3", 1, AlarmState::Raised), facts, kNoon).empty());
}

TEST_CASE("Outside its hours a notifier is told nothing new, but hears what it was told to its end") {
    using namespace std::chrono_literals;
    config::Notifier night;
    night.name = "night";
    night.hours = core::AirCalendar{};
    night.hours->zone = "UTC";
    for (int day = 0; day < 7; ++day) night.hours->on_air.push_back({day * 1440 + 18 * 60, day * 1440 + 1440});
    Routing routing;
    routing.configure({night});
    CHECK(routing.route(transition("a-1", 1, AlarmState::Raised), {}, kNoon).empty());
    CHECK(routing.route(transition("a-1", 2, AlarmState::Changed), {}, kNoon + 7h) == Names{"night"});
    CHECK(routing.told("night") == Names{"a-1"});
    CHECK(routing.route(transition("a-1", 3, AlarmState::Cleared), {}, kNoon + 13h) == Names{"night"});
    CHECK(routing.told("night").empty());
    CHECK(routing.route(transition("a-2", 1, AlarmState::Raised), {}, kNoon + 13h).empty());
}

TEST_CASE("Who was told is remembered over a restart") {
    Routing routing;
    routing.configure(notifiers());
    routing.restore({{"a-1", {"severe"}}});
    CHECK(routing.route(transition("a-1", 2, AlarmState::Cleared, Severity::Warning), {}, kNoon) == Names{"severe"});
}

TEST_CASE("Facts come from the alarm's stream and its first path") {
    config::Config config;
    config.probe = "probe-a";
    core::StreamSpec news;
    news.id = "news";
    news.tags = {{"site", "london"}};
    news.runbook = "https://wiki.example/enc7";
    config.streams = {news};
    config.paths = {
        {"sport-hd", {{{"sport"}, {}}}}, {"news-hd", {{{"enc", "news"}, {}}}}, {"news-sd", {{{"news"}, {}}}}};
    auto alarm = transition("a-1", 1, AlarmState::Raised);
    const AlarmFacts expected{"probe-a", "news-hd", {{"site", "london"}}, "https://wiki.example/enc7", {}};
    CHECK(facts_of(alarm, config, "") == expected);
    CHECK(facts_of(alarm, config, "http://h:1").links ==
          std::map<std::string, std::string>{{"alarms", "http://h:1/api/v1/alarms"},
                                             {"thumbnail", "http://h:1/api/v1/streams/news/thumbnail.jpg"}});
    alarm.stream = "probe";
    CHECK(facts_of(alarm, config, "") == AlarmFacts{"probe-a", "", {}, "", {}});
}
