// SPDX-License-Identifier: Apache-2.0
#include "engine/watched_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "engine/conditions.hpp"
#include "engine/stream_clocks.hpp"

namespace sightline::engine {
namespace {

alarms::StreamContext context_of(const core::StreamSpec& spec) {
    const StreamClocks clocks = clocks_of(spec.input);
    alarms::StreamContext context;
    context.spec = spec;
    context.catalogue = condition_catalogue();
    context.transport_on_arrival = clocks.transport_on_arrival;
    context.file = clocks.file;
    return context;
}

std::string measurement_key(const core::LevelSample& sample) {
    std::string key = sample.measurement;
    if (!sample.subject.track.empty()) key += "/" + sample.subject.track;
    if (sample.pid && sample.subject.track.empty()) key += fmt::format("/{}", *sample.pid);
    if (sample.channel) key += fmt::format("/{}", *sample.channel);
    return key;
}

constexpr std::size_t kMaxMeasurements = 2'048;
/// What a stream has not said for so long is no longer said of it; segments may be long in coming.
constexpr core::Duration kMeasurementAge = std::chrono::seconds{60};
constexpr core::Duration kSweepPeriod = std::chrono::seconds{5};

}  // namespace

WatchedStream::WatchedStream(core::StreamSpec spec, const core::Clock& clock, alarms::AlarmEngine::NewId new_id)
    : spec_(std::move(spec)),
      clock_(clock),
      engine_(context_of(spec_), std::move(new_id),
              [&clock](core::ArrivalTime arrival) { return clock.to_utc(arrival); }) {
    now_.link = "starting";
    now_.since = clock_.utc();
}

void WatchedStream::observe(core::Observation observation, std::vector<core::AlarmTransition>& out) {
    if (auto* inventory = std::get_if<core::Inventory>(&observation)) {
        now_.format = inventory->format;
        now_.tracks = inventory->tracks;
        now_.not_watched = inventory->left_out;
        changed_ = true;
    } else if (const auto* sample = std::get_if<core::LevelSample>(&observation)) {
        measure(measurement_key(*sample), sample->value, sample->at.arrival.value_or(clock_.now()));
    } else if (std::holds_alternative<core::StateEdge>(observation)) {
        changed_ = true;
    }
    reported_ = true;
    engine_.observe(observation, out);
}

void WatchedStream::take(link::Message message, std::vector<core::AlarmTransition>& out) {
    if (auto* observed = std::get_if<link::Observed>(&message)) {
        for (core::Observation& observation : observed->observations) observe(std::move(observation), out);
    } else if (auto* link = std::get_if<link::Link>(&message)) {
        now_.link = std::move(link->state);
        now_.link_reason = std::move(link->reason);
        changed_ = true;
        if (now_.link == "failed") {
            core::StateEdge edge;
            edge.condition = "signal.unreachable";
            edge.verdict = core::Verdict::Bad;
            edge.at.arrival = link->at;
            edge.detail = now_.link_reason;
            observe(std::move(edge), out);
        }
    } else if (auto* totals = std::get_if<link::Totals>(&message)) {
        now_.bytes = totals->bytes;
        now_.packets = totals->packets;
        now_.continuity_errors = totals->continuity_errors;
        for (const auto& [name, value] : totals->link) measure(name, value, clock_.now());
        now_.measurements["worker.decode_errors_total"] = static_cast<double>(totals->decode_errors);
        now_.measurements["worker.dropped_measurements_total"] = static_cast<double>(totals->dropped_measurements);
        changed_ = true;
    } else if (auto* still = std::get_if<link::Still>(&message)) {
        now_.still = std::make_shared<const std::string>(std::move(still->jpeg));
        now_.still_at = clock_.utc();
        changed_ = true;
    }
}

void WatchedStream::measure(const std::string& name, double value, core::ArrivalTime at) {
    changed_ = true;
    if (now_.measurements.size() >= kMaxMeasurements && !now_.measurements.contains(name)) return;
    now_.measurements[name] = value;
    renewed_[name] = clock_.now();
    if (remembers_) history_.add(name, at, value);
}

void WatchedStream::drop_old_measurements() {
    const core::ArrivalTime now = clock_.now();
    if (now - swept_ < kSweepPeriod) return;
    swept_ = now;
    changed_ |= std::erase_if(renewed_, [&](const auto& item) {
                    if (now - item.second < kMeasurementAge) return false;
                    now_.measurements.erase(item.first);
                    return true;
                }) > 0;
}

void WatchedStream::on_started(int pid) {
    if (now_.worker_pid || now_.link == "lost") ++now_.worker_restarts;
    now_.worker_pid = pid;
    now_.link = "starting";
    reported_ = false;
    changed_ = true;
}

void WatchedStream::on_lost(const std::string& how, bool quarantined, std::vector<core::AlarmTransition>& out) {
    now_.worker_pid.reset();
    now_.link = quarantined ? "quarantined" : "lost";
    now_.link_reason = "worker " + how;
    now_.measurements.clear();
    renewed_.clear();
    reported_ = false;
    changed_ = true;
    engine_.forget({std::nullopt, clock_.now()});
    judge_probe("probe.quarantine", quarantined, "its worker was " + how + " again and again", out);
}

void WatchedStream::judge_probe(const std::string& condition, bool bad, const std::string& detail,
                                std::vector<core::AlarmTransition>& out) {
    core::StateEdge edge;
    edge.condition = condition;
    edge.verdict = bad ? core::Verdict::Bad : core::Verdict::Good;
    edge.at.arrival = clock_.now();
    edge.detail = detail;
    engine_.observe(edge, out);
    changed_ = true;
}

void WatchedStream::tick(std::vector<core::AlarmTransition>& out) {
    drop_old_measurements();
    engine_.civil_time(clock_.utc(), out);
    engine_.observe(core::Tick{core::ClockDomain::Arrival, {std::nullopt, clock_.now()}, {}}, out);
}

void WatchedStream::reconfigure(core::StreamSpec spec, std::vector<core::AlarmTransition>& out) {
    spec_ = std::move(spec);
    engine_.reconfigure(spec_, out);
    changed_ = true;
}

void WatchedStream::set_air(std::optional<core::AirState> state, std::vector<core::AlarmTransition>& out) {
    engine_.set_air(state, clock_.utc(), out);
    changed_ = true;
}

void WatchedStream::remember(bool wanted) {
    remembers_ = wanted;
    if (!wanted) history_.clear();
}

void WatchedStream::dismiss(std::vector<core::AlarmTransition>& out) {
    core::StreamSpec nothing = spec_;
    nothing.rules.clear();
    engine_.reconfigure(std::move(nothing), out);
}

/// Why nothing of the content is watched, where it should be; empty where something is, or there is none.
std::string WatchedStream::blind() const {
    if (spec_.input.depth == core::DepthMode::Transport) return {};
    std::string why;
    for (const core::Track& track : now_.tracks) {
        if (track.kind != core::TrackKind::Video && track.kind != core::TrackKind::Audio) continue;
        if (track.watched) return {};
        if (why.empty()) why = track.not_watched;
    }
    return why;
}

StreamHealth WatchedStream::health() const {
    if (!now_.open.empty()) return StreamHealth::Alarm;
    if (!reported_ || now_.link != "connected" || !blind().empty()) return StreamHealth::Unknown;
    return now_.air == core::AirState::OnAir ? StreamHealth::Good : StreamHealth::Standby;
}

std::shared_ptr<const StreamView> WatchedStream::view() {
    if (!changed_ && published_ && (!last_ || published_->last == last_)) return published_;
    const StreamHealth before = now_.health;
    const std::optional<core::Severity> worst_before = now_.worst;
    now_.id = spec_.id;
    now_.name = spec_.name.empty() ? spec_.id : spec_.name;
    now_.url = core::mask_secrets(spec_.input.url);
    now_.air = engine_.air();
    now_.depth = spec_.input.depth;
    now_.tags = spec_.tags;
    now_.runbook = spec_.runbook;
    now_.open = engine_.open();
    std::stable_sort(now_.open.begin(), now_.open.end(),
                     [](const auto& a, const auto& b) { return a.severity > b.severity; });
    now_.conditions = engine_.conditions();
    now_.last = last_;
    now_.health = health();
    now_.worst = now_.open.empty() ? std::nullopt : std::optional(now_.open.front().severity);
    now_.reason = !now_.open.empty() ? now_.open.front().message
                  : now_.health == StreamHealth::Unknown && now_.link == "connected" && reported_ ? blind()
                  : now_.health == StreamHealth::Unknown
                      ? now_.link + (now_.link_reason.empty() ? "" : ": " + now_.link_reason)
                      : "";
    if (now_.health != before || now_.worst != worst_before)
        now_.since = now_.open.empty() ? clock_.utc() : now_.open.front().since.utc.value_or(clock_.utc());
    changed_ = false;
    published_ = std::make_shared<const StreamView>(now_);
    return published_;
}

}  // namespace sightline::engine
