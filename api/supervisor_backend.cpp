// SPDX-License-Identifier: Apache-2.0
#include "api/supervisor_backend.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "engine/evidence_keeper.hpp"
#include "incidents/report_evidence.hpp"
#include "incidents/report_source.hpp"
#include "incidents/routing.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::api {
namespace {

constexpr std::chrono::seconds kPatience{2};

}  // namespace

template <class T>
core::Result<T> SupervisorBackend::ask(std::function<core::Result<T>()> call) {
    const auto answer = std::make_shared<std::optional<core::Result<T>>>();
    supervisor_.loop().post([gate = gate_, answer, call = std::move(call)] {
        {
            const std::lock_guard lock(gate->mutex);
            if (gate->closed) return;
        }
        auto result = call();
        {
            const std::lock_guard lock(gate->mutex);
            answer->emplace(std::move(result));
        }
        gate->changed.notify_all();
    });
    std::unique_lock lock(gate_->mutex);
    gate_->changed.wait_for(lock, kPatience, [&] { return gate_->closed || answer->has_value(); });
    if (answer->has_value()) return std::move(**answer);
    return core::fail(core::ErrorCode::Timeout,
                      gate_->closed ? "the probe is stopping" : "the probe is busy; it may still do what was asked");
}

core::Result<void> SupervisorBackend::set_air(const std::string& stream, std::optional<core::AirState> state,
                                              const std::string& actor) {
    return ask<void>([this, stream, state, actor] { return supervisor_.set_air(stream, state, actor); });
}

core::Result<void> SupervisorBackend::focus(const std::string& stream, bool wanted) {
    return ask<void>([this, stream, wanted] { return supervisor_.focus(stream, wanted); });
}

core::Result<std::vector<config::Path>> SupervisorBackend::paths() {
    using Paths = std::vector<config::Path>;
    return ask<Paths>([this]() -> core::Result<Paths> { return supervisor_.config().paths; });
}

core::Result<std::vector<engine::MeasurementLimit>> SupervisorBackend::limits(const std::string& stream) {
    using Limits = std::vector<engine::MeasurementLimit>;
    return ask<Limits>([this, stream]() -> core::Result<Limits> {
        for (const core::StreamSpec& spec : supervisor_.config().streams)
            if (spec.id == stream) return engine::limits_of(spec);
        return core::fail(core::ErrorCode::NotFound, "no stream is called \"" + stream + "\"");
    });
}

core::Result<std::vector<core::AlarmTransition>> SupervisorBackend::history(std::int64_t limit) {
    return ask<std::vector<core::AlarmTransition>>([this, limit] { return supervisor_.history(limit); });
}

void SupervisorBackend::note(const std::string& actor, const std::string& action, const std::string& subject,
                             const std::string& detail) {
    supervisor_.loop().post([gate = gate_, this, actor, action, subject, detail] {
        {
            const std::lock_guard lock(gate->mutex);
            if (gate->closed) return;
        }
        supervisor_.desk().audit(actor, action, subject, detail);
    });
}

core::Result<std::vector<incidents::AuditEntry>> SupervisorBackend::audit(std::int64_t limit) {
    return ask<std::vector<incidents::AuditEntry>>([this, limit] { return supervisor_.desk().audit_log(limit); });
}

core::Result<std::vector<core::Incident>> SupervisorBackend::incidents(const incidents::IncidentQuery& query) {
    const auto reader = incidents::StoreReader::open(store_);
    if (!reader) return tl::unexpected(reader.error());
    return (*reader)->incidents(query);
}

core::Result<core::Incident> SupervisorBackend::incident(const std::string& id) {
    // What is shown is stored, but for a store that fails: reading beside the loop waits for nobody.
    if (const auto now = supervisor_.state(); now && now->store_error.empty()) {
        if (const auto reader = incidents::StoreReader::open(store_)) {
            auto stored = (*reader)->incident(id);
            if (stored || stored.error().code != core::ErrorCode::NotFound) return stored;
        }
    }
    return ask<core::Incident>([this, id] { return supervisor_.desk().incident(id); });
}

core::Result<engine::EvidenceView> SupervisorBackend::evidence(const std::string& incident) {
    auto view = ask<engine::EvidenceView>([this, incident]() -> core::Result<engine::EvidenceView> {
        if (auto known = supervisor_.desk().incident(incident); !known) return tl::unexpected(known.error());
        return supervisor_.evidence().view(incident);
    });
    if (!view || view->files.empty()) return view;
    const auto kept = shelf();
    if (kept && *kept) view->facts = (*kept)->read(incident, incidents::kEvidenceFacts);
    return view;
}

core::Result<SupervisorBackend::Shelf> SupervisorBackend::shelf() {
    return ask<Shelf>([this]() -> core::Result<Shelf> { return supervisor_.evidence().shelf(); });
}

