// SPDX-License-Identifier: Apache-2.0
// The wall's side of a probe's API (docs/api.md): keeps its state fresh, says when it does not answer, posts commands.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/published.hpp"
#include "core/time.hpp"
#include "link/probe_report.hpp"
#include "net/event_loop.hpp"

namespace sightline::link {

struct ApiEndpoint {
    std::string address;  ///< "unix:PATH" or "http(s)://HOST:PORT"
    std::string token;    ///< of a remote probe; empty over the Unix socket
};

enum class ApiLink : std::uint8_t {
    Connecting,  ///< never answered yet
    Live,
    Silent,   ///< no answer for kSilentAfter
    Refused,  ///< it answers, and says no: token, host
};

/// A stream's newest small picture.
struct StillReport {
    core::UtcTime at{};
    std::shared_ptr<const std::string> jpeg;  ///< as the probe sent it: foreign bytes
};

/// All that is known of one probe. Parts that did not change are shared between snapshots.
struct ApiState {
    std::string address;  ///< secrets masked
    ApiLink link = ApiLink::Connecting;
    std::optional<core::ArrivalTime> last_answer;
    std::string error;  ///< why not Live, in words
    ProbeFacts facts;
    std::shared_ptr<const StreamsReport> streams;                       ///< null until the first answer
    bool incidents_served = false;                                      ///< the probe has an incident desk
    std::shared_ptr<const std::vector<IncidentReport>> incidents;       ///< open and acknowledged ones; may be null
    std::shared_ptr<const std::vector<IncidentReport>> over;            ///< the newest resolved ones; may be null
    std::shared_ptr<const std::vector<core::AlarmTransition>> open;     ///< all open alarms, the probe's own too
    std::shared_ptr<const std::vector<core::AlarmTransition>> history;  ///< transitions, newest first; may be null
    std::shared_ptr<const std::vector<PathReport>> paths;               ///< null: not known, or an older probe
    std::shared_ptr<const std::vector<LimitReport>> limits;             ///< of want_limits(); may be null
    std::shared_ptr<const std::vector<WatchReport>> watch;              ///< of want_limits(); may be null
    std::shared_ptr<const IncidentReport> detail;                       ///< of want_detail(), with its timeline
    std::shared_ptr<const std::map<std::string, StillReport>> stills;   ///< of want_stills(), by stream; may be null
    std::uint64_t revision = 0;                                         ///< rises with every change of the above
};

/// A change for a probe to make.
struct ApiCommand {
    std::string path;   ///< "/api/v1/incidents/x/ack"
    std::string body;   ///< JSON
    std::string label;  ///< what the operator asked for, in words: "acknowledge Encoder enc7"
};
struct ApiOutcome {
    std::string label;
    bool done = false;
    std::string words;  ///< why not, where it was not done
};

/// Reads the whole state every kRefresh, at once after each server-sent event (no faster than kLeastGap), and asks
/// /healthz every kPulse: any answer proves life.
///
/// Threading: all on the loop's thread, but state(), which any thread may call. The loop's Clock is the system's.
class ApiClient {
public:
    static constexpr core::Duration kPulse = std::chrono::milliseconds{400};
    static constexpr core::Duration kSilentAfter = std::chrono::milliseconds{1'500};
    static constexpr core::Duration kRefresh = std::chrono::seconds{1};
    static constexpr core::Duration kLeastGap = std::chrono::milliseconds{150};
    static constexpr core::Duration kSlow = std::chrono::seconds{10};  ///< facts, history, absent incident desks
    static constexpr std::size_t kHistory = 5'000;
    static constexpr core::Duration kStillGap = std::chrono::milliseconds{20};  ///< between two small pictures
    static constexpr std::size_t kMostStillBytes = 512 * 1024;

    ApiClient(net::EventLoop& loop, ApiEndpoint endpoint);
    ~ApiClient();
    ApiClient(const ApiClient&) = delete;
    ApiClient& operator=(const ApiClient&) = delete;

    [[nodiscard]] std::shared_ptr<const ApiState> state() const;  ///< never null
    /// Called on the loop's thread after each new state.
    void on_change(std::function<void()> call);
    /// Posts; `done` comes from the loop, also where the probe did not answer. The state is read again at once.
    void send(ApiCommand command, std::function<void(ApiOutcome outcome)> done);
    /// Fetch and keep fresh one incident with its timeline; empty: none.
    void want_detail(const std::string& incident);
    /// Fetch and keep fresh the limits of one stream, and when it was watched; empty: none.
    void want_limits(const std::string& stream);
    /// Whether transitions of the last hours are wanted (a full view is open).
    void want_history(bool wanted);
    /// Whether each stream's small picture is wanted, as it changes; one after the other.
    void want_stills(bool wanted);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::link
