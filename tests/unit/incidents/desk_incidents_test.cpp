// SPDX-License-Identifier: Apache-2.0
// Incidents through the whole desk: store, notices, commands, restarts, kill -9.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "incidents/desk.hpp"
#include "incidents/payload.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/fake_receiver.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AlarmState;

namespace {

config::Config desk_config(const std::string& file) {
    config::Config config;
    config.probe = "probe-a";
    config.store_sqlite = file;
    config.streams.resize(1);
    config.streams[0].id = "news";
    config.notify.resize(1);
    config.notify[0].name = "noc";
    config.notify[0].about = config::NotifyAbout::Incidents;
    return config;
}

std::unique_ptr<Desk> open_desk(VirtualLoop& time, const std::string& file, FakeReceiver& receiver) {
    DeskOptions options;
    options.make_transport = [&](const config::Notifier&) {
        return std::make_unique<FakeTransport>(time.loop, receiver);
    };
    auto desk = Desk::open(time.loop, desk_config(file), options);
    REQUIRE(desk);
    return std::move(*desk);
}

core::AlarmTransition alarm(VirtualLoop& time, const std::string& id, const std::string& stream, std::uint64_t sequence,
                            AlarmState state) {
    core::AlarmTransition made = transition(id, sequence, state, core::Severity::Critical);
    made.stream = stream;
    made.since.utc = made.at.utc = time.clock.utc();
    if (state == AlarmState::Cleared) made.until = made.at;
    return made;
}

template <class Set>
IncidentQuery query(Set set) {
    IncidentQuery made;
    set(made);
    return made;
}

IncidentCommand acknowledge(const std::string& incident) {
    IncidentCommand command;
    command.kind = IncidentCommand::Kind::Acknowledge;
    command.incident = incident;
    command.actor = "J. Moreau";
    command.text = "on it";
    return command;
}

}  // namespace

TEST_CASE("What was over before anybody answered can still be seen to, without being called answered") {
    const test::TemporaryFolder folder;
    FakeReceiver receiver;
    std::string reasons;
    receiver.answer = [&](const Delivery& delivery) {
        reasons += nlohmann::json::parse(delivery.body)["reason"].get<std::string>() + ' ';
        return Outcome{Outcome::Kind::Delivered, {}, std::nullopt};
    };
    VirtualLoop time;
    auto desk = open_desk(time, folder / "s.db", receiver);
    const std::string alarm_id = desk->next_alarm_id();
    desk->record(alarm(time, alarm_id, "news", 1, AlarmState::Raised));
    time.run(1s);
    REQUIRE(desk->current_incidents().size() == 1);
    const std::string id = desk->current_incidents()[0]->id;
    desk->record(alarm(time, alarm_id, "news", 2, AlarmState::Cleared));
    time.run(2min);
    REQUIRE(desk->incident(id)->state == core::IncidentState::Resolved);
    const auto seen = desk->command(acknowledge(id));
    REQUIRE(seen);
    CHECK(seen->state == core::IncidentState::Resolved);
    CHECK(seen->acknowledged_by == "J. Moreau");
    CHECK_FALSE(seen->acknowledged_at);
    CHECK(seen->timeline.back().kind == "seen");
    CHECK(desk->command(acknowledge(id)).error().code == core::ErrorCode::Refused);  // once is enough
    desk->record(alarm(time, desk->next_alarm_id(), "news", 1, AlarmState::Raised));
    time.run(1s);
    const auto again = desk->incident(id);
    REQUIRE(again);
    CHECK(again->state == core::IncidentState::Open);  // it came back: news, and nobody has acknowledged it
    CHECK(again->acknowledged_by.empty());
    CHECK(reasons == "opened ");
}

