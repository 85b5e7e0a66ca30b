// SPDX-License-Identifier: Apache-2.0
#include "engine/evidence_keeper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "core/thread.hpp"
#include "core/url.hpp"
#include "engine/clip_words.hpp"

namespace sightline::engine {
namespace {

using namespace std::chrono_literals;
using core::ErrorCode;

constexpr const char* kRings = "/.rings";
constexpr std::string_view kRingSuffix = ".ring";
constexpr core::Duration kMinute = 60s;

/// How long after a moment its bytes may still come: what is fetched in pieces comes late.
core::Duration delay_of(const core::StreamSpec& spec) {
    const std::string scheme = spec.input.url.substr(0, spec.input.url.find(':'));
    if (scheme == "udp" || scheme == "rtp" || scheme == "srt") return 2s;
    return spec.input.url.find(".m3u8") != std::string::npos ? 12s : 3s;
}

std::string time_json(core::UtcTime utc, const std::optional<core::MediaTime>& media) {
    return fmt::format(R"({{"media_s":{},"utc":{}}})", media ? fmt::format("{:.3f}", core::to_seconds(*media)) : "null",
                       core::json_string(core::to_rfc3339(utc)));
}

std::string still_json(const std::optional<ClipStill>& still) {
    return still ? time_json(still->utc, still->media) : "null";
}

/// For the timeline.
std::string in_words(const ClipReport& report) {
    std::string out = "kept: ";
    if (report.bytes > 0) out += fmt::format("a clip of {:.1f} s, ", core::to_seconds(report.to - report.from));
    if (report.bytes > 0 && !report.holes.empty()) {
        core::Duration missing{};
        for (const RingHole& hole : report.holes) missing += hole.to - hole.from;
        out.insert(out.size() - 2,
                   fmt::format(" with {} of {:.1f} s in all", report.holes.size() == 1 ? "a hole" : "holes",
                               core::to_seconds(missing)));
    }
    if (report.good) out += "the last good picture, ";
    if (report.bad) out += "the first bad picture, ";
    out += "the measurements before it";
    return report.note.empty() ? out : out + " (" + report.note + ")";
}

std::string clip_json(const ClipReport& report) {
    if (report.bytes == 0) return "null";
    return fmt::format(R"({{"from":{},"to":{},"bytes":{},"remuxed":{},"whole":{}}})",
                       core::json_string(core::to_rfc3339(report.from)), core::json_string(core::to_rfc3339(report.to)),
                       report.bytes, report.remuxed, report.whole);
}

std::string holes_json(const ClipReport& report) {
    std::string out = "[";
    for (const RingHole& hole : report.holes) {
        out +=
            fmt::format(R"({}{{"from":{},"to":{}}})", out.size() > 1 ? "," : "",
                        core::json_string(core::to_rfc3339(hole.from)), core::json_string(core::to_rfc3339(hole.to)));
    }
    return out + "]";
}

std::string facts_json(const std::string& incident, const core::AlarmTransition& alarm, core::UtcTime since,
                       core::UtcTime made_at, const ClipReport& report) {
    return fmt::format(
               R"({{"incident":{},"stream":{},"alarm":{},"condition":{},"since":{},"made_at":{},"clip":{},"holes":{},"good":{},"bad":{},"note":{}}})",
               core::json_string(incident), core::json_string(alarm.stream), core::json_string(alarm.id),
               core::json_string(alarm.condition), time_json(since, alarm.since.media),
               core::json_string(core::to_rfc3339(made_at)), clip_json(report), holes_json(report),
               still_json(report.good), still_json(report.bad),
               report.note.empty() ? "null" : core::json_string(report.note)) +
           "\n";
}

/// The newest `most` by incident.
void remember(std::map<std::string, std::string>& what, std::deque<std::string>& order, std::size_t most,
              const std::string& incident, std::string value) {
    if (what.insert_or_assign(incident, std::move(value)).second) order.push_back(incident);
    while (order.size() > most) {
        what.erase(order.front());
        order.pop_front();
    }
}

}  // namespace

EvidenceKeeper::EvidenceKeeper(net::EventLoop& loop, Options options)
    : loop_(loop), options_(std::move(options)), disk_(loop.clock()) {
    disk_thread_ = core::start_thread("evidence", [this](const std::stop_token& stop) { disk_.run(stop); });
    prune_timer_ = loop_.every(kPruneEvery, [this] {
        if (!shelf_) return;
        disk_.post([shelf = shelf_, oldest = loop_.clock().utc() - keep_] { shelf->forget_before(oldest); });
    });
}

EvidenceKeeper::~EvidenceKeeper() = default;

void EvidenceKeeper::configure(const config::Config& config) {
    streams_.clear();
    for (const core::StreamSpec& spec : config.streams) streams_.emplace(spec.id, spec);
    keep_ = config.store_keep;
    const config::Evidence before = std::exchange(settings_, config.evidence);
    if (!before.folder.empty()) settings_.folder = before.folder;  // stays what it was, like the store
    settings_.enabled = settings_.enabled && !settings_.folder.empty();
    if (settings_.enabled && !shelf_) open_shelf();
    remove_old_rings();
    if (!settings_.enabled) {
        plans_.clear();
        waiting_.clear();
        rings_.clear();
        return;  // what was kept stays, and can be read
    }
    if (before.per_minute != settings_.per_minute) rate_ = incidents::EvidenceRate(settings_.per_minute);
    disk_.post(
        [shelf = shelf_, quota = settings_.quota_bytes] { shelf->set_quota(static_cast<std::uint64_t>(quota)); });
}

/// Where it cannot be opened, evidence is off.
void EvidenceKeeper::open_shelf() {
    auto opened = incidents::EvidenceShelf::open(settings_.folder, static_cast<std::uint64_t>(settings_.quota_bytes));
    const bool rings = opened && (::mkdir((settings_.folder + kRings).c_str(), 0700) == 0 || errno == EEXIST);
    if (rings) {
        shelf_ = std::move(*opened);
        return;
    }
    options_.on_trouble(opened ? fmt::format("evidence: {}", std::generic_category().message(errno))
                               : opened.error().message);
    settings_.enabled = false;
}

std::string EvidenceKeeper::ring_path(const std::string& stream) const {
    return settings_.folder + kRings + "/" + stream + std::string(kRingSuffix);
}

void EvidenceKeeper::remove_old_rings() {
    std::erase_if(rings_, [this](const auto& ring) { return !streams_.contains(ring.first); });
    DIR* dir = ::opendir((settings_.folder + kRings).c_str());
    if (dir == nullptr) return;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string_view name = entry->d_name;
        if (!name.ends_with(kRingSuffix)) continue;
        const std::string stream(name.substr(0, name.size() - kRingSuffix.size()));
        if (!settings_.enabled || !streams_.contains(stream)) ::unlink(ring_path(stream).c_str());
    }
    ::closedir(dir);
}

