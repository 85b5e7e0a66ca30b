// SPDX-License-Identifier: Apache-2.0
// What a shift, a day, a week or a month was like, in figures. Pure: everything it needs is given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/incident.hpp"
#include "core/time.hpp"
#include "incidents/evidence_shelf.hpp"
#include "incidents/intervals.hpp"
#include "incidents/report_period.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::incidents {

/// What the store and the configuration say about a period.
struct ReportInput : PeriodRecord {
    ReportKind kind = ReportKind::Daily;
    ReportPeriod period;
    core::UtcTime now{};
    std::string probe, zone = "UTC";
    ShiftStarts shifts = config::Reports{}.shifts;
    std::vector<std::string> streams;  ///< ids, in the configuration's order
    std::vector<config::Path> paths;
    std::string links_base;  ///< as links_base_of()
};

/// Of one stream or path. `counted` = on air − maintenance − unmonitored; `ratio` = 1 − bad / counted.
struct Availability {
    std::string id;
    core::Duration on_air{}, maintenance{}, unmonitored{}, counted{}, bad{};
    std::optional<double> ratio;  ///< empty: nothing was counted
    Spans outages;                ///< what `bad` is made of
};

/// A mean and over how many it is.
struct MeanTime {
    std::size_t count = 0;
    core::Duration sum{}, longest{};
    [[nodiscard]] std::optional<core::Duration> mean() const;
};

struct Offender {
    std::string stream;
    std::size_t incidents = 0, alarms = 0;
    core::Duration bad{};
};

/// One rule as a source of noise.
struct RuleNoise {
    std::string rule, stream;  ///< stream: empty where it is about the rule on all streams
    std::size_t alarms = 0;
};

/// How often something came, against the figures of EEMUA 191 and ISA-18.2 for one operator: about 1 in 10 minutes can
/// be handled, more than 10 in 10 minutes are a flood, which lasts until fewer than 5 come in 10 minutes.
struct Rate {
    std::size_t count = 0;
    double mean_per_10min = 0;
    std::size_t peak_10min = 0;
    std::size_t floods = 0;
    double flood_share = 0;               ///< of the period's 10-minute steps, 0 to 1
    std::vector<std::uint32_t> per_step;  ///< for the plot: at most kMostBars bars
    core::Duration step{};                ///< of one bar
};

/// One line of an incident's timeline that a person wrote.
struct ReportNote {
    std::string incident;
    core::TimelineEntry entry;
};

/// What is kept of one incident.
struct ReportEvidence {
    std::vector<EvidenceFile> files;  ///< by name, at least one
    std::string still;                ///< the first bad picture as JPEG, for a page; empty: not in it
};

struct Report {
    ReportKind kind = ReportKind::Daily;
    ReportPeriod period;
    core::UtcTime at{};  ///< computed then; before period.to, the period is not over
    std::string probe, zone;
    std::size_t incidents = 0;  ///< opened in the period
    std::map<core::Severity, std::size_t> by_severity;
    std::size_t notified = 0, acknowledged = 0, returned = 0, merged = 0;
    std::size_t self_cleared = 0;  ///< notified, and over before anybody acknowledged
    MeanTime mtta;                 ///< first notification to first acknowledge by a person
    MeanTime mttr;                 ///< opened to resolved
    std::vector<Availability> streams, paths;
    std::vector<Offender> offenders;     ///< worst first, at most 10
    std::vector<RuleNoise> flapping;     ///< 3 alarms of one rule on one stream within a minute
    std::vector<RuleNoise> never_acted;  ///< rules whose incidents nobody touched
    Rate alarms, notifications;
    std::vector<core::Incident> open;         ///< not resolved at the end: for the handover, worst first
    std::vector<core::Incident> snoozed;      ///< of them, those snoozed at the end
    std::vector<core::Incident> list;         ///< opened in the period, newest first, at most 200
    std::vector<std::string> in_maintenance;  ///< streams, at the end
    std::vector<ReportNote> notes;            ///< newest first, at most 100
    AuditHead head;
    /// By incident, of those in `open` and `list`; nothing: nobody looked (add_evidence() does).
    std::optional<std::map<std::string, ReportEvidence>> evidence;
    std::string links_base;  ///< empty: the API has no address to link to
};

inline constexpr std::size_t kMostBars = 120;

[[nodiscard]] Report compute_report(const ReportInput& input);

}  // namespace sightline::incidents
