// SPDX-License-Identifier: Apache-2.0
#include "engine/clip_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "engine/clip_stills.hpp"
#include "engine/ring_input.hpp"
#include "formats/ts/packet.hpp"
#include "formats/ts/packet_sync.hpp"
#include "probe/clip_remuxer.hpp"

namespace sightline::engine {
namespace {

using namespace std::chrono_literals;
using probe::Container;

/// How far before the clip's beginning two key frames are looked for.
constexpr core::Duration kTwoGops = 20s;
/// Further apart, arrival and media time speak of different things.
constexpr core::Duration kNear = 20s;
constexpr core::Duration kSameMoment = 2ms;  // media times in records have milliseconds
constexpr std::size_t kLookBack = 2U << 20;  // for a PAT

/// A block may end within a packet: its beginning waits in `rest` for the next block.
void keep_packets_whole(std::vector<std::byte>& bytes, std::vector<std::byte>& rest) {
    bytes.insert(bytes.begin(), rest.begin(), rest.end());
    const auto whole = static_cast<std::ptrdiff_t>(bytes.size() / formats::ts::kPacketSize * formats::ts::kPacketSize);
    rest.assign(bytes.begin() + whole, bytes.end());
    bytes.resize(static_cast<std::size_t>(whole));
}

/// A session that begins behind a hole may begin within a packet.
void to_first_packet(std::vector<std::byte>& bytes) {
    const auto found = formats::ts::find_sync(bytes);
    if (found.stride > 0) bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(found.offset));
}

class ClipMaker {
public:
    ClipMaker(int ring, const ClipOrder& order, const std::function<bool(std::span<const std::byte>)>& write)
        : ring_(ring), order_(order), write_(write) {}
    ClipReport make();

private:
    bool choose_blocks();
    void find_holes(const std::vector<RingBlock>& blocks);
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
    bool cut(std::vector<std::byte>& gathered, std::size_t mark, bool last);
    [[nodiscard]] std::optional<core::Duration> raw_start() const;
    [[nodiscard]] std::optional<std::size_t> session_of_fault() const;
    [[nodiscard]] StillFrames stills_of(std::size_t session, std::optional<core::MediaTime> since) const;

