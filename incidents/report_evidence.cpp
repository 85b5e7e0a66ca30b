// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_evidence.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sightline::incidents {
namespace {

/// Those with a picture of the fault, in the order in which they get it into the page.
std::vector<std::string> by_need(const Report& report) {
    std::vector<const core::Incident*> rest;
    for (const core::Incident& incident : report.list) rest.push_back(&incident);
    std::stable_sort(rest.begin(), rest.end(), [](const core::Incident* a, const core::Incident* b) {
        return a->severity > b->severity;  // they are newest first
    });
    std::vector<std::string> out;
    for (const core::Incident& incident : report.open) out.push_back(incident.id);
    for (const core::Incident* incident : rest) out.push_back(incident->id);
    return out;
}

bool has_still(const ReportEvidence& evidence) {
    return std::any_of(evidence.files.begin(), evidence.files.end(),
                       [](const EvidenceFile& file) { return file.name == kEvidenceBadStill; });
}

}  // namespace

void add_evidence(Report& report, const EvidenceShelf& shelf, ReportStills stills) {
    auto& evidence = report.evidence.emplace();
    const std::vector<std::string> ids = by_need(report);
    for (const std::string& id : ids) {
        auto files = shelf.files(id);
        if (!files.empty()) evidence[id].files = std::move(files);
    }
    if (stills == ReportStills::No) return;
    std::size_t count = 0, bytes = 0;
    for (const std::string& id : ids) {
        const auto kept = evidence.find(id);
        if (kept == evidence.end() || !kept->second.still.empty() || !has_still(kept->second)) continue;
        if (count == kMostReportStills) return;
        std::string jpeg = shelf.read(id, kEvidenceBadStill);
        if (bytes + jpeg.size() > kMostReportStillBytes) continue;  // a smaller one may fit
        ++count;
        bytes += jpeg.size();
        kept->second.still = std::move(jpeg);
    }
}

std::string evidence_path(std::string_view incident, std::string_view file) {
    std::string out = "/api/v1/incidents/";
    out.append(incident).append("/evidence");
    if (!file.empty()) out.append("/").append(file);
    return out;
}

}  // namespace sightline::incidents
