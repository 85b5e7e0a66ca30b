// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <stdexcept>

#include "alarms/alarm_engine.hpp"
#include "tests/scenario/catalogue.hpp"
#include "tests/scenario/scenario.hpp"

namespace sightline::scenario {

namespace {

using core::ArrivalTime;
using core::ClockDomain;
using core::Duration;
using core::Instant;

constexpr Duration kBoot = std::chrono::seconds{1000};  ///< arrival clock at the scenario's start

/// A stream, its worker and its supervisor, as far as the alarm engine can tell.
class Player {
public:
    Player(const Scenario& scenario, Duration granularity)
        : scenario_(scenario), granularity_(granularity), spec_(scenario.spec) {
        start_supervisor();
    }

    std::vector<core::AlarmTransition> play() {
        tick();
        auto action = scenario_.actions.begin();
        for (Duration boundary = granularity_;; boundary += granularity_) {
            const Duration to = std::min(boundary, scenario_.until);
            for (; action != scenario_.actions.end() && action->at <= to; ++action) {
                now_ = action->at;
                perform(action->line);
            }
            now_ = to;
            tick();
            if (to == scenario_.until) break;
        }
        engine_->finish(out_);
        return std::move(out_);
    }

private:
    void start_supervisor() {
        alarms::StreamContext context;
        context.spec = spec_;
        context.catalogue = kCatalogue;
        context.file = scenario_.file;
        context.transport_on_arrival = scenario_.udp;
        engine_ = std::make_unique<alarms::AlarmEngine>(
            std::move(context), [this] { return "a" + std::to_string(++ids_); },
            [this](ArrivalTime arrival) { return scenario_.start + step_ + (arrival.time_since_epoch() - kBoot); });
    }

    [[nodiscard]] Duration media() const { return media_at_mark_ + (media_runs_ ? now_ - mark_ : Duration{}); }

    void set_media(bool runs, Duration media) {
        media_at_mark_ = media;
        mark_ = now_;
        media_runs_ = runs;
    }

    [[nodiscard]] Instant instant() const {
        Instant instant;
        instant.media = media();
        if (!scenario_.file) instant.arrival = ArrivalTime{kBoot + now_};
        return instant;
    }

    void say(const core::Observation& observation) { engine_->observe(observation, out_); }

    void tick() {
        if (worker_lives_ && media_runs_) {
            say(core::Tick{ClockDomain::Transport, instant()});
            say(core::Tick{ClockDomain::Media, instant()});
        }
        if (!scenario_.file) {
            Instant arrival;
            arrival.arrival = ArrivalTime{kBoot + now_};
            say(core::Tick{ClockDomain::Arrival, arrival});
        }
    }

    [[nodiscard]] static core::Subject subject(const Line& line) {
        core::Subject subject;
        const auto text = [&](const char* key) {
            const auto found = line.keys.find(key);
            return found == line.keys.end() ? std::string{} : found->second;
        };
        subject.track = text("track");
        subject.rendition = text("rendition");
        subject.leg = text("leg");
        if (line.keys.count("service") != 0) {
            subject.service = static_cast<std::uint16_t>(std::stoi(line.keys.at("service")));
        }
        return subject;
    }

    [[nodiscard]] static std::optional<int> pid(const Line& line) {
        const auto found = line.keys.find("pid");
        return found == line.keys.end() ? std::nullopt : std::optional(std::stoi(found->second));
    }

    void say_edge(const Line& line, core::Verdict verdict) {
        core::StateEdge edge;
        edge.condition = line.words.at(1);
        edge.subject = subject(line);
        edge.verdict = verdict;
        edge.at = instant();
        edge.pid = pid(line);
        edge.exact = line.keys.count("inexact") == 0;
        if (!edge.exact) edge.uncertainty = core::parse_duration(line.keys.at("inexact")).value();
        if (line.keys.count("value") != 0) edge.value = std::stod(line.keys.at("value"));
        if (line.keys.count("detail") != 0) edge.detail = line.keys.at("detail");
        say(edge);
    }

    void say_event(const Line& line) {
        core::Occurrence occurrence;
        occurrence.condition = line.words.at(1);
        occurrence.subject = subject(line);
        occurrence.at = instant();
        occurrence.pid = pid(line);
        say(occurrence);
    }

    void say_level(const Line& line) {
        core::LevelSample sample;
        sample.measurement = line.words.at(1);
        sample.subject = subject(line);
        sample.at = instant();
        sample.window = std::chrono::seconds{1};
        sample.value = std::stod(line.words.at(2));
        say(sample);
    }

    void restart_supervisor() {
        tick();
        std::vector<core::AlarmTransition> stored;
        for (const auto& alarm : engine_->open()) {
            stored.push_back(core::alarm_from_json(core::to_json(alarm)).value());
        }
        start_supervisor();
        engine_->restore(stored);
        set_media(false, Duration{});
        worker_lives_ = false;
    }

    void set_air(const std::string& word) {
        tick();
        std::optional<core::AirState> state;
        for (const auto s : {core::AirState::OnAir, core::AirState::Standby, core::AirState::OffAir}) {
            if (word == core::name(s)) state = s;
        }
        engine_->set_air(state, scenario_.start + step_ + now_, out_);
    }

    void reload(const Line& line) {
        tick();
        core::apply({parse_rule(line, 1)}, spec_.rules);
        engine_->reconfigure(spec_, out_);
    }

    void perform(const Line& line) {
        const std::string& what = line.words.front();
        if (what == "bad") {
            say_edge(line, core::Verdict::Bad);
        } else if (what == "good") {
            say_edge(line, core::Verdict::Good);
        } else if (what == "unknown") {
            say_edge(line, core::Verdict::Unknown);
        } else if (what == "event") {
            say_event(line);
        } else if (what == "level") {
            say_level(line);
        } else if (what == "track") {
            core::Track track;
            track.subject.track = line.words.at(1);
            track.pid = pid(line);
            if (line.keys.count("language") != 0) track.language = line.keys.at("language");
            tracks_.push_back(track);
            say(core::Inventory{"mpegts", tracks_});
        } else if (what == "media-stops") {
            tick();
            set_media(false, media());
        } else if (what == "media-runs") {
            set_media(true, media());
        } else if (what == "worker-dies") {
            tick();
            worker_lives_ = false;
            set_media(false, Duration{});
            engine_->forget(instant());
        } else if (what == "worker-starts") {
            worker_lives_ = true;
            set_media(true, Duration{});
            tick();
        } else if (what == "supervisor-restarts") {
            restart_supervisor();
        } else if (what == "clock-steps") {
            tick();
            step_ += core::parse_duration(line.words.at(1)).value();
            tick();
        } else if (what == "air") {
            set_air(line.words.at(1));
        } else if (what == "rule") {
            reload(line);
        } else {
            throw std::runtime_error("line " + std::to_string(line.number) + ": \"" + what + "\" is unknown");
        }
    }

    const Scenario& scenario_;
    Duration granularity_;
    core::StreamSpec spec_;
    std::unique_ptr<alarms::AlarmEngine> engine_;
    std::vector<core::AlarmTransition> out_;
    std::vector<core::Track> tracks_;
    Duration now_{};
    Duration mark_{};
    Duration media_at_mark_{};
    Duration step_{};
    bool media_runs_ = true;
    bool worker_lives_ = true;
    int ids_ = 0;
};

}  // namespace

std::vector<core::AlarmTransition> play(const Scenario& scenario, Duration granularity) {
    return Player(scenario, granularity).play();
}

}  // namespace sightline::scenario
