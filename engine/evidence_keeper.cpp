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

link::Descriptor new_file(const std::string& path) {
    return link::Descriptor::adopt(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
}

bool write_text(const std::string& path, const std::string& text) {
    const link::Descriptor file = new_file(path);
    if (!file) return false;
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t put = ::write(file.get(), rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

std::uint64_t size_of(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
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

}  // namespace

EvidenceKeeper::EvidenceKeeper(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {
    prune_timer_ = loop_.every(kPruneEvery, [this] {
        if (shelf_) shelf_->forget_before(loop_.clock().utc() - keep_);
    });
}

EvidenceKeeper::~EvidenceKeeper() {
    if (making_) {
        making_->process.reset();
        shelf_->abandon(making_->incident);
    }
}

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
        return;  // what was kept stays, and can be read
    }
    if (before.per_minute != settings_.per_minute) rate_ = incidents::EvidenceRate(settings_.per_minute);
    shelf_->set_quota(static_cast<std::uint64_t>(settings_.quota_bytes));
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

void EvidenceKeeper::remove_old_rings() const {
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
    ring.descriptor =
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
        shelf_->merge(incident->id, incident->merged_into);
        return;
    }
    if (planned != plans_.end()) {
        planned->second.incident = incident;  // the cause may have become another
        return;
    }
    const core::UtcTime now = loop_.clock().utc();
    const bool known = shelf_->has(incident->id) || reasons_.contains(incident->id) ||
                       (making_ && making_->incident == incident->id) ||
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
        if (const auto begun = begin(plan, *alarm); !begun) {
            ++failed_;
            making_.reset();
            if (begun.error().code != ErrorCode::Refused) shelf_->abandon(plan.incident->id);
            give_up(plan.incident->id, begun.error().message);
            options_.on_trouble(fmt::format("no evidence of {}: {}", plan.incident->id, begun.error().message));
        }
    }
}

core::Result<std::string> EvidenceKeeper::order_of(const Plan& plan, const core::AlarmTransition& alarm) const {
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

core::Result<void> EvidenceKeeper::begin(const Plan& plan, const core::AlarmTransition& alarm) {
    const auto folder = shelf_->begin(plan.incident->id);
    if (!folder) return tl::unexpected(folder.error());
    making_ = std::make_unique<Making>();
    making_->incident = plan.incident->id;
    making_->folder = *folder;
    making_->alarm = alarm;
    making_->since = alarm.since.utc.value_or(plan.incident->since);
    const core::UtcTime zero = making_->since;
    const std::string measured = options_.measurements(alarm.stream, zero, zero - kMinute, plan.raised);
    const std::string text = fmt::format(R"({{"stream":{},"zero":{},"values":{}}})", core::json_string(alarm.stream),
                                         core::json_string(core::to_rfc3339(zero)), measured) +
                             "\n";
    making_->files.ring =
        link::Descriptor::adopt(::open(ring_path(alarm.stream).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    making_->files.clip = new_file(*folder + "/" + incidents::kEvidenceClip);
    making_->files.good = new_file(*folder + "/" + incidents::kEvidenceGoodStill);
    making_->files.bad = new_file(*folder + "/" + incidents::kEvidenceBadStill);
    const ClipProcess::Files& files = making_->files;
    if (!write_text(*folder + "/" + incidents::kEvidenceMeasurements, text) || !files.ring || !files.clip ||
        !files.good || !files.bad)
        return core::fail(ErrorCode::Io, std::generic_category().message(errno));
    auto order = order_of(plan, alarm);
    if (!order) return tl::unexpected(order.error());
    auto process = ClipProcess::start(loop_, options_.command, *order, files, [this](core::Result<ClipReport> report) {
        // The process object is in its own callback.
        loop_.post([this, report = std::move(report)]() mutable {
            if (making_) finish(std::move(report));
        });
    });
    if (!process) return tl::unexpected(process.error());
    making_->process = std::move(*process);
    return {};
}

void EvidenceKeeper::finish(core::Result<ClipReport> made) {
    const std::unique_ptr<Making> making = std::move(making_);
    ClipReport report;
    if (made) {
        report = std::move(*made);
    } else {
        report.note = made.error().message;
        ++failed_;
        options_.on_trouble(fmt::format("no clip of {}: {}", making->incident, report.note));
    }
    settle_files(*making, report);
    if (const auto kept = keep(*making, report); kept) {
        options_.on_kept(making->incident, in_words(report));
    } else {
        ++failed_;
        shelf_->abandon(making->incident);
        give_up(making->incident, kept.error().message);
        options_.on_trouble(fmt::format("no evidence of {}: {}", making->incident, kept.error().message));
    }
    begin_next();
}

/// What its making left is looked at, not believed.
void EvidenceKeeper::settle_files(const Making& making, ClipReport& report) const {
    const auto settle = [&](const char* name, bool wanted) {
        const std::string path = making.folder + "/" + name;
        const std::uint64_t bytes = size_of(path);
        if (!wanted || bytes == 0) ::unlink(path.c_str());
        return wanted ? bytes : 0;
    };
    report.bytes = settle(incidents::kEvidenceClip, report.bytes > 0);
    if (settle(incidents::kEvidenceGoodStill, report.good.has_value()) == 0) report.good.reset();
    if (settle(incidents::kEvidenceBadStill, report.bad.has_value()) == 0) report.bad.reset();
}

core::Result<void> EvidenceKeeper::keep(const Making& making, const ClipReport& report) {
    const core::AlarmTransition& alarm = making.alarm;
    const std::string facts =
        fmt::format(
            R"({{"incident":{},"stream":{},"alarm":{},"condition":{},"since":{},"made_at":{},"clip":{},"good":{},"bad":{},"note":{}}})",
            core::json_string(making.incident), core::json_string(alarm.stream), core::json_string(alarm.id),
            core::json_string(alarm.condition), time_json(making.since, alarm.since.media),
            core::json_string(core::to_rfc3339(loop_.clock().utc())), clip_json(report), still_json(report.good),
            still_json(report.bad), report.note.empty() ? "null" : core::json_string(report.note)) +
        "\n";
    if (!write_text(making.folder + "/" + incidents::kEvidenceFacts, facts))
        return core::fail(ErrorCode::Io, std::generic_category().message(errno));
    return shelf_->keep(making.incident);
}

void EvidenceKeeper::give_up(const std::string& incident, const std::string& why) {
    if (reasons_.insert_or_assign(incident, why).second) reason_order_.push_back(incident);
    while (reason_order_.size() > kMostReasons) {
        reasons_.erase(reason_order_.front());
        reason_order_.pop_front();
    }
}

EvidenceView EvidenceKeeper::view(const std::string& incident) const {
    EvidenceView out;
    if (shelf_) out.files = shelf_->files(incident);
    if (!out.files.empty()) {
        out.state = EvidenceView::State::Kept;
        out.facts = shelf_->read(incident, incidents::kEvidenceFacts);
        return out;
    }
    const bool coming =
        plans_.contains(incident) || (making_ && making_->incident == incident) ||
        std::any_of(waiting_.begin(), waiting_.end(), [&](const Plan& plan) { return plan.incident->id == incident; });
    if (coming) {
        out.state = EvidenceView::State::InTheMaking;
        return out;
    }
    const auto reason = reasons_.find(incident);
    out.why = reason != reasons_.end() ? reason->second
              : settings_.enabled      ? "none was collected, or it made room for newer"
                                       : "evidence is off";
    return out;
}

std::string EvidenceKeeper::bad_still(const std::string& incident) const {
    return shelf_ ? shelf_->read(incident, incidents::kEvidenceBadStill) : std::string{};
}

core::Result<int> EvidenceKeeper::open_file(const std::string& incident, const std::string& name) const {
    if (!shelf_) return core::fail(ErrorCode::NotFound, "no such evidence");
    return shelf_->open_file(incident, name);
}

std::map<std::string, double> EvidenceKeeper::counters() const {
    if (!shelf_) return {};
    return {{"evidence_kept", static_cast<double>(shelf_->count())},
            {"evidence_bytes", static_cast<double>(shelf_->bytes())},
            {"evidence_skipped_total", static_cast<double>(skipped_)},
            {"evidence_failed_total", static_cast<double>(failed_)}};
}

}  // namespace sightline::engine
