// SPDX-License-Identifier: Apache-2.0
// CorrelatingEngine: a flood is an incident itself, and its digests tell of what was held back.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "incidents/correlating_engine.hpp"

namespace sightline::incidents {
namespace {

using core::IncidentState;
using core::UtcTime;

constexpr std::size_t kTitlesInDigest = 5;
constexpr const char* kFloodRule = "lesser incidents are told in digests; new critical ones at once";

}  // namespace

/// What was told lately counts again; what a digest shall still tell is found again.
void CorrelatingEngine::restore_flood(UtcTime now) {
    std::vector<UtcTime> times, critical;
    for (const auto& [order, one] : cases_) {
        if (one.memory.flood) {
            digest_told_ = one.memory.last_call;
            if (watch_.flood()) digest_due_ = one.memory.last_call.value_or(now) + topology_.settings().digest_every;
            continue;
        }
        if (one.memory.digested) {
            times.push_back(one.memory.held_at.value_or(one.data.opened_at));
        } else if (one.data.notified_at) {
            times.push_back(*one.data.notified_at);
        }
        if (one.memory.told && one.data.notified_at && one.memory.told_severity == core::Severity::Critical)
            critical.push_back(*one.data.notified_at);
    }
    std::sort(times.begin(), times.end());
    std::sort(critical.begin(), critical.end());
    for (const UtcTime time : times) watch_.count(time);
    for (const UtcTime time : critical) watch_.called_critical(time);
    for (const auto& [order, one] : cases_) {
        if (one.memory.digested && !one.data.notified_at) hold(one);
    }
}

/// For the next digest.
void CorrelatingEngine::hold(const IncidentCase& one) {
    ++held_[one.data.severity];
    const auto milder = std::find_if(held_titles_.begin(), held_titles_.end(),
                                     [&one](const auto& other) { return other.first < one.data.severity; });
    held_titles_.insert(milder, {one.data.severity, one.data.title});  // the worst first, then the oldest
    if (held_titles_.size() > kTitlesInDigest) held_titles_.pop_back();
    if (one.data.severity != core::Severity::Critical || !digest_due_ || !one.memory.held_at) return;
    UtcTime due = *one.memory.held_at;
    if (digest_told_) due = std::max(due, *digest_told_ + FloodWatch::kCriticalDigest);
    digest_due_ = std::min(*digest_due_, due);
}

void CorrelatingEngine::open_flood(UtcTime now) {
    const config::Incidents& settings = topology_.settings();
    core::Incident record;
    record.id = ids_.next_incident();
    record.sequence = 0;
    record.opened_at = record.since = now;
    record.cause = {core::CauseKind::Probe, "flood", ""};
    record.title =
        fmt::format("Flood: more than {} incidents in {}", settings.flood_begin, core::to_text(settings.flood_within));
    record.why = kFloodRule;
    CaseMemory memory;
    memory.flood = memory.told = true;
    memory.first_call = now;
    const std::uint64_t order = next_order_++;
    order_of_[record.id] = order;
    IncidentCase& made = cases_.emplace(order, IncidentCase(std::move(record), memory)).first->second;
    made.data.notified_at = now;
    made.note(now, "desk", "opened", made.data.title);
    flood_case_ = order;
}

void CorrelatingEngine::advance_flood(UtcTime now, IncidentOutcome& out) {
    const config::Incidents& settings = topology_.settings();
    const bool flood = watch_.judge(settings, now);
    if (flood && !flood_case_) {
        open_flood(now);
        digest(now, out);
    } else if (flood_case_ && (!flood || (digest_due_ && now >= *digest_due_))) {
        digest(now, out);
    }
    if (flood || !flood_case_) return;
    IncidentCase& one = cases_.at(*flood_case_);
    one.data.state = IncidentState::Closed;
    one.data.resolved_at = one.data.closed_at = now;
    one.data.closed_by = "desk";
    one.memory.end_told = true;
    one.note(now, "desk", "closed",
             fmt::format("the flood is over: below {} incidents in {}", settings.flood_end,
                         core::to_text(settings.flood_within)));
    out.notices.push_back({std::make_shared<const core::Incident>(one.data), NoticeReason::Resolved, 0});
    flood_case_.reset();
    digest_due_.reset();
}

void CorrelatingEngine::digest(UtcTime now, IncidentOutcome& out) {
    IncidentCase& one = cases_.at(*flood_case_);
    digest_due_ = now + topology_.settings().digest_every;
    one.memory.last_call = now;
    one.changed = true;
    const bool first = one.data.sequence == 0;
    if (held_.empty() && !first) return;
    int count = 0;
    std::string parts, titles;
    for (auto at = held_.rbegin(); at != held_.rend(); ++at) {
        count += at->second;
        parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", at->second, core::name(at->first));
    }
    for (const auto& [severity, title] : held_titles_) titles += (titles.empty() ? "" : "; ") + title;
    one.data.severity = held_.empty() ? core::Severity::Major : held_.rbegin()->first;
    const bool critical = held_.count(core::Severity::Critical) == 1;
    one.data.why = count == 0 ? kFloodRule
                              : fmt::format("{} {}incident{} held back: {}. {}{}", count, critical ? "" : "lesser ",
                                            count == 1 ? "" : "s", parts, titles,
                                            count > static_cast<int>(held_titles_.size()) ? "; …" : "");
    one.note(now, "desk", "digest", one.data.why);
    out.notices.push_back({std::make_shared<const core::Incident>(one.data), NoticeReason::Digest, 0});
    digest_told_ = now;
    for (auto& [order, held] : cases_) {
        if (!held.memory.digested || held.data.notified_at) continue;
        held.data.notified_at = now;
        held.changed = true;
    }
    held_.clear();
    held_titles_.clear();
}

}  // namespace sightline::incidents
