// SPDX-License-Identifier: Apache-2.0
#include "ui/probe_links.hpp"

#include <fmt/format.h>

#include <deque>
#include <thread>
#include <utility>

#include "core/thread.hpp"
#include "ui/snapshot_builder.hpp"
#include "ui/still_picture.hpp"
#include "ui/trends.hpp"

namespace sightline::ui {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration kCommandPoll = 20ms;
constexpr std::size_t kMostOutcomes = 8;
constexpr core::Duration kOutcomeShown = 6s;
constexpr core::Duration kTallyRetry = 3s;  // its port may be another wall's, which is about to end

}  // namespace

struct ProbeLinks::Impl {
    Impl(const core::Clock& the_clock, ProbeLinksOptions wanted, core::Published<WallSnapshot>& into,
         CommandQueue& from, std::function<void()> call)
        : clock(the_clock),
          options(std::move(wanted)),
          snapshots(into),
          commands(from),
          wake(std::move(call)),
          loop(the_clock) {}

    void run(const std::stop_token& stop) {
        for (const link::ApiEndpoint& endpoint : options.probes) {
            clients.push_back(std::make_unique<link::ApiClient>(loop, endpoint));
            clients.back()->on_change([this] { changed(); });
            // Live pictures come through shared memory, which does not reach over a network.
            clients.back()->want_stills(!endpoint.address.starts_with("unix:"));
        }
        open_tally();
        const auto command_timer = loop.every(kCommandPoll, [this] { look_around(); });
        const auto second_timer = loop.every(1s, [this] {
            record();
            changed();  // ages, silence and outcomes move on
        });
        publish();
        loop.run(stop);
        publish_timer.reset();
        tally_retry.reset();
        tally.reset();
        clients.clear();
    }

    void open_tally() {
        if (!options.tally) return;
        link::TallyOptions tally_options;
        tally_options.listen = options.tally->listen;
        tally_options.udp = options.tally->udp.has_value();
        tally_options.tcp = options.tally->tcp.has_value();
        tally_options.udp_port = options.tally->udp.value_or(0);
        tally_options.tcp_port = options.tally->tcp.value_or(0);
        tally_options.index_offset = options.tally->offset;
        tally_options.swap = options.tally->swap;
        tally_options.screen = options.tally->screen;
        auto opened = link::TallyReceiver::open(loop, tally_options);
        tally_error = opened ? std::string() : opened.error().message;
        if (opened) {
            tally = std::move(*opened);
            tally_retry.reset();
        } else if (!tally_retry) {
            tally_retry = loop.every(kTallyRetry, [this] { open_tally(); });
        }
    }

    void look_around() {
        for (Command& command : commands.take_all()) carry_out(command);
        if (tally && tally->board() != shown_tally) changed();
    }

    link::ApiClient* client_of(const std::string& probe) {
        for (const auto& client : clients) {
            const auto state = client->state();
            if (state->streams && state->streams->probe == probe) return client.get();
            if (state->address == probe) return client.get();
        }
        return nullptr;
    }

    void carry_out(const Command& command) {
        if (command.kind == CommandKind::SaveLayout) {
            const auto saved = save_layout(command.note, command.id);
            told({saved ? "layout saved to " + command.id : saved.error().message, saved.has_value(), clock.now()});
            return;
        }
        if (command.kind == CommandKind::Focus) {
            focus_on(command.wanted ? command.stream : StreamKey{});
            if (!command.id.empty()) {
                if (link::ApiClient* client = client_of(command.stream.probe)) client->want_detail(command.id);
            }
        }
        const CommandTarget target = target_of(command);
        link::ApiClient* client = client_of(target.probe);
        const std::string label = target.command.label;
        if (client == nullptr) {
            told({fmt::format("{}: no such probe", label), false, clock.now()});
            return;
        }
        client->send(target.command, [this](const link::ApiOutcome& outcome) {
            if (outcome.label.empty()) return;  // nobody asked for it by hand
            told({outcome.done ? outcome.label : fmt::format("not done: {}: {}", outcome.label, outcome.words),
                  outcome.done, clock.now()});
        });
    }

