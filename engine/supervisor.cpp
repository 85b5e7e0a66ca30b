// SPDX-License-Identifier: Apache-2.0
#include "engine/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "alarms/default_rules.hpp"
#include "core/text.hpp"
#include "engine/evidence_keeper.hpp"
#include "engine/host_clock.hpp"
#include "incidents/routing.hpp"

namespace sightline::engine {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kTicksPerSecond = 10;
constexpr std::uint64_t kPublishEvery = 2;  // ticks
constexpr core::Duration kOutboxTooOld = 5min;
constexpr core::Duration kLongAbsence = 3min;  // the last sign of life is up to a minute older than the end
constexpr core::Duration kWorkersMayTake = 2s;

/// The probe itself as a stream, so that its alarms are like any other.
core::StreamSpec own_spec(const config::Config& config) {
    core::StreamSpec spec;
    spec.id = kProbeStream;
    spec.name = "Probe " + config.probe;
    spec.input.url = "probe://self";
    for (const core::Rule& rule : alarms::default_rules()) {
        if (rule.name.starts_with("probe.")) spec.rules.push_back(rule);
    }
    return spec;
}

std::string text_or_null(const std::string& text) {
    return text.empty() ? "null" : core::json_string(text);
}

}  // namespace

const char* name(StreamHealth health) {
    switch (health) {
        case StreamHealth::Good:
            return "good";
        case StreamHealth::Alarm:
            return "alarm";
        case StreamHealth::Unknown:
            return "unknown";
        case StreamHealth::Standby:
            return "standby";
    }
    return "unknown";
}

Supervisor::Supervisor(net::EventLoop& loop, config::Config config, SupervisorOptions options)
    : loop_(loop), config_(std::move(config)), options_(std::move(options)), http_(loop) {
    if (!options_.clock_synchronised) options_.clock_synchronised = host_clock_synchronised;
}

Supervisor::~Supervisor() = default;

core::Result<std::unique_ptr<Supervisor>> Supervisor::start(net::EventLoop& loop, config::Config config,
                                                            SupervisorOptions options) {
    std::unique_ptr<Supervisor> made(new Supervisor(loop, std::move(config), std::move(options)));
    if (auto opened = made->open(); !opened) return tl::unexpected(opened.error());
    return made;
}

core::Result<void> Supervisor::open() {
    incidents::DeskOptions desk_options;
    desk_options.http = [this](net::HttpRequest request, net::HttpClient::Done done) {
        return http_.send(std::move(request), std::move(done));
    };
    desk_options.links_base = incidents::links_base_of(config_);
    desk_options.still = [this](const std::string& id, const std::string& incident) {
        if (std::string bad = evidence_ ? evidence_->bad_still(incident) : ""; !bad.empty()) return bad;
        const auto stream = streams_.find(id);
        const auto still = stream == streams_.end() ? nullptr : stream->second->view()->still;
        return still ? *still : std::string{};
    };
    desk_options.store.set_aside_corrupt = true;
    desk_options.seed = static_cast<std::uint64_t>(loop_.clock().utc().time_since_epoch().count());
    auto desk = incidents::Desk::open(loop_, config_, std::move(desk_options));
    if (!desk) return tl::unexpected(desk.error());
    desk_ = std::move(*desk);
    desk_->on_shown([this](const core::AlarmTransition& transition) { show(transition); });
    desk_->on_incident([this](const std::shared_ptr<const core::Incident>& incident) {
        events_.add("incident", core::to_json(*incident, core::kShortIncident));
        if (evidence_) evidence_->take(incident);
    });
    desk_->on_store_trouble(
        [this](const std::optional<core::Error>& error) { store_error_ = error ? error->message : ""; });
    started_ = loop_.clock().utc();

    WorkerFleet::Options fleet_options;
    fleet_options.command = options_.worker_command;
    fleet_options.memory_bytes = config_.worker_memory_bytes;
    fleet_options.sandbox = options_.sandbox;
    fleet_options.seed = static_cast<std::uint32_t>(started_.time_since_epoch().count() / 1'000'000);
    fleet_options.ring = [this](const std::string& stream) { return evidence_->ring(stream); };
    open_evidence();
    fleet_ = std::make_unique<WorkerFleet>(loop_, std::move(fleet_options), fleet_handlers());
    restore_streams();
    note_absence();
    open_walls();
    fleet_->watch(config_.streams);
    ticker_ = loop_.every(kTick, [this] { tick(); });
    publish();
    return {};
}

