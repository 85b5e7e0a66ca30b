// SPDX-License-Identifier: Apache-2.0
#include "incidents/store.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;
using core::Severity;

namespace {

std::unique_ptr<Store> open_store(const std::string& path, StoreOptions options = {}) {
    options.probe = "probe-a";
    auto store = Store::open(path, options);
    if (!store) FAIL(store.error().message);
    return std::move(*store);
}

Batch one(RoutedNotice notice) {
    Batch batch;
    batch.notices.push_back(std::move(notice));
    return batch;
}

/// Commits alarms for ever, saying each id on `fd` once it is committed.
[[noreturn]] void commit_until_killed(const std::string& path, int fd) {
    StoreOptions options;
    options.probe = "probe-a";
    auto store = Store::open(path, options);
    if (!store) ::_exit(1);
    for (;;) {
        const std::string id = (*store)->next_alarm_id();
        if (!(*store)->commit(one(routed(transition(id, 1, AlarmState::Raised), {"noc"})), kNoon)) ::_exit(2);
        const std::string line = id + '\n';
        if (::write(fd, line.data(), line.size()) < 0) ::_exit(3);
    }
}

/// What such a process said until it was killed: at least `lines` lines, the last possibly incomplete.
std::string run_and_kill(const std::string& path, int lines) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) commit_until_killed(path, ends[1]);
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

}  // namespace