    int ring_;
    const ClipOrder& order_;
    const std::function<bool(std::span<const std::byte>)>& write_;
    core::Duration civil_{};  // UTC less arrival
    std::vector<RingSession> sessions_;
    std::vector<SessionSurvey> surveys_;
    struct Start {
        std::size_t session = 0;
        core::ArrivalTime arrival{};  // of the key frame's bytes
        core::ArrivalTime due{};
        std::optional<core::MediaTime> key;  // by the session's own clock
    };
    Start start_;
    ClipReport report_;
};

void ClipMaker::find_holes(const std::vector<RingBlock>& blocks) {
    const RingBlock* before = nullptr;
    for (const RingBlock& block : blocks) {
        if (block.head) continue;
        if (block.after_loss && before != nullptr) {
            const RingHole hole{before->utc + (before->marks.back().arrival - before->marks.front().arrival),
                                block.utc};
            const bool within = hole.to > order_.from && hole.from < order_.to;
            if (within && report_.holes.size() < kMostHoles) report_.holes.push_back(hole);
        }
        before = &block;
    }
}

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
    find_holes(*listed);
    civil_ = near->utc.time_since_epoch() - near->marks.front().arrival.time_since_epoch();
    sessions_ = sessions_of(*listed);
    std::optional<core::UtcTime> oldest;
    for (RingSession& session : sessions_) {
        std::vector<RingBlock> wanted;
        for (const RingBlock& block : session.blocks) {
            if (!oldest) oldest = block.utc;
            if (block.utc <= order_.to && block.utc >= order_.from - kTwoGops) wanted.push_back(block);
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

/// The last key frame but one that is due before the beginning: with it a whole GOP comes before. Else the first one.
void ClipMaker::choose_start() {
    const core::ArrivalTime from = to_arrival(order_.from);
    std::optional<Start> last, before;
    for (std::size_t n = 0; n < sessions_.size(); ++n) {
        for (const ClipKey& key : surveys_[n].keys) {
            const auto due = surveys_[n].arrival_of(key.at);
            if (!key.arrival || !due || (last && *due > from)) continue;
            before = std::exchange(last, Start{n, *key.arrival, *due, key.at});
        }
    }
    if (before || last) {
        start_ = before ? *before : *last;
        report_.whole = report_.whole && start_.due <= from;
        return;
    }
    // No pictures: from the moment itself.
    start_ = {0, sessions_.front().blocks.front().marks.front().arrival, {}, {}};
    for (std::size_t n = 0; n < sessions_.size(); ++n) {
        for (const RingBlock& block : sessions_[n].blocks) {
            if (block.marks.front().arrival <= from) start_ = {n, block.marks.front().arrival, {}, {}};
        }
    }
    start_.due = start_.arrival;
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

/// The one by whose own clock the fault is nearest to when it arrived, and to its pictures.
std::optional<std::size_t> ClipMaker::session_of_fault() const {
    std::optional<std::size_t> best;
    core::Duration least = core::Duration::max();
    for (std::size_t n = 0; n < sessions_.size(); ++n) {
        const SessionSurvey& seen = surveys_[n];
        const auto since = since_in(n);
        if (!since || !seen.first || !seen.last || seen.keys.empty()) continue;
        const core::Duration distance = std::chrono::abs(*seen.arrival_of(*since) - to_arrival(order_.since));
        const core::Duration outside = std::max({*seen.first - *since, *since - *seen.last, core::Duration{}});
        if (distance + outside >= least) continue;
        least = distance + outside;
        best = n;
    }
    return best;
}

/// `since`: by the session's own clock; empty: after its end.
StillFrames ClipMaker::stills_of(std::size_t session, std::optional<core::MediaTime> since) const {
    const SessionSurvey& seen = surveys_[session];
    StillWish wish;
    if (since) {
        wish.good_before = *since - kSameMoment - order_.uncertainty;
        if (*since <= *seen.last) wish.bad_from = *since - kSameMoment;
    }
    for (const ClipKey& key : seen.keys) {
        if (!wish.good_before || key.at < *wish.good_before) wish.decode_from = key.at;
    }
    return find_stills(ring_, sessions_[session], order_, wish);
}

void ClipMaker::make_stills() {
    const auto at = session_of_fault();
    if (!at) return;
    const StillFrames found = stills_of(*at, since_in(*at));
    if (found.good) report_.good = still_in(*at, *found.good);
    if (found.bad) report_.bad = still_in(*at, *found.bad);
    if (found.good || *at == 0 || surveys_[*at - 1].keys.empty()) return;
    // It began with the fault.
    const StillFrames before = stills_of(*at - 1, std::nullopt);
    if (before.good) report_.good = still_in(*at - 1, *before.good);
}

bool ClipMaker::put(std::span<const std::byte> bytes) {
    if (order_.most_bytes > 0 && report_.bytes + bytes.size() > order_.most_bytes) return false;
    if (!write_(bytes)) return false;
    report_.bytes += bytes.size();
    return true;
}

/// Presentation time of the key frame by the container's own clock.
std::optional<core::Duration> ClipMaker::raw_start() const {
    const auto& offset = surveys_[start_.session].offset;
    return offset && start_.key ? std::optional(*start_.key - *offset) : std::nullopt;
}

/// Leaves of `gathered` what a clip begins with: the tables, then the key frame, which is at `mark` or later.
/// @return false: not with these bytes yet. `last`: there are no more.
bool ClipMaker::cut(std::vector<std::byte>& gathered, std::size_t mark, bool last) {
    const auto raw = raw_start();
    const auto pts = raw ? std::optional(std::llround(core::to_seconds(*raw) * 90'000)) : std::nullopt;
    TsStart start = ts_start(gathered, mark, surveys_[start_.session].tracks, pts);
    if (pts && !start.exact && !last && gathered.size() - mark < kLookBack) return false;
    start.tables.insert(start.tables.end(), gathered.begin() + static_cast<std::ptrdiff_t>(start.begin),
                        gathered.end());
    gathered = std::move(start.tables);
    report_.from = to_utc(start_.due);
    return true;
}

void ClipMaker::copy_bytes() {
    const core::ArrivalTime to = to_arrival(order_.to);
    bool begun = false;
    for (std::size_t n = start_.session; n < sessions_.size(); ++n) {
        std::vector<std::byte> gathered;  // until the start is found
        std::optional<std::size_t> mark;  // where it is looked for from on
        std::vector<std::byte> rest;
        const std::vector<RingBlock>& blocks = sessions_[n].blocks;
        for (const RingBlock& block : blocks) {
            auto bytes = read_ring(ring_, block);
            if (!bytes) {  // overwritten since: the oldest go first
                report_.whole = false;
                continue;
            }
            if (begun && &block == &blocks.front()) to_first_packet(*bytes);
            const auto late = std::find_if(block.marks.begin(), block.marks.end(),
                                           [&](const RingMark& at) { return at.arrival > to; });
            if (late != block.marks.end()) bytes->resize(late->offset);
            const bool last = late != block.marks.end() || &block == &blocks.back();
            if (!begun) {
                const auto found = std::find_if(block.marks.begin(), block.marks.end(),
                                                [&](const RingMark& at) { return at.arrival >= start_.arrival; });
                if (!mark && found != block.marks.end()) mark = gathered.size() + found->offset;
                gathered.insert(gathered.end(), bytes->begin(), bytes->end());
                begun = mark && cut(gathered, *mark, last);
                if (!mark && gathered.size() > 2 * kLookBack)
                    gathered.erase(gathered.begin(), gathered.end() - kLookBack);
                if (!begun) continue;
                bytes = std::exchange(gathered, {});
            }
            keep_packets_whole(*bytes, rest);
            if (!put(*bytes)) return;
            report_.to = to_utc(std::min(block.marks.back().arrival, to));
            if (late != block.marks.end()) return;
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
    core::ArrivalTime newest = start_.arrival;
    for (std::size_t n = start_.session; n < sessions_.size(); ++n) {
        RingSession session = sessions_[n];
        trim(session);
        if (n == start_.session) {  // not from the ring's beginning, but from the last place before the key frame
            while (session.blocks.size() > 1 && session.blocks[1].resume != RingBlock::kNoResume &&
                   session.blocks[1].marks.back().arrival < start_.arrival)
                session.blocks.erase(session.blocks.begin());
        }
        if (session.blocks.empty()) continue;
        newest = std::max(newest, session.blocks.back().marks.back().arrival);
        inputs.push_back(std::make_unique<RingInput>(ring_, session));
        parts.push_back({inputs.back().get(), session.container});
    }
    probe::RemuxOptions options;
    options.from = start_.arrival;
    options.from_time = raw_start();
    options.max_tracks = order_.max_tracks;
    options.write = [this](std::span<const std::byte> bytes) { return put(bytes); };
    report_.from = to_utc(start_.due);
    report_.to = to_utc(newest);
    const auto done = probe::remux_to_ts(parts, options);
    for (const auto& input : inputs) report_.whole = report_.whole && input->overwritten() == 0;
    if (!done) {
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
    const bool plays = std::all_of(sessions_.begin() + static_cast<std::ptrdiff_t>(start_.session), sessions_.end(),
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