/// Files are touched on the caller's thread: the loop waits for no disk.
core::Result<std::shared_ptr<const incidents::OwnedFd>> SupervisorBackend::evidence_file(const std::string& incident,
                                                                                         const std::string& name) {
    const auto kept = shelf();
    if (!kept) return tl::unexpected(kept.error());
    if (!*kept) return core::fail(core::ErrorCode::NotFound, "no such evidence");
    const auto file = (*kept)->open_file(incident, name);
    if (!file) return tl::unexpected(file.error());
    return std::make_shared<const incidents::OwnedFd>(*file);
}

core::Result<core::Incident> SupervisorBackend::act(const incidents::IncidentCommand& command) {
    return ask<core::Incident>([this, command] { return supervisor_.desk().command(command); });
}

core::Result<std::vector<incidents::MaintenanceWindow>> SupervisorBackend::maintenance() {
    using Windows = std::vector<incidents::MaintenanceWindow>;
    return ask<Windows>([this]() -> core::Result<Windows> { return supervisor_.desk().maintenance(); });
}

core::Result<incidents::MaintenanceWindow> SupervisorBackend::add_maintenance(
    const incidents::MaintenanceWindow& window, const std::string& caller) {
    return ask<incidents::MaintenanceWindow>(
        [this, window, caller] { return supervisor_.desk().add_maintenance(window, caller); });
}

core::Result<void> SupervisorBackend::remove_maintenance(const std::string& id, const std::string& actor) {
    return ask<void>([this, id, actor] { return supervisor_.desk().remove_maintenance(id, actor); });
}

std::pair<int, std::string> SupervisorBackend::pagerduty(const std::string& body, const std::string& signatures) {
    using Reply = std::pair<int, std::string>;
    using Kind = incidents::PagerDutyCommand::Kind;
    auto reply = ask<Reply>([this, inbound = inbound_, body, signatures]() -> core::Result<Reply> {
        const auto read = inbound->read(body, signatures, supervisor_.loop().clock().utc());
        if (!read) return Reply{read.error().status, read.error().why};
        if (read->kind == Kind::Nothing) return Reply{202, "nothing of ours"};
        incidents::IncidentCommand command;
        using To = incidents::IncidentCommand::Kind;
        command.kind = read->kind == Kind::Acknowledge ? To::Acknowledge
                       : read->kind == Kind::Resolve   ? To::Resolve
                                                       : To::Unacknowledge;
        command.incident = supervisor_.desk().incident_meant_by(read->dedup_key);
        command.actor = read->person;
        command.via = "PagerDuty";
        const auto done = supervisor_.desk().command(command);
        // It is genuine: sending it again would change nothing.
        return done ? Reply{200, "done"} : Reply{202, done.error().message};
    });
    return reply ? *reply : Reply{503, reply.error().message};
}

core::Result<incidents::Report> SupervisorBackend::report(const incidents::ReportWish& wish) {
    // What belongs to the loop is copied there; the reading and reckoning is done here.
    auto input = ask<incidents::ReportInput>([this]() -> core::Result<incidents::ReportInput> {
        incidents::ReportInput made;
        const config::Config& config = supervisor_.config();
        made.probe = config.probe;
        made.zone = config.reports.timezone.empty() ? config.timezone : config.reports.timezone;
        made.shifts = config.reports.shifts;
        made.links_base = incidents::links_base_of(config);
        made.paths = config.paths;
        for (const core::StreamSpec& stream : config.streams) made.streams.push_back(stream.id);
        made.now = supervisor_.loop().clock().utc();
        return made;
    });
    if (!input) return tl::unexpected(input.error());
    if (auto chosen = incidents::choose_period(*input, wish); !chosen) return tl::unexpected(chosen.error());
    const auto reader = incidents::StoreReader::open(store_);
    if (!reader) return tl::unexpected(reader.error());
    if (auto read = incidents::read_report_input(**reader, *input); !read) return tl::unexpected(read.error());
    incidents::Report report = incidents::compute_report(*input);
    const auto kept = shelf();
    if (kept && *kept) {
        using incidents::ReportStills;
        incidents::add_evidence(report, **kept, wish.stills ? ReportStills::Yes : ReportStills::No);
    }
    return report;
}

core::Result<std::vector<incidents::WatchChange>> SupervisorBackend::watch_log(const std::string& stream,
                                                                               core::UtcTime from) {
    const auto reader = incidents::StoreReader::open(store_);
    if (!reader) return tl::unexpected(reader.error());
    return (*reader)->watch_log(stream, from, now());
}

void SupervisorBackend::close() {
    {
        const std::lock_guard lock(gate_->mutex);
        gate_->closed = true;
    }
    gate_->changed.notify_all();
}

}  // namespace sightline::api
