// SPDX-License-Identifier: Apache-2.0
#include "ui/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ui/tile_facts.hpp"

namespace sightline::ui {
namespace {

/// One alarm's life: severities by time, and when it ended.
struct Life {
    std::map<core::UtcTime, core::Severity> steps;
    std::optional<core::UtcTime> end;
};

std::map<std::string, Life> lives_of(const std::vector<core::AlarmTransition>& transitions, const std::string& stream) {
    std::map<std::string, Life> lives;
    for (const core::AlarmTransition& one : transitions) {
        if (one.stream != stream || one.severity == core::Severity::Info) continue;
        Life& life = lives[one.id];
        if (one.state == core::AlarmState::Cleared) {
            life.end = one.until && one.until->utc ? one.until->utc : one.at.utc;
            if (one.since.utc) life.steps.try_emplace(*one.since.utc, one.severity);
        } else if (one.state == core::AlarmState::Raised) {
            if (one.since.utc) life.steps[*one.since.utc] = one.severity;
        } else if (one.at.utc) {
            life.steps[*one.at.utc] = one.severity;
            if (one.since.utc) life.steps.try_emplace(*one.since.utc, one.previous.value_or(one.severity));
        }
    }
    return lives;
}

}  // namespace

Strip strip_of(const std::vector<core::AlarmTransition>& transitions, const std::string& stream, core::UtcTime from,
               core::UtcTime to) {
    Strip strip;
    // At each instant +1 and -1 for a severity; the worst with a positive count is shown.
    std::map<core::UtcTime, std::map<core::Severity, int>> steps;
    for (const auto& [id, life] : lives_of(transitions, stream)) {
        bool counted = false;
        for (auto at = life.steps.begin(); at != life.steps.end(); ++at) {
            const auto after = std::next(at);
            core::UtcTime end = after != life.steps.end() ? after->first : life.end.value_or(to);
            if (life.end) end = std::min(end, *life.end);
            const core::UtcTime begin = std::max(at->first, from);
            end = std::min(end, to);
            if (begin >= end) continue;
            counted = true;
            ++steps[begin][at->second];
            --steps[end][at->second];
        }
        strip.alarms += counted ? 1 : 0;
    }
    std::map<core::Severity, int> open;
    const auto worst = [&]() -> std::optional<core::Severity> {
        for (auto at = open.rbegin(); at != open.rend(); ++at)
            if (at->second > 0) return at->first;
        return std::nullopt;
    };
    std::optional<core::Severity> now;
    for (const auto& [at, changes] : steps) {
        for (const auto& [severity, by] : changes) open[severity] += by;
        const auto next = worst();
        if (next == now) continue;
        if (now) strip.segments.back().to = at;
        if (next) strip.segments.push_back({at, to, *next});
        now = next;
    }
    for (const StripSegment& segment : strip.segments)
        if (segment.severity >= core::Severity::Major) strip.bad += segment.to - segment.from;
    return strip;
}

std::string transition_words(const core::AlarmTransition& transition) {
    if (transition.state == core::AlarmState::Cleared) {
        if (!transition.duration_s) return "cleared: " + condition_words(transition.condition);
        return fmt::format("cleared after {:.1f} s: {}", *transition.duration_s, condition_words(transition.condition));
    }
    return fmt::format("{}: {}", core::name(transition.severity),
                       transition.message.empty() ? condition_words(transition.condition) : transition.message);
}

}  // namespace sightline::ui