link::Ring EvidenceKeeper::ring(const std::string& stream) {
    link::Ring ring;
    if (!settings_.enabled || !shelf_ || !streams_.contains(stream)) return ring;
    ring.capacity = static_cast<std::uint64_t>(settings_.ring_bytes);
    // Opened once: a worker that comes again need not wait for the disk.
    ring.descriptor = rings_[stream];
    if (ring.descriptor) return ring;
    ring.descriptor = rings_[stream] =
        link::Descriptor::adopt(::open(ring_path(stream).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!ring.descriptor) {
        options_.on_trouble(
            fmt::format("evidence: no ring for {}: {}", stream, std::generic_category().message(errno)));
    }
    return ring;
}

void EvidenceKeeper::note(const core::AlarmTransition& alarm) {
    if (!settings_.enabled || alarm.state != core::AlarmState::Raised) return;
    if (alarms_.insert_or_assign(alarm.id, alarm).second) alarm_order_.push_back(alarm.id);
    while (alarm_order_.size() > kMostAlarms) {
        alarms_.erase(alarm_order_.front());
        alarm_order_.pop_front();
    }
}

/// The worst of the causes, of a stream that is watched here.
const core::AlarmTransition* EvidenceKeeper::alarm_of(const core::Incident& incident) const {
    for (const core::IncidentAlarm& part : incident.alarms) {
        const auto alarm = alarms_.find(part.id);
        if (alarm != alarms_.end() && streams_.contains(part.stream)) return &alarm->second;
    }
    return nullptr;
}

void EvidenceKeeper::take(const std::shared_ptr<const core::Incident>& incident) {
    if (!settings_.enabled || !shelf_) return;
    const auto planned = plans_.find(incident->id);
    if (!incident->merged_into.empty()) {
        if (planned != plans_.end()) plans_.erase(planned);
        disk_.post([shelf = shelf_, from = incident->id, into = incident->merged_into] { shelf->merge(from, into); });
        return;
    }
    if (planned != plans_.end()) {
        planned->second.incident = incident;  // the cause may have become another
        return;
    }
    const core::UtcTime now = loop_.clock().utc();
    const bool known = shelf_->has(incident->id) || reasons_.contains(incident->id) ||
                       (making_ && making_->incident() == incident->id) ||
                       std::any_of(waiting_.begin(), waiting_.end(),
                                   [&](const Plan& plan) { return plan.incident->id == incident->id; });
    if (known || incident->state != core::IncidentState::Open || now - incident->opened_at > kTooOld) return;
    const core::AlarmTransition* alarm = alarm_of(*incident);
    if (alarm == nullptr) return;  // not of a stream, or not yet
    if (!rate_.take(loop_.clock().now(), incident->severity == core::Severity::Critical)) {
        ++skipped_;
        give_up(incident->id,
                fmt::format("not collected: more than {} incidents within a minute", settings_.per_minute));
        return;
    }
    Plan plan;
    plan.incident = incident;
    plan.raised = now;
    const core::Duration wait = settings_.after + delay_of(streams_.at(alarm->stream));
    plan.timer = loop_.after(wait, [this, id = incident->id] { due(id); });
    plans_.emplace(incident->id, std::move(plan));
}

void EvidenceKeeper::due(const std::string& incident) {
    auto plan = plans_.extract(incident);
    if (plan.empty()) return;
    waiting_.push_back(std::move(plan.mapped()));
    begin_next();
}

void EvidenceKeeper::begin_next() {
    while (!making_ && !waiting_.empty()) {
        const Plan plan = std::move(waiting_.front());
        waiting_.pop_front();
        const core::AlarmTransition* alarm = alarm_of(*plan.incident);
        if (alarm == nullptr) {
            give_up(plan.incident->id, "its cause is no stream that is watched here");
            continue;
        }
        making_ = std::make_unique<EvidenceMaking>(
            loop_, disk_, shelf_, options_.command, order_of(plan, *alarm),
            [this, id = plan.incident->id](EvidenceMaking::Outcome outcome) { finish(id, std::move(outcome)); });
    }
}

std::string EvidenceKeeper::clip_order(const Plan& plan, const core::AlarmTransition& alarm) const {
    const core::StreamSpec& spec = streams_.at(alarm.stream);
    ClipJob job;
    job.memory_bytes = options_.memory_bytes;
    job.sandbox = options_.sandbox;
    ClipOrder& order = job.order;
    order.since_media = alarm.since.media;
    order.since = alarm.since.utc.value_or(plan.incident->since);
    if (!alarm.exact && alarm.uncertainty_s) order.uncertainty = core::from_seconds(*alarm.uncertainty_s);
    order.from = order.since - settings_.before;
    order.to = plan.raised + settings_.after + delay_of(spec);
    order.service = alarm.subject.service;
    order.max_tracks = spec.input.max_tracks;
    order.max_pixels = spec.input.max_pixels;
    order.most_bytes = static_cast<std::uint64_t>(std::min(settings_.quota_bytes, settings_.ring_bytes * 2));
    return to_json(job);
}

EvidenceMaking::Order EvidenceKeeper::order_of(const Plan& plan, const core::AlarmTransition& alarm) const {
    const core::UtcTime since = alarm.since.utc.value_or(plan.incident->since);
    EvidenceMaking::Order order;
    order.incident = plan.incident->id;
    order.ring = ring_path(alarm.stream);
    order.clip = clip_order(plan, alarm);
    order.measurements = fmt::format(R"({{"stream":{},"zero":{},"values":{}}})", core::json_string(alarm.stream),
                                     core::json_string(core::to_rfc3339(since)),
                                     options_.measurements(alarm.stream, since, since - kMinute, plan.raised)) +
                         "\n";
    order.facts = [alarm, since, incident = order.incident, made_at = loop_.clock().utc()](const ClipReport& report) {
        return facts_json(incident, alarm, since, made_at, report);
    };
    return order;
}

void EvidenceKeeper::finish(const std::string& incident, EvidenceMaking::Outcome outcome) {
    making_.reset();
    const auto trouble = [&](const char* what, const std::string& why) {
        ++failed_;
        options_.on_trouble(fmt::format("no {} of {}: {}", what, incident, why));
    };
    if (!outcome.trouble.empty()) trouble("clip", outcome.trouble);
    if (outcome.kept) {
        if (outcome.report.bad) remember(stills_, still_order_, kMostStills, incident, outcome.report.bad->jpeg);
        options_.on_kept(incident, in_words(outcome.report));
    } else {
        give_up(incident, outcome.kept.error().message);
        if (outcome.kept.error().code != ErrorCode::Refused) trouble("evidence", outcome.kept.error().message);
    }
    begin_next();
}

void EvidenceKeeper::give_up(const std::string& incident, const std::string& why) {
    remember(reasons_, reason_order_, kMostReasons, incident, why);
}

EvidenceView EvidenceKeeper::view(const std::string& incident) const {
    EvidenceView out;
    const bool coming =
        plans_.contains(incident) || (making_ && making_->incident() == incident) ||
        std::any_of(waiting_.begin(), waiting_.end(), [&](const Plan& plan) { return plan.incident->id == incident; });
    if (coming) {
        out.state = EvidenceView::State::InTheMaking;
        return out;
    }
    if (shelf_) out.files = shelf_->files(incident);
    if (!out.files.empty()) {
        out.state = EvidenceView::State::Kept;
        return out;
    }
    const auto reason = reasons_.find(incident);
    out.why = reason != reasons_.end() ? reason->second
              : settings_.enabled      ? "none was collected, or it made room for newer"
                                       : "evidence is off";
    return out;
}

std::string EvidenceKeeper::bad_still(const std::string& incident) const {
    const auto still = stills_.find(incident);
    return still == stills_.end() ? std::string{} : still->second;
}

std::map<std::string, double> EvidenceKeeper::counters() const {
    if (!shelf_) return {};
    return {{"evidence_kept", static_cast<double>(shelf_->count())},
            {"evidence_bytes", static_cast<double>(shelf_->bytes())},
            {"evidence_skipped_total", static_cast<double>(skipped_)},
            {"evidence_failed_total", static_cast<double>(failed_)}};
}

}  // namespace sightline::engine
