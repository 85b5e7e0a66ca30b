// SPDX-License-Identifier: Apache-2.0
#include "incidents/desk.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/fake_http.hpp"
#include "tests/unit/incidents/fake_receiver.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AlarmState;

namespace {

using Events = std::vector<std::string>;

/// A desk on a file of its own whose receivers a test scripts.
struct DeskBench {
    test::TemporaryFolder folder;
    VirtualLoop time;
    FakeHttp http;
    std::map<std::string, FakeReceiver> receivers;
    config::Config config;
    DeskOptions options;
    std::unique_ptr<Desk> desk;
    Events shown;
    std::vector<std::string> troubles;

    DeskBench() {
        config.probe = "probe-a";
        config.store_sqlite = folder / "s.db";
        add_notifier("noc");
        options.http = http.send();
        options.make_transport = [this](const config::Notifier& notifier) {
            return std::make_unique<FakeTransport>(time.loop, receivers[notifier.name]);
        };
    }
    void add_notifier(const std::string& name) {
        config::Notifier notifier;
        notifier.name = name;
        config.notify.push_back(notifier);
    }
    void open() {
        auto opened = Desk::open(time.loop, config, options);
        if (!opened) FAIL(opened.error().message);
        desk = std::move(*opened);
        desk->on_shown([this](const core::AlarmTransition& alarm) { shown.push_back(event_id(alarm)); });
        desk->on_store_trouble(
            [this](const std::optional<core::Error>& error) { troubles.push_back(error ? error->message : "over"); });
    }
    /// What another reader finds in the file now.
    std::vector<core::AlarmTransition> stored() { return desk->history(1'000).value(); }
};

core::AlarmTransition big(int number) {
    auto alarm = transition("probe-a-" + std::to_string(number), 1, AlarmState::Raised);
    alarm.message = std::string(2'000, 'x');
    return alarm;
}

}  // namespace

TEST_CASE("A transition is stored before it is shown, and shown before it is sent") {
    DeskBench bench;
    bench.open();
    std::vector<std::string> order;
    bench.desk->on_shown([&](const core::AlarmTransition&) {
        order.push_back(bench.stored().size() == 2 ? "shown, stored" : "shown, not stored");
    });
    bench.receivers["noc"].answer = [&](const Delivery& delivery) {
        order.push_back("sent " + delivery.event_id);
        return Outcome{Outcome::Kind::Delivered, {}, {}};
    };
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised));
    bench.desk->record(transition("probe-a-1", 2, AlarmState::Changed));
    CHECK(order.empty());
    bench.time.settle();
    CHECK(order == Events{"shown, stored", "sent probe-a-1.1", "shown, stored", "sent probe-a-1.2"});
    CHECK(bench.desk->metrics().commits == 1);  // one transaction for the turn
    bench.time.run(Desk::kFinishedDelay);
    CHECK(bench.desk->metrics().owed == 0);
}

TEST_CASE("After a restart open alarms keep their id, and what was owed is delivered") {
    DeskBench bench;
    bench.receivers["noc"].answer = [](const Delivery&) { return unreachable(); };
    bench.open();
    CHECK(bench.desk->next_alarm_id() == "probe-a-1");
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised));
    bench.desk->set_air("news", core::AirState::Standby, "cli");
    bench.time.run(1s);
    bench.desk.reset();

    bench.receivers["noc"].answer = [](const Delivery&) { return Outcome{Outcome::Kind::Delivered, {}, {}}; };
    bench.open();
    CHECK(bench.desk->open_alarms() == std::vector{transition("probe-a-1", 1, AlarmState::Raised)});
    CHECK(bench.desk->forced_air().at("news") == core::AirState::Standby);
    CHECK(bench.desk->next_alarm_id() == "probe-a-3");  // 2 is the incident's
    bench.desk->record(transition("probe-a-1", 2, AlarmState::Cleared));
    bench.time.run(1s);
    CHECK(bench.receivers["noc"].delivered == Events{"probe-a-1.1", "probe-a-1.2"});
    CHECK(bench.desk->open_alarms().empty());
    const auto log = bench.desk->audit_log(10);
    REQUIRE(log);
    REQUIRE(log->size() == 1);
    CHECK((*log)[0].action == "air.set");
    CHECK((*log)[0].detail == "standby");
}

