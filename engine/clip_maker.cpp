// SPDX-License-Identifier: Apache-2.0
#include "engine/clip_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "engine/clip_stills.hpp"
#include "engine/ring_input.hpp"
#include "probe/clip_remuxer.hpp"

namespace sightline::engine {
namespace {

using namespace std::chrono_literals;
using probe::Container;

/// How far before the clip's beginning the last key frame may lie.
constexpr core::Duration kLongestGop = 15s;
/// Further apart, arrival and media time speak of different things.
constexpr core::Duration kNear = 20s;
constexpr core::Duration kSameMoment = 2ms;  // media times in records have milliseconds
constexpr std::size_t kPacket = 188;
constexpr std::size_t kLookBack = 2U << 20;  // for a PAT

class ClipMaker {
public:
    ClipMaker(int ring, const ClipOrder& order, const std::function<bool(std::span<const std::byte>)>& write)
        : ring_(ring), order_(order), write_(write) {}
    ClipReport make();

private:
    bool choose_blocks();
    void choose_start();
    void make_stills();
    void copy_bytes();
    void remux();
    bool put(std::span<const std::byte> bytes);
    [[nodiscard]] core::ArrivalTime to_arrival(core::UtcTime utc) const {
        return core::ArrivalTime{utc.time_since_epoch() - civil_};
    }
    [[nodiscard]] core::UtcTime to_utc(core::ArrivalTime arrival) const {
        return core::UtcTime{arrival.time_since_epoch() + civil_};
    }
    [[nodiscard]] std::optional<core::Duration> clock_of(std::size_t session) const;
    [[nodiscard]] std::optional<core::MediaTime> since_in(std::size_t session) const;
    [[nodiscard]] ClipStill still_in(std::size_t session, const core::VideoFrame& frame) const;
    void trim(RingSession& session) const;
    [[nodiscard]] std::size_t aligned_start(std::span<const std::byte> bytes, std::size_t wanted) const;

