// SPDX-License-Identifier: Apache-2.0
#include "incidents/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"
#include "tests/unit/incidents/store_conformance.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;

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

/// A SQLite file in a folder of its own.
class SqlitePlace final : public StorePlace {
public:
    core::Result<std::unique_ptr<Store>> open(const StoreOptions& options) override {
        return Store::open(folder_.file("s.db"), options);
    }

private:
    TestFolder folder_;
};

}  // namespace

TEST_CASE("A SQLite file keeps what every store promises") {
    CHECK(store_promises().size() >= 12);
    for (const StorePromise& promise : store_promises()) {
        DYNAMIC_SECTION(promise.name) {
            SqlitePlace place;
            promise.check(place);
        }
    }
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
