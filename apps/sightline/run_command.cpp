// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "api/server.hpp"
#include "apps/sightline/commands.hpp"
#include "config/loader.hpp"
#include "core/clock.hpp"
#include "engine/console_table.hpp"
#include "engine/process_signals.hpp"
#include "engine/supervisor.hpp"

namespace sightline::apps {
namespace {

struct RunArguments {
    std::string file;
    bool no_sandbox = false;
    bool no_table = false;
};

void say(const std::string& line) {
    fmt::print(stderr, "sightline: {}\n", line);
}

/// The host's name, as far as an id may have it.
std::string host_name() {
    std::array<char, 256> raw{};
    if (gethostname(raw.data(), raw.size() - 1) != 0) return "probe";
    std::string name;
    for (const char c : std::string_view(raw.data())) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        name += plain ? c : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : '-';
    }
    return name.empty() || name == "(none)" ? "probe" : name;
}

/// Workers, slow clients of the API and receivers each take descriptors; 1024 is soon too few.
void allow_many_files() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65'536);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/// One run of the probe, from configuration to clean end.
class Run {
public:
    explicit Run(RunArguments arguments) : arguments_(std::move(arguments)), loop_(clock_) {}

    int run() {
        allow_many_files();
        const engine::ProcessSignals signals(loop_, {SIGINT, SIGTERM, SIGHUP},
                                             [this](int signal) { on_signal(signal); });
        auto config = config::load(arguments_.file, surroundings());
        if (!config) {
            for (const std::string& problem : config.error()) fmt::print(stderr, "{}\n", problem);
            return 3;
        }
        if (config->probe.empty()) config->probe = host_name();
        const bool to_stdout = config->stdout_json;
        engine::SupervisorOptions options;
        options.sandbox = !arguments_.no_sandbox;
        options.version = SIGHTLINE_VERSION;
        auto supervisor = engine::Supervisor::start(loop_, std::move(*config), std::move(options));
        if (!supervisor) {
            say(supervisor.error().message);
            return 3;
        }
        supervisor_ = std::move(*supervisor);
        supervisor_->on_alarm([to_stdout](const core::AlarmTransition& transition) {
            if (!to_stdout) return;
            fmt::print("{}\n", core::to_json(transition));
            std::fflush(stdout);
        });
        auto server = api::Server::start(*supervisor_, supervisor_->config());
        if (!server) {
            say(server.error().message);
            return 3;
        }
        server_ = std::move(*server);
        say(fmt::format("watching {} streams; API at {}", supervisor_->config().streams.size(), server_->address()));
        if (supervisor_->config().streams.empty())
            say("streams: is empty: add some and send SIGHUP, nothing is watched until then");
        net::EventLoop::Handle table_ticker;
        if (!arguments_.no_table && isatty(STDERR_FILENO) != 0) {
            table_ = std::make_unique<engine::ConsoleTable>(stderr);
            table_ticker = loop_.every(std::chrono::milliseconds{250}, [this] { table_->draw(*supervisor_->state()); });
        }
        loop_.run();
        server_.reset();
        supervisor_.reset();
        return 0;
    }

private:
    void on_signal(int signal) {
        if (!supervisor_) return loop_.quit();
        if (signal == SIGHUP) return reload();
        supervisor_->stop([this] { loop_.quit(); });
    }

    /// A bad file is refused and nothing running is touched.
    void reload() {
        auto config = config::load(arguments_.file, surroundings());
        if (!config) {
            say("not reloaded:");
            for (const std::string& problem : config.error()) fmt::print(stderr, "{}\n", problem);
            return;
        }
        config->probe = supervisor_->config().probe;  // ids begin with it: a restart changes it
        supervisor_->reload(std::move(*config));
        say(fmt::format("reloaded: watching {} streams", supervisor_->config().streams.size()));
    }

    RunArguments arguments_;
    core::SystemClock clock_;
    net::EventLoop loop_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    std::unique_ptr<api::Server> server_;
    std::unique_ptr<engine::ConsoleTable> table_;
};

}  // namespace

void add_run(CLI::App& app, Action& run) {
    auto arguments = std::make_shared<RunArguments>();
    CLI::App* command =
        app.add_subcommand("run", "watch the streams of a configuration; alarms as JSON lines on standard output");
    command->add_option("CONFIG", arguments->file, "the YAML file; SIGHUP reads it again")->required();
    command->add_flag("--no-table", arguments->no_table, "no live table, also on a terminal");
    command->add_flag("--no-sandbox", arguments->no_sandbox, "for debugging: workers keep all their rights");
    command->callback([arguments, &run] { run = [arguments] { return Run(*arguments).run(); }; });
}

}  // namespace sightline::apps
