// SPDX-License-Identifier: Apache-2.0
#include "engine/evidence_making.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace sightline::engine {
namespace {

using core::ErrorCode;

core::Error system_error() {
    return {ErrorCode::Io, std::generic_category().message(errno)};
}

link::Descriptor new_file(const std::string& path) {
    return link::Descriptor::adopt(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
}

bool write_text(const std::string& path, std::string_view text) {
    const link::Descriptor file = new_file(path);
    if (!file) return false;
    while (!text.empty()) {
        const ssize_t put = ::write(file.get(), text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

/// Bytes of a file that is wanted and there; another one is removed.
std::uint64_t settle(const std::string& path, bool wanted) {
    struct stat about {};
    const bool there = ::stat(path.c_str(), &about) == 0 && about.st_size > 0;
    if (wanted && there) return static_cast<std::uint64_t>(about.st_size);
    ::unlink(path.c_str());
    return 0;
}

}  // namespace

struct EvidenceMaking::Work {
    Order order;
    std::shared_ptr<incidents::EvidenceShelf> shelf;
    std::string folder;  // empty: there is none
    ClipProcess::Files files;
    Outcome outcome;
};

EvidenceMaking::EvidenceMaking(net::EventLoop& loop, net::EventLoop& disk,
                               std::shared_ptr<incidents::EvidenceShelf> shelf, std::vector<std::string> command,
                               Order order, Done done)
    : loop_(loop), disk_(disk), command_(std::move(command)), done_(std::move(done)), work_(std::make_shared<Work>()) {
    work_->order = std::move(order);
    work_->shelf = std::move(shelf);
    on_disk(&prepare, &EvidenceMaking::prepared);
}

const std::string& EvidenceMaking::incident() const {
    return work_->order.incident;
}

void EvidenceMaking::on_disk(void (*step)(Work&), void (EvidenceMaking::*then)()) {
    disk_.post([this, &loop = loop_, work = work_, alive = std::weak_ptr<bool>(alive_), step, then] {
        step(*work);
        loop.post([this, alive, then] {
            if (alive.lock()) (this->*then)();
        });
    });
}

void EvidenceMaking::prepare(Work& work) {
    const auto folder = work.shelf->begin(work.order.incident);
    if (!folder) {
        work.outcome.kept = tl::unexpected(folder.error());
        return;
    }
    work.folder = *folder;
    const auto file = [&](const char* name) { return new_file(work.folder + "/" + name); };
    work.files.ring = link::Descriptor::adopt(::open(work.order.ring.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (work.files.ring) work.files.clip = file(incidents::kEvidenceClip);
    if (work.files.clip) work.files.good = file(incidents::kEvidenceGoodStill);
    if (work.files.good) work.files.bad = file(incidents::kEvidenceBadStill);
    const std::string measurements = work.folder + "/" + incidents::kEvidenceMeasurements;
    if (work.files.bad && write_text(measurements, work.order.measurements)) return;
    work.outcome.kept = tl::unexpected(system_error());
    work.shelf->abandon(work.order.incident);
}

void EvidenceMaking::prepared() {
    if (!work_->outcome.kept) {
        completed();
        return;
    }
    auto process =
        ClipProcess::start(loop_, command_, work_->order.clip, work_->files, [this](core::Result<ClipReport> report) {
            // The process object is in its own callback.
            loop_.post([this, alive = std::weak_ptr<bool>(alive_), report = std::move(report)]() mutable {
                if (alive.lock()) made(std::move(report));
            });
        });
    if (process) {
        process_ = std::move(*process);
    } else {
        made(tl::unexpected(process.error()));
    }
}

void EvidenceMaking::made(core::Result<ClipReport> report) {
    process_.reset();
    Outcome& outcome = work_->outcome;
    if (report) {
        outcome.report = std::move(*report);
    } else {
        outcome.trouble = outcome.report.note = report.error().message;
    }
    on_disk(&complete, &EvidenceMaking::completed);
}

/// What the process left is looked at, not believed.
void EvidenceMaking::complete(Work& work) {
    work.files = {};
    ClipReport& report = work.outcome.report;
    report.bytes = settle(work.folder + "/" + incidents::kEvidenceClip, report.bytes > 0);
    if (settle(work.folder + "/" + incidents::kEvidenceGoodStill, report.good.has_value()) == 0) report.good.reset();
    if (settle(work.folder + "/" + incidents::kEvidenceBadStill, report.bad.has_value()) == 0) report.bad.reset();
    const std::string& incident = work.order.incident;
    if (write_text(work.folder + "/" + incidents::kEvidenceFacts, work.order.facts(report))) {
        work.outcome.kept = work.shelf->keep(incident);
    } else {
        work.outcome.kept = tl::unexpected(system_error());
        work.shelf->abandon(incident);
    }
    if (work.outcome.kept && report.bad) report.bad->jpeg = work.shelf->read(incident, incidents::kEvidenceBadStill);
}

void EvidenceMaking::completed() {
    const Done done = std::move(done_);
    done(std::move(work_->outcome));  // may destroy this
}

}  // namespace sightline::engine