TEST_CASE("A delivered notice is not delivered again after an orderly restart") {
    DeskBench bench;
    bench.open();
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised));
    bench.time.settle();
    bench.desk.reset();
    bench.open();
    bench.time.run(1s);
    CHECK(bench.receivers["noc"].delivered == Events{"probe-a-1.1"});
}

TEST_CASE("With a full disk alarms still get out, after a moment") {
    DeskBench bench;
    bench.options.store.max_pages = 40;
    bench.open();
    int number = 0;
    while (!bench.desk->metrics().store_error) {
        REQUIRE(++number < 1'000);
        bench.desk->record(big(number));
        bench.time.settle();
    }
    const auto kept = static_cast<std::size_t>(number) - 1;
    CHECK(bench.troubles == Events{bench.folder / "s.db" + ": database or disk is full"});
    CHECK(bench.shown.size() == kept);  // the one that did not fit is held back at first
    bench.time.run(4s);
    CHECK(bench.shown.size() == kept + 1);
    CHECK(bench.receivers["noc"].delivered.size() == kept + 1);
    bench.desk->record(transition("probe-a-9000", 1, AlarmState::Raised));  // as the engine says probe.disk
    bench.time.settle();
    CHECK(bench.shown.back() == "probe-a-9000.1");
    CHECK(bench.receivers["noc"].delivered.back() == "probe-a-9000.1");
    CHECK(bench.desk->metrics().uncommitted == 2);
    CHECK(bench.stored().size() == kept);
    CHECK(bench.troubles.size() == 1);
}

TEST_CASE("What was shown from memory is stored, once, when the store works again") {
    DeskBench bench;
    bench.open();
    const std::string file = bench.folder / "s.db";
    std::filesystem::rename(file, file + ".away");
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised));
    bench.time.run(10s);
    CHECK(bench.shown == Events{"probe-a-1.1"});
    CHECK(bench.receivers["noc"].delivered == Events{"probe-a-1.1"});
    CHECK(bench.stored().empty());
    std::filesystem::rename(file + ".away", file);
    bench.time.run(1min);
    CHECK(bench.troubles == Events{file + ": the file was moved or deleted while in use", "over"});
    CHECK(bench.shown == Events{"probe-a-1.1"});
    CHECK(bench.receivers["noc"].delivered == Events{"probe-a-1.1"});
    CHECK(bench.stored().size() == 1);
    CHECK(bench.desk->metrics().uncommitted == 0);
    CHECK_FALSE(bench.desk->metrics().store_error);
    bench.desk.reset();
    bench.open();
    bench.time.run(1s);
    CHECK(bench.receivers["noc"].delivered == Events{"probe-a-1.1"});  // stored as delivered
}

TEST_CASE("A delivery given up is in the audit log, without secrets") {
    DeskBench bench;
    bench.receivers["noc"].answer = [](const Delivery&) {
        return Outcome{Outcome::Kind::Rejected, "400 at https://h/?token=abc", {}};
    };
    bench.open();
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised));
    bench.time.run(6min);
    const auto log = bench.desk->audit_log(10);
    REQUIRE(log);
    REQUIRE(log->size() == 1);
    CHECK((*log)[0].actor == "outbox");
    CHECK((*log)[0].action == "delivery.dropped");
    CHECK((*log)[0].subject == "probe-a-1.1");
    CHECK((*log)[0].detail == "noc: 400 at https://h/?token=***");
    CHECK(bench.desk->metrics().notifiers.at(0).dropped == 1);
}

TEST_CASE("A reload leaves unchanged receivers alone, and gives up what a removed one was owed") {
    DeskBench bench;
    bench.add_notifier("script");
    bench.receivers["noc"].latency = 5s;
    bench.receivers["script"].answer = [](const Delivery&) { return unreachable(); };
    bench.open();
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised));
    bench.time.run(1s);
    bench.config.notify.pop_back();
    bench.desk->configure(bench.config);
    bench.time.run(5s);
    CHECK(bench.receivers["noc"].attempts == Events{"probe-a-1.1"});  // not interrupted
    CHECK(bench.receivers["noc"].delivered == Events{"probe-a-1.1"});
    CHECK(bench.desk->audit_log(10)->size() == 1);
    bench.desk->record(transition("probe-a-1", 2, AlarmState::Cleared));
    bench.time.run(10s);
    CHECK(bench.receivers["noc"].delivered.size() == 2);
    CHECK(bench.desk->metrics().notifiers.size() == 1);
}

