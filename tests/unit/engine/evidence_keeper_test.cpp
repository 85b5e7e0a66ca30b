// SPDX-License-Identifier: Apache-2.0
// When evidence is collected, of what, and what there is when its making fails. The making itself: clip_test.cpp.
#include "engine/evidence_keeper.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using engine::EvidenceKeeper;
using engine::EvidenceView;
using State = EvidenceView::State;
namespace fs = std::filesystem;

namespace {

constexpr core::UtcTime kNoon{1'800'000'000s};

config::Config config_in(const std::string& folder) {
    config::Config config;
    for (const char* id : {"news", "sport"}) {
        core::StreamSpec spec;
        spec.id = id;
        spec.input.url = "udp://127.0.0.1:5000";
        config.streams.push_back(spec);
    }
    config.evidence.folder = folder + "/evidence";
    config.evidence.ring_bytes = 1 << 20;
    return config;
}

core::AlarmTransition alarm_of(const std::string& id, const std::string& stream) {
    core::AlarmTransition alarm;
    alarm.id = id;
    alarm.stream = stream;
    alarm.condition = "video.black";
    alarm.state = core::AlarmState::Raised;
    alarm.since.utc = kNoon - 3s;
    return alarm;
}

std::shared_ptr<const core::Incident> incident_of(const std::string& id, const std::string& alarm,
                                                  const std::string& stream) {
    auto incident = std::make_shared<core::Incident>();
    incident->id = id;
    incident->since = kNoon - 3s;
    incident->opened_at = kNoon;
    core::IncidentAlarm part;
    part.id = alarm;
    part.stream = stream;
    incident->alarms.push_back(part);
    return incident;
}

/// A keeper whose clips are made by a program that does nothing and says nothing: each making fails.
struct Desk {
    Desk() { start(); }
    void start() {
        keeper.reset();
        EvidenceKeeper::Options options;
        options.command = {"/bin/true", "clip"};
        options.measurements = [](const std::string& stream, core::UtcTime, core::UtcTime, core::UtcTime) {
            return "{\"of " + stream + "\":[]}";
        };
        options.on_kept = [this](const std::string& incident, const std::string& what) {
            kept.push_back(incident + ": " + what);
        };
        options.on_trouble = [this](const std::string& trouble) { troubles.push_back(trouble); };
        keeper = std::make_unique<EvidenceKeeper>(loop, std::move(options));
        keeper->configure(config_in(folder.path()));
    }
    void raise(const std::string& incident, const std::string& stream = "news") {
        keeper->note(alarm_of(incident + "-a", stream));
        keeper->take(incident_of(incident, incident + "-a", stream));
    }
    /// Until all that was begun is over.
    void settle() {
        clock.advance(13s);
        while (true) {
            loop.poll();
            bool making = false;
            for (const char* id : {"p-i1", "p-i2", "p-i3"})
                making = making || keeper->view(id).state == State::InTheMaking;
            if (!making) return;
        }
    }

    core::VirtualClock clock{core::ArrivalTime{1'000s}, kNoon};
    net::EventLoop loop{clock};
    test::TemporaryFolder folder;
    std::vector<std::string> kept, troubles;
    std::unique_ptr<EvidenceKeeper> keeper;
};

}  // namespace

TEST_CASE("Evidence is in the making until after the raise, then it is kept; what is missing is told") {
    Desk desk;
    CHECK(desk.keeper->ring("news").descriptor);
    desk.raise("p-i1");
    CHECK(desk.keeper->view("p-i1").state == State::InTheMaking);
    desk.clock.advance(9s);
    desk.loop.poll();
    CHECK(desk.keeper->view("p-i1").state == State::InTheMaking);
    desk.settle();
    const EvidenceView view = desk.keeper->view("p-i1");
    CHECK(view.state == State::Kept);
    REQUIRE(view.files.size() == 2);  // no clip, no stills: nothing made them
    const std::string facts = desk.keeper->shelf()->read("p-i1", "evidence.json");
    CHECK(facts.find("\"note\":\"its making reported no JSON object\"") != std::string::npos);
    CHECK(facts.find("\"stream\":\"news\"") != std::string::npos);
    CHECK(desk.kept ==
          std::vector<std::string>{"p-i1: kept: the measurements before it (its making reported no JSON object)"});
    CHECK(desk.troubles.size() == 1);
    CHECK(desk.keeper->bad_still("p-i1").empty());
    desk.start();
    CHECK(desk.keeper->view("p-i1").state == State::Kept);
    desk.raise("p-i1");  // told again: there is evidence
    CHECK(desk.keeper->view("p-i1").state == State::Kept);
}

TEST_CASE("Without a ring there is no evidence, and the reason is told") {
    Desk desk;
    desk.raise("p-i1");
    desk.settle();
    CHECK(desk.keeper->view("p-i1").state == State::None);
    CHECK(desk.keeper->view("p-i1").why == "No such file or directory");
    CHECK_FALSE(fs::exists(desk.folder / "evidence/.making-p-i1"));
}

TEST_CASE("In a flood evidence of a few incidents is collected, and the others say why there is none") {
    Desk desk;
    for (int n = 1; n <= 50; ++n) desk.raise("p-i" + std::to_string(n));
    int making = 0;
    for (int n = 1; n <= 50; ++n) {
        const EvidenceView view = desk.keeper->view("p-i" + std::to_string(n));
        if (view.state == State::InTheMaking) ++making;
        if (n == 50) CHECK(view.why == "not collected: more than 6 incidents within a minute");
    }
    CHECK(making == 4);
    CHECK(desk.keeper->counters().at("evidence_skipped_total") == 46);
}

TEST_CASE("Evidence is of the stream that is the cause by the time it is made") {
    Desk desk;
    (void)desk.keeper->ring("sport");
    desk.raise("p-i1", "news");
    desk.keeper->note(alarm_of("a2", "sport"));
    desk.keeper->take(incident_of("p-i1", "a2", "sport"));
    desk.settle();
    const std::string facts = desk.keeper->shelf()->read("p-i1", "evidence.json");
    CHECK(facts.find("\"stream\":\"sport\"") != std::string::npos);
}

TEST_CASE("An incident that becomes part of another has no evidence of its own") {
    Desk desk;
    (void)desk.keeper->ring("news");
    desk.raise("p-i1");
    auto merged = std::make_shared<core::Incident>(*incident_of("p-i1", "p-i1-a", "news"));
    merged->merged_into = "p-i2";
    desk.keeper->take(merged);
    desk.settle();
    CHECK(desk.keeper->view("p-i1").state == State::None);
    CHECK(desk.kept.empty());
}

TEST_CASE("What is no stream's, too old, or no longer open is not collected") {
    Desk desk;
    desk.keeper->take(incident_of("p-i1", "unknown", "news"));
    desk.raise("p-i2", "_probe");
    CHECK(desk.keeper->view("p-i1").state == State::None);
    CHECK(desk.keeper->view("p-i2").state == State::None);
    desk.clock.advance(EvidenceKeeper::kTooOld + 1s);
    desk.raise("p-i3");
    CHECK(desk.keeper->view("p-i3").state == State::None);
}

TEST_CASE("Switched off, no bytes are kept and what was kept can be read") {
    Desk desk;
    (void)desk.keeper->ring("news");
    desk.raise("p-i1");
    desk.settle();
    auto config = config_in(desk.folder.path());
    config.evidence.enabled = false;
    desk.keeper->configure(config);
    CHECK_FALSE(desk.keeper->records());
    CHECK_FALSE(desk.keeper->ring("news").descriptor);
    CHECK_FALSE(fs::exists(desk.folder / "evidence/.rings/news.ring"));
    desk.raise("p-i2");
    CHECK(desk.keeper->view("p-i2").why == "evidence is off");
    CHECK(desk.keeper->view("p-i1").state == State::Kept);
    CHECK(desk.keeper->shelf()->read("p-i1", "measurements.json").starts_with("{\"stream\":\"news\""));
}

TEST_CASE("The ring of a stream that is gone goes with it") {
    Desk desk;
    (void)desk.keeper->ring("news");
    (void)desk.keeper->ring("sport");
    CHECK_FALSE(desk.keeper->ring("unknown").descriptor);
    auto config = config_in(desk.folder.path());
    config.streams.pop_back();
    desk.keeper->configure(config);
    CHECK(fs::exists(desk.folder / "evidence/.rings/news.ring"));
    CHECK_FALSE(fs::exists(desk.folder / "evidence/.rings/sport.ring"));
}

TEST_CASE("A folder that cannot be used costs the evidence, nothing else") {
    Desk desk;
    desk.start();
    auto config = config_in("/proc/nothing");
    EvidenceKeeper::Options options;
    options.on_trouble = [&](const std::string& trouble) { desk.troubles.push_back(trouble); };
    EvidenceKeeper keeper(desk.loop, std::move(options));
    keeper.configure(config);
    CHECK(desk.troubles.size() == 1);
    CHECK_FALSE(keeper.ring("news").descriptor);
    keeper.note(alarm_of("a1", "news"));
    keeper.take(incident_of("p-i1", "a1", "news"));
    CHECK(keeper.view("p-i1").state == State::None);
    CHECK(keeper.counters().empty());
}