TEST_CASE("Open alarms and owed deliveries come back after the store is opened again") {
    const TestFolder folder;
    const auto raised = transition("probe-a-1", 1, AlarmState::Raised);
    const auto changed = transition("probe-a-1", 2, AlarmState::Changed, Severity::Critical);
    const auto gone = transition("probe-a-2", 2, AlarmState::Cleared);
    {
        auto store = open_store(folder.file("s.db"));
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
    auto store = open_store(folder.file("s.db"));
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

TEST_CASE("The same batch given twice is written once") {
    const TestFolder folder;
    auto store = open_store(folder.file("s.db"));
    const Batch batch = one(routed(transition("probe-a-1", 1, AlarmState::Raised), {"noc"}));
    REQUIRE(store->commit(batch, kNoon));
    REQUIRE(store->commit(batch, kNoon));
    CHECK(store->history(10)->size() == 1);
    CHECK(store->pending()->size() == 1);
}

TEST_CASE("An older transition never replaces a newer one as an alarm's last") {
    const TestFolder folder;
    auto store = open_store(folder.file("s.db"));
    REQUIRE(store->commit(one(routed(transition("probe-a-1", 3, AlarmState::Cleared), {})), kNoon));
    REQUIRE(store->commit(one(routed(transition("probe-a-1", 2, AlarmState::Changed), {})), kNoon));
    CHECK(store->open_alarms()->empty());
}

TEST_CASE("Alarm ids go on where they ended") {
    const TestFolder folder;
    {
        auto store = open_store(folder.file("s.db"));
        CHECK(store->next_alarm_id() == "probe-a-1");
        CHECK(store->next_alarm_id() == "probe-a-2");
        REQUIRE(store->commit(one(routed(transition("probe-a-2", 1, AlarmState::Raised), {})), kNoon));
    }
    auto store = open_store(folder.file("s.db"));
    CHECK(store->next_alarm_id() == "probe-a-3");
}

TEST_CASE("A second process is refused the same store") {
    const TestFolder folder;
    auto store = open_store(folder.file("s.db"));
    const auto second = Store::open(folder.file("s.db"), {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == core::ErrorCode::Refused);
    CHECK(second.error().message == folder.file("s.db") + ".lock is locked: another sightline uses this store");
}

TEST_CASE("The store is readable for its owner only") {
    const TestFolder folder;
    auto store = open_store(folder.file("s.db"));
    struct stat info {};
    REQUIRE(::stat(folder.file("s.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("Every transition acknowledged before a kill -9 is there afterwards, with its id unique") {
    const TestFolder folder;
    const std::string path = folder.file("s.db");
    std::set<std::string> acknowledged;
    for (int round = 0; round < 12; ++round) {
        const std::string said = run_and_kill(path, 3 + round * 2);
        for (std::size_t begin = 0, end = 0; (end = said.find('\n', begin)) != std::string::npos; begin = end + 1) {
            CHECK(acknowledged.insert(said.substr(begin, end - begin)).second);
        }
    }
    auto store = open_store(path);
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

TEST_CASE("A full disk is an error that names it, and the same batch succeeds when there is room") {
    const TestFolder folder;
    const std::string path = folder.file("s.db");
    std::size_t kept = 0;
    Batch refused;
    {
        StoreOptions small;
        small.max_pages = 40;
        auto store = open_store(path, small);
        while (refused.empty()) {
            REQUIRE(kept < 10'000);
            auto alarm = transition("probe-a-" + std::to_string(kept + 1), 1, AlarmState::Raised);
            alarm.message = std::string(500, 'x');
            const Batch batch = one(routed(alarm, {"noc"}));
            const auto done = store->commit(batch, kNoon);
            if (done) {
                ++kept;
                continue;
            }
            CHECK(done.error().code == core::ErrorCode::Io);
            CHECK(done.error().message == path + ": database or disk is full");
            refused = batch;
        }
        CHECK(store->open_alarms()->size() == kept);  // nothing half-written
        CHECK(store->pending()->size() == kept);
    }
    auto store = open_store(path);
    REQUIRE(store->commit(refused, kNoon));
    CHECK(store->pending()->size() == kept + 1);
}

TEST_CASE("A file that is no database is an error, or set aside where asked") {
    const TestFolder folder;
    const std::string path = folder.file("s.db");
    std::ofstream(path) << std::string(8192, 'z');
    const auto refused = Store::open(path, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::ErrorCode::Corrupt);
    CHECK(refused.error().message == path + ": file is not a database");

    StoreOptions options;
    options.set_aside_corrupt = true;
    auto store = open_store(path, options);
    CHECK(store->set_aside() == path + ".corrupt-1");
    CHECK(std::filesystem::file_size(path + ".corrupt-1") == 8192);
    CHECK(store->commit(one(routed(transition("probe-a-1", 1, AlarmState::Raised), {})), kNoon));
}

TEST_CASE("A file moved away while in use is an error") {
    const TestFolder folder;
    auto store = open_store(folder.file("s.db"));
    std::filesystem::rename(folder.file("s.db"), folder.file("gone.db"));
    const auto done = store->commit(one(routed(transition("probe-a-1", 1, AlarmState::Raised), {})), kNoon);
    REQUIRE_FALSE(done);
    CHECK(done.error().message == folder.file("s.db") + ": the file was moved or deleted while in use");
}

TEST_CASE("A folder that does not exist is an error") {
    const auto store = Store::open("/nonexistent/s.db", {});
    REQUIRE_FALSE(store);
    CHECK(store.error().message == "/nonexistent/s.db.lock: No such file or directory");
}

TEST_CASE("Old history goes, open alarms and owed deliveries stay") {
    const TestFolder folder;
    StoreOptions options;
    options.keep = std::chrono::hours{24};
    auto store = open_store(folder.file("s.db"), options);
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

TEST_CASE("Closed alarms beyond the number kept go, oldest first") {
    const TestFolder folder;
    StoreOptions options;
    options.keep_closed_alarms = 2;
    options.keep_audit_entries = 2;
    auto store = open_store(folder.file("s.db"), options);
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

TEST_CASE("What receivers called an alarm survives a restart, is replaced, forgotten, and pruned with age") {
    const TestFolder folder;
    Batch batch;
    batch.tickets = {
        {"desk", "a-1", "ticket", "sys1"}, {"desk", "a-1", "ticket", "sys2"}, {"desk", "a-2", "ticket", "x"}};
    {
        const auto store = open_store(folder.file("s.db"));
        REQUIRE(store->commit(batch, kNoon));
    }
    const auto store = open_store(folder.file("s.db"));
    CHECK(store->tickets("desk", "a-1").value() == std::map<std::string, std::string>{{"ticket", "sys2"}});
    CHECK(store->tickets("other", "a-1").value().empty());
    batch = {};
    batch.tickets = {{"desk", "a-1", "", ""}};
    REQUIRE(store->commit(batch, kNoon));
    CHECK(store->tickets("desk", "a-1").value().empty());
    REQUIRE(store->prune(kNoon + std::chrono::hours{24 * 3'650}));
    CHECK(store->tickets("desk", "a-2").value().empty());
}
