// SPDX-License-Identifier: Apache-2.0
#include "incidents/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/notices.hpp"
#include "tests/unit/incidents/store_conformance.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;

namespace {

/// A SQLite file in a folder of its own.
class SqlitePlace final : public StorePlace {
public:
    core::Result<std::unique_ptr<Store>> open(const StoreOptions& options) override {
        return Store::open(path(), options);
    }
    core::Result<std::unique_ptr<StoreReader>> read() override { return StoreReader::open(path()); }
    [[nodiscard]] std::string path() const { return folder_ / "s.db"; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

private:
    test::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("A SQLite file keeps what every store promises") {
    CHECK(store_promises().size() >= 16);
    for (const StorePromise& promise : store_promises()) {
        DYNAMIC_SECTION(promise.name) {
            SqlitePlace place;
            promise.check(place);
        }
    }
}

TEST_CASE("A second process is refused the same store") {
    SqlitePlace place;
    auto store = open_store(place);
    const auto second = Store::open(place.file("s.db"), {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == core::ErrorCode::Refused);
    CHECK(second.error().message == place.file("s.db") + ".lock is locked: another sightline uses this store");
}

TEST_CASE("The store is readable for its owner only") {
    SqlitePlace place;
    auto store = open_store(place);
    struct stat info {};
    REQUIRE(::stat(place.file("s.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("A full disk is an error that names it, and the same batch succeeds when there is room") {
    SqlitePlace place;
    const std::string path = place.path();
    std::size_t kept = 0;
    Batch refused;
    {
        StoreOptions small;
        small.max_pages = 40;
        auto store = open_store(place, small);
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
    auto store = open_store(place);
    REQUIRE(store->commit(refused, kNoon));
    CHECK(store->pending()->size() == kept + 1);
}

TEST_CASE("A file that is no database is an error, or set aside where asked") {
    SqlitePlace place;
    const std::string path = place.path();
    std::ofstream(path) << std::string(8192, 'z');
    const auto refused = Store::open(path, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::ErrorCode::Corrupt);
    CHECK(refused.error().message == path + ": file is not a database");

    StoreOptions options;
    options.set_aside_corrupt = true;
    auto store = open_store(place, options);
    CHECK(store->set_aside() == path + ".corrupt-1");
    CHECK(std::filesystem::file_size(path + ".corrupt-1") == 8192);
    CHECK(store->commit(one(routed(transition("probe-a-1", 1, AlarmState::Raised), {})), kNoon));
}

TEST_CASE("A file moved away while in use is an error") {
    SqlitePlace place;
    auto store = open_store(place);
    std::filesystem::rename(place.file("s.db"), place.file("gone.db"));
    const auto done = store->commit(one(routed(transition("probe-a-1", 1, AlarmState::Raised), {})), kNoon);
    REQUIRE_FALSE(done);
    CHECK(done.error().message == place.file("s.db") + ": the file was moved or deleted while in use");
}

TEST_CASE("A folder that does not exist is an error") {
    const auto store = Store::open("/nonexistent/s.db", {});
    REQUIRE_FALSE(store);
    CHECK(store.error().message == "/nonexistent/s.db.lock: No such file or directory");
}
