// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/incidents/store_conformance.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

namespace sightline::incidents {
namespace {

using namespace std::chrono_literals;
using core::AlarmState;
using core::Severity;

core::Incident incident(const std::string& id, core::UtcTime opened, Severity severity, const std::string& stream) {
    core::Incident made;
    made.id = id;
    made.title = "title of " + id;
    made.severity = severity;
    made.since = made.opened_at = opened;
    made.cause = {core::CauseKind::Stream, stream, stream};
    made.alarms = {{id + "-alarm", stream, "video.black", severity, true, core::AlarmRole::Cause, ""}};
    made.timeline = {{opened, "desk", "opened", "picture is black"}};
    return made;
}

/// As the engine says it the first time.
IncidentChange fresh(const core::Incident& made) {
    IncidentChange change;
    change.incident = std::make_shared<const core::Incident>(made);
    change.alarms = made.alarms;
    change.entries = made.timeline;
    change.memory = "{\"of\":\"" + made.id + "\"}";
    return change;
}

/// Commits alarms for ever, saying each id on `fd` once it is committed.
[[noreturn]] void commit_until_killed(StorePlace& place, int fd) {
    StoreOptions options;
    options.probe = "probe-a";
    auto store = place.open(options);
    if (!store) ::_exit(1);
    for (;;) {
        const std::string id = (*store)->next_alarm_id();
        if (!(*store)->commit(one(routed(transition(id, 1, AlarmState::Raised), {"noc"})), kNoon)) ::_exit(2);
        const std::string line = id + '\n';
        if (::write(fd, line.data(), line.size()) < 0) ::_exit(3);
    }
}

/// What such a process said until it was killed: at least `lines` lines, the last possibly incomplete.
std::string run_and_kill(StorePlace& place, int lines) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) commit_until_killed(place, ends[1]);
    ::close(ends[1]);
    std::string said;
    char buffer[64];
    bool killed = false;
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        said.append(buffer, static_cast<std::size_t>(got));
        if (killed || std::count(said.begin(), said.end(), '\n') < lines) continue;
        killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    return said;
}

void comes_back(StorePlace& place) {
    const auto raised = transition("probe-a-1", 1, AlarmState::Raised);
    const auto changed = transition("probe-a-1", 2, AlarmState::Changed, Severity::Critical);
    const auto gone = transition("probe-a-2", 2, AlarmState::Cleared);
    {
        auto store = open_store(place);
        REQUIRE(store->commit(one(routed(raised, {"noc", "script"})), kNoon));
        Batch batch;
        batch.notices = {routed(changed, {"noc"}), routed(transition("probe-a-2", 1, AlarmState::Raised), {}),
                         routed(gone, {})};
        batch.finished = {{"probe-a-1.1", "script", true, 1, ""}};
        batch.audit = {{kNoon, "cli", "air.set", "news", "standby"}};
        batch.air = {{"news", core::AirState::Standby}};
        batch.counters = {{"delivered", 1}};
        REQUIRE(store->commit(batch, kNoon + std::chrono::seconds{1}));
    }
    auto store = open_store(place);
    CHECK(store->open_alarms() == std::vector{changed});
    CHECK(store->told()->at("probe-a-1") == std::set<std::string>{"noc", "script"});
    const auto pending = store->pending();
    REQUIRE(pending);
    REQUIRE(pending->size() == 2);
    CHECK((*pending)[0].event_id == "probe-a-1.1");
    CHECK((*pending)[0].notifier == "noc");
    CHECK((*pending)[0].created == kNoon);
    CHECK((*pending)[1].event_id == "probe-a-1.2");
    CHECK((*pending)[1].alarm == "probe-a-1");
    CHECK((*pending)[1].sequence == 2);
    CHECK(store->notice("probe-a-1.2") == routed(changed, {}).notice);
    CHECK(store->notice("probe-a-9.1").error().code == core::ErrorCode::NotFound);
    CHECK(store->history(10) == std::vector{gone, transition("probe-a-2", 1, AlarmState::Raised), changed, raised});
    CHECK(store->history(10, "probe-a-1") == std::vector{changed, raised});
    CHECK(store->audit(10) == std::vector<AuditEntry>{{kNoon, "cli", "air.set", "news", "standby"}});
    CHECK(store->forced_air()->at("news") == core::AirState::Standby);
    CHECK(store->counters()->at("delivered") == 1);

    Batch back;
    back.air = {{"news", std::nullopt}};
    back.counters = {{"delivered", 4}};
    REQUIRE(store->commit(back, kNoon));
    CHECK(store->forced_air()->empty());
    CHECK(store->counters()->at("delivered") == 5);
}