TEST_CASE("A receiver that was told of alarms means the incident they are in") {
    const test::TemporaryFolder folder;
    FakeReceiver receiver;
    VirtualLoop time;
    auto desk = open_desk(time, folder / "s.db", receiver);
    const auto raised = alarm(time, desk->next_alarm_id(), "news", 1, AlarmState::Raised);
    desk->record(raised);
    time.run(1s);
    const std::string incident = desk->current_incidents().at(0)->id;
    CHECK(desk->incident_meant_by(dedup_key(raised)) == incident);
    CHECK(desk->incident_meant_by(incident) == incident);
    CHECK(desk->incident_meant_by("sport/video.black/video:1") == "sport/video.black/video:1");
    desk->record(alarm(time, raised.id, "news", 2, AlarmState::Cleared));
    time.run(1s);
    CHECK(desk->incident_meant_by(dedup_key(raised)) == dedup_key(raised));  // nothing is open under that key
}

TEST_CASE("An alarm becomes an incident that is stored, told, acknowledged, resolved and outlives restarts") {
    const test::TemporaryFolder folder;
    const std::string file = folder / "s.db";
    FakeReceiver receiver;
    std::vector<nlohmann::json> bodies;
    receiver.answer = [&](const Delivery& delivery) {
        bodies.push_back(nlohmann::json::parse(delivery.body));
        return Outcome{Outcome::Kind::Delivered, {}, std::nullopt};
    };
    VirtualLoop time;
    std::string id;
    {
        auto desk = open_desk(time, file, receiver);
        std::vector<std::string> shown;
        desk->on_incident(
            [&](const std::shared_ptr<const core::Incident>& incident) { shown.push_back(incident->id); });
        desk->record(alarm(time, desk->next_alarm_id(), "news", 1, AlarmState::Raised));
        time.run(1s);
        REQUIRE(desk->current_incidents().size() == 1);
        id = desk->current_incidents()[0]->id;
        CHECK(id.rfind("probe-a-i", 0) == 0);
        REQUIRE(!shown.empty());
        CHECK(shown[0] == id);
        REQUIRE(bodies.size() == 1);
        CHECK(bodies[0]["type"] == "incident");
        CHECK(bodies[0]["id"] == id);
        CHECK(bodies[0]["reason"] == "opened");
        CHECK(bodies[0]["dedup_key"] == id);
        CHECK(bodies[0]["alarms"][0]["stream"] == "news");
        const auto done = desk->command(acknowledge(id));
        REQUIRE(done);
        CHECK(done->state == core::IncidentState::Acknowledged);
        CHECK(done->timeline.back().text == "on it");
        time.run(1s);
    }
    auto desk = open_desk(time, file, receiver);
    time.run(1s);
    REQUIRE(desk->current_incidents().size() == 1);
    CHECK(desk->current_incidents()[0]->acknowledged_by == "J. Moreau");
    auto open = desk->open_alarms();
    REQUIRE(open.size() == 1);
    desk->record(alarm(time, open[0].id, "news", 2, AlarmState::Cleared));
    time.run(17min);  // it was short: its end is told when it can no longer return
    const auto whole = desk->incident(id);
    REQUIRE(whole);
    CHECK(whole->state == core::IncidentState::Resolved);
    std::string kinds;
    for (const auto& entry : whole->timeline) kinds += entry.kind + ' ';
    CHECK(kinds == "opened notified acknowledged cleared resolved notified ");
    std::string reasons;
    for (const auto& body : bodies) reasons += body["reason"].get<std::string>() + ' ';
    CHECK(reasons == "opened acknowledged resolved ");
    CHECK(desk->command(acknowledge(id)).error().code == core::ErrorCode::Refused);
    CHECK(desk->command(acknowledge("probe-a-i999")).error().code == core::ErrorCode::NotFound);
    const auto log = desk->audit_log(10);
    REQUIRE(log);
    CHECK(std::count_if(log->begin(), log->end(), [](const auto& entry) { return entry.action == "incident.ack"; }) ==
          1);
    time.run(25h, 10s);
    CHECK(desk->current_incidents().empty());
    CHECK(desk->incident(id)->state == core::IncidentState::Closed);
    CHECK(desk->command(acknowledge(id)).error().code == core::ErrorCode::Refused);
}

