// SPDX-License-Identifier: Apache-2.0
// `sightline notify test NAME`: does this receiver get our alarms?
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "apps/sightline/commands.hpp"
#include "apps/sightline/terminal_text.hpp"
#include "config/expansion.hpp"
#include "config/loader.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "incidents/notify_test.hpp"
#include "net/http_client.hpp"

namespace sightline::apps {
namespace {

constexpr int kFailed = 2;

const char* word(incidents::Outcome::Kind kind) {
    switch (kind) {
        case incidents::Outcome::Kind::Delivered:
            return "delivered";
        case incidents::Outcome::Kind::Failed:
            return "failed";
        case incidents::Outcome::Kind::Unreachable:
            return "not reached";
        case incidents::Outcome::Kind::Rejected:
            return "refused";
    }
    return "failed";
}

int test(const std::string& name, const std::string& file) {
    const config::Surroundings around = surroundings();
    const auto config = config::load(file, around);
    if (!config) {
        for (const std::string& problem : config.error()) fmt::print(stderr, "{}\n", problem);
        return kUnknown;
    }
    const core::SystemClock clock;
    net::EventLoop loop(clock);
    net::HttpClient client(loop);
    const auto http = [&](net::HttpRequest request, net::HttpClient::Done done) {
        return client.send(std::move(request), std::move(done));
    };
    const auto result = incidents::test_notifier(loop, http, *config, name);
    if (!result) {
        fmt::print(stderr, "sightline: {}\n", result.error().message);
        return kUnknown;
    }
    const auto said = [&](const incidents::Outcome& outcome) {
        const std::string& words = outcome.reason.empty() ? outcome.answer : outcome.reason;
        // Receivers may quote what they were sent.
        return config::struck(core::clean_utf8(words), config->secrets);
    };
    std::string line = fmt::format("{}: test alarm {}", name, word(result->raised.kind));
    if (const std::string words = said(result->raised); !words.empty()) line += ": " + words;
    bool good = result->raised.kind == incidents::Outcome::Kind::Delivered;
    if (result->cleared) {
        line += fmt::format("; its end {}", word(result->cleared->kind));
        if (const std::string words = said(*result->cleared); !words.empty()) line += ": " + words;
        good = good && result->cleared->kind == incidents::Outcome::Kind::Delivered;
    }
    fmt::print("{}\n", line);
    return good ? 0 : kFailed;
}

}  // namespace

void add_notify(CLI::App& app, Action& run) {
    struct Arguments {
        std::string name, file;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("notify", "try out the receivers of alarms");
    command->require_subcommand(1);
    CLI::App* one = command->add_subcommand(
        "test", "send a test alarm and its end through one receiver (exit 0 delivered, 2 not, 3 bad configuration)");
    one->add_option("NAME", arguments->name, "the receiver's name under notify:")->required();
    one->add_option("--config", arguments->file, "the YAML file")->required();
    one->callback([arguments, &run] { run = [arguments] { return test(arguments->name, arguments->file); }; });
}

}  // namespace sightline::apps
