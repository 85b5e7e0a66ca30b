// SPDX-License-Identifier: Apache-2.0
// The incident desk of one probe: takes alarm transitions, makes them durable, shows them, and sees them delivered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "incidents/heartbeat.hpp"
#include "incidents/http_send.hpp"
#include "incidents/incident_engine.hpp"
#include "incidents/incident_routing.hpp"
#include "incidents/outbox.hpp"
#include "incidents/routing.hpp"
#include "incidents/store.hpp"
#include "incidents/ticket_book.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

struct DeskOptions {
    HttpSend http;           ///< for webhooks and the heartbeat: net::HttpClient::send
    std::string links_base;  ///< "http://127.0.0.1:8080", for links in payloads; empty: none
    StoreOptions store;      ///< `probe` is taken from the configuration
    MailStill still;         ///< may be empty
    std::uint64_t seed = 0;  ///< spreads retries; any number
    /// Makes the transport of a notifier; empty: by its type. For tests.
    std::function<std::unique_ptr<Transport>(const config::Notifier&)> make_transport;
};

struct DeskMetrics {
    std::uint64_t transitions = 0;       ///< shown since start
    std::uint64_t incident_notices = 0;  ///< that ask for attention, since start
    std::size_t incidents = 0;           ///< not closed now
    std::uint64_t commits = 0, failed_commits = 0;
    core::Duration longest_commit{};         ///< since start; the loop stood still for it
    std::size_t uncommitted = 0;             ///< transitions that only memory holds now
    std::uint64_t lost_history = 0;          ///< shown and delivered, never stored: kMaxUncommitted was reached
    std::optional<core::Error> store_error;  ///< why nothing can be stored at the moment
    std::size_t owed = 0;                    ///< deliveries
    std::optional<core::Duration> oldest_owed;
    std::vector<LaneMetrics> notifiers;
    std::optional<Heartbeat::Metrics> heartbeat;
};

/// Order of things: what record() takes is committed at the end of the same loop turn, all of the turn in one
/// transaction (alarm, history and outbox rows), and only then shown and sent. Where the store fails, everything stays
/// in memory and the commit is tried again, at first after 1 s, then up to every 30 s. A probe that is silent because
/// its disk is full would be worse than one that forgets: after kShowAnyway of failing, transitions are shown and sent
/// from memory (and stored when the store works again); `probe.disk`, which the engine raises from on_store_trouble(),
/// gets out the same way.
///
/// Cost:      one fsync a loop turn in which alarms changed; deliveries that ended are written at most every 250 ms,
///            without fsync. The loop stands still meanwhile: DeskMetrics::longest_commit.
/// Threading: the loop's thread. Callbacks may call record(), audit() and set_air().
class Desk final : private Journal, private TicketBook {
public:
    static constexpr core::Duration kShowAnyway = std::chrono::seconds{3};
    static constexpr core::Duration kFinishedDelay = std::chrono::milliseconds{250};
    /// After a step of the correlation the loop is left to others for so many times as long as it took, but for no
    /// longer than this: a flood never takes the loop for itself.
    static constexpr int kRest = 3;
    static constexpr core::Duration kLongestRest = std::chrono::milliseconds{250};
    static constexpr core::Duration kFirstRetry = std::chrono::seconds{1};
    static constexpr core::Duration kLongestRetry = std::chrono::seconds{30};
    static constexpr core::Duration kPruneEvery = std::chrono::minutes{1};
    /// Of what is shown but not stored, the oldest is forgotten beyond this many.
    static constexpr std::size_t kMaxUncommitted = 20'000;

    /// Opens `config.store_sqlite` and goes on delivering what it still owes. Errors as Store::open; InvalidConfig
    /// where no store is named.
    [[nodiscard]] static core::Result<std::unique_ptr<Desk>> open(net::EventLoop& loop, const config::Config& config,
                                                                  DeskOptions options);
    /// Commits what is left (best effort) and abandons what is in flight: it is delivered after the next start.
    ~Desk() override;

    /// Called for each transition once it may be seen, in order: standard output, API, server-sent events.
    void on_shown(std::function<void(const core::AlarmTransition&)> shown) { on_shown_ = std::move(shown); }
    /// Called for each incident that changed, once it may be seen: the record as it is then.
    void on_incident(std::function<void(std::shared_ptr<const core::Incident>)> shown) {
        on_incident_ = std::move(shown);
    }
    /// Called when the store begins to fail, and with nothing when it works again.
    void on_store_trouble(std::function<void(const std::optional<core::Error>&)> trouble) {
        on_trouble_ = std::move(trouble);
    }

    /// For AlarmEngine: unique by probe for ever.
    [[nodiscard]] std::string next_alarm_id() { return store_->next_alarm_id(); }
    void record(core::AlarmTransition alarm);
    void audit(std::string actor, std::string action, std::string subject, const std::string& detail);
    /// When this store's probe was last known to run before this start: to the minute where it was killed.
    [[nodiscard]] std::optional<core::UtcTime> last_alive() const { return last_alive_; }
    /// Remembers for reports that a stream is on air and watched, or not, from now on, and whether it is in
    /// maintenance; told the same again, does nothing. To be told every second or more often.
    void note_watch(const std::string& stream, core::AirState air, bool watched);
    /// Remembers what on air, standby or off air was set by hand; empty: back to the calendar.
    void set_air(const std::string& stream, std::optional<core::AirState> state, const std::string& actor);