void twice_is_once(StorePlace& place) {
    auto store = open_store(place);
    const Batch batch = one(routed(transition("probe-a-1", 1, AlarmState::Raised), {"noc"}));
    REQUIRE(store->commit(batch, kNoon));
    REQUIRE(store->commit(batch, kNoon));
    CHECK(store->history(10)->size() == 1);
    CHECK(store->pending()->size() == 1);
}

void newest_wins(StorePlace& place) {
    auto store = open_store(place);
    REQUIRE(store->commit(one(routed(transition("probe-a-1", 3, AlarmState::Cleared), {})), kNoon));
    REQUIRE(store->commit(one(routed(transition("probe-a-1", 2, AlarmState::Changed), {})), kNoon));
    CHECK(store->open_alarms()->empty());
}

void ids_go_on(StorePlace& place) {
    {
        auto store = open_store(place);
        CHECK(store->next_alarm_id() == "probe-a-1");
        CHECK(store->next_alarm_id() == "probe-a-2");
        REQUIRE(store->commit(one(routed(transition("probe-a-2", 1, AlarmState::Raised), {})), kNoon));
    }
    auto store = open_store(place);
    CHECK(store->next_alarm_id() == "probe-a-3");
}

void outlives_kill(StorePlace& place) {
    std::set<std::string> acknowledged;
    for (int round = 0; round < 12; ++round) {
        const std::string said = run_and_kill(place, 3 + round * 2);
        for (std::size_t begin = 0, end = 0; (end = said.find('\n', begin)) != std::string::npos; begin = end + 1) {
            CHECK(acknowledged.insert(said.substr(begin, end - begin)).second);
        }
    }
    auto store = open_store(place);
    std::set<std::string> open, owed;
    const auto alarms = store->open_alarms();
    const auto pending = store->pending();
    REQUIRE(alarms);
    REQUIRE(pending);
    for (const auto& alarm : *alarms) open.insert(alarm.id);
    for (const auto& delivery : *pending) owed.insert(delivery.alarm);
    CHECK(open == owed);  // alarm and outbox rows in one transaction
    for (const std::string& id : acknowledged) CHECK(open.count(id) == 1);
}

void prunes_history(StorePlace& place) {
    StoreOptions options;
    options.keep = std::chrono::hours{24};
    auto store = open_store(place, options);
    Batch batch;
    batch.notices = {routed(transition("probe-a-1", 1, AlarmState::Raised), {}),         // open
                     routed(transition("probe-a-2", 2, AlarmState::Cleared), {"noc"}),   // owed
                     routed(transition("probe-a-3", 2, AlarmState::Cleared), {"noc"})};  // over and done
    batch.finished = {{"probe-a-3.2", "noc", true, 1, ""}};
    REQUIRE(store->commit(batch, kNoon));
    CHECK(store->prune(kNoon + std::chrono::hours{23}) == 0);
    CHECK(store->prune(kNoon + std::chrono::hours{25}).value() > 0);
    CHECK(store->prune(kNoon + std::chrono::hours{25}) == 0);
    CHECK(store->open_alarms()->size() == 1);
    CHECK(store->pending()->size() == 1);
    CHECK(store->notice("probe-a-2.2"));
    CHECK_FALSE(store->notice("probe-a-3.2"));
}

