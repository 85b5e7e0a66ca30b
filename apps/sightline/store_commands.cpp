// SPDX-License-Identifier: Apache-2.0
// `sightline token`, `audit` and `store`: what an administrator does beside the running probe.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "api/access.hpp"
#include "apps/sightline/commands.hpp"
#include "apps/sightline/terminal_text.hpp"
#include "config/loader.hpp"
#include "incidents/backup.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::apps {
namespace {

constexpr int kBroken = 2;

struct Place {
    std::string config, store;
};

void add_place(CLI::App& command, Place& place) {
    auto* config = command.add_option("--config", place.config, "the configuration that names the store");
    command.add_option("--store", place.store, "the database file itself")->excludes(config);
}

core::Result<std::string> store_of(const Place& place) {
    if (!place.store.empty()) return place.store;
    if (place.config.empty())
        return core::fail(core::ErrorCode::InvalidConfig, "--config FILE or --store PATH says which store");
    const auto config = config::load(place.config, surroundings());
    if (config) return config->store_sqlite;
    for (const std::string& problem : config.error()) fmt::print(stderr, "{}\n", problem);
    return core::fail(core::ErrorCode::InvalidConfig, place.config + " cannot be used");
}

void print_verdict(const incidents::AuditVerdict& verdict) {
    fmt::print("{} entries", verdict.entries);
    if (verdict.entries > 0) fmt::print(" ({} to {})", verdict.first, verdict.head.number);
    fmt::print(", {} checkpoints\nhead: {}\n", verdict.checkpoints, verdict.head.chain);
}

int verify(const Place& place, const std::string& head) {
    const auto store = store_of(place);
    if (!store) return failed(store.error());
    const auto reader = incidents::StoreReader::open(*store);
    const auto verdict = reader ? (*reader)->verify_audit(head) : tl::unexpected(reader.error());
    if (!verdict) {
        fmt::print(stderr, "sightline: {}\n", verdict.error().message);
        return verdict.error().code == core::ErrorCode::Corrupt ? kBroken : kUnknown;
    }
    if (verdict->broken_at) {
        fmt::print("BROKEN at entry {}: {}\n", *verdict->broken_at, verdict->broken);
        return kBroken;
    }
    if (!verdict->known_head_found) {
        fmt::print(
            "BROKEN: the log fits together, but {} is nowhere in it: it is not the log of that report, or that "
            "entry's checkpoint is gone\n",
            head.substr(0, 100));
        return kBroken;
    }
    fmt::print("whole: ");
    print_verdict(*verdict);
    return 0;
}

int copy(const core::Result<incidents::AuditVerdict>& done, const char* what) {
    if (!done) return failed(done.error());
    fmt::print("{}; audit log: ", what);
    print_verdict(*done);
    return 0;
}

int new_token() {
    const std::string token = api::new_token();
    if (token.empty()) return failed({core::ErrorCode::Io, "the system gives no random numbers"});
    fmt::print("token:  {}\nsha256: {}\n", token, incidents::sha256_hex(token));
    fmt::print(stderr,
               "The token is for who shall use it and is shown only now; the configuration gets the hash:\n"
               "  api: {{tokens: [{{name: NAME, role: viewer|operator|admin, sha256: \"…\"}}]}}\n");
    return 0;
}

}  // namespace

void add_token(CLI::App& app, Action& run) {
    CLI::App* command = app.add_subcommand("token", "keys to the API");
    command->require_subcommand(1);
    command->add_subcommand("new", "make one: print it, and the hash that the configuration gets")->callback([&run] {
        run = new_token;
    });
}

void add_audit(CLI::App& app, Action& run) {
    struct Arguments {
        Place place;
        std::string head;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("audit", "the log of who did what");
    command->require_subcommand(1);
    CLI::App* check = command->add_subcommand(
        "verify",
        "read the whole log and say whether, and where, it was changed (exit 0 whole, 2 broken, 3 unreadable)");
    add_place(*check, arguments->place);
    check->add_option("--head", arguments->head, "a head that a report printed: it must be in the log");
    check->callback([arguments, &run] { run = [arguments] { return verify(arguments->place, arguments->head); }; });
}

void add_store(CLI::App& app, Action& run) {
    struct Arguments {
        Place place;
        std::string file;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("store", "copies of the database");
    command->require_subcommand(1);
    CLI::App* backup =
        command->add_subcommand("backup", "copy it to a new file while the probe runs, and check the copy");
    add_place(*backup, arguments->place);
    backup->add_option("TO", arguments->file, "the copy; must not exist")->required();
    backup->callback([arguments, &run] {
        run = [arguments] {
            const auto store = store_of(arguments->place);
            if (!store) return failed(store.error());
            return copy(incidents::back_up_store(*store, arguments->file), "copied");
        };
    });
    CLI::App* restore = command->add_subcommand("restore", "put a checked copy in its place while no probe runs");
    add_place(*restore, arguments->place);
    restore->add_option("FROM", arguments->file, "the copy")->required();
    restore->callback([arguments, &run] {
        run = [arguments] {
            const auto store = store_of(arguments->place);
            if (!store) return failed(store.error());
            return copy(incidents::restore_store(arguments->file, *store), "restored");
        };
    });
}

}  // namespace sightline::apps