    /// Alarms open now (after open(): as restored), each as the last transition recorded; for AlarmEngine::restore and
    /// the API.
    [[nodiscard]] std::vector<core::AlarmTransition> open_alarms() const;
    [[nodiscard]] const std::map<std::string, core::AirState>& forced_air() const { return forced_air_; }
    [[nodiscard]] core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit,
                                                                           const std::string& alarm_id = {}) {
        return store_->history(limit, alarm_id);
    }
    [[nodiscard]] core::Result<std::vector<AuditEntry>> audit_log(std::int64_t limit) { return store_->audit(limit); }

    /// Incidents that are not closed, oldest first.
    [[nodiscard]] std::vector<std::shared_ptr<const core::Incident>> current_incidents() const {
        return engine_->current();
    }
    [[nodiscard]] bool flood() const { return engine_->flood(); }
    [[nodiscard]] core::Result<std::vector<core::Incident>> incidents(const IncidentQuery& query) {
        return store_->incidents(query);
    }
    /// Whole, of those not closed and of those in the store. NotFound where there is none.
    [[nodiscard]] core::Result<core::Incident> incident(const std::string& id);
    /// What a person does to an incident; audited as "incident.<kind>". Errors as IncidentEngine::command; of an
    /// incident that is closed: Refused. @return the incident as it is then.
    [[nodiscard]] core::Result<core::Incident> command(const IncidentCommand& command);
    /// The incident that a receiver means by the dedup key it was given: its id, or the key of an alarm that is open in
    /// it. Where there is none: the key itself.
    [[nodiscard]] std::string incident_meant_by(const std::string& key) const;
    /// As IncidentEngine::remark.
    void remark(const std::string& incident, std::string kind, std::string text);
    [[nodiscard]] const std::vector<MaintenanceWindow>& maintenance() const { return engine_->maintenance(); }
    /// `via`: as in IncidentCommand.
    [[nodiscard]] core::Result<MaintenanceWindow> add_maintenance(MaintenanceWindow window,
                                                                  const std::string& via = {});
    [[nodiscard]] core::Result<void> remove_maintenance(const std::string& id, const std::string& actor);

    /// At a reload: notifiers, heartbeat, facts. The store's path stays what it was. Queues of notifiers that stay are
    /// kept; unchanged ones are not even interrupted.
    void configure(const config::Config& config);

    /// Commits now what record() has taken, for an orderly end.
    void flush();
    [[nodiscard]] DeskMetrics metrics() const;
    /// Where a damaged store was set aside at open(); empty: it was sound.
    [[nodiscard]] const std::string& set_aside() const { return store_->set_aside(); }

private:
    Desk(net::EventLoop& loop, std::unique_ptr<Store> store, DeskOptions options);
    core::Result<void> restore();
    core::Result<Notice> load(const std::string& event_id) override { return store_->notice(event_id); }
    void finished(FinishedDelivery delivery) override;
    [[nodiscard]] Kept kept(const std::string& notifier, const std::string& alarm) override;
    void keep(const std::string& notifier, const std::string& alarm, const std::string& name,
              const std::string& value) override;
    void forget(const std::string& notifier, const std::string& alarm) override;

    void flush_soon();
    void advance_incidents();
    void plan_incidents();
    void show_incidents(const std::vector<IncidentChange>& changes, std::size_t first);
    void committed();
    void commit_failed(const core::Error& error);
    void show(const RoutedNotice& routed, Outbox::Kept kept);
    void show_uncommitted();
    void forget_oldest();
    void join_changes();
    void prune();
    void note_alive();
    core::Result<void> restore_watch();
    [[nodiscard]] bool in_maintenance(const std::string& stream);
    [[nodiscard]] std::unique_ptr<Transport> make_transport(const config::Notifier& notifier);
    [[nodiscard]] std::vector<std::string> standing(const std::string& notifier) const;
    core::Result<void> restore_incidents();
    [[nodiscard]] HeartbeatCounts counts() const;

    net::EventLoop& loop_;
    std::unique_ptr<Store> store_;
    DeskOptions options_;
    config::Config config_;
    Routing routing_;
    IncidentRouting incident_routing_;
    std::unique_ptr<IncidentEngine> engine_;
    std::map<std::string, core::AlarmTransition> open_;
    std::map<std::string, core::AirState> forced_air_;
    std::map<std::string, WatchChange> watched_;  // as last noted
    MaintenanceCalendar calendar_;                // of the engine's windows
    std::optional<core::UtcTime> last_alive_;

    Batch pending_;                    // not committed yet
    std::size_t shown_ = 0;            // of pending_.notices, those that have been shown from memory
    std::size_t shown_incidents_ = 0;  // of pending_.incidents
    std::optional<core::ArrivalTime> trouble_since_;
    core::Duration retry_delay_ = kFirstRetry;
    DeskMetrics metrics_;
    std::function<void(const core::AlarmTransition&)> on_shown_;
    std::function<void(std::shared_ptr<const core::Incident>)> on_incident_;
    std::function<void(const std::optional<core::Error>&)> on_trouble_;

    net::EventLoop::Handle flush_timer_, finished_timer_, retry_timer_, prune_timer_, incident_timer_;
    std::unique_ptr<Outbox> outbox_;  // after what its journal calls use
    std::unique_ptr<Heartbeat> heartbeat_;
    core::ArrivalTime rested_{};  // before this, no flush but for who waits for it
};

}  // namespace sightline::incidents
