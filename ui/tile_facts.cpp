// SPDX-License-Identifier: Apache-2.0
#include "ui/tile_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "ui/order.hpp"
#include "ui/path_view.hpp"
#include "ui/umd_fields.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

struct Words {
    std::string_view condition;
    std::string_view words;
};
constexpr std::array kWords{Words{"signal.lost", "Lost"},
                            Words{"signal.stalled", "Stalled"},
                            Words{"signal.unreachable", "Unreachable"},
                            Words{"video.black", "Black"},
                            Words{"video.freeze", "Freeze"},
                            Words{"video.missing", "No picture"},
                            Words{"audio.silence", "Silence"},
                            Words{"audio.missing", "No sound"},
                            Words{"audio.loudness", "Loudness"},
                            Words{"audio.true_peak", "True peak"},
                            Words{"audio.level_low", "Level low"},
                            Words{"audio.level_high", "Level high"},
                            Words{"audio.phase", "Phase"},
                            Words{"audio.clipping", "Clipping"},
                            Words{"bitrate.low", "Bitrate low"},
                            Words{"bitrate.high", "Bitrate high"},
                            Words{"ts.continuity", "Continuity"},
                            Words{"ts.sync_loss", "Sync loss"},
                            Words{"ts.scrambled", "Scrambled"},
                            Words{"probe.overload", "Probe overload"},
                            Words{"rule.programme-lost", "Programme lost"}};

const StreamState* find_stream(const WallSnapshot& snapshot, const std::string& id, const std::string& probe) {
    for (const StreamState& stream : snapshot.streams)
        if (stream.key.stream == id && (probe.empty() || stream.key.probe == probe)) return &stream;
    return nullptr;
}

const ProbeState* probe_of(const WallSnapshot& snapshot, const StreamKey& key) {
    for (const ProbeState& probe : snapshot.probes)
        if (probe.id == key.probe) return &probe;
    return nullptr;
}

std::string stale_words(const WallSnapshot& snapshot, const StreamKey& key, core::ArrivalTime now) {
    const ProbeState* probe = probe_of(snapshot, key);
    if (probe == nullptr || probe->link == LinkState::Live) return {};
    if (probe->link == LinkState::Refused) return "probe refuses: " + probe->error;
    if (!probe->last_answer) return "probe not answering";
    return "probe not answering " + for_text(now - *probe->last_answer);
}

/// The alarms that stand for the worst one, as one line: "Black + silence".
std::string bar_words(const StreamState& stream, const AlarmView& worst, core::UtcTime utc) {
    if (!worst.follows.empty()) return "follows " + worst.follows;
    std::string out = worst.text.empty() ? condition_words(worst.condition) : worst.text;
    const AlarmView* other = alarm_beside(stream, worst, utc);
    if (other == nullptr) return out;
    std::string more = other->text.empty() ? condition_words(other->condition) : other->text;
    if (!more.empty()) more[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(more[0])));
    return out + " + " + more;
}

void look_at_alarm(TileFacts& look, const StreamState& stream, core::UtcTime utc) {
    const AlarmView* worst = worst_alarm(stream, utc);
    if (worst == nullptr) {
        for (const AlarmView& alarm : stream.alarms)
            if (alarm.snoozed_until && *alarm.snoozed_until > utc)
                look.snoozed_until = std::max(look.snoozed_until.value_or(core::UtcTime{}), *alarm.snoozed_until);
        if (look.snoozed_until && look.state == TileState::Good) look.border = kSnoozedBorder;
        return;
    }
    look.severity = worst->severity;
    look.since = worst->since;
    look.bar = bar_words(stream, *worst, utc);
    look.border = border_of(worst->severity);
    if (look.state == TileState::Good) look.state = TileState::Alarm;
    look.flashes = worst->severity >= core::Severity::Major && !worst->acknowledged && worst->follows.empty();
}

void look_at_latch(TileFacts& look, const StreamState& stream, const WallSnapshot& snapshot) {
    if (!stream.latched || (look.severity && *look.severity >= stream.latched->severity)) return;
    look.latched = stream.latched->severity;
    if (!look.bar.empty()) return;
    look.bar = "over: " + condition_words(stream.latched->condition);
    if (stream.latched->since) look.bar_time = clock_text(*stream.latched->since, snapshot.zone, false);
}

