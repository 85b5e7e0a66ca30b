// SPDX-License-Identifier: Apache-2.0
#include "incidents/backup.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "incidents/database.hpp"
#include "incidents/store.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;

namespace {

std::unique_ptr<Store> open_store(const std::string& path) {
    StoreOptions options;
    options.probe = "hall-3";
    auto store = Store::open(path, options);
    REQUIRE(store);
    return std::move(*store);
}

void raise(Store& store, const std::string& id) {
    Batch batch;
    batch.notices = {routed(transition(id, 1, AlarmState::Raised), {"noc"})};
    batch.audit = {{kNoon, "test", "raise", id, ""}};
    REQUIRE(store.commit(batch, kNoon));
}

}  // namespace

TEST_CASE("A backup taken while the store is in use brings back alarms, debts and audit log") {
    const test::TemporaryFolder folder;
    auto store = open_store(folder / "s.db");
    raise(*store, "hall-3-1");
    const auto taken = back_up_store(folder / "s.db", folder / "b.db");
    REQUIRE(taken);
    CHECK(taken->entries == 1);
    struct stat file {};
    REQUIRE(::stat((folder / "b.db").c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0600);
    raise(*store, "hall-3-2");  // after the backup: gone with the restore

    const auto refused = restore_store(folder / "b.db", folder / "s.db");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == folder / "s.db" + " is in use: stop the probe first");

    store.reset();
    REQUIRE(restore_store(folder / "b.db", folder / "s.db"));
    store = open_store(folder / "s.db");
    REQUIRE(store->open_alarms()->size() == 1);
    CHECK(store->open_alarms()->front().id == "hall-3-1");
    CHECK(store->pending()->size() == 1);
    CHECK(store->audit_chain_head() == taken->head);
    CHECK(open_store(folder / "s.db.before-restore-1")->open_alarms()->size() == 2);
}

TEST_CASE("A backup never overwrites a file") {
    const test::TemporaryFolder folder;
    open_store(folder / "s.db");
    std::ofstream(folder / "b.db") << "precious";
    const auto taken = back_up_store(folder / "s.db", folder / "b.db");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == core::ErrorCode::Refused);
    CHECK(std::filesystem::file_size(folder / "b.db") == 8);
}

TEST_CASE("A file that is no store, or whose audit log was changed, is not restored") {
    const test::TemporaryFolder folder;
    raise(*open_store(folder / "s.db"), "hall-3-1");
    std::ofstream(folder / "text.db") << "no database, whatever its name says, but long enough";
    CHECK(restore_store(folder / "text.db", folder / "s.db").error().code == core::ErrorCode::Corrupt);
    CHECK(restore_store(folder / "none.db", folder / "s.db").error().code == core::ErrorCode::NotFound);
    REQUIRE(back_up_store(folder / "s.db", folder / "b.db"));
    {
        auto database = Database::open(folder / "b.db");
        REQUIRE(database);
        REQUIRE(database->script("UPDATE audit SET actor = 'nobody'"));
    }
    const auto changed = restore_store(folder / "b.db", folder / "s.db");
    REQUIRE_FALSE(changed);
    CHECK(changed.error().message.find("audit log: entry 1") != std::string::npos);
    CHECK(open_store(folder / "s.db")->open_alarms()->size() == 1);
}
