// SPDX-License-Identifier: Apache-2.0
// What the link is doing, as conditions: signal.unreachable, signal.lost, signal.stalled.
#pragma once

#include <optional>
#include <string>

#include "core/findings.hpp"
#include "core/time.hpp"
#include "probe/source.hpp"

namespace sightline::engine {

/// Three states of three conditions from link states and the arrival of bytes and frames:
/// - unreachable: bad from the first failed attempt (or when a listener has waited as long as a caller would) until
///   connected; unknown before the first answer;
/// - lost: bad from the last byte on while nothing comes (datagrams), or since a connection broke; good with bytes;
/// - stalled: bad from the last new frame on while the link is up; unknown while it is not.
///
/// Threading: one thread. Pure: time comes with the calls.
class SignalWatch {
public:
    struct Options {
        bool datagrams = false;  ///< no connection: silence on the wire is loss, not a stall
        core::Duration patience = std::chrono::seconds{10};  ///< before a connection that hangs is unreachable
    };
    SignalWatch(Options options, core::Findings& out) : options_(options), out_(out) {}

    void start(core::ArrivalTime now);
    void on_link(const probe::LinkStatus& status);
    void on_bytes(core::ArrivalTime at);
    /// A new frame (or the start of one) has come. `expected_gap`: how long the next may take to come (segments).
    void on_frame(core::ArrivalTime at, core::Duration expected_gap);
    /// Time passed; call every 100 ms or so. `trouble`: why no media comes, where the source knows.
    void tick(core::ArrivalTime now, const std::string& trouble = {});

    [[nodiscard]] bool ever_received() const { return last_bytes_.has_value(); }
    [[nodiscard]] const std::string& reason() const { return reason_; }

private:
    struct State {
        const char* id;
        core::Verdict verdict = core::Verdict::Unknown;
        std::string detail{};
    };
    void say(State& state, core::Verdict verdict, core::ArrivalTime at, bool exact = true,
             const std::string& detail = {});

    Options options_;
    core::Findings& out_;
    State unreachable_{"signal.unreachable"};
    State lost_{"signal.lost"};
    State stalled_{"signal.stalled"};
    bool connected_ = false;
    std::string reason_;
    core::ArrivalTime started_{};
    core::ArrivalTime attempt_{};  // when the present attempt to connect began
    std::optional<core::ArrivalTime> connected_at_, last_bytes_, last_frame_;
    core::Duration frame_gap_{};
};

}  // namespace sightline::engine
