// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_fleet.hpp"

#include <algorithm>
#include <utility>

namespace sightline::engine {

std::vector<std::vector<core::StreamSpec>> group_streams(const std::vector<core::StreamSpec>& streams) {
    std::vector<std::vector<core::StreamSpec>> groups;
    std::optional<std::size_t> open;
    for (const core::StreamSpec& spec : streams) {
        if (spec.input.depth != core::DepthMode::Transport) {
            groups.push_back({spec});
            continue;
        }
        if (!open || groups[*open].size() == kGroupSize) {
            open = groups.size();
            groups.emplace_back();
        }
        groups[*open].push_back(spec);
    }
    return groups;
}

namespace {

/// What a worker was told of a stream. Rules' patience is the supervisor's: a change of it disturbs nobody.
bool same_job(const core::StreamSpec& a, const core::StreamSpec& b) {
    const auto parameters = [](const core::StreamSpec& spec) {
        std::map<std::string, std::map<std::string, core::ParameterValue>> all;
        for (const core::Rule& rule : spec.rules) {
            if (!rule.parameters.empty()) all[rule.name] = rule.parameters;
        }
        return all;
    };
    return a.id == b.id && a.input == b.input && a.expect == b.expect && parameters(a) == parameters(b);
}

}  // namespace

struct WorkerFleet::Crew {
    std::vector<core::StreamSpec> streams;
    std::unique_ptr<WorkerProcess> process;
    core::ArrivalTime launched{};
    core::Duration delay = kFirstDelay;
    net::EventLoop::Handle timer;
    bool retired = false;  // told to stop; its end is no death
};

WorkerFleet::WorkerFleet(net::EventLoop& loop, Options options, Handlers handlers)
    : loop_(loop), options_(std::move(options)), handlers_(std::move(handlers)) {}

WorkerFleet::~WorkerFleet() = default;

void WorkerFleet::watch(const std::vector<core::StreamSpec>& streams) {
    const auto kept = [&](const Crew& crew) {
        return !crew.retired && std::all_of(crew.streams.begin(), crew.streams.end(), [&](const core::StreamSpec& old) {
            return std::any_of(streams.begin(), streams.end(),
                               [&](const core::StreamSpec& spec) { return same_job(old, spec); });
        });
    };
    std::vector<std::string> covered;
    for (auto& crew : crews_) {
        if (crew->retired) continue;
        if (!kept(*crew)) {
            retire(*crew);
            continue;
        }
        for (const core::StreamSpec& spec : crew->streams) covered.push_back(spec.id);
    }
    std::vector<core::StreamSpec> wanting;
    for (const core::StreamSpec& spec : streams) {
        if (std::find(covered.begin(), covered.end(), spec.id) == covered.end()) wanting.push_back(spec);
    }
    for (auto& group : group_streams(wanting)) {
        crews_.push_back(std::make_unique<Crew>());
        crews_.back()->streams = std::move(group);
        launch(*crews_.back());
    }
}

void WorkerFleet::launch(Crew& crew) {
    crew.launched = loop_.clock().now();
    WorkerProcess::Handlers handlers;
    handlers.on_message = [this, &crew](link::Message message) {
        if (crew.retired) return;
        const auto stream = std::visit(
            [](const auto& m) -> std::optional<std::uint32_t> {
                if constexpr (requires { m.stream; }) {
                    return m.stream;
                } else {
                    return std::nullopt;
                }
            },
            message);
        if (stream && *stream < crew.streams.size()) handlers_.on_message(crew.streams[*stream].id, std::move(message));
    };
    handlers.on_exit = [this, &crew](const WorkerProcess::Exit& exit) { on_exit(crew, exit); };
    auto started = WorkerProcess::start(loop_, options_.command, std::move(handlers));
    if (!started) {
        crew.timer = loop_.after(crew.delay, [this, &crew] { launch(crew); });
        crew.delay = std::min(crew.delay * 2, kLongestDelay);
        return;
    }
    crew.process = std::move(*started);
    for (const core::StreamSpec& spec : crew.streams) handlers_.on_started(spec.id, crew.process->pid());
    give_rings(crew);
    link::Job job;
    job.streams = crew.streams;
    job.memory_bytes = options_.memory_bytes * static_cast<std::int64_t>(1 + (crew.streams.size() - 1) / 4);
    job.sandbox = options_.sandbox;
    job.seed = options_.seed++;
    (void)crew.process->send(job);  // if it is gone already, on_exit comes
    for (const auto& [stream, wanted] : shown_) say_shown(crew, stream, wanted);
}

void WorkerFleet::give_rings(Crew& crew) {
    if (!options_.ring || !crew.process) return;
    for (std::size_t n = 0; n < crew.streams.size(); ++n) {
        link::Ring ring = options_.ring(crew.streams[n].id);
        ring.stream = static_cast<std::uint32_t>(n);
        if (ring.descriptor) (void)crew.process->send(ring);
    }
}

void WorkerFleet::give_rings() {
    for (auto& crew : crews_) {
        if (!crew->retired) give_rings(*crew);
    }
}

bool WorkerFleet::condemned(const std::string& stream) {
    auto& deaths = deaths_[stream];
    const core::ArrivalTime now = loop_.clock().now();
    deaths.push_back(now);
    while (now - deaths.front() > kDeathWindow) deaths.pop_front();
    if (deaths.size() < static_cast<std::size_t>(kDeaths)) return false;
    deaths.clear();
    return true;
}

void WorkerFleet::on_exit(Crew& crew, const WorkerProcess::Exit& exit) {
    // The process object is in its own callback: it goes in the next turn, with the crew where that is over.
    const auto bury = [this](Crew* dead) {
        loop_.post(
            [this, dead] { std::erase_if(crews_, [&](const auto& candidate) { return candidate.get() == dead; }); });
    };
    if (crew.retired || stopping_) {
        crew.retired = true;
        return bury(&crew);
    }
    const core::ArrivalTime now = loop_.clock().now();
    if (now - crew.launched >= kSettled) crew.delay = kFirstDelay;
    const core::Duration delay =
        std::exchange(crew.delay, std::min(crew.delay * 2, exit.by_others ? kLongestDelayAfterOthers : kLongestDelay));
    crew.retired = true;
    for (const core::StreamSpec& spec : crew.streams) {
        // Each stream of a group goes on alone: the guilty one must not take the others along again.
        auto alone = std::make_unique<Crew>();
        const bool quarantined = !exit.by_others && condemned(spec.id);
        alone->streams = {spec};
        alone->delay = crew.delay;
        Crew& next = *alone;
        crews_.push_back(std::move(alone));
        handlers_.on_lost(spec.id, exit.how, quarantined);
        next.timer = loop_.after(quarantined ? kQuarantine : delay, [this, &next] { launch(next); });
    }
    bury(&crew);
}

void WorkerFleet::retire(Crew& crew) {
    crew.retired = true;
    crew.timer.reset();
    if (crew.process) {
        (void)crew.process->send(link::Stop{});
        crew.timer = loop_.after(std::chrono::seconds{1}, [&crew] { crew.process->kill(); });
        return;
    }
    loop_.post([this, dead = &crew] {
        std::erase_if(crews_, [&](const auto& candidate) { return candidate.get() == dead; });
    });
}

void WorkerFleet::stop() {
    stopping_ = true;
    for (auto& crew : crews_) {
        if (!crew->retired) retire(*crew);
    }
}

bool WorkerFleet::is_empty() const {
    return crews_.empty();
}

void WorkerFleet::say_shown(Crew& crew, const std::string& stream, const link::Focus& wanted) {
    if (!crew.process || crew.retired) return;
    for (std::uint32_t i = 0; i < crew.streams.size(); ++i) {
        if (crew.streams[i].id != stream) continue;
        link::Focus said = wanted;
        said.stream = i;
        (void)crew.process->send(said);
    }
}

void WorkerFleet::show(const std::string& stream, const link::Focus& wanted) {
    if (wanted.wanted || wanted.tile_width > 0) {
        shown_[stream] = wanted;
    } else {
        shown_.erase(stream);
    }
    for (auto& crew : crews_) say_shown(*crew, stream, wanted);
}

}  // namespace sightline::engine