WorkerFleet::Handlers Supervisor::fleet_handlers() {
    WorkerFleet::Handlers handlers;
    const auto with = [this](const std::string& id, const auto& act) {
        const auto stream = streams_.find(id);
        if (stream == streams_.end()) return;
        std::vector<core::AlarmTransition> due;
        act(*stream->second, due);
        record(due);
    };
    handlers.on_message = [this, with](const std::string& id, link::Message message) {
        if (const auto* segment = std::get_if<link::Segment>(&message)) {
            (void)walls_->take(id, *segment);  // what no wall can use is dropped: the picture stays as it was
            return;
        }
        with(id, [&](WatchedStream& stream, auto& due) { stream.take(std::move(message), due); });
    };
    handlers.on_started = [with](const std::string& id, pid_t pid) {
        with(id, [&](WatchedStream& stream, auto&) { stream.on_started(pid); });
    };
    handlers.on_lost = [this, with](const std::string& id, const std::string& how, bool quarantined) {
        walls_->lost(id);
        with(id, [&](WatchedStream& stream, auto& due) { stream.on_lost(how, quarantined, due); });
    };
    return handlers;
}

/// The streams, with what was open when the last run ended.
void Supervisor::restore_streams() {
    self_ =
        std::make_unique<WatchedStream>(own_spec(config_), loop_.clock(), [this] { return desk_->next_alarm_id(); });
    std::map<std::string, std::vector<core::AlarmTransition>> open_alarms;
    for (core::AlarmTransition& alarm : desk_->open_alarms()) open_alarms[alarm.stream].push_back(std::move(alarm));
    self_->restore(open_alarms[kProbeStream]);
    for (const core::StreamSpec& spec : config_.streams) add_stream(spec).restore(open_alarms[spec.id]);
    // Alarms of streams that are gone from the configuration end here.
    for (const auto& [id, alarms] : open_alarms) {
        if (id == kProbeStream || streams_.contains(id)) continue;
        core::StreamSpec gone;
        gone.id = id;
        WatchedStream former(gone, loop_.clock(), [this] { return desk_->next_alarm_id(); });
        former.restore(alarms);
        std::vector<core::AlarmTransition> due;
        former.dismiss(due);
        record(due);
    }
}

void Supervisor::open_evidence() {
    EvidenceKeeper::Options options;
    options.command = options_.clip_command;
    options.sandbox = options_.sandbox;
    options.memory_bytes = config_.worker_memory_bytes;
    options.measurements = [this](const std::string& id, core::UtcTime zero, core::UtcTime from, core::UtcTime to) {
        const auto stream = streams_.find(id);
        if (stream == streams_.end()) return std::string("{}");
        const core::Duration civil = loop_.clock().utc().time_since_epoch() - loop_.clock().now().time_since_epoch();
        const auto arrival = [&](core::UtcTime utc) { return core::ArrivalTime{utc.time_since_epoch() - civil}; };
        return stream->second->history().to_json(arrival(zero), arrival(from), arrival(to));
    };
    options.on_kept = [this](const std::string& incident, const std::string& what) {
        desk_->remark(incident, "evidence", what);
    };
    options.on_trouble = [](const std::string& trouble) { fmt::print(stderr, "{}\n", trouble); };
    evidence_ = std::make_unique<EvidenceKeeper>(loop_, std::move(options));
    evidence_->configure(config_);
    for (const core::AlarmTransition& alarm : desk_->open_alarms()) {
        core::AlarmTransition raised = alarm;
        raised.state = core::AlarmState::Raised;
        evidence_->note(raised);
    }
    for (const auto& incident : desk_->current_incidents()) evidence_->take(incident);
}

void Supervisor::open_walls() {
    walls_ = std::make_unique<WallHost>(
        [this](const std::string& stream, const link::Focus& wanted) { fleet_->show(stream, wanted); });
    walls_->watch(config_.streams);
    if (config_.api_socket.empty()) return;
    link::WallServer::Options options;
    options.path = config_.api_socket + ".wall";
    options.probe = config_.probe;
    options.software = options_.version;
    // A probe that walls cannot reach still watches.
    if (const auto listening = walls_->listen(loop_, std::move(options)); !listening)
        fmt::print(stderr, "no wall can connect: {}\n", listening.error().message);
}