TEST_CASE("The heartbeat counts streams and open alarms") {
    DeskBench bench;
    core::StreamSpec news, sport;
    news.id = "news";
    sport.id = "sport";
    bench.config.streams = {news, sport};
    bench.config.heartbeat = config::Heartbeat{"https://h/alive", 30s};
    bench.open();
    bench.desk->record(transition("probe-a-1", 1, AlarmState::Raised, core::Severity::Critical));
    auto own = transition("probe-a-2", 1, AlarmState::Raised);
    own.stream = "probe";
    bench.desk->record(own);
    bench.time.settle();
    REQUIRE(bench.http.requests.size() == 1);
    const auto body = nlohmann::json::parse(bench.http.requests[0].request.body);
    CHECK(body["streams"]["total"] == 2);
    CHECK(body["streams"]["in_alarm"] == 1);
    CHECK(body["alarms"]["critical"] == 1);
    CHECK(body["alarms"]["warning"] == 1);
    bench.config.heartbeat.reset();
    bench.desk->configure(bench.config);
    CHECK(bench.http.live() == 0);
}

TEST_CASE("A desk without a store file is refused") {
    DeskBench bench;
    bench.config.store_sqlite.clear();
    const auto opened = Desk::open(bench.time.loop, bench.config, bench.options);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message == "store.sqlite is empty: it must name a file");
}

TEST_CASE("The id of a ticket outlives a restart: the end of an alarm finds it") {
    DeskBench bench;
    bench.config.notify.clear();
    config::Notifier itsm;
    itsm.name = "itsm";
    itsm.type = config::NotifierType::Vendor;
    itsm.vendor.vendor = "servicenow-incident";
    itsm.vendor.values = {{"url", "https://x.example"}, {"user", "u"}, {"password", "p"}, {"close_code", "done"}};
    bench.config.notify.push_back(itsm);
    bench.options.make_transport = nullptr;
    bench.open();
    bench.desk->record(transition("probe-a-7", 1, AlarmState::Raised));
    bench.time.settle();
    REQUIRE(bench.http.requests.size() == 1);  // looks for it
    bench.http.answer(0, [] {
        net::HttpResponse none;
        none.status = 200;
        none.body = R"({"result":[]})";
        return none;
    }());
    bench.time.settle();
    REQUIRE(bench.http.requests.size() == 2);
    CHECK(bench.http.requests[1].request.method == "POST");
    bench.http.answer(1, [] {
        net::HttpResponse made;
        made.status = 201;
        made.body = R"({"result":{"sys_id":"abc123"}})";
        return made;
    }());
    bench.time.settle();
    bench.desk.reset();

    bench.open();
    bench.desk->record(transition("probe-a-7", 2, AlarmState::Cleared));
    bench.time.settle();
    REQUIRE(bench.http.requests.size() == 3);  // the delivery before was written off, or this one would wait for it
    CHECK(bench.http.requests[2].request.method == "PATCH");
    CHECK(bench.http.requests[2].request.url == "https://x.example/api/now/table/incident/abc123");
}

TEST_CASE("After a restart Alertmanager hears again of what stands") {
    DeskBench bench;
    bench.config.notify.clear();
    config::Notifier am;
    am.name = "am";
    am.type = config::NotifierType::Vendor;
    am.vendor.vendor = "alertmanager";
    am.vendor.values = {{"url", "http://am"}, {"user", ""}, {"password", ""}};
    bench.config.notify.push_back(am);
    bench.options.make_transport = nullptr;
    bench.open();
    bench.desk->record(transition("probe-a-7", 1, AlarmState::Raised));
    bench.time.settle();
    REQUIRE(bench.http.requests.size() == 1);
    bench.http.answer(0, answer_of(200));
    bench.time.settle();
    bench.desk.reset();
    bench.open();
    bench.time.run(61s);
    REQUIRE(bench.http.requests.size() == 2);
    CHECK(nlohmann::json::parse(bench.http.requests[1].request.body).at(0).at("labels").at("alarm") == "probe-a-7");
}
