// SPDX-License-Identifier: Apache-2.0
#include "incidents/desk.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "incidents/payload.hpp"
#include "incidents/transports.hpp"

namespace sightline::incidents {

Desk::Desk(net::EventLoop& loop, std::unique_ptr<Store> store, DeskOptions options)
    : loop_(loop), store_(std::move(store)), options_(std::move(options)) {
    engine_ = make_incident_engine(
        {[this] { return store_->next_incident_id(); }, [this] { return store_->next_maintenance_id(); }});
    Journal& journal = *this;
    outbox_ = std::make_unique<Outbox>(loop_, journal, options_.seed);
    prune_timer_ = loop_.every(kPruneEvery, [this] {
        prune();
        note_alive();
    });
}

Desk::~Desk() {
    heartbeat_.reset();
    outbox_.reset();
    pending_.alive = loop_.clock().utc();
    if (!pending_.empty()) (void)store_->commit(pending_, loop_.clock().utc());
}

core::Result<std::unique_ptr<Desk>> Desk::open(net::EventLoop& loop, const config::Config& config,
                                               DeskOptions options) {
    if (config.store_sqlite.empty()) {
        return core::fail(core::ErrorCode::InvalidConfig, "store.sqlite is empty: it must name a file");
    }
    options.store.probe = config.probe;
    options.store.keep = config.store_keep;
    auto store = Store::open(config.store_sqlite, options.store);
    if (!store) return tl::unexpected<core::Error>(store.error());
    std::unique_ptr<Desk> desk(new Desk(loop, std::move(*store), std::move(options)));
    if (auto restored = desk->restore(); !restored) return tl::unexpected<core::Error>(restored.error());
    desk->engine_->configure(config);
    if (auto restored = desk->restore_incidents(); !restored) return tl::unexpected<core::Error>(restored.error());
    desk->configure(config);
    const auto pending = desk->store_->pending();
    if (!pending) return tl::unexpected<core::Error>(pending.error());
    desk->outbox_->restore(*pending);
    return desk;
}

core::Result<void> Desk::restore() {
    auto alarms = store_->open_alarms();
    if (!alarms) return tl::unexpected<core::Error>(alarms.error());
    for (core::AlarmTransition& alarm : *alarms) {
        std::string id = alarm.id;
        open_.emplace(std::move(id), std::move(alarm));
    }
    auto told = store_->told();
    if (!told) return tl::unexpected<core::Error>(told.error());
    routing_.restore(std::move(*told));
    auto air = store_->forced_air();
    if (!air) return tl::unexpected<core::Error>(air.error());
    forced_air_ = std::move(*air);
    return restore_watch();
}

core::Result<void> Desk::restore_incidents() {
    auto live = store_->live_incidents();
    if (!live) return tl::unexpected<core::Error>(live.error());
    auto told = store_->incidents_told();
    if (!told) return tl::unexpected<core::Error>(told.error());
    incident_routing_.restore(std::move(*told));
    engine_->restore(std::move(*live), loop_.clock().utc());
    flush_soon();
    return {};
}

/// Nobody watched between the last sign of life and now.
core::Result<void> Desk::restore_watch() {
    const auto alive = store_->last_alive();
    if (!alive) return tl::unexpected<core::Error>(alive.error());
    last_alive_ = *alive;
    auto streams = store_->watched_streams();
    if (!streams) return tl::unexpected<core::Error>(streams.error());
    for (WatchChange& last : *streams) {
        if (!last.watched) continue;
        last.watched = false;
        last.at = std::max(last.at, alive->value_or(last.at));
        pending_.watch.push_back(std::move(last));
    }
    return {};
}

void Desk::note_watch(const std::string& stream, core::AirState air, bool watched) {
    WatchChange& known = watched_[stream];
    WatchChange change{stream, known.at, air, watched, in_maintenance(stream)};
    if (known == change) return;
    change.at = loop_.clock().utc();
    known = change;
    pending_.watch.push_back(std::move(change));
    flush_soon();
}

bool Desk::in_maintenance(const std::string& stream) {
    const std::vector<MaintenanceWindow>& windows = engine_->maintenance();
    if (windows != calendar_.windows()) calendar_ = MaintenanceCalendar(windows);
    if (windows.empty()) return false;
    const auto spec = std::find_if(config_.streams.begin(), config_.streams.end(),
                                   [&stream](const core::StreamSpec& known) { return known.id == stream; });
    if (spec == config_.streams.end()) return false;
    std::vector<std::string> paths;
    for (const config::Path& path : config_.paths) {
        const bool on = std::any_of(path.points.begin(), path.points.end(), [&stream](const config::PathPoint& point) {
            return std::find(point.any_of.begin(), point.any_of.end(), stream) != point.any_of.end();
        });
        if (on) paths.push_back(path.id);
    }
    return calendar_.covers(stream, spec->tags, paths, loop_.clock().utc()) != nullptr;
}

/// How far a report may believe the watch log if this process dies.
void Desk::note_alive() {
    pending_.alive = loop_.clock().utc();
    flush_soon();
}

void Desk::record(core::AlarmTransition alarm) {
    if (alarm.state == core::AlarmState::Cleared) {
        open_.erase(alarm.id);
    } else {
        open_[alarm.id] = alarm;
    }
    engine_->take(alarm);
    RoutedNotice routed;
    routed.notice.facts = facts_of(alarm, config_, options_.links_base);
    routed.notifiers = routing_.route(alarm, routed.notice.facts, loop_.clock().utc());
    routed.notice.alarm = std::move(alarm);
    pending_.notices.push_back(std::move(routed));
    flush_soon();
}

void Desk::audit(std::string actor, std::string action, std::string subject, const std::string& detail) {
    pending_.audit.push_back(
        {loop_.clock().utc(), std::move(actor), std::move(action), std::move(subject), core::mask_secrets(detail)});
    flush_soon();
}

void Desk::set_air(const std::string& stream, std::optional<core::AirState> state, const std::string& actor) {
    if (state) {
        forced_air_[stream] = *state;
    } else {
        forced_air_.erase(stream);
    }
    pending_.air.push_back({stream, state});
    audit(actor, "air.set", stream, state ? core::name(*state) : "calendar");
}

void Desk::finished(FinishedDelivery delivery) {
    ++pending_.counters[delivery.delivered ? "deliveries" : "deliveries_dropped"];
    if (!delivery.delivered) {
        audit("outbox", "delivery.dropped", delivery.event_id, delivery.notifier + ": " + delivery.error);
    }
    pending_.finished.push_back(std::move(delivery));
    if (!finished_timer_) finished_timer_ = loop_.after(kFinishedDelay, [this] { flush(); });
}

Kept Desk::kept(const std::string& notifier, const std::string& alarm) {
    Kept found;
    if (auto stored = store_->tickets(notifier, alarm)) found = std::move(*stored);
    for (const TicketChange& change : pending_.tickets) {  // not committed yet
        if (change.notifier != notifier || change.alarm != alarm) continue;
        if (change.name.empty()) {
            found.clear();
        } else {
            found[change.name] = change.value;
        }
    }
    return found;
}

void Desk::keep(const std::string& notifier, const std::string& alarm, const std::string& name,
                const std::string& value) {
    pending_.tickets.push_back({notifier, alarm, name, value});
    flush_soon();
}

void Desk::forget(const std::string& notifier, const std::string& alarm) {
    pending_.tickets.push_back({notifier, alarm, {}, {}});
    flush_soon();
}

std::vector<std::string> Desk::standing(const std::string& notifier) const {
    std::vector<std::string> payloads;
    for (const std::string& id : routing_.told(notifier)) {
        const auto found = open_.find(id);
        if (found == open_.end()) continue;
        const Notice notice{found->second, facts_of(found->second, config_, options_.links_base)};
        payloads.push_back(payload(notice, loop_.clock().utc()));
    }
    const std::vector<std::string> told = incident_routing_.told(notifier);
    for (const auto& incident : engine_->current()) {
        if (std::find(told.begin(), told.end(), incident->id) == told.end()) continue;
        if (incident->state == core::IncidentState::Resolved) continue;
        Notice notice;
        notice.incident = shortened(*incident);
        notice.facts = incident_facts(*incident, config_, options_.links_base);
        payloads.push_back(payload(notice, loop_.clock().utc()));
    }
    return payloads;
}

void Desk::flush_soon() {
    if (flush_timer_) return;
    const core::Duration rest = std::max(rested_ - loop_.clock().now(), core::Duration::zero());
    flush_timer_ = loop_.after(rest, [this] { flush(); });
}

void Desk::flush() {
    flush_timer_.reset();
    finished_timer_.reset();
    advance_incidents();
    if (pending_.empty()) return;
    const core::ArrivalTime before = loop_.clock().now();
    const auto done = store_->commit(pending_, loop_.clock().utc());
    metrics_.longest_commit = std::max(metrics_.longest_commit, loop_.clock().now() - before);
    if (done) {
        committed();
    } else {
        commit_failed(done.error());
    }
}

/// What has been taken becomes incidents, in the same transaction.
void Desk::advance_incidents() {
    const core::ArrivalTime before = loop_.clock().now();
    IncidentOutcome outcome = engine_->step(loop_.clock().utc());
    const core::ArrivalTime after = loop_.clock().now();
    rested_ = after + std::min<core::Duration>((after - before) * kRest, kLongestRest);
    for (IncidentChange& change : outcome.changes) pending_.incidents.push_back(std::move(change));
    for (const IncidentNotice& notice : outcome.notices) {
        RoutedNotice routed;
        routed.notice.incident = shortened(*notice.incident);
        routed.notice.reason = notice.reason;
        routed.notice.escalation = notice.escalation;
        routed.notice.facts = incident_facts(*notice.incident, config_, options_.links_base);
        routed.notifiers = incident_routing_.route(routed.notice, loop_.clock().utc());
        if (asks_attention(notice.reason)) ++metrics_.incident_notices;
        if (!routed.notifiers.empty()) pending_.notices.push_back(std::move(routed));
    }
    if (outcome.maintenance_changed) pending_.maintenance = engine_->maintenance();
    plan_incidents();
}

void Desk::plan_incidents() {
    incident_timer_.reset();
    const auto due = engine_->next_due();
    if (!due) return;
    const core::Duration wait = std::max<core::Duration>(*due - loop_.clock().utc(), std::chrono::milliseconds{1});
    incident_timer_ = loop_.after(std::min<core::Duration>(wait, kPruneEvery), [this] {
        incident_timer_.reset();
        flush();
    });
}

void Desk::show_incidents(const std::vector<IncidentChange>& changes, std::size_t first) {
    for (std::size_t n = first; on_incident_ && n < changes.size(); ++n) on_incident_(changes[n].incident);
}

core::Result<core::Incident> Desk::incident(const std::string& id) {
    flush();
    auto stored = store_->incident(id);
    if (stored || !trouble_since_) return stored;
    for (const auto& live : engine_->current()) {
        if (live->id == id) return *live;
    }
    return stored;
}

core::Result<core::Incident> Desk::command(const IncidentCommand& command) {
    flush();
    if (auto done = engine_->command(command, loop_.clock().utc()); !done) {
        const bool closed = done.error().code == core::ErrorCode::NotFound && store_->incident(command.incident);
        if (closed) return core::fail(core::ErrorCode::Refused, command.incident + " is closed");
        return tl::unexpected<core::Error>(done.error());
    }
    audit(
        command.via.empty() || command.via == command.actor ? command.actor : command.actor + " (" + command.via + ")",
        std::string("incident.") + name(command.kind), command.incident, command.text);
    flush();
    return incident(command.incident);
}

std::string Desk::incident_meant_by(const std::string& key) const {
    for (const auto& incident : engine_->current()) {
        if (incident->id == key) return key;
        for (const core::IncidentAlarm& part : incident->alarms) {
            const auto open = open_.find(part.id);
            if (open != open_.end() && dedup_key(open->second) == key) return incident->id;
        }
    }
    return key;
}

void Desk::remark(const std::string& incident, std::string kind, std::string text) {
    engine_->remark(incident, std::move(kind), std::move(text), loop_.clock().utc());
    flush();
}

core::Result<MaintenanceWindow> Desk::add_maintenance(MaintenanceWindow window, const std::string& via) {
    if (auto known = check_known(window, config_); !known) return tl::unexpected(known.error());
    auto added = engine_->add_maintenance(std::move(window), loop_.clock().utc());
    if (!added) return added;
    audit(via.empty() || via == added->who ? added->who : added->who + " (" + via + ")", "maintenance.add", added->id,
          to_json(*added));
    flush();
    return added;
}

core::Result<void> Desk::remove_maintenance(const std::string& id, const std::string& actor) {
    if (auto done = engine_->remove_maintenance(id, loop_.clock().utc()); !done) return done;
    audit(actor, "maintenance.remove", id, "");
    flush();
    return {};
}

void Desk::committed() {
    ++metrics_.commits;
    retry_timer_.reset();
    retry_delay_ = kFirstRetry;
    // What showing brings about is of the next transaction.
    const Batch batch = std::exchange(pending_, {});
    const std::size_t first = std::exchange(shown_, 0);
    const std::size_t first_incident = std::exchange(shown_incidents_, 0);
    for (std::size_t n = first; n < batch.notices.size(); ++n) show(batch.notices[n], Outbox::Kept::InStore);
    show_incidents(batch.incidents, first_incident);
    if (!trouble_since_) return;
    trouble_since_.reset();
    metrics_.store_error.reset();
    if (on_trouble_) on_trouble_(std::nullopt);
}

void Desk::commit_failed(const core::Error& error) {
    ++metrics_.failed_commits;
    const bool begins = !trouble_since_;
    if (begins) trouble_since_ = loop_.clock().now();
    metrics_.store_error = error;
    if (loop_.clock().now() - *trouble_since_ >= kShowAnyway) show_uncommitted();
    if (!retry_timer_) {
        retry_timer_ = loop_.after(retry_delay_, [this] {
            retry_timer_.reset();
            flush();
        });
        retry_delay_ = std::min(retry_delay_ * 2, kLongestRetry);
    }
    if (begins && on_trouble_) on_trouble_(error);
}

void Desk::show(const RoutedNotice& routed, Outbox::Kept kept) {
    if (!routed.notice.incident) {
        ++metrics_.transitions;
        if (on_shown_) on_shown_(routed.notice.alarm);
    }
    outbox_->add(routed, kept);
}

void Desk::show_uncommitted() {
    while (shown_ < pending_.notices.size()) {
        const RoutedNotice routed = pending_.notices[shown_++];  // a copy: showing may record more
        show(routed, Outbox::Kept::InMemory);
    }
    const std::vector<IncidentChange> changes(
        pending_.incidents.begin() + static_cast<std::ptrdiff_t>(shown_incidents_), pending_.incidents.end());
    shown_incidents_ = pending_.incidents.size();
    show_incidents(changes, 0);
    forget_oldest();
}

/// What could not be stored and is shown already needs each incident once, as it is now.
void Desk::join_changes() {
    if (shown_incidents_ < pending_.incidents.size()) return;
    std::map<std::string, std::size_t> first;
    std::vector<IncidentChange> joined;
    for (IncidentChange& change : pending_.incidents) {
        const auto [at, fresh] = first.emplace(change.incident->id, joined.size());
        if (fresh) {
            joined.push_back(std::move(change));
            continue;
        }
        IncidentChange& into = joined[at->second];
        into.incident = std::move(change.incident);
        into.memory = std::move(change.memory);
        for (const std::string& gone : change.left) {
            std::erase_if(into.alarms, [&gone](const core::IncidentAlarm& alarm) { return alarm.id == gone; });
        }
        for (const core::IncidentAlarm& came : change.alarms) {
            std::erase_if(into.left, [&came](const std::string& id) { return id == came.id; });
        }
        into.alarms.insert(into.alarms.end(), change.alarms.begin(), change.alarms.end());
        into.left.insert(into.left.end(), change.left.begin(), change.left.end());
        into.entries.insert(into.entries.end(), change.entries.begin(), change.entries.end());
    }
    pending_.incidents = std::move(joined);
    shown_incidents_ = pending_.incidents.size();
}

void Desk::forget_oldest() {
    join_changes();
    if (pending_.notices.size() <= kMaxUncommitted) return;
    const std::size_t excess = std::min(shown_, pending_.notices.size() - kMaxUncommitted);
    pending_.notices.erase(pending_.notices.begin(), pending_.notices.begin() + static_cast<std::ptrdiff_t>(excess));
    shown_ -= excess;
    metrics_.lost_history += excess;
}

void Desk::prune() {
    if (trouble_since_) return;
    // One bounded step a minute clears 500 rows of each kind; errors show at the next commit.
    (void)store_->prune(loop_.clock().utc());
}

void Desk::configure(const config::Config& config) {
    for (const config::Notifier& old : config_.notify) {
        const auto stays = std::any_of(config.notify.begin(), config.notify.end(),
                                       [&](const config::Notifier& notifier) { return notifier.name == old.name; });
        if (!stays) outbox_->remove_receiver(old.name);
    }
    const config::Config before = std::exchange(config_, config);
    for (const config::Notifier& notifier : config_.notify) {
        const bool same = std::find(before.notify.begin(), before.notify.end(), notifier) != before.notify.end();
        if (same) continue;
        DeliveryLane::Settings settings;
        settings.notifier = notifier.name;
        settings.give_up = notifier.give_up;
        auto transport = make_transport(notifier);
        transport->resume(standing(notifier.name));
        outbox_->set_receiver(settings, std::move(transport));
    }
    routing_.configure(config_.notify);
    incident_routing_.configure(config_);
    engine_->configure(config_);
    flush_soon();
    if (config_.heartbeat == before.heartbeat && config_.probe == before.probe) return;
    heartbeat_.reset();
    if (!config_.heartbeat || !options_.http) return;
    heartbeat_ = std::make_unique<Heartbeat>(
        loop_, options_.http, HeartbeatSettings{config_.heartbeat->url, config_.probe, config_.heartbeat->every},
        [this] { return counts(); });
}

std::unique_ptr<Transport> Desk::make_transport(const config::Notifier& notifier) {
    if (options_.make_transport) return options_.make_transport(notifier);
    TicketBook& book = *this;
    return incidents::make_transport({loop_, options_.http, book, config_.probe, config_.file, options_.still},
                                     notifier);
}

std::vector<core::AlarmTransition> Desk::open_alarms() const {
    std::vector<core::AlarmTransition> alarms;
    alarms.reserve(open_.size());
    for (const auto& [id, alarm] : open_) alarms.push_back(alarm);
    return alarms;
}

HeartbeatCounts Desk::counts() const {
    HeartbeatCounts counts;
    counts.streams = config_.streams.size();
    std::set<std::string> in_alarm;
    for (const auto& [id, alarm] : open_) {
        ++counts.open_alarms[alarm.severity];
        const std::string& stream = alarm.stream;
        const bool known = std::any_of(config_.streams.begin(), config_.streams.end(),
                                       [&stream](const core::StreamSpec& spec) { return spec.id == stream; });
        if (known) in_alarm.insert(stream);
    }
    counts.streams_in_alarm = in_alarm.size();
    counts.owed = outbox_->pending();
    counts.oldest_owed = outbox_->oldest_undelivered();
    return counts;
}

DeskMetrics Desk::metrics() const {
    DeskMetrics metrics = metrics_;
    metrics.uncommitted = pending_.notices.size();
    metrics.incidents = engine_->current().size();
    metrics.owed = outbox_->pending();
    metrics.oldest_owed = outbox_->oldest_undelivered();
    metrics.notifiers = outbox_->metrics();
    if (heartbeat_) metrics.heartbeat = heartbeat_->metrics();
    return metrics;
}

}  // namespace sightline::incidents