WatchedStream& Supervisor::add_stream(const core::StreamSpec& spec) {
    auto& stream = streams_[spec.id];
    stream = std::make_unique<WatchedStream>(spec, loop_.clock(), [this] { return desk_->next_alarm_id(); });
    stream->remember(config_.evidence.enabled);
    const auto forced = desk_->forced_air().find(spec.id);
    if (forced != desk_->forced_air().end()) {
        std::vector<core::AlarmTransition> none;
        stream->set_air(forced->second, none);
    }
    return *stream;
}

void Supervisor::record(std::vector<core::AlarmTransition>& transitions) {
    for (core::AlarmTransition& transition : transitions) desk_->record(std::move(transition));
    transitions.clear();
}

void Supervisor::show(const core::AlarmTransition& transition) {
    if (const auto stream = streams_.find(transition.stream); stream != streams_.end())
        stream->second->note_shown(transition);
    if (evidence_) evidence_->note(transition);
    events_.add("alarm", core::to_json(transition));
    if (shown_) shown_(transition);
}

void Supervisor::tick() {
    std::vector<core::AlarmTransition> due;
    for (auto& [id, stream] : streams_) stream->tick(due);
    if (ticks_++ % kTicksPerSecond == 0) judge_self(due);
    self_->tick(due);
    record(due);
    if (ticks_ % kPublishEvery == 0) publish();
}

void Supervisor::judge_self(std::vector<core::AlarmTransition>& out) {
    clock_synchronised_ = options_.clock_synchronised();
    const incidents::DeskMetrics desk = desk_->metrics();
    self_->judge_probe("probe.clock", !clock_synchronised_, "the kernel says that the host clock is not synchronised",
                       out);
    self_->judge_probe("probe.disk", !store_error_.empty(), store_error_, out);
    const bool late = desk.oldest_owed && *desk.oldest_owed > kOutboxTooOld;
    self_->judge_probe("probe.outbox", late, "the oldest notification has waited more than 5 minutes", out);
}

void Supervisor::publish() {
    auto state = std::make_shared<ProbeState>();
    state->probe = config_.probe;
    state->version = options_.version;
    state->started = started_;
    state->at = loop_.clock().utc();
    state->clock_synchronised = clock_synchronised_;
    state->store_error = store_error_;
    state->ready = true;
    for (const core::StreamSpec& spec : config_.streams) {
        state->streams.push_back(streams_.at(spec.id)->view());
        state->ready = state->ready && state->streams.back()->link != "starting";
        note(*state->streams.back());
    }
    note_maintenance();
    state->own = self_->view()->open;
    state->incidents = desk_->current_incidents();
    state->flood = desk_->flood();
    const incidents::DeskMetrics desk = desk_->metrics();
    for (const auto& lane : desk.notifiers) {
        state->notifiers.push_back({lane.notifier, lane.delivered, lane.failed_attempts, lane.dropped, lane.pending,
                                    lane.oldest ? core::to_seconds(*lane.oldest) : 0});
    }
    state->counters = {{"transitions_total", static_cast<double>(desk.transitions)},
                       {"store_commits_total", static_cast<double>(desk.commits)},
                       {"store_failed_commits_total", static_cast<double>(desk.failed_commits)},
                       {"store_longest_commit_seconds", core::to_seconds(desk.longest_commit)},
                       {"incidents", static_cast<double>(desk.incidents)},
                       {"incident_notices_total", static_cast<double>(desk.incident_notices)},
                       {"outbox_pending", static_cast<double>(desk.owed)},
                       {"outbox_oldest_seconds", desk.oldest_owed ? core::to_seconds(*desk.oldest_owed) : 0.0}};
    state->counters.merge(evidence_->counters());
    state_.publish(std::move(state));
}

/// For reports and for those who listen along: what a stream is from now on.
void Supervisor::note(const StreamView& stream) {
    desk_->note_watch(stream.id, stream.air, stream.health != StreamHealth::Unknown);
    std::string event = fmt::format(
        R"({{"type":"stream","id":{},"state":"{}","severity":{},"reason":{},"link":{{"state":{},"reason":{}}},"air":"{}","depth":"{}","since":)",
        core::json_string(stream.id), name(stream.health),
        stream.worst ? core::json_string(core::name(*stream.worst)) : "null", text_or_null(stream.reason),
        core::json_string(stream.link), text_or_null(stream.link_reason), core::name(stream.air),
        core::name(stream.depth));
    std::string& told = told_[stream.id];
    if (told == event) return;
    events_.add("stream", event + core::json_string(core::to_rfc3339(stream.since)) + "}");
    told = std::move(event);
}

