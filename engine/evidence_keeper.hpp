// SPDX-License-Identifier: Apache-2.0
// Evidence of incidents: who keeps which bytes, when a clip is cut out of them, and what becomes of it.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/config.hpp"
#include "core/alarm.hpp"
#include "core/incident.hpp"
#include "core/stream_spec.hpp"
#include "engine/evidence_making.hpp"
#include "engine/evidence_view.hpp"
#include "incidents/evidence_shelf.hpp"
#include "link/messages.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// One stream's worth of evidence an incident: of the worst alarm that is a cause. It is cut when the bytes have come
/// (12 s at most after the raise and `after`), in a process of its own, one at a time.
///
/// Threading: the loop's thread, which never waits for the disk once configure() has opened the folder; files are made
///            on a thread of the keeper's own ("evidence").
class EvidenceKeeper {
public:
    /// Older incidents, found at a restart, have no bytes left.
    static constexpr core::Duration kTooOld = std::chrono::seconds{90};
    static constexpr core::Duration kPruneEvery = std::chrono::minutes{1};
    static constexpr std::size_t kMostAlarms = 5'000;
    static constexpr std::size_t kMostReasons = 1'000;
    static constexpr std::size_t kMostStills = 50;

    struct Options {
        std::vector<std::string> command;  ///< of the process that makes clips
        bool sandbox = true;
        std::int64_t memory_bytes = 0;
        /// What of a stream's measurements was so in [from, to], as MeasurementHistory::to_json.
        std::function<std::string(const std::string& stream, core::UtcTime zero, core::UtcTime from, core::UtcTime to)>
            measurements;
        /// Evidence of an incident is there; what it is, in words.
        std::function<void(const std::string& incident, const std::string& what)> on_kept;
        /// Something the operator should know of, in words.
        std::function<void(const std::string& trouble)> on_trouble;
    };
    EvidenceKeeper(net::EventLoop& loop, Options options);
    ~EvidenceKeeper();

    /// From now on. Rings that are not wanted are removed, with their bytes.
    void configure(const config::Config& config);
    /// Where a worker keeps the bytes of a stream; without a descriptor: nowhere.
    [[nodiscard]] link::Ring ring(const std::string& stream);

    /// To be called for each transition that is shown, before take() of its incident.
    void note(const core::AlarmTransition& alarm);
    void take(const std::shared_ptr<const core::Incident>& incident);

    /// Whether the bytes of streams are kept.
    [[nodiscard]] bool records() const { return settings_.enabled && shelf_ != nullptr; }
    [[nodiscard]] EvidenceView view(const std::string& incident) const;
    /// The still of the bad picture, as JPEG, of the last kMostStills made; empty where there is none.
    [[nodiscard]] std::string bad_still(const std::string& incident) const;
    /// Where it is kept, to be read on any other thread; null where there is none.
    [[nodiscard]] std::shared_ptr<const incidents::EvidenceShelf> shelf() const { return shelf_; }
    /// "evidence_kept", "evidence_bytes", "evidence_skipped_total", "evidence_failed_total".
    [[nodiscard]] std::map<std::string, double> counters() const;

private:
    struct Plan {
        std::shared_ptr<const core::Incident> incident;
        core::UtcTime raised{};
        net::EventLoop::Handle timer;
    };
    [[nodiscard]] const core::AlarmTransition* alarm_of(const core::Incident& incident) const;
    [[nodiscard]] std::string ring_path(const std::string& stream) const;
    void open_shelf();
    void remove_old_rings();
    void due(const std::string& incident);
    void begin_next();
    [[nodiscard]] EvidenceMaking::Order order_of(const Plan& plan, const core::AlarmTransition& alarm) const;
    [[nodiscard]] std::string clip_order(const Plan& plan, const core::AlarmTransition& alarm) const;
    void finish(const std::string& incident, EvidenceMaking::Outcome outcome);
    void give_up(const std::string& incident, const std::string& why);

    net::EventLoop& loop_;
    Options options_;
    config::Evidence settings_;
    core::Duration keep_{};  // of the store: evidence is kept no longer
    net::EventLoop::Handle prune_timer_;
    std::map<std::string, core::StreamSpec> streams_;
    std::shared_ptr<incidents::EvidenceShelf> shelf_;  // changed on disk_ only
    std::map<std::string, link::Descriptor> rings_;
    incidents::EvidenceRate rate_{settings_.per_minute};
    std::map<std::string, core::AlarmTransition> alarms_;  // by id, as raised
    std::deque<std::string> alarm_order_;
    std::map<std::string, Plan> plans_;
    std::deque<Plan> waiting_;  // for the process before them
    std::unique_ptr<EvidenceMaking> making_;
    std::map<std::string, std::string> stills_;  // incident -> JPEG
    std::deque<std::string> still_order_;
    std::map<std::string, std::string> reasons_;  // incident -> why there is nothing
    std::deque<std::string> reason_order_;
    std::uint64_t skipped_ = 0, failed_ = 0;
    net::EventLoop disk_;
    std::jthread disk_thread_;  // last: joined before what it uses goes
};

}  // namespace sightline::engine
