// SPDX-License-Identifier: Apache-2.0
#include "incidents/incident_routing.hpp"

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::Severity;

namespace {

using Names = std::vector<std::string>;

config::Notifier hearing(const std::string& name) {
    config::Notifier notifier;
    notifier.name = name;
    notifier.about = config::NotifyAbout::Incidents;
    return notifier;
}

Notice notice(NoticeReason reason, Severity severity = Severity::Critical) {
    Notice made;
    made.reason = reason;
    core::Incident& incident = made.incident.emplace();
    incident.id = "p-i1";
    incident.severity = severity;
    incident.path = "news-hd";
    incident.tags = {{"site", "london"}};
    incident.alarms.resize(1);
    incident.alarms[0].stream = "news";
    if (reason == NoticeReason::Closed || reason == NoticeReason::Merged) incident.state = core::IncidentState::Closed;
    return made;
}

}  // namespace

TEST_CASE("Of an incident hears who wants incidents of its severity, stream, path and tags") {
    config::Config config;
    config::Notifier severe = hearing("severe"), stream = hearing("stream"), path = hearing("path");
    config::Notifier tag = hearing("tag"), elsewhere = hearing("elsewhere"), alarms = hearing("alarms");
    severe.severities = {Severity::Critical};
    stream.streams = {"news"};
    path.paths = {"news-hd"};
    tag.tags = {{"site", {"paris", "london"}}};
    elsewhere.tags = {{"site", {"paris"}}};
    alarms.about = config::NotifyAbout::Alarms;
    config.notify = {severe, stream, path, tag, elsewhere, alarms};
    IncidentRouting routing;
    routing.configure(config);
    CHECK(routing.route(notice(NoticeReason::Opened), kNoon) == Names{"severe", "stream", "path", "tag"});
    IncidentRouting other;
    other.configure(config);
    CHECK(other.route(notice(NoticeReason::Opened, Severity::Minor), kNoon) == Names{"stream", "path", "tag"});
    // It gets worse: who hears of it only now hears of it to its end.
    CHECK(other.route(notice(NoticeReason::Worsened), kNoon) == Names{"severe", "stream", "path", "tag"});
    CHECK(other.route(notice(NoticeReason::Resolved, Severity::Minor), kNoon).size() == 4);
}

TEST_CASE("Who was told of an incident hears that it became a part of another; who was not, does not") {
    config::Config config;
    config::Notifier severe = hearing("severe");
    severe.severities = {Severity::Critical};
    config.notify = {hearing("all"), severe};
    IncidentRouting routing;
    routing.configure(config);
    CHECK(routing.route(notice(NoticeReason::Opened, Severity::Minor), kNoon) == Names{"all"});
    CHECK(routing.told("all") == Names{"p-i1"});
    CHECK(routing.route(notice(NoticeReason::Merged), kNoon) == Names{"all"});
    CHECK(routing.told("all").empty());
}

TEST_CASE("Outside its hours a receiver hears of no new incident, but hears the sequel of what it was told") {
    config::Config config;
    config::Notifier night = hearing("night");
    night.hours = core::AirCalendar{};
    night.hours->zone = "UTC";
    for (int day = 0; day < 7; ++day) night.hours->on_air.push_back({day * 1440 + 18 * 60, day * 1440 + 1440});
    config.notify = {hearing("all"), night};
    IncidentRouting routing;
    routing.configure(config);
    CHECK(routing.route(notice(NoticeReason::Opened), kNoon) == Names{"all"});
    IncidentRouting told;
    told.configure(config);
    told.restore({{"p-i1", {"night"}}});
    CHECK(told.route(notice(NoticeReason::Resolved), kNoon) == Names{"night"});
    CHECK(told.route(notice(NoticeReason::Opened), kNoon + 7h) == Names{"all", "night"});
}

TEST_CASE("Whom an escalation names hears of an incident from that step on, to its end") {
    config::Config config;
    config.notify = {hearing("noc"), hearing("boss")};
    config.incidents.escalate = {{10min, {"boss"}}};
    IncidentRouting routing;
    routing.configure(config);
    CHECK(routing.route(notice(NoticeReason::Opened), kNoon) == Names{"noc"});
    Notice step = notice(NoticeReason::Escalated);
    step.escalation = 1;
    CHECK(routing.route(step, kNoon + 10min) == Names{"boss"});
    CHECK(routing.route(notice(NoticeReason::Resolved), kNoon + 20min) == Names{"noc", "boss"});
}