TEST_CASE("What comes to light stands in the timeline, is stored, and calls nobody") {
    const test::TemporaryFolder folder;
    FakeReceiver receiver;
    int told = 0;
    receiver.answer = [&](const Delivery& /*delivery*/) {
        ++told;
        return Outcome{Outcome::Kind::Delivered, {}, std::nullopt};
    };
    VirtualLoop time;
    auto desk = open_desk(time, folder / "s.db", receiver);
    desk->record(alarm(time, desk->next_alarm_id(), "news", 1, AlarmState::Raised));
    time.run(1s);
    const std::string id = desk->current_incidents().at(0)->id;
    CHECK(told == 1);
    desk->remark(id, "evidence", "kept: a clip of 24.0 s");
    desk->remark("probe-a-i99", "evidence", "of nothing");
    time.run(1s);
    CHECK(told == 1);
    desk.reset();
    desk = open_desk(time, folder / "s.db", receiver);
    const auto incident = desk->incident(id);
    REQUIRE(incident);
    CHECK(incident->timeline.back().kind == "evidence");
    CHECK(incident->timeline.back().who == "desk");
    CHECK(incident->timeline.back().text == "kept: a clip of 24.0 s");
    CHECK(incident->acknowledged_by.empty());
}

TEST_CASE("Incidents are listed by state, severity, stream and time, newest first") {
    const test::TemporaryFolder folder;
    FakeReceiver receiver;
    VirtualLoop time;
    auto desk = open_desk(time, folder / "s.db", receiver);
    for (const char* stream : {"a", "b", "c"}) {
        desk->record(alarm(time, desk->next_alarm_id(), stream, 1, AlarmState::Raised));
        time.run(2s);
    }
    const auto ids = [&](const IncidentQuery& query) {
        std::string text;
        const auto found = desk->incidents(query);
        REQUIRE(found);
        for (const auto& incident : *found) text += incident.cause.name + ' ';
        return text;
    };
    CHECK(ids({}) == "c b a ");
    REQUIRE(desk->command(acknowledge(desk->current_incidents()[1]->id)));
    CHECK(ids(query([](auto& q) { q.states = {core::IncidentState::Acknowledged}; })) == "b ");
    CHECK(ids(query([](auto& q) {
              q.states = {core::IncidentState::Open};
              q.stream = "a";
          })) == "a ");
    CHECK(ids(query([](auto& q) { q.severities = {core::Severity::Minor}; })).empty());
    CHECK(ids(query([&](auto& q) { q.before = desk->current_incidents()[1]->id; })) == "a ");
    CHECK(ids(query([](auto& q) { q.limit = 2; })) == "c b ");
    CHECK(ids(query([](auto& q) { q.to = kNoon; })).empty());
}

TEST_CASE("Maintenance is kept, audited and over in time") {
    const test::TemporaryFolder folder;
    const std::string file = folder / "s.db";
    FakeReceiver receiver;
    VirtualLoop time;
    {
        auto desk = open_desk(time, file, receiver);
        MaintenanceWindow window;
        window.name = "news";
        window.from = kNoon;
        window.to = time.clock.utc() + 10min;
        window.who = "K";
        const auto added = desk->add_maintenance(window);
        REQUIRE(added);
        CHECK(added->id.rfind("probe-a-m", 0) == 0);
        desk->record(alarm(time, desk->next_alarm_id(), "news", 1, AlarmState::Raised));
        time.run(1s);
        CHECK(desk->current_incidents()[0]->maintenance);
    }
    auto desk = open_desk(time, file, receiver);
    REQUIRE(desk->maintenance().size() == 1);
    time.run(5min);
    CHECK(receiver.attempts.empty());
    time.run(6min);
    CHECK(desk->maintenance().empty());
    CHECK(receiver.attempts.size() == 1);
    CHECK_FALSE(desk->current_incidents()[0]->maintenance);
}

