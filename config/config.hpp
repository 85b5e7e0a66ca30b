// SPDX-License-Identifier: Apache-2.0
// The configuration file as values, complete with defaults; loader.hpp reads it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/notifier.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::config {

struct Heartbeat {
    std::string url;
    core::Duration every = std::chrono::seconds{30};
    friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// When nobody has acknowledged an incident this long after its first notification, `notify` hear of it too.
struct EscalationStep {
    core::Duration after{};
    std::vector<std::string> notify;  ///< names of notifiers; they hear of incidents by escalation only
    friend bool operator==(const EscalationStep&, const EscalationStep&) = default;
};

/// `incidents:`, how alarms become incidents and who is called when (docs/incidents.md).
struct Incidents {
    core::Duration gather = std::chrono::seconds{2};         ///< the first notification waits for what belongs together
    int group_streams = 3;                                   ///< at least so many streams that share something …
    double group_percent = 50;                               ///< … and this part of them …
    core::Duration group_within = std::chrono::seconds{30};  ///< … fail within this time: it is what they share
    std::vector<std::string> group_by;                       ///< tags that count, and "host"; empty: all
    core::Duration resolve_after = std::chrono::seconds{60};
    core::Duration tell_resolved_after = std::chrono::minutes{3};  ///< of good; at least resolve_after
    core::Duration reopen_within = std::chrono::minutes{15};
    core::Duration close_after = std::chrono::hours{24};
    int flood_begin = 10;  ///< above so many notified incidents in `flood_within`
    int flood_end = 5;     ///< until below so many
    core::Duration flood_within = std::chrono::minutes{10};
    core::Duration digest_every = std::chrono::minutes{5};
    std::vector<EscalationStep> escalate;  ///< by `after`
    core::Duration repeat{};               ///< while nobody has acknowledged; 0: never
    friend bool operator==(const Incidents&, const Incidents&) = default;
};

/// `evidence:`, what is kept of a stream around an incident (docs/incidents.md).
struct Evidence {
    bool enabled = true;
    std::string folder;  ///< already seen from the file's folder; default beside the store; empty: none is kept
    std::int64_t ring_bytes = 64LL << 20;              ///< of received bytes, each stream
    std::int64_t quota_bytes = 4LL << 30;              ///< of all that is kept; the oldest goes first
    core::Duration before = std::chrono::seconds{10};  ///< the clip begins so long before `since`, and a GOP …
    core::Duration after = std::chrono::seconds{10};   ///< … and ends so long after the raise
    int per_minute = 6;                                ///< incidents of which evidence is collected
    friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// `reports:`, what they go by where nobody says otherwise (docs/reports.md).
struct Reports {
    std::string timezone;                                  ///< IANA name; empty: the file's
    std::vector<int> shifts = {6 * 60, 14 * 60, 22 * 60};  ///< begins of shifts, minutes of the local day, ascending
    friend bool operator==(const Reports&, const Reports&) = default;
};

/// One point of a path: a stream, or a group of which one suffices.
struct PathPoint {
    std::vector<std::string> any_of;  ///< one id, or several where one suffices
    core::Duration delay{};
    friend bool operator==(const PathPoint&, const PathPoint&) = default;
};
struct Path {
    std::string id;
    std::vector<PathPoint> points;
    friend bool operator==(const Path&, const Path&) = default;
};

/// What a caller of the API may do; each may also do what the ones before it may.
enum class ApiRole {
    Viewer,    ///< read
    Operator,  ///< act on incidents, set on air, plan maintenance
    Admin,     ///< read the audit log
};
/// One key to the API. The token itself is nowhere here: who has it can prove that.
struct ApiToken {
    std::string name;  ///< for the audit log
    ApiRole role = ApiRole::Viewer;
    std::string sha256;  ///< of the token, 64 lower-case hexadecimal digits
    friend bool operator==(const ApiToken&, const ApiToken&) = default;
};

struct Config {
    std::string file;   ///< as given, for messages
    std::string probe;  ///< this probe's name; empty: the host's
    std::string timezone = "UTC";
    std::vector<core::StreamSpec> streams;
    std::vector<Path> paths;
    std::map<std::string, core::RuleLayer> rule_sets;
    std::vector<Notifier> notify;
    Incidents incidents;
    Evidence evidence;
    Reports reports;
    std::string store_sqlite;                   ///< path, already seen from the file's folder
    std::string api_listen = "127.0.0.1:8080";  ///< host:port; port 0 picks a free one and says which; empty: no TCP
    std::string api_token;                      ///< like one of api_tokens with role admin; empty: none
    std::string api_socket;  ///< Unix socket path, already seen from the file's folder; default beside the store
    std::vector<ApiToken> api_tokens;
    std::string api_certificate, api_key;  ///< paths of PEM files; empty: no TLS
    std::vector<std::string> api_hosts;    ///< names under which it may be called, beside addresses and localhost
    std::vector<std::string> api_pagerduty_secrets;  ///< of PagerDuty's webhook subscriptions; empty: all refused
    core::Duration store_keep = std::chrono::hours{24 * 400};  ///< alarms and incidents
    std::optional<Heartbeat> heartbeat;
    std::int64_t worker_memory_bytes = 1LL << 30;
    bool stdout_json = true;  ///< `run`: alarms as JSON lines on standard output

    /// Values that ${…} came into -> as the user wrote them; how describe() shows them. Secret.
    std::map<std::string, std::string> written;
    /// Everything that ${…} brought in, also in its percent-encoded form, for whoever must strike it from a text.
    std::vector<std::string> secrets;
};

}  // namespace sightline::config