void look_at_watch(TileFacts& look, const StreamState& stream, const WallSnapshot& snapshot) {
    switch (stream.watch) {
        case Watch::Watched:
            return;
        case Watch::Lost:
            look.state = TileState::Lost;
            look.greyed = true;
            look.hatched = true;
            look.headline = "NO SIGNAL";
            look.why = stream.watch_reason;
            if (stream.last_picture) {
                if (!look.why.empty()) look.why += " \xC2\xB7 ";
                look.why += "last picture " + clock_text(*stream.last_picture, snapshot.zone);
            }
            return;
        case Watch::NotWatched:
            look.state = TileState::Unknown;
            look.border = kUnknownBorder;
            look.hatched = true;
            look.dimmed = true;
            look.headline = "? NOT WATCHED";
            look.why = stream.watch_reason;
            return;
    }
}

void look_at_tally(TileFacts& look, const TileSpec& tile, const WallSnapshot& snapshot, core::ArrivalTime now) {
    if (!tile.tally || snapshot.tally == nullptr) return;
    const link::TallyDisplay* display = snapshot.tally->find(*tile.tally);
    if (display == nullptr) return;
    look.tally = display->lamps;
    look.tally_stale = display->stale(now, snapshot.tally_stale);
}

}  // namespace

ClockWords clock_words(const TileSpec& tile, core::UtcTime utc) {
    if (tile.kind == TileKind::Timer) return {timer_text(tile.due.value_or(utc) - utc), tile.name};
    return {clock_text(utc, tile.zone), tile.name.empty() ? tile.zone.words(utc) : tile.name};
}

std::string condition_words(const std::string& condition) {
    for (const Words& known : kWords)
        if (known.condition == condition) return std::string(known.words);
    std::string words = condition;
    for (char& c : words)
        if (c == '.' || c == '_') c = ' ';
    if (!words.empty()) words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
    return words;
}

std::string source_words(const StreamState& stream) {
    std::string out = stream.transport;
    const auto add = [&](const std::string& more) {
        if (!more.empty()) out += (out.empty() ? "" : " ") + more;
    };
    add(bitrate_words(stream));
    add(stream.format);
    return out;
}

TileFacts facts_of(const TileSpec& tile, const StreamState* stream, const WallSnapshot& snapshot, core::ArrivalTime now,
                   core::UtcTime utc) {
    TileFacts look;
    look.name = tile.name;
    look_at_tally(look, tile, snapshot, now);
    if (stream == nullptr) {
        if (tile.kind == TileKind::Penalty) {
            look.headline = "NOTHING WRONG";
            look.why = fmt::format("penalty box {}", tile.number);
            look.border = kGoodBorder;
            look.hatched = false;
        } else if (tile.kind != TileKind::Empty) {
            look.headline = "? NOT FOUND";
            look.why = "no probe has " +
                       (tile.kind == TileKind::PathPoint ? fmt::format("point {} of ", tile.number) : std::string()) +
                       (tile.bound.empty() ? "this stream" : tile.bound);
        }
        return look;
    }
    if (look.name.empty()) look.name = stream->name.empty() ? stream->key.stream : stream->name;
    look.source = source_words(*stream);
    if (stream->depth == core::DepthMode::Adaptive) look.depth = "KF";
    if (stream->depth == core::DepthMode::Transport) look.depth = "TS only";
    look.state = TileState::Good;
    look.border = kGoodBorder;
    look.hatched = false;
    if (stream->air != core::AirState::OnAir) {
        look.state = TileState::Standby;
        look.border = kStandbyBorder;
        look.dimmed = look.hatched = true;
        look.headline = stream->air == core::AirState::Standby ? "STANDBY" : "OFF AIR";
        look.why = stream->watch == Watch::Watched ? "signal present" : stream->watch_reason;
        if (stream->air_changes)
            look.why += " \xC2\xB7 on air " + clock_text(*stream->air_changes, snapshot.zone, false);
        look_at_alarm(look, *stream, utc);
    } else {
        look_at_watch(look, *stream, snapshot);
        look_at_alarm(look, *stream, utc);
    }
    look_at_latch(look, *stream, snapshot);
    look.stale = stale_words(snapshot, stream->key, now);
    if (!look.stale.empty()) {  // what was known may no longer be so: neither good nor bad
        look.state = TileState::Unknown;
        look.border = kUnknownBorder;
        look.flashes = false;
        look.latched.reset();
        look.dimmed = look.hatched = true;
        look.headline = "? NOT WATCHED";
        look.why = look.stale;
        look.source = stream->transport;
        look.depth.clear();
        look.tally_stale = look.tally.any() && look.tally_stale;
    }
    return look;
}

