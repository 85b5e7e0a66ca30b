// SPDX-License-Identifier: Apache-2.0
#include "engine/signal_watch.hpp"

#include <algorithm>

namespace sightline::engine {
namespace {

using core::Verdict;
using namespace std::chrono_literals;

constexpr core::Duration kBytesGap = 1s;      // datagrams further apart than this are a loss
constexpr core::Duration kFrameGap = 1500ms;  // above one frame a second, the slowest picture rate there is

}  // namespace

void SignalWatch::say(State& state, Verdict verdict, core::ArrivalTime at, bool exact, const std::string& detail) {
    if (state.verdict == verdict && (verdict != Verdict::Bad || state.detail == detail)) return;
    state.verdict = verdict;
    state.detail = detail;
    core::StateEdge edge;
    edge.condition = state.id;
    edge.verdict = verdict;
    edge.at.arrival = at;
    edge.exact = exact;
    edge.detail = detail;
    out_.add(std::move(edge));
}

void SignalWatch::start(core::ArrivalTime now) {
    started_ = now;
    attempt_ = now;
}

void SignalWatch::on_link(const probe::LinkStatus& status) {
    switch (status.state) {
        case probe::LinkState::Connecting:
            if (connected_) attempt_ = status.at;
            if (!status.reason.empty()) reason_ = status.reason;
            break;
        case probe::LinkState::Connected:
            connected_ = true;
            connected_at_ = status.at;
            last_frame_.reset();
            say(unreachable_, Verdict::Good, status.at);
            return;
        case probe::LinkState::Unreachable:
        case probe::LinkState::Failed:
            reason_ = status.reason;
            say(unreachable_, Verdict::Bad, unreachable_.verdict == Verdict::Bad || connected_ ? status.at : attempt_,
                true, status.reason);
            break;
        case probe::LinkState::Ended:
            break;
    }
    if (connected_) {
        connected_ = false;
        attempt_ = status.at;
        say(stalled_, Verdict::Unknown, status.at);
        if (last_bytes_ && status.state != probe::LinkState::Ended)
            say(lost_, Verdict::Bad, *last_bytes_, true, status.reason);
    }
}

void SignalWatch::on_bytes(core::ArrivalTime at) {
    last_bytes_ = at;
    if (lost_.verdict != Verdict::Good) say(lost_, Verdict::Good, at);
}

void SignalWatch::on_frame(core::ArrivalTime at, core::Duration expected_gap) {
    last_frame_ = at;
    frame_gap_ = std::max(expected_gap, kFrameGap);
    if (stalled_.verdict != Verdict::Good) say(stalled_, Verdict::Good, at);
}

void SignalWatch::tick(core::ArrivalTime now, const std::string& trouble) {
    if (!connected_) {
        if (unreachable_.verdict != Verdict::Bad && now - attempt_ >= options_.patience) {
            say(unreachable_, Verdict::Bad, attempt_, true, reason_.empty() ? "nobody has connected" : reason_);
        }
    } else {
        const core::ArrivalTime since = last_frame_.value_or(*connected_at_);
        const bool silent = options_.datagrams && now - last_bytes_.value_or(*connected_at_) >= kBytesGap;
        if (silent) {
            say(stalled_, Verdict::Unknown, now);
            say(lost_, Verdict::Bad, last_bytes_.value_or(*connected_at_), last_bytes_.has_value(),
                last_bytes_ ? "no packets arrive" : "no packets have arrived yet");
        } else if (now - since >= (last_frame_ ? frame_gap_ : kFrameGap)) {
            const std::string what = last_bytes_ ? "connected, no new frames" : "connected, nothing received";
            say(stalled_, Verdict::Bad, since, last_frame_.has_value(), trouble.empty() ? what : trouble);
        }
    }
    out_.add(core::Tick{core::ClockDomain::Arrival, {std::nullopt, now}});
}

}  // namespace sightline::engine
