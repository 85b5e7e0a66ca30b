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
#include <vector>

#include "config/config.hpp"
#include "core/alarm.hpp"
#include "core/incident.hpp"
#include "core/stream_spec.hpp"
#include "engine/clip_process.hpp"
#include "incidents/evidence_shelf.hpp"
#include "link/messages.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// What there is of an incident.
struct EvidenceView {
    enum class State : std::uint8_t { Kept, InTheMaking, None };
    State state = State::None;
    std::string why;  ///< of None, in words
    std::vector<incidents::EvidenceFile> files;
    std::string facts;  ///< evidence.json; empty where it is not there
};

/// One stream's worth of evidence an incident: of the worst alarm that is a cause. It is cut when the bytes have come
/// (kLongestDelay at most after the raise and `after`), in a process of its own, one at a time.
///
/// Threading: the loop's thread.
class EvidenceKeeper {
public:
    /// Older incidents, found at a restart, have no bytes left.
    static constexpr core::Duration kTooOld = std::chrono::seconds{90};
    static constexpr core::Duration kPruneEvery = std::chrono::minutes{1};
    static constexpr std::size_t kMostAlarms = 5'000;
    static constexpr std::size_t kMostReasons = 1'000;

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
    /// The still of the bad picture, as JPEG; empty where there is none.
    [[nodiscard]] std::string bad_still(const std::string& incident) const;
    /// As EvidenceShelf::open_file.
    [[nodiscard]] core::Result<int> open_file(const std::string& incident, const std::string& name) const;
    /// "evidence_kept", "evidence_bytes", "evidence_skipped_total", "evidence_failed_total".
    [[nodiscard]] std::map<std::string, double> counters() const;

private:
    struct Plan {
        std::shared_ptr<const core::Incident> incident;
        core::UtcTime raised{};
        net::EventLoop::Handle timer;
    };
    struct Making {
        std::string incident, folder;
        core::AlarmTransition alarm;
        core::UtcTime since{};
        ClipProcess::Files files;
        std::unique_ptr<ClipProcess> process;
    };
    [[nodiscard]] const core::AlarmTransition* alarm_of(const core::Incident& incident) const;
    [[nodiscard]] std::string ring_path(const std::string& stream) const;
    void open_shelf();
    void remove_old_rings() const;
    void due(const std::string& incident);
    void begin_next();
    core::Result<void> begin(const Plan& plan, const core::AlarmTransition& alarm);
    [[nodiscard]] core::Result<std::string> order_of(const Plan& plan, const core::AlarmTransition& alarm) const;
    void finish(core::Result<ClipReport> report);
    void settle_files(const Making& making, ClipReport& report) const;
    [[nodiscard]] core::Result<void> keep(const Making& making, const ClipReport& report);
    void give_up(const std::string& incident, const std::string& why);

    net::EventLoop& loop_;
    Options options_;
    config::Evidence settings_;
    core::Duration keep_{};  // of the store: evidence is kept no longer
    net::EventLoop::Handle prune_timer_;
    std::map<std::string, core::StreamSpec> streams_;
    std::unique_ptr<incidents::EvidenceShelf> shelf_;
    incidents::EvidenceRate rate_{settings_.per_minute};
    std::map<std::string, core::AlarmTransition> alarms_;  // by id, as raised
    std::deque<std::string> alarm_order_;
    std::map<std::string, Plan> plans_;
    std::deque<Plan> waiting_;  // for the process before them
    std::unique_ptr<Making> making_;
    std::map<std::string, std::string> reasons_;  // incident -> why there is nothing
    std::deque<std::string> reason_order_;
    std::uint64_t skipped_ = 0, failed_ = 0;
};

}  // namespace sightline::engine
