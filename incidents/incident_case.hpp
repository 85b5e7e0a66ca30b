// SPDX-License-Identifier: Apache-2.0
// The life of one incident: states, acknowledge, snooze, and when somebody is told.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/incident.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "incidents/notice_reason.hpp"

namespace sightline::incidents {

/// What must be known of an incident beside its record. Survives a restart as JSON.
struct CaseMemory {
    bool told = false;                                      ///< receivers have heard of it
    bool digested = false;                                  ///< only in a digest of a flood
    bool end_told = false;                                  ///< … and of its end
    bool gathers = false;                                   ///< its first notification waits for what may belong to it
    core::Severity told_severity = core::Severity::Info;    ///< worst that was told
    std::string told_cause;                                 ///< name of the cause as told
    std::optional<core::UtcTime> cause_changed;             ///< since it was told
    std::optional<core::UtcTime> held_at;                   ///< held back for a digest then
    std::optional<core::UtcTime> worsened_at;               ///< got worse than it opened
    core::Severity silent_severity = core::Severity::Info;  ///< as acknowledged or snoozed
    std::set<std::string> silent_streams;                   ///< causes when it was acknowledged or snoozed
    std::optional<core::UtcTime> first_call, last_call;     ///< since it was (re)opened
    int escalation = 0;                                     ///< steps taken
    std::optional<core::UtcTime> good_since;                ///< end of the last of its alarms; empty: some are open
    bool came_back = false;                                 ///< all was good, and then it was not
    bool by_hand = false;                                   ///< resolved by a person
    std::string resource;                                   ///< the shared thing that is its cause
    bool maintenance_ended = false;                         ///< it was under maintenance and is no more: to be told
    bool flood = false;                                     ///< it stands for a flood, not for alarms
    std::uint64_t entries = 0;                              ///< written to its timeline so far
    friend bool operator==(const CaseMemory&, const CaseMemory&) = default;
};
[[nodiscard]] std::string to_json(const CaseMemory& memory);
/// What is missing or wrong is as in a new incident.
[[nodiscard]] CaseMemory case_memory_from_json(const std::string& text);

/// Whose first notification a flood holds back at present.
enum class Hush : std::uint8_t { Nobody, Lesser, Everybody };  // Lesser: than critical

/// What a case wants to say at one moment.
struct CaseCall {
    NoticeReason reason;
    int escalation = 0;
};

/// One incident while it lives. The engine says what its alarms are; the case says what follows.
///
/// Threading: one thread.
class IncidentCase {
public:
    IncidentCase(core::Incident record, CaseMemory known) : data(std::move(record)), memory(std::move(known)) {}

    core::Incident data;
    CaseMemory memory;
    bool changed = false;                             ///< since the last time it was said
    std::vector<core::TimelineEntry> entries;         ///< not said yet
    std::map<std::string, core::IncidentAlarm> said;  ///< alarms as last said
    std::vector<std::string> left;                    ///< alarms that went elsewhere, not said yet
    std::optional<core::UtcTime> waits_until;         ///< it looks like a part of what is not known whole yet

    void note(core::UtcTime at, std::string who, std::string kind, std::string text);
    [[nodiscard]] bool live() const { return data.state != core::IncidentState::Closed; }
    [[nodiscard]] bool any_open() const { return !memory.good_since; }
    /// Open or acknowledged.
    [[nodiscard]] bool awake() const;
    /// Since when it is news that it is as bad as it is.
    [[nodiscard]] core::UtcTime news_since() const {
        return std::max(data.opened_at, memory.worsened_at.value_or(data.opened_at));
    }
    /// It would call, but for what holds it back: nobody has been called, nor has a digest told that it is so bad.
    [[nodiscard]] bool wants_to_call() const {
        return data.state == core::IncidentState::Open && !memory.told && !memory.flood &&
               (!memory.digested || data.severity > memory.told_severity);
    }
    /// It can take alarms: not closed, and if resolved, not for longer than the window of returns.
    [[nodiscard]] bool can_return(const config::Incidents& settings, core::UtcTime now) const;

    /// Moves its state on to `now`, and says what is due to be told.
    [[nodiscard]] std::vector<CaseCall> advance(const config::Incidents& settings, core::UtcTime now, Hush hush);
    /// When advance() has something to do by itself.
    [[nodiscard]] std::optional<core::UtcTime> next_due(const config::Incidents& settings) const;

    void acknowledge(const std::string& who, const std::string& text, core::UtcTime now);
    /// What was over before anybody acknowledged it has been seen: nobody needs to look for it any more. A return is
    /// news.
    void see(const std::string& who, const std::string& text, core::UtcTime now);
    void unacknowledge(const std::string& who, const std::string& text, core::UtcTime now);
    void snooze(const std::string& who, const std::string& reason, core::UtcTime until, core::UtcTime now);
    void unsnooze(const std::string& who, const std::string& text, core::UtcTime now);
    void resolve(const std::string& who, const std::string& text, core::UtcTime now);
    void close(const std::string& who, const std::string& text, core::UtcTime now);

private:
    void follow_alarms(const config::Incidents& settings, core::UtcTime now, std::vector<CaseCall>& calls);
    void return_to_life(core::UtcTime now, std::vector<CaseCall>& calls);
    void end_silence(core::UtcTime now, std::vector<CaseCall>& calls);
    void tell(const config::Incidents& settings, core::UtcTime now, Hush hush, std::vector<CaseCall>& calls);
    void tell_first(const config::Incidents& settings, core::UtcTime now, Hush hush, std::vector<CaseCall>& calls);
    void tell_end(const config::Incidents& settings, core::UtcTime now, std::vector<CaseCall>& calls);
    void call_again(const config::Incidents& settings, core::UtcTime now, std::vector<CaseCall>& calls);
    void called(NoticeReason reason, core::UtcTime now, std::vector<CaseCall>& calls);
    void remember_silence();
    [[nodiscard]] std::set<std::string> cause_streams() const;
    [[nodiscard]] core::UtcTime first_due(const config::Incidents& settings) const;
    [[nodiscard]] core::Duration end_hold(const config::Incidents& settings) const;
    [[nodiscard]] bool quiet() const { return data.maintenance || data.snoozed_until.has_value(); }

    std::vector<CaseCall> asked_;  // by persons, since the last advance()
};

}  // namespace sightline::incidents
