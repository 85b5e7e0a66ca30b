// SPDX-License-Identifier: Apache-2.0
// Clocks, ticks, windows and deadlines: what is said, and when.
#include <algorithm>
#include <utility>

#include "formats/ts/inspector_impl.hpp"
#include "formats/ts/transport_conditions.hpp"

namespace sightline::formats::ts {
namespace {

using core::Verdict;

// Ticks come at clock references, which are at most 100 ms apart: with 50 ms between ticks, one in 100 ms at least.
constexpr core::Duration kTickInterval = std::chrono::milliseconds{50};
constexpr core::Duration kBitrateWindow = std::chrono::seconds{1};
constexpr core::Duration kWaitForZero = std::chrono::seconds{2};
constexpr int kMaxEmptyWindows = 10;
constexpr std::uint64_t kMaxHeldBack = 10'000;  // events held back where no tick comes
constexpr std::uint64_t kMinCheckDistance = 4096;

}  // namespace

core::Duration TransportInspector::Impl::interval_time(std::uint64_t at) {
    if (options.intervals == ClockSource::Arrival) return arrival.time_since_epoch();
    return clock.at(at);
}

core::MediaTime TransportInspector::Impl::media_of(core::Duration at) const {
    return zero ? std::max(core::MediaTime::zero(), at - *zero) : core::MediaTime::zero();
}

core::Instant TransportInspector::Impl::instant(core::Duration at) const {
    core::Instant result;
    if (options.intervals == ClockSource::Arrival) {
        result.arrival = core::ArrivalTime{at};
        if (zero) result.media = media_of(clock.now());
    } else {
        result.media = media_of(at);
        if (options.arrival_known && arrived) result.arrival = arrival;
    }
    return result;
}

void TransportInspector::Impl::event(Condition condition, PidState& state, std::optional<int> pid, std::uint64_t at,
                                     std::string detail) {
    const auto index = static_cast<std::size_t>(condition);
    ++counts[index];
    if (!state.reported) return;
    const core::Instant when = instant(interval_time(at));
    const std::uint16_t slot = &state == pids.data() ? std::uint16_t{0} : slots[state.pid];
    const auto bit = static_cast<std::uint16_t>(1U << index);
    if ((state.said & bit) == 0) {
        if (state.said == 0) flooded.push_back(slot);
        state.said = static_cast<std::uint16_t>(state.said | bit);
        out->add(core::Occurrence{std::string(spec(condition).id), state.subject, when, 1, pid, std::move(detail)});
        return;
    }
    Flood& flood = floods[{slot, index}];
    flood.at = when;
    flood.detail = std::move(detail);
    if (++flood.count >= kMaxHeldBack) flush_floods();
}

void TransportInspector::Impl::flush_floods() {
    for (auto& [key, flood] : floods) {
        const PidState& state = pids[key.first];
        const std::optional<int> pid = key.first == 0 ? std::nullopt : std::optional<int>(state.pid);
        out->add(core::Occurrence{std::string(kConditions[key.second].id), state.subject, flood.at, flood.count, pid,
                                  std::move(flood.detail)});
    }
    floods.clear();
    for (const std::uint16_t slot : flooded) pids[slot].said = 0;
    flooded.clear();
}

void TransportInspector::Impl::state_edge(Condition condition, Verdict& state, Verdict now,
                                          const core::Subject& subject, std::optional<int> pid, core::Duration at,
                                          std::string detail) {
    if (state == now) return;
    core::StateEdge edge;
    edge.condition = spec(condition).id;
    edge.subject = subject;
    edge.verdict = now;
    edge.at = instant(at);
    edge.exact = now != Verdict::Bad || state == Verdict::Good;
    edge.pid = pid;
    edge.detail = std::move(detail);
    state = now;
    if (now == Verdict::Bad) ++counts[static_cast<std::size_t>(condition)];
    out->add(std::move(edge));
}

/// The media clock has reached `at` by a beat or by a guess.
void TransportInspector::Impl::clock_moved(std::uint64_t at) {
    const core::Duration now = clock.at(at);
    next_check = UINT64_MAX;
    if (const auto guess = clock.next_guess()) next_check = std::max(*guess, at + kMinCheckDistance);
    if (!zero && now >= kWaitForZero) zero = first_sound.value_or(core::Duration::zero());
    if (options.bitrate == ClockSource::Media) {
        if (!window_start) {
            close_window({}, {});
            window_start = now;
        }
        if (now - *window_start >= kBitrateWindow) {
            core::Instant end = instant(now);
            end.media = media_of(now);
            close_window(end, now - *window_start);
            window_start = now;
        }
    }
    if (options.intervals == ClockSource::Media && (!last_tick || now - *last_tick >= kTickInterval)) tick(now);
}

void TransportInspector::Impl::arrival_moved() {
    const core::Duration now = arrival.time_since_epoch();
    if (options.bitrate == ClockSource::Arrival) {
        if (!window_start) window_start = now;
        for (int windows = 0; now - *window_start >= kBitrateWindow; ++windows) {
            if (windows == kMaxEmptyWindows) {  // nobody told us for long: no use to say it second by second
                window_start = now;
                break;
            }
            *window_start += kBitrateWindow;
            core::Instant end;
            end.arrival = core::ArrivalTime{*window_start};
            if (zero) end.media = media_of(clock.now());
            close_window(end, kBitrateWindow);
        }
    }
    if (options.intervals == ClockSource::Arrival && (!last_tick || now - *last_tick >= kTickInterval)) tick(now);
}

void TransportInspector::Impl::tick(core::Duration now) {
    judge_deadlines(now);
    flush_floods();
    last_tick = now;
    if (!zero && options.intervals == ClockSource::Media) return;  // nothing has been presented yet
    out->add(core::Tick{core::ClockDomain::Transport, instant(now)});
}

/// Counts of the window that ends here; with `window` = 0 nothing is said, a new window only begins.
void TransportInspector::Impl::close_window(core::Instant at, core::Duration window) {
    const auto say = [&](std::string_view measurement, const core::Subject& subject, std::uint64_t packets,
                         std::optional<int> pid) {
        core::LevelSample sample;
        sample.measurement = measurement;
        sample.subject = subject;
        sample.at = at;
        sample.window = window;
        sample.value = static_cast<double>(packets * kPacketSize * 8) / core::to_seconds(window);
        sample.pid = pid;
        out->add(std::move(sample));
    };
    std::uint64_t all = unassigned - window_unassigned;
    std::uint64_t null = 0;
    for (std::size_t slot = 1; slot < pids.size(); ++slot) {
        const std::uint64_t packets = lanes[slot].packets - pids[slot].window_packets;
        all += packets;
        if (pids[slot].role == Role::Null) null = packets;
    }
    if (window > core::Duration::zero()) {
        say("bitrate.mux", pids[0].subject, all, {});
        say("bitrate.payload", pids[0].subject, all - null, {});
        for (std::size_t slot = 1; slot < pids.size(); ++slot) {
            say("bitrate.pid", pids[slot].subject, lanes[slot].packets - pids[slot].window_packets, pids[slot].pid);
        }
    }
    window_unassigned = unassigned;
    for (std::size_t slot = 1; slot < pids.size(); ++slot) pids[slot].window_packets = lanes[slot].packets;
}

void TransportInspector::Impl::begin_session(core::Duration now) {
    session_start = now;
    for (ProgrammeState& state : programme_states) state.pmt_at = now;
    for (TrackState& track : tracks) track.seen_at = now;
}

void TransportInspector::Impl::judge_deadlines(core::Duration now) {
    if (!session_start) return;
    // A table that never came was missing from the start, not from the moment it was overdue.
    const auto overdue = [&](std::optional<core::Duration> seen,
                             core::Duration limit) -> std::optional<core::Duration> {
        if (now - seen.value_or(*session_start) <= limit) return std::nullopt;
        return seen ? *seen + limit : *session_start;
    };
    if (const auto since = overdue(pat_at, kMaxPatInterval)) {
        state_edge(Condition::Pat, pat, Verdict::Bad, stream_subject(), kPatPid, *since,
                   "no programme association table for 500 ms");
    }
    for (std::size_t i = 0; i < programmes.size(); ++i) {
        ProgrammeState& state = programme_states[i];
        if (!watched(programmes[i].number) || now - state.pmt_at <= kMaxPmtInterval) continue;
        state_edge(Condition::Pmt, state.pmt, Verdict::Bad, service_subject(programmes[i].number),
                   programmes[i].pmt_pid, state.pmt_known ? state.pmt_at + kMaxPmtInterval : state.pmt_at,
                   "no map of programme " + std::to_string(programmes[i].number) + " for 500 ms");
    }
    if (scrambled_since && scrambled_total != scrambled_at_tick) {
        const core::Duration from = cat_at ? std::max(*cat_at, *scrambled_since) : *scrambled_since;
        if (now - from > kMaxCatGap) {
            state_edge(Condition::Cat, cat, Verdict::Bad, stream_subject(), kCatPid, cat_at ? from + kMaxCatGap : from,
                       "scrambled packets without a conditional access table");
        }
    }
    scrambled_at_tick = scrambled_total;
    judge_tracks(now);
}

void TransportInspector::Impl::judge_tracks(core::Duration now) {
    for (TrackState& track : tracks) {
        if (track.kind != core::TrackKind::Video && track.kind != core::TrackKind::Audio) continue;
        const std::uint64_t packets = lanes[track.slot].packets;
        if (packets != track.packets_seen) {
            track.packets_seen = packets;
            track.seen_at = now;
            if (track.missing == Verdict::Good) continue;
            state_edge(Condition::PidMissing, track.missing, Verdict::Good, track.subject, track.pid, now, {});
        } else if (now - track.seen_at > kMaxPidGap) {
            const bool ever = track.missing == Verdict::Good;
            state_edge(Condition::PidMissing, track.missing, Verdict::Bad, track.subject, track.pid,
                       ever ? track.seen_at + kMaxPidGap : track.seen_at, "the PID has not come for 5 s");
        }
    }
}

}  // namespace sightline::formats::ts
