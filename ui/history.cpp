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

WatchStrip watch_strip_of(const std::vector<link::WatchReport>& log, core::UtcTime from, core::UtcTime to) {
    WatchStrip strip;
    const auto unwatched = [&strip](core::UtcTime begin, core::UtcTime end) {
        if (!strip.unwatched.empty() && strip.unwatched.back().to == begin) {
            strip.unwatched.back().to = end;
        } else {
            strip.unwatched.push_back({begin, end});
        }
    };
    const core::UtcTime known = log.empty() ? to : std::clamp(log.front().at, from, to);
    if (known > from) unwatched(from, known);
    for (std::size_t n = 0; n < log.size(); ++n) {
        const core::UtcTime begin = std::clamp(log[n].at, from, to);
        const core::UtcTime end = n + 1 < log.size() ? std::clamp(log[n + 1].at, from, to) : to;
        if (begin >= end) continue;
        const bool on_air = log[n].air == core::AirState::OnAir;
        if (on_air) strip.on_air += end - begin;
        if (log[n].watched) continue;
        unwatched(begin, end);
        if (on_air) strip.missed += end - begin;
    }
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