    void focus_on(const StreamKey& stream) {
        focus = stream;
        for (const auto& client : clients) {
            const auto state = client->state();
            const bool here = !stream.stream.empty() && state->streams && state->streams->probe == stream.probe;
            client->want_history(here);
            client->want_limits(here ? stream.stream : std::string());
            if (!here) client->want_detail({});
        }
        changed();
    }

    void told(Outcome outcome) {
        outcomes.push_back(std::move(outcome));
        while (outcomes.size() > kMostOutcomes) outcomes.pop_front();
        changed();
    }

    /// One second of every graphed number of every stream.
    void record() {
        for (const auto& client : clients) {
            const auto state = client->state();
            if (!state->streams) continue;
            const bool live = state->link == link::ApiLink::Live;
            for (const link::StreamReport& stream : state->streams->streams)
                trends.record({state->streams->probe, stream.id}, stream, live);
        }
    }

    void changed() {
        if (publish_timer) return;
        publish_timer = loop.after(kPublish, [this] {
            publish_timer.reset();
            publish();
        });
    }

    void add_focus(WallSnapshot& wall) {
        wall.focus = focus;
        if (focus.stream.empty()) return;
        if (link::ApiClient* client = client_of(focus.probe)) {
            wall.history = client->state()->history;
            wall.detail = client->state()->detail;
            wall.limits = client->state()->limits;
            wall.watch = client->state()->watch;
        }
        wall.trends = trends.of(focus);
    }

    void add_stills(WallSnapshot& wall) {
        for (const auto& client : clients) {
            const auto state = client->state();
            if (state->stills && state->streams) stills.take(state->streams->probe, *state->stills);
        }
        for (StreamState& stream : wall.streams) stream.still = stills.of(stream.key);
    }

    void publish() {
        std::vector<std::shared_ptr<const link::ApiState>> states;
        for (const auto& client : clients) states.push_back(client->state());
        auto wall = std::make_shared<WallSnapshot>(build_snapshot(states, options.latch));
        add_stills(*wall);
        wall->revision = ++revision;
        wall->room = options.room;
        wall->zone = options.zone;
        if (tally) wall->tally = shown_tally = tally->board();
        if (options.tally) wall->tally_stale = options.tally->stale;
        wall->tally_error = tally_error;
        const core::ArrivalTime now = clock.now();
        while (!outcomes.empty() && now - outcomes.front().at > kOutcomeShown) outcomes.pop_front();
        wall->outcomes.assign(outcomes.begin(), outcomes.end());
        add_focus(*wall);
        snapshots.publish(std::move(wall));
        if (wake) wake();
    }

    const core::Clock& clock;
    const ProbeLinksOptions options;
    core::Published<WallSnapshot>& snapshots;
    CommandQueue& commands;
    std::function<void()> wake;
    net::EventLoop loop;
    std::vector<std::unique_ptr<link::ApiClient>> clients;
    std::unique_ptr<link::TallyReceiver> tally;
    std::shared_ptr<const link::TallyBoard> shown_tally;
    std::string tally_error;
    TrendBook trends;
    StillBook stills;
    std::deque<Outcome> outcomes;
    StreamKey focus;
    std::uint64_t revision = 0;
    net::EventLoop::Handle publish_timer, tally_retry;
    std::jthread thread;  // ends first
};

ProbeLinks::ProbeLinks(const core::Clock& clock, ProbeLinksOptions options, core::Published<WallSnapshot>& snapshots,
                       CommandQueue& commands, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(clock, std::move(options), snapshots, commands, std::move(wake))) {
    impl_->thread = core::start_thread("links", [this](const std::stop_token& stop) { impl_->run(stop); });
}
ProbeLinks::~ProbeLinks() = default;

}  // namespace sightline::ui