std::map<StreamKey, bool> red_streams(const Layout& layout, const WallSnapshot& snapshot) {
    std::map<StreamKey, bool> red;
    if (snapshot.tally == nullptr) return red;
    for (const PageSpec& page : layout.pages)
        for (const TileSpec& tile : page.tiles) {
            if (!tile.tally || tile.kind != TileKind::Stream) continue;
            const StreamState* stream = find_stream(snapshot, tile.bound, tile.probe);
            const link::TallyDisplay* display = snapshot.tally->find(*tile.tally);
            if (stream != nullptr && display != nullptr && display->lamps.red) red[stream->key] = true;
        }
    return red;
}

std::vector<const StreamState*> bound_streams(const PageSpec& page, const Layout& layout, const WallSnapshot& snapshot,
                                              core::UtcTime utc) {
    std::vector<const StreamState*> streams;
    std::map<std::string, std::size_t> taken;  // of each tag
    std::optional<std::vector<const StreamState*>> wrong;
    for (const TileSpec& tile : page.tiles) {
        const StreamState* stream = nullptr;
        if (tile.kind == TileKind::Stream) stream = find_stream(snapshot, tile.bound, tile.probe);
        if (tile.kind == TileKind::PathPoint) {
            if (const auto path = path_called(tile.bound, tile.probe, layout, snapshot))
                stream = speaker_of(*path, static_cast<std::size_t>(tile.number) - 1, snapshot, utc);
        }
        if (tile.kind == TileKind::Tag) {
            std::size_t skip = taken[tile.bound]++;
            for (const StreamState& one : snapshot.streams)
                if (std::find(one.tags.begin(), one.tags.end(), tile.bound) != one.tags.end() && skip-- == 0) {
                    stream = &one;
                    break;
                }
        }
        if (tile.kind == TileKind::Penalty) {
            if (!wrong) wrong = wrong_streams(snapshot, utc, red_streams(layout, snapshot));
            if (static_cast<std::size_t>(tile.number) <= wrong->size())
                stream = (*wrong)[static_cast<std::size_t>(tile.number) - 1];
        }
        streams.push_back(stream);
    }
    return streams;
}

PageSpec expanded(const PageSpec& page, const Layout& layout, const WallSnapshot& snapshot, core::UtcTime utc,
                  float aspect) {
    if (!page.automatic && !page.only_wrong) return page;
    PageSpec out = page;
    out.tiles.clear();
    const auto add = [&](const StreamState& stream) {
        if (out.tiles.size() >= kMostTiles) return;
        TileSpec tile;
        tile.kind = TileKind::Stream;
        tile.bound = stream.key.stream;
        tile.probe = stream.key.probe;
        for (const PageSpec& other : layout.pages)  // its name and lamps are those it has elsewhere
            for (const TileSpec& known : other.tiles)
                if (known.kind == TileKind::Stream && known.bound == tile.bound) {
                    tile.name = known.name;
                    tile.tally = known.tally;
                    tile.umd = known.umd;
                    tile.safe_areas = known.safe_areas;
                    tile.centre_cross = known.centre_cross;
                }
        out.tiles.push_back(std::move(tile));
    };
    if (page.only_wrong) {
        for (const StreamState* stream : wrong_streams(snapshot, utc, red_streams(layout, snapshot))) add(*stream);
    } else {
        for (const StreamState& stream : snapshot.streams) add(stream);
    }
    out.grid = grid_for(std::max<std::size_t>(out.tiles.size(), 1), aspect);
    return out;
}

}  // namespace sightline::ui