void prunes_number(StorePlace& place) {
    StoreOptions options;
    options.keep_closed_alarms = 2;
    options.keep_audit_entries = 2;
    auto store = open_store(place, options);
    for (int n = 1; n <= 5; ++n) {
        Batch batch = one(routed(transition("probe-a-" + std::to_string(n), 2, AlarmState::Cleared), {}));
        batch.audit = {{kNoon, "test", "n", std::to_string(n), ""}};
        REQUIRE(store->commit(batch, kNoon + std::chrono::seconds{n}));
    }
    while (store->prune(kNoon).value() > 0) {
    }
    const auto left = store->history(10);
    REQUIRE(left->size() == 2);
    CHECK((*left)[0].id == "probe-a-5");
    CHECK((*left)[1].id == "probe-a-4");
    CHECK(store->audit(10)->size() == 2);
}

void keeps_tickets(StorePlace& place) {
    Batch batch;
    batch.tickets = {
        {"desk", "a-1", "ticket", "sys1"}, {"desk", "a-1", "ticket", "sys2"}, {"desk", "a-2", "ticket", "x"}};
    {
        const auto store = open_store(place);
        REQUIRE(store->commit(batch, kNoon));
    }
    const auto store = open_store(place);
    CHECK(store->tickets("desk", "a-1").value() == std::map<std::string, std::string>{{"ticket", "sys2"}});
    CHECK(store->tickets("other", "a-1").value().empty());
    batch = {};
    batch.tickets = {{"desk", "a-1", "", ""}};
    REQUIRE(store->commit(batch, kNoon));
    CHECK(store->tickets("desk", "a-1").value().empty());
    REQUIRE(store->prune(kNoon + std::chrono::hours{24 * 3'650}));
    CHECK(store->tickets("desk", "a-2").value().empty());
}

void incidents_come_back(StorePlace& place) {
    core::Incident first = incident("probe-a-i1", kNoon, Severity::Critical, "news");
    const core::Incident second = incident("probe-a-i2", kNoon + 1min, Severity::Minor, "sport");
    {
        auto store = open_store(place);
        Batch batch;
        batch.incidents = {fresh(first), fresh(second)};
        REQUIRE(store->commit(batch, kNoon));
        // It is acknowledged: one entry more, and the header anew.
        IncidentChange change;
        change.entries_before = 1;
        change.entries = {{kNoon + 2min, "J. Moreau", "acknowledged", "on it"}};
        first.sequence = 2;
        first.state = core::IncidentState::Acknowledged;
        first.acknowledged_by = "J. Moreau";
        first.timeline.push_back(change.entries.front());
        change.incident = std::make_shared<const core::Incident>(first);
        change.memory = "{\"told\":true}";
        batch.incidents = {change};
        batch.audit = {{kNoon + 2min, "J. Moreau", "incident.ack", first.id, "on it"}};
        REQUIRE(store->commit(batch, kNoon + 2min));
        REQUIRE(store->commit(batch, kNoon + 2min));  // given again, nothing of the incident doubles
    }
    auto store = open_store(place);
    CHECK(store->incident("probe-a-i1") == first);
    CHECK(store->incident("probe-a-i9").error().code == core::ErrorCode::NotFound);
    const auto live = store->live_incidents();
    REQUIRE(live);
    REQUIRE(live->incidents.size() == 2);
    for (const IncidentMemory& memory : live->incidents)
        CHECK(memory.memory == (memory.incident.id == first.id ? "{\"told\":true}" : "{\"of\":\"probe-a-i2\"}"));
    const auto ids = [&store](const IncidentQuery& query) {
        std::string out;
        const auto all = store->incidents(query);
        REQUIRE(all);
        for (const core::Incident& found : *all) out += found.id.substr(8) + ' ';
        return out;
    };
    IncidentQuery query;
    CHECK(ids(query) == "i2 i1 ");
    query.severities = {Severity::Critical};
    CHECK(ids(query) == "i1 ");
    query = {};
    query.stream = "sport";
    CHECK(ids(query) == "i2 ");
    query = {};
    query.states = {core::IncidentState::Closed};
    CHECK(ids(query) == "");
}

void incident_notices_are_owed(StorePlace& place) {
    const core::Incident made = incident("probe-a-i1", kNoon, Severity::Critical, "news");
    RoutedNotice routed;
    routed.notice.incident = made;
    routed.notice.facts.probe = "probe-a";
    routed.notifiers = {"desk", "mail"};
    {
        auto store = open_store(place);
        Batch batch = one(routed);
        batch.incidents = {fresh(made)};
        REQUIRE(store->commit(batch, kNoon));
        Batch done;
        done.finished = {{"probe-a-i1.1.opened", "mail", true, 1, ""}};
        REQUIRE(store->commit(done, kNoon + 1s));
    }
    auto store = open_store(place);
    const auto pending = store->pending();
    REQUIRE(pending);
    REQUIRE(pending->size() == 1);
    CHECK(pending->front().event_id == "probe-a-i1.1.opened");
    CHECK(pending->front().notifier == "desk");
    const auto notice = store->notice("probe-a-i1.1.opened");
    REQUIRE(notice);
    REQUIRE(notice->incident);
    CHECK(notice->incident->title == made.title);
    CHECK(notice->facts.probe == "probe-a");
    CHECK(store->incidents_told()->at("probe-a-i1") == std::set<std::string>{"desk", "mail"});
}

void calendar_and_watch_come_back(StorePlace& place) {
    MaintenanceWindow window;
    window.id = "probe-a-m1";
    window.name = "news";
    window.from = window.created = kNoon;
    window.to = kNoon + 1h;
    window.reason = "new encoder";
    window.who = "J. Moreau";
    {
        auto store = open_store(place);
        CHECK(store->last_alive().value() == std::nullopt);
        Batch batch;
        batch.maintenance = std::vector{window};
        batch.watch = {{"news", kNoon, core::AirState::OnAir, true, false},
                       {"news", kNoon + 5min, core::AirState::OffAir, false, true},
                       {"sport", kNoon, core::AirState::OnAir, true, false}};
        batch.alive = kNoon + 6min;
        REQUIRE(store->commit(batch, kNoon));
    }
    auto store = open_store(place);
    CHECK(store->live_incidents()->maintenance == std::vector{window});
    auto watched = store->watched_streams().value();
    std::sort(watched.begin(), watched.end(), [](const auto& a, const auto& b) { return a.stream < b.stream; });
    CHECK(watched == std::vector<WatchChange>{{"news", kNoon + 5min, core::AirState::OffAir, false, true},
                                              {"sport", kNoon, core::AirState::OnAir, true, false}});
    CHECK(store->last_alive().value() == kNoon + 6min);
    Batch over;
    over.maintenance = std::vector<MaintenanceWindow>{};
    REQUIRE(store->commit(over, kNoon));
    CHECK(store->live_incidents()->maintenance.empty());
}

void audit_is_one_chain(StorePlace& place) {
    std::set<std::string> heads;
    std::string last;
    for (int life = 0; life < 3; ++life) {
        auto store = open_store(place);
        if (life > 0) CHECK(store->audit_chain_head().chain == last);
        for (int n = 0; n < 3; ++n) {
            Batch batch;
            batch.audit = {{kNoon, "J. Moreau", "incident.note", "probe-a-i1", "the same text"}};
            REQUIRE(store->commit(batch, kNoon));
            CHECK(heads.insert(store->audit_chain_head().chain).second);  // moves on, also by equal entries
        }
        last = store->audit_chain_head().chain;
        CHECK(store->audit_chain_head().number == 3 * (life + 1));
    }
}

std::unique_ptr<StoreReader> read_store(StorePlace& place) {
    auto reader = place.read();
    if (!reader) FAIL(reader.error().message);
    return std::move(*reader);
}

void readers_read_beside_the_writer(StorePlace& place) {
    CHECK(place.read().error().code == core::ErrorCode::NotFound);
    auto store = open_store(place);
    const core::Incident first = incident("probe-a-i1", kNoon, Severity::Critical, "news");
    const core::Incident second = incident("probe-a-i2", kNoon + 1min, Severity::Minor, "sport");
    Batch batch;
    batch.incidents = {fresh(first)};
    REQUIRE(store->commit(batch, kNoon));
    const auto reader = read_store(place);
    CHECK(reader->incidents({})->size() == 1);
    batch.incidents = {fresh(second)};
    REQUIRE(store->commit(batch, kNoon));  // a reader that has read keeps nobody from writing
    const auto listed = reader->incidents({});
    REQUIRE(listed);
    REQUIRE(listed->size() == 2);
    CHECK(*listed == *store->incidents({}));
    CHECK((*listed)[0].id == second.id);
    CHECK((*listed)[0].timeline.empty());
    IncidentQuery query;
    query.severities = {Severity::Critical};
    CHECK(reader->incidents(query)->size() == 1);
    CHECK(reader->incident(first.id) == first);
    CHECK(reader->incident("probe-a-i9").error().code == core::ErrorCode::NotFound);
    store.reset();
    CHECK(reader->incident(second.id) == second);  // also while nobody writes
}

/// An alarm of "news", written as it rose and, where it is over, as it cleared.
void add_alarm(Batch& batch, const std::string& id, core::UtcTime from, std::optional<core::UtcTime> to) {
    auto alarm = transition(id, 1, AlarmState::Raised, Severity::Critical);
    alarm.since.utc = from;
    batch.notices.push_back(routed(alarm, {}));
    if (!to) return;
    alarm.state = AlarmState::Cleared;
    alarm.sequence = 2;
    alarm.severity = Severity::Warning;
    alarm.until = core::AlarmTime{{}, *to};
    batch.notices.push_back(routed(alarm, {}));
}

void periods_are_read(StorePlace& place) {
    using core::AirState;
    const core::UtcTime day = kNoon;
    Batch batch;
    add_alarm(batch, "probe-a-1", day - 5h, day - 4h);                 // over before it
    add_alarm(batch, "probe-a-2", day - 1h, day + 30min);              // into it
    add_alarm(batch, "probe-a-3", day + 1h, day + 2h);                 // in it
    add_alarm(batch, "probe-a-4", day + 23h, std::nullopt);            // out of it
    add_alarm(batch, "probe-a-5", day + 24h, std::nullopt);            // after it
    batch.watch = {{"news", day - 9h, AirState::OffAir, true, false},  // no longer so when it began
                   {"news", day - 8h, AirState::OnAir, true, false},
                   {"news", day + 10h, AirState::Standby, false, true},
                   {"news", day + 24h, AirState::OnAir, true, false},
                   {"other", day, AirState::OnAir, true, false}};
    core::Incident before = incident("probe-a-i1", day - 3h, Severity::Major, "news");
    before.state = core::IncidentState::Closed;
    before.resolved_at = before.closed_at = day - 2h;
    core::Incident merged = incident("probe-a-i2", day - 1h, Severity::Major, "news");
    merged.state = core::IncidentState::Closed;
    merged.resolved_at = merged.closed_at = day + 1h;
    merged.merged_into = "probe-a-i3";
    const core::Incident within = incident("probe-a-i3", day + 1h, Severity::Critical, "news");
    const core::Incident after = incident("probe-a-i4", day + 24h, Severity::Critical, "news");
    batch.incidents = {fresh(before), fresh(merged), fresh(within), fresh(after)};
    batch.audit = {{kNoon, "J. Moreau", "incident.note", "probe-a-i3", "x"}};
    auto store = open_store(place);
    REQUIRE(store->commit(batch, kNoon));

    const auto record = read_store(place)->period(day, day + 24h, {"news"});
    REQUIRE(record);
    CHECK(record->incidents == std::vector{within, merged});
    REQUIRE(record->alarms.size() == 3);
    CHECK(record->alarms[0].id == "probe-a-2");
    CHECK(record->alarms[0].stream == "news");
    CHECK(record->alarms[0].rule == "video.black");
    CHECK(record->alarms[0].since == day - 1h);
    CHECK(record->alarms[0].until == day + 30min);
    CHECK(record->alarms[0].worst == Severity::Critical);  // although it got milder
    CHECK(record->alarms[1].id == "probe-a-3");
    CHECK(record->alarms[2].id == "probe-a-4");
    CHECK_FALSE(record->alarms[2].until);
    CHECK(record->watch == std::vector<WatchChange>{{"news", day - 8h, AirState::OnAir, true, false},
                                                    {"news", day + 10h, AirState::Standby, false, true}});
    CHECK(record->head == store->audit_chain_head());
    CHECK(read_store(place)->watch_log("news", day, day + 24h) == record->watch);
    CHECK(read_store(place)->watch_log("sport", day, day + 24h)->empty());
}

void audit_is_read_again(StorePlace& place) {
    StoreOptions options;
    options.keep_audit_entries = 4;
    auto store = open_store(place, options);
    std::vector<std::string> heads;
    for (int n = 1; n <= 10; ++n) {
        Batch batch;
        batch.audit = {{kNoon + std::chrono::seconds{n}, "J. Moreau", "incident.note", "probe-a-i1", "text"}};
        REQUIRE(store->commit(batch, kNoon));
        heads.push_back(store->audit_chain_head().chain);
    }
    const auto reader = read_store(place);
    const auto all = reader->verify_audit(heads[2]);
    REQUIRE(all);
    CHECK(all->broken == "");
    CHECK(all->entries == 10);
    CHECK(all->head == store->audit_chain_head());
    CHECK(all->known_head_found);
    while (store->prune(kNoon).value() > 0) {
    }
    const auto pruned = reader->verify_audit(heads[5]);
    REQUIRE(pruned);
    CHECK(pruned->broken == "");
    CHECK(pruned->entries == 4);
    CHECK(pruned->first == 7);
    CHECK(pruned->checkpoints == 1);
    CHECK(pruned->known_head_found);  // the checkpoint's own
    CHECK_FALSE(reader->verify_audit(std::string(64, 'f'))->known_head_found);
}

void one_process_at_a_time(StorePlace& place) {
    auto store = open_store(place);
    const auto second = place.open({});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == core::ErrorCode::Refused);
    store.reset();
    CHECK(place.open({}));
}

constexpr std::array kPromises{
    StorePromise{"Open alarms and owed deliveries come back after the store is opened again", &comes_back},
    StorePromise{"The same batch given twice is written once", &twice_is_once},
    StorePromise{"An older transition never replaces a newer one as an alarm's last", &newest_wins},
    StorePromise{"Alarm ids go on where they ended", &ids_go_on},
    StorePromise{"Every transition acknowledged before a kill -9 is there afterwards, with its id unique",
                 &outlives_kill},
    StorePromise{"Old history goes, open alarms and owed deliveries stay", &prunes_history},
    StorePromise{"Closed alarms beyond the number kept go, oldest first", &prunes_number},
    StorePromise{"What receivers called an alarm survives a restart, is replaced, forgotten, and pruned with age",
                 &keeps_tickets},
    StorePromise{"Incidents, their timelines and what the engine remembers come back, and are found",
                 &incidents_come_back},
    StorePromise{"What is owed of an incident is owed after a restart", &incident_notices_are_owed},
    StorePromise{"The calendar of maintenance and what was watched come back", &calendar_and_watch_come_back},
    StorePromise{"The audit log is one chain over all lives of the store", &audit_is_one_chain},
    StorePromise{"A reader sees each commit, keeps nobody from writing, and outlives the writer",
                 &readers_read_beside_the_writer},
    StorePromise{"A period is read with all that touches it and nothing else", &periods_are_read},
    StorePromise{"The audit log is proved whole again, also behind checkpoints, and an old head is found in it",
                 &audit_is_read_again},
    StorePromise{"A second one is refused while the first is open", &one_process_at_a_time},
};

}  // namespace

std::unique_ptr<Store> open_store(StorePlace& place, StoreOptions options) {
    options.probe = "probe-a";
    auto store = place.open(options);
    if (!store) FAIL(store.error().message);
    return std::move(*store);
}

std::span<const StorePromise> store_promises() {
    return kPromises;
}

}  // namespace sightline::incidents
