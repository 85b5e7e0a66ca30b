// SPDX-License-Identifier: Apache-2.0
#include "incidents/audit_chain.hpp"

#include <fstream>
#include <iterator>

#include "incidents/schema.hpp"
#include "incidents/store.hpp"
#include "incidents/store_reader.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;

namespace {

AuditEntry entry(int n) {
    return {kNoon + std::chrono::seconds{n}, "J. Moreau", "incident.acknowledged", "hall-3-i" + std::to_string(n),
            "note " + std::to_string(n)};
}

/// A store with `count` entries in its log, closed again.
void write_log(const std::string& path, int count, StoreOptions options = {}) {
    options.probe = "hall-3";
    auto store = Store::open(path, options);
    REQUIRE(store);
    for (int n = 1; n <= count; ++n) {
        Batch batch;
        batch.audit = {entry(n)};
        REQUIRE((*store)->commit(batch, kNoon));
    }
    while ((*store)->prune(kNoon).value() > 0) {
    }
}

AuditVerdict verify(const std::string& path, const std::string& known = {}) {
    auto reader = StoreReader::open(path);
    REQUIRE(reader);
    auto verdict = (*reader)->verify_audit(known);
    REQUIRE(verdict);
    return *verdict;
}

void change(const std::string& path, const std::string& sql) {
    auto database = Database::open(path);
    REQUIRE(database);
    const auto done = database->script(sql);
    INFO(sql << (done ? "" : done.error().message));
    REQUIRE(done);
}

}  // namespace

TEST_CASE("SHA-256 is the standard's") {
    // FIPS 180-2, appendix B.1.
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("Entries whose fields run together differently have different hashes") {
    const AuditEntry one{kNoon, "ab", "c", "d", "e"}, two{kNoon, "a", "bc", "d", "e"};
    CHECK(audit_hash(audit_genesis(), 1, one) != audit_hash(audit_genesis(), 1, two));
}

TEST_CASE("An untouched log is whole, and its head is what the store says") {
    const test::TemporaryFolder folder;
    write_log(folder / "s.db", 20);
    const AuditVerdict verdict = verify(folder / "s.db");
    CHECK(verdict.broken.empty());
    CHECK(verdict.entries == 20);
    CHECK(verdict.head.number == 20);
    auto store = Store::open(folder / "s.db", {});
    REQUIRE(store);
    CHECK((*store)->audit_chain_head() == verdict.head);
}

TEST_CASE("A log without entries is whole") {
    const test::TemporaryFolder folder;
    write_log(folder / "s.db", 0);
    const AuditVerdict verdict = verify(folder / "s.db");
    CHECK(verdict.broken.empty());
    CHECK(verdict.head == AuditHead{});
}

TEST_CASE("Whatever is changed in one entry is found there") {
    const std::string sql = GENERATE(
        as<std::string>{}, "UPDATE audit SET detail = 'note  7' WHERE number = 7",
        "UPDATE audit SET at_ns = at_ns + 1 WHERE number = 7", "UPDATE audit SET actor = 'J. Moreaux' WHERE number = 7",
        "UPDATE audit SET action = 'incident.closed' WHERE number = 7",
        "UPDATE audit SET subject = 'x' WHERE number = 7",
        "UPDATE audit SET chain = '0' || substr(chain, 2) WHERE number = 7", "DELETE FROM audit WHERE number = 7");
    const test::TemporaryFolder folder;
    write_log(folder / "s.db", 20);
    change(folder / "s.db", sql);
    const AuditVerdict verdict = verify(folder / "s.db");
    INFO(sql << ": " << verdict.broken);
    // One hash in 16 begins with 0 by itself; this log's seventh does not.
    CHECK(verdict.broken_at == 7);
}

TEST_CASE("One byte changed in the file itself is found, and where") {
    const test::TemporaryFolder folder;
    write_log(folder / "s.db", 20);
    std::string bytes;
    {
        std::ifstream in(folder / "s.db", std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    const std::size_t at = bytes.find("note 13");
    REQUIRE(at != std::string::npos);
    bytes[at + 5] = '9';  // note 13 -> note 93
    std::ofstream(folder / "s.db", std::ios::binary) << bytes;
    const AuditVerdict verdict = verify(folder / "s.db");
    CHECK(verdict.broken_at == 13);
    CHECK(verdict.broken.find("entry 13 (2026-11-21T12:00:13.000Z) does not fit its hash") != std::string::npos);
}

TEST_CASE("A log cut off at its end is found") {
    const test::TemporaryFolder folder;
    write_log(folder / "s.db", 20);
    change(folder / "s.db", "DELETE FROM audit WHERE number > 18");
    CHECK(verify(folder / "s.db").broken == "the log ends at entry 18, its head says 20");
    CHECK(verify(folder / "s.db").broken_at == 19);
}

TEST_CASE("Pruned, the rest still verifies behind its checkpoints") {
    const test::TemporaryFolder folder;
    StoreOptions options;
    options.keep_audit_entries = 5;
    write_log(folder / "s.db", 20, options);
    AuditVerdict verdict = verify(folder / "s.db");
    CHECK(verdict.broken.empty());
    CHECK(verdict.entries == 5);
    CHECK(verdict.first == 16);
    CHECK(verdict.checkpoints == 1);
    change(folder / "s.db", "UPDATE audit_checkpoints SET chain = replace(chain, 'a', 'b')");
    verdict = verify(folder / "s.db");
    CHECK(verdict.broken == "the checkpoint at entry 15 does not fit its seal");
}

TEST_CASE("The head that an earlier report printed is found, also where its entry is pruned; a foreign one is not") {
    const test::TemporaryFolder folder;
    StoreOptions options;
    options.keep_audit_entries = 5;
    write_log(folder / "s.db", 10, options);
    const std::string early = verify(folder / "s.db").head.chain;
    write_log(folder / "s.db", 5, options);  // prunes up to entry 10
    CHECK(verify(folder / "s.db", early).known_head_found);
    CHECK_FALSE(verify(folder / "s.db", sha256_hex("something else")).known_head_found);
}

TEST_CASE("A commit that fails leaves the chain where it was") {
    const test::TemporaryFolder folder;
    StoreOptions options;
    options.max_pages = 60;
    auto store = Store::open(folder / "s.db", options);
    REQUIRE(store);
    Batch fits, large;
    fits.audit = {entry(1)};
    large.audit = {entry(2), {kNoon, "a", "b", "c", std::string(1'000'000, 'x')}};
    REQUIRE((*store)->commit(fits, kNoon));
    REQUIRE_FALSE((*store)->commit(large, kNoon));
    REQUIRE((*store)->commit(fits, kNoon));
    store->reset();
    CHECK(verify(folder / "s.db").broken.empty());
    CHECK(verify(folder / "s.db").entries == 2);
}