namespace {

void say(int fd, const std::string& line) {
    const std::string text = line + '\n';
    if (::write(fd, text.data(), text.size()) < 0) ::_exit(3);
}

/// Raises, clears and acknowledges until it is killed; says what it was told is done.
[[noreturn]] void live_incidents(const std::string& file, int fd) {
    VirtualLoop time;
    FakeReceiver receiver;
    const auto desk = open_desk(time, file, receiver);
    desk->on_shown([fd](const core::AlarmTransition& shown) { say(fd, "alarm " + shown.id); });
    for (std::size_t turn = 0;; ++turn) {
        const auto open = desk->open_alarms();
        if (open.size() < 4) {
            const std::string stream = "s" + std::to_string(turn % 7);
            desk->record(alarm(time, desk->next_alarm_id(), stream, 1, AlarmState::Raised));
        } else {
            const auto& one = open[turn % open.size()];
            desk->record(alarm(time, one.id, one.stream, one.sequence + 1, AlarmState::Cleared));
        }
        time.run(500ms, 100ms);
        for (const auto& incident : desk->current_incidents()) {
            if (incident->state != core::IncidentState::Open) continue;
            if (desk->command(acknowledge(incident->id))) say(fd, "ack " + incident->id);
            break;
        }
    }
}

std::string killed_after(int lines, const std::string& file) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) live_incidents(file, ends[1]);
    ::close(ends[1]);
    std::string said;
    char buffer[48];
    bool killed = false;
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        said.append(buffer, static_cast<std::size_t>(got));
        if (!killed && std::count(said.begin(), said.end(), '\n') >= lines) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return said;
}

}  // namespace

TEST_CASE("After any kill -9 every alarm shown is in one incident, and no acknowledge is lost or doubled") {
    const test::TemporaryFolder folder;
    const std::string file = folder / "s.db";
    std::set<std::string> alarms;
    std::map<std::string, int> acks;
    for (int life = 0; life < 12; ++life) {
        std::istringstream lines(killed_after(5 + life * 7 % 23, file));
        for (std::string word, id; lines >> word >> id;) {
            if (word == "alarm") {
                alarms.insert(id);
            } else {
                ++acks[id];
            }
        }
    }
    VirtualLoop time;
    FakeReceiver receiver;
    const auto desk = open_desk(time, file, receiver);
    time.run(1s);
    std::map<std::string, std::string> home;
    const auto all = desk->incidents(query([](auto& q) {
        q.limit = 10'000;
        q.merged = true;
    }));
    REQUIRE(all);
    std::map<std::string, int> in_timeline;
    for (const auto& listed : *all) {
        const auto incident = desk->incident(listed.id);
        REQUIRE(incident);
        for (const auto& one : incident->alarms) CHECK(home.emplace(one.id, incident->id).second);
        for (const auto& entry : incident->timeline) in_timeline[incident->id] += entry.kind == "acknowledged" ? 1 : 0;
    }
    CHECK(alarms.size() > 20);
    for (const std::string& id : alarms) {
        INFO(id);
        CHECK(home.count(id) == 1);
    }
    std::map<std::string, int> audited;
    const auto log = desk->audit_log(100'000);
    REQUIRE(log);
    for (const AuditEntry& entry : *log) audited[entry.subject] += entry.action == "incident.ack" ? 1 : 0;
    CHECK(!acks.empty());
    for (const auto& [id, count] : acks) {
        INFO(id);
        CHECK(audited[id] == in_timeline[id]);  // both or neither
        CHECK(in_timeline[id] >= count);        // one more where it was killed before it could say so
        CHECK(in_timeline[id] <= count + 1);
    }
}