/// The calendar where it changed, for those who listen along.
void Supervisor::note_maintenance() {
    if (desk_->maintenance() == told_maintenance_) return;
    told_maintenance_ = desk_->maintenance();
    std::string windows;
    for (const incidents::MaintenanceWindow& window : told_maintenance_)
        windows += (windows.empty() ? "" : ",") + incidents::to_json(window);
    events_.add("maintenance", R"({"type":"maintenance","maintenance":[)" + windows + "]}");
}

/// Nobody watched since the last sign of life: an alarm that is over, so that it is on record and somebody is told.
void Supervisor::note_absence() {
    const std::optional<core::UtcTime> alive = desk_->last_alive();
    if (!alive || started_ - *alive < kLongAbsence) return;
    core::AlarmTransition alarm;
    alarm.id = desk_->next_alarm_id();
    alarm.stream = kProbeStream;
    alarm.condition = alarm.rule = "probe.lost";
    alarm.severity = core::Severity::Major;
    alarm.since.utc = *alive;
    alarm.at.utc = started_;
    alarm.message = fmt::format("the probe did not run for {}; what happened to its streams meanwhile is not known",
                                core::to_text(std::chrono::floor<std::chrono::minutes>(started_ - *alive)));
    desk_->record(alarm);
    ++alarm.sequence;
    alarm.state = core::AlarmState::Cleared;
    alarm.until = alarm.at;
    desk_->record(alarm);
}

void Supervisor::reload(config::Config config) {
    std::vector<core::AlarmTransition> due;
    for (auto stream = streams_.begin(); stream != streams_.end();) {
        const bool stays = std::any_of(config.streams.begin(), config.streams.end(),
                                       [&](const core::StreamSpec& spec) { return spec.id == stream->first; });
        if (!stays) stream->second->dismiss(due);
        stream = stays ? std::next(stream) : streams_.erase(stream);
    }
    config_ = std::move(config);
    for (const core::StreamSpec& spec : config_.streams) {
        const auto known = streams_.find(spec.id);
        if (known == streams_.end()) {
            add_stream(spec);
        } else if (!(known->second->spec() == spec)) {
            known->second->reconfigure(spec, due);
        }
    }
    self_->reconfigure(own_spec(config_), due);
    record(due);
    desk_->configure(config_);
    for (auto& [id, stream] : streams_) stream->remember(config_.evidence.enabled);
    const bool rings_come = !evidence_->records() && config_.evidence.enabled;
    evidence_->configure(config_);
    if (rings_come) fleet_->give_rings();
    fleet_->watch(config_.streams);
    walls_->watch(config_.streams);
    desk_->audit("reload", "config.loaded", config_.file, "");
    publish();
}

core::Result<void> Supervisor::set_air(const std::string& stream, std::optional<core::AirState> state,
                                       const std::string& actor) {
    const auto known = streams_.find(stream);
    if (known == streams_.end())
        return core::fail(core::ErrorCode::NotFound, fmt::format("no stream is called \"{}\"", stream));
    std::vector<core::AlarmTransition> due;
    known->second->set_air(state, due);
    desk_->set_air(stream, state, actor);
    record(due);
    publish();
    return {};
}

core::Result<void> Supervisor::focus(const std::string& stream, bool wanted) {
    if (!streams_.contains(stream))
        return core::fail(core::ErrorCode::NotFound, fmt::format("no stream is called \"{}\"", stream));
    walls_->focus(stream, wanted);
    return {};
}

void Supervisor::stop(std::function<void()> stopped) {
    if (stopped_) return;
    stopped_ = std::move(stopped);
    ticker_.reset();
    fleet_->stop();
    stop_by_ = loop_.clock().now() + kWorkersMayTake;
    stopper_ = loop_.every(10ms, [this] {
        if (!fleet_->is_empty() && loop_.clock().now() < stop_by_) return;
        stopper_.reset();
        desk_->flush();
        stopped_();
    });
}

}  // namespace sightline::engine