    int ring_;
    const ClipOrder& order_;
    const std::function<bool(std::span<const std::byte>)>& write_;
    core::Duration civil_{};  // UTC less arrival
    std::vector<RingSession> sessions_;
    std::vector<SessionSurvey> surveys_;
    std::size_t start_session_ = 0;
    core::ArrivalTime start_{};
    ClipReport report_;
};

/// The blocks from a GOP before the beginning to the end; nothing is decoded yet.
bool ClipMaker::choose_blocks() {
    const auto listed = list_ring(ring_);
    if (!listed || listed->empty()) {
        report_.note = listed ? "nothing of the stream is in its ring" : listed.error().message;
        return false;
    }
    const RingBlock* near = &listed->front();
    for (const RingBlock& block : *listed) {
        if (block.utc <= order_.since) near = &block;
    }
    civil_ = near->utc.time_since_epoch() - near->marks.front().arrival.time_since_epoch();
    sessions_ = sessions_of(*listed);
    std::optional<core::UtcTime> oldest;
    for (RingSession& session : sessions_) {
        std::vector<RingBlock> wanted;
        for (const RingBlock& block : session.blocks) {
            if (!oldest) oldest = block.utc;
            if (block.utc <= order_.to && block.utc >= order_.from - kLongestGop) wanted.push_back(block);
        }
        session.blocks = std::move(wanted);
    }
    report_.whole = oldest && *oldest <= order_.from;
    const bool headless = std::any_of(sessions_.begin(), sessions_.end(), [](const RingSession& session) {
        return !session.blocks.empty() && !session.readable();
    });
    std::erase_if(sessions_, [](const RingSession& session) { return !session.readable(); });
    if (!sessions_.empty()) return true;
    report_.note = headless ? "the ring began within the session: what its tracks are is not in it"
                            : "nothing of that time is in the ring";
    return false;
}

/// The last key frame that is due before the beginning; else the first one there is.
void ClipMaker::choose_start() {
    const core::ArrivalTime from = to_arrival(order_.from);
    start_ = sessions_.front().blocks.front().marks.front().arrival;
    bool found = false;
    for (std::size_t n = 0; n < sessions_.size(); ++n) {
        for (const ClipKey& key : surveys_[n].keys) {
            const auto due = surveys_[n].arrival_of(key.at);
            if (!key.arrival || !due || (found && *due > from)) continue;
            found = true;
            start_ = *key.arrival;
            start_session_ = n;
            report_.whole = report_.whole && *due <= from;
            if (*due > from) return;
        }
    }
    if (found) return;
    // No pictures: from the moment itself.
    for (std::size_t n = 0; n < sessions_.size(); ++n) {
        for (const RingBlock& block : sessions_[n].blocks) {
            if (block.marks.front().arrival > from) return;
            start_ = block.marks.front().arrival;
            start_session_ = n;
        }
    }
}

/// Media time of the watching worker less that of the session.
std::optional<core::Duration> ClipMaker::clock_of(std::size_t session) const {
    const SessionSurvey& seen = surveys_[session];
    if (!seen.offset || !seen.difference) return std::nullopt;
    std::optional<core::Duration> watched;
    for (const RingBlock& block : sessions_[session].blocks) {
        if (!block.media_offset || (watched && block.utc > order_.since + 3s)) continue;
        watched = block.media_offset;
    }
    if (!watched) return std::nullopt;
    const core::Duration between = *watched - *seen.offset;
    if (!order_.since_media) return between;
    // Timestamps wrap: of the clocks that are a period apart, it is the one at which the fault arrived when it did.
    const int bits = sessions_[session].container == Container::MpegTs ? 33 : 32;
    const core::Duration period = core::ticks_to_duration(std::int64_t{1} << bits, bits == 33 ? 90'000 : 1'000);
    core::Duration best = between;
    core::Duration apart = core::Duration::max();
    for (const int turns : {-1, 0, 1}) {
        const core::Duration candidate = between + turns * period;
        const core::ArrivalTime due{*seen.difference + (*order_.since_media - candidate)};
        const core::Duration distance = std::chrono::abs(due - to_arrival(order_.since));
        if (distance < apart) {
            apart = distance;
            best = candidate;
        }
    }
    return apart < kNear ? std::optional(best) : std::nullopt;
}

/// The fault's beginning by the session's own clock.
std::optional<core::MediaTime> ClipMaker::since_in(std::size_t session) const {
    const auto clock = clock_of(session);
    if (clock && order_.since_media) return *order_.since_media - *clock;
    const auto& difference = surveys_[session].difference;
    if (!difference) return std::nullopt;
    return core::MediaTime{to_arrival(order_.since).time_since_epoch() - *difference};
}

ClipStill ClipMaker::still_in(std::size_t session, const core::VideoFrame& frame) const {
    ClipStill still;
    const auto due = surveys_[session].arrival_of(frame.at);
    if (due) still.utc = to_utc(*due);
    if (const auto clock = clock_of(session)) still.media = frame.at + *clock;
    still.jpeg = still_of(frame);
    return still;
}

void ClipMaker::make_stills() {
    for (std::size_t n = 0; n < sessions_.size() && !report_.bad; ++n) {
        const auto since = since_in(n);
        const SessionSurvey& seen = surveys_[n];
        if (!since || seen.keys.empty()) continue;
        StillWish wish;
        if (seen.last && *since <= *seen.last) wish.bad_from = *since - kSameMoment;
        wish.good_before = *since - kSameMoment - order_.uncertainty;
        for (const ClipKey& key : seen.keys) {
            if (key.at < *wish.good_before) wish.decode_from = key.at;
        }
        const StillFrames found = find_stills(ring_, sessions_[n], order_, wish);
        if (found.good) report_.good = still_in(n, *found.good);
        if (found.bad) report_.bad = still_in(n, *found.bad);
    }
}

bool ClipMaker::put(std::span<const std::byte> bytes) {
    if (order_.most_bytes > 0 && report_.bytes + bytes.size() > order_.most_bytes) return false;
    if (!write_(bytes)) return false;
    report_.bytes += bytes.size();
    return true;
}

/// The last PAT but one before `wanted`: the PMT that follows it comes before the key frame. `wanted` where there is
/// none.
std::size_t ClipMaker::aligned_start(std::span<const std::byte> bytes, std::size_t wanted) const {
    std::size_t sync = 0;
    while (sync + 2 * kPacket < wanted &&
           !(bytes[sync] == std::byte{0x47} && bytes[sync + kPacket] == std::byte{0x47} &&
             bytes[sync + 2 * kPacket] == std::byte{0x47}))
        ++sync;
    std::optional<std::size_t> last, before;
    for (std::size_t at = sync; at + 3 < wanted; at += kPacket) {
        const bool table = bytes[at] == std::byte{0x47} && (bytes[at + 1] & std::byte{0x5F}) == std::byte{0x40} &&
                           bytes[at + 2] == std::byte{0};
        if (!table) continue;
        before = std::exchange(last, at);
    }
    return before ? *before : last.value_or(wanted);
}

void ClipMaker::copy_bytes() {
    const core::ArrivalTime to = to_arrival(order_.to);
    std::vector<std::byte> behind;  // of the session before its start
    bool begun = false;
    for (std::size_t n = start_session_; n < sessions_.size(); ++n) {
        for (const RingBlock& block : sessions_[n].blocks) {
            auto bytes = read_ring(ring_, block);
            if (!bytes) continue;
            std::size_t end = bytes->size();
            std::size_t begin = 0;
            for (const RingMark& mark : block.marks) {
                if (mark.arrival > to) end = std::min<std::size_t>(end, mark.offset);
                if (mark.arrival < start_) begin = bytes->size();
                if (mark.arrival >= start_ && begin == bytes->size()) begin = mark.offset;
            }
            if (!begun && begin == bytes->size()) {
                behind.insert(behind.end(), bytes->begin(), bytes->end());
                if (behind.size() > 2 * kLookBack) behind.erase(behind.begin(), behind.end() - kLookBack);
                continue;
            }
            if (begin < end && !begun) {
                begun = true;
                report_.from = to_utc(start_);
                behind.insert(behind.end(), bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(begin));
                const std::size_t old = behind.size();
                behind.insert(behind.end(), bytes->begin() + static_cast<std::ptrdiff_t>(begin), bytes->end());
                const std::size_t start = aligned_start(behind, old);
                if (!put(std::span(behind).subspan(start, old - start))) return;
            }
            if (begun && begin < end && !put(std::span(*bytes).subspan(begin, end - begin))) return;
            if (end > 0) report_.to = to_utc(std::min(block.marks.back().arrival, to));
            if (end < bytes->size()) return;
        }
    }
}

void ClipMaker::trim(RingSession& session) const {
    const core::ArrivalTime to = to_arrival(order_.to);
    std::erase_if(session.blocks, [&](const RingBlock& block) { return block.marks.front().arrival > to; });
}

void ClipMaker::remux() {
    report_.remuxed = true;
    std::vector<std::unique_ptr<RingInput>> inputs;
    std::vector<probe::RemuxPart> parts;
    core::ArrivalTime newest = start_;
    for (std::size_t n = start_session_; n < sessions_.size(); ++n) {
        RingSession session = sessions_[n];
        trim(session);
        if (n == start_session_) {  // not from the ring's beginning, but from the last place before the key frame
            while (session.blocks.size() > 1 && session.blocks[1].resume != RingBlock::kNoResume &&
                   session.blocks[1].marks.back().arrival < start_)
                session.blocks.erase(session.blocks.begin());
        }
        if (session.blocks.empty()) continue;
        newest = std::max(newest, session.blocks.back().marks.back().arrival);
        inputs.push_back(std::make_unique<RingInput>(ring_, session));
        parts.push_back({inputs.back().get(), session.container});
    }
    probe::RemuxOptions options;
    options.from = start_;
    options.max_tracks = order_.max_tracks;
    options.write = [this](std::span<const std::byte> bytes) { return put(bytes); };
    report_.from = to_utc(start_);
    report_.to = to_utc(newest);
    if (const auto done = probe::remux_to_ts(parts, options); !done) {
        report_.note = "no clip: " + done.error().message;
        if (done.error().code != core::ErrorCode::Io) report_.bytes = 0;
    }
}

ClipReport ClipMaker::make() {
    if (!choose_blocks()) return std::move(report_);
    surveys_.reserve(sessions_.size());
    for (const RingSession& session : sessions_) surveys_.push_back(survey(ring_, session, order_));
    choose_start();
    if (order_.pictures) make_stills();
    const bool plays = std::all_of(sessions_.begin() + static_cast<std::ptrdiff_t>(start_session_), sessions_.end(),
                                   [](const RingSession& session) { return session.container == Container::MpegTs; });
    if (plays) {
        copy_bytes();
    } else {
        remux();
    }
    if (report_.bytes == 0 && report_.note.empty()) report_.note = "no clip: nothing of that time is in the ring";
    return std::move(report_);
}

}  // namespace

ClipReport make_clip(int ring, const ClipOrder& order, const std::function<bool(std::span<const std::byte>)>& write) {
    return ClipMaker(ring, order, write).make();
}

}  // namespace sightline::engine
