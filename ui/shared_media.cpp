// SPDX-License-Identifier: Apache-2.0
#include "ui/shared_media.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include "ui/gl/video_renderer.hpp"
#include "ui/picture_hold.hpp"
#include "ui/still_picture.hpp"

namespace sightline::ui {
namespace {

using core::Duration;
using std::chrono::milliseconds;

/// Sound that stops coming reads as silence after this long; blocks come in bursts of a packet or two.
constexpr Duration kSilenceAfter = milliseconds{300};
/// Meters alone do not need the display's full rate.
constexpr Duration kMeterPeriod = milliseconds{40};
/// A stream that comes back onto the glass shows no picture older than this before its next one.
constexpr Duration kFreshEnough = milliseconds{1'000};
/// Layouts since which a stream counts as on the glass: those of one refresh, one a window.
constexpr std::uint64_t kWindows = 16;

PictureFormat format_of(const link::TileInfo& info) {
    return {info.width,  info.height,   info.sample_bytes, info.bit_depth, info.range,
            info.matrix, info.transfer, info.sar_num,      info.sar_den,   info.source_height};
}

/// JFIF's colours; neither when it was made nor its source's size are known.
link::TileInfo info_of(const StillPicture& still) {
    link::TileInfo info;
    info.width = info.source_width = still.width;
    info.height = info.source_height = still.height;
    info.range = core::ColourRange::Full;
    info.matrix = core::ColourMatrix::Bt601;
    info.utc = still.at;
    return info;
}

/// What is known of one stream.
struct Entry {
    PictureSlot slot = 0;
    std::optional<link::TileInfo> picture;
    core::ArrivalTime arrived{};
    bool ended = false;
    bool still = false;  ///< the picture is one of a remote probe's small ones
    bool news_waiting = false;
    bool to_be_shown = false;       ///< the picture was not on the glass yet
    std::uint64_t pictures = 0;     ///< shown
    std::optional<PlayDelay> came;  ///< of the newest picture
    std::uint64_t visited = 0;      ///< round of the last poll that found it
    std::uint64_t placed = 0;       ///< layout of the last place()
    std::uint64_t heard = 0;        ///< layout of the last levels()
    std::vector<Meter> meters;
    std::vector<ChannelLevel> levels;
    Loudness loudness;
    core::ArrivalTime sound_at{};
};

}  // namespace

struct SharedMedia::Parts {
    const core::Clock& clock;
    VisitSegments segments;
    Ballistics ballistics;
    std::unique_ptr<VideoRenderer> renderer;
    std::map<StreamKey, Entry> entries;
    std::uint64_t round = 0, layout = 0;
    std::size_t room_wanted = std::size_t{4} << 20U;
    int width = 0, height = 0;
    std::vector<PictureQuad> quads;
    Box largest;
    StreamKey levels_of;  // its meters show levels_track
    std::size_t levels_track = 0;
    std::optional<HeldPictures> held;
    PictureHold kept;  // of it
    core::ArrivalTime last_poll{}, meters_at{};
    std::vector<link::LevelBlock> blocks;  // kept for its memory
    Duration uploading{}, drawing{};
    std::uint64_t uploads = 0, left_out = 0;
    std::vector<core::ArrivalTime> going;  // publishing times of what goes on the glass with this refresh
    Delays to_glass;

    Parts(const core::Clock& c, VisitSegments s, Ballistics b) : clock(c), segments(std::move(s)), ballistics(b) {}

    [[nodiscard]] bool recent(std::uint64_t at) const { return at != 0 && at + kWindows >= layout; }
    [[nodiscard]] bool on_glass(const Entry& entry) const { return recent(entry.placed); }
    bool take_pictures(core::ArrivalTime now);
    bool take_picture(Entry& entry, link::TileReader& reader, core::ArrivalTime now, std::size_t& room_missing);
    const link::TileFrame* take_held(Entry& entry, link::TileReader& reader, core::ArrivalTime now);
    bool upload_held(Entry& entry, const link::TileFrame& frame, core::ArrivalTime now, std::size_t& room_missing);
    bool upload_still(Entry& entry, const StillPicture& still, core::ArrivalTime now, std::size_t& room_missing);
    void have_picture(Entry& entry, const link::TileInfo& info, core::ArrivalTime now);
    bool take_levels(Entry& entry, link::LevelsReader& reader, std::size_t track, core::ArrivalTime now);
    void feed_meters(Entry& entry, const link::LevelBlock& block);
    bool fall_silent(Entry& entry, core::ArrivalTime now, Duration elapsed);
};

bool SharedMedia::Parts::take_picture(Entry& entry, link::TileReader& reader, core::ArrivalTime now,
                                      std::size_t& room_missing) {
    const auto info = reader.newest_into([this, &room_missing](const link::TileInfo& i) {
        auto memory = renderer->reserve(i.bytes());
        if (memory.empty()) room_missing += i.bytes() + 64;
        return memory;
    });
    if (!info) return false;
    entry.came = play_delay(now, info->at);
    have_picture(entry, *info, now);
    return true;
}

void SharedMedia::Parts::have_picture(Entry& entry, const link::TileInfo& info, core::ArrivalTime now) {
    if (entry.slot == 0) entry.slot = renderer->open_slot();
    renderer->commit(entry.slot, format_of(info));
    if (entry.picture && on_glass(entry) && info.sequence > entry.picture->sequence)
        left_out += info.sequence - entry.picture->sequence - 1;
    entry.to_be_shown = true;
    entry.still = false;
    entry.picture = info;
    entry.arrived = now;
    entry.news_waiting = false;
    ++entry.pictures;
    ++uploads;
}

const link::TileFrame* SharedMedia::Parts::take_held(Entry& entry, link::TileReader& reader, core::ArrivalTime now) {
    if (reader.has_news()) {
        if (const auto at = kept.take(reader)) entry.came = play_delay(now, *at);
    }
    return kept.due(now, held->delay);
}

bool SharedMedia::Parts::upload_held(Entry& entry, const link::TileFrame& frame, core::ArrivalTime now,
                                     std::size_t& room_missing) {
    const auto memory = renderer->reserve(frame.info.bytes());
    if (memory.size() < frame.info.bytes() || frame.pixels.size() < frame.info.bytes()) {
        room_missing += frame.info.bytes() + 64;
        return false;
    }
    std::memcpy(memory.data(), frame.pixels.data(), frame.info.bytes());
    have_picture(entry, frame.info, now);
    entry.to_be_shown = false;  // late on purpose: no figure of the renderer's
    return true;
}

bool SharedMedia::Parts::upload_still(Entry& entry, const StillPicture& still, core::ArrivalTime now,
                                      std::size_t& room_missing) {
    const auto memory = renderer->reserve(still.pixels.size());
    if (memory.size() < still.pixels.size()) {
        room_missing += still.pixels.size() + 64;
        return false;
    }
    std::memcpy(memory.data(), still.pixels.data(), still.pixels.size());
    have_picture(entry, info_of(still), now);
    entry.to_be_shown = false;  // seconds old when it comes: no figure of the renderer's
    entry.still = true;
    return true;
}

bool SharedMedia::Parts::take_pictures(core::ArrivalTime now) {
    // First who has something new, then one round of uploads for all of them.
    std::size_t bytes = 0;
    std::vector<std::pair<Entry*, link::TileReader*>> wanted;
    std::vector<std::pair<Entry*, std::shared_ptr<const StillPicture>>> stills;
    Entry* heard = nullptr;
    const link::TileFrame* due = nullptr;
    segments([&](const StreamKey& key, const StreamSegments& feed) {
        Entry& entry = entries[key];
        entry.visited = round;
        entry.ended = feed.ended;
        if (feed.tiles != nullptr && held && held->stream == key && (!entry.picture || on_glass(entry))) {
            heard = &entry;
            due = take_held(entry, *feed.tiles, now);
            if (due != nullptr) bytes += due->info.bytes() + 64;
            return;
        }
        if (feed.tiles == nullptr && feed.still && (!entry.picture || entry.picture->utc != feed.still->at)) {
            entry.news_waiting = true;
            if (entry.picture && !on_glass(entry)) return;
            stills.emplace_back(&entry, feed.still);
            bytes += feed.still->pixels.size() + 64;
        }
        if (feed.tiles == nullptr || !feed.tiles->has_news()) return;
        entry.news_waiting = true;
        if (entry.picture && !on_glass(entry)) return;
        wanted.emplace_back(&entry, feed.tiles);
        bytes +=
            entry.picture ? entry.picture->bytes() + 64 : std::min<std::size_t>(feed.tiles->max_bytes(), 1U << 20U);
    });
    if (wanted.empty() && stills.empty() && due == nullptr) return false;
    bool any = false;
    std::size_t missing = 0;
    if (!renderer->begin_uploads(std::max(bytes, room_wanted))) return false;
    for (auto& [entry, reader] : wanted) any = take_picture(*entry, *reader, now, missing) || any;
    for (auto& [entry, still] : stills) any = upload_still(*entry, *still, now, missing) || any;
    if (due != nullptr) any = upload_held(*heard, *due, now, missing) || any;
    renderer->end_uploads();
    room_wanted = std::min(VideoRenderer::kUploadBudget, std::max(room_wanted, bytes + missing));
    return any;
}

void SharedMedia::Parts::feed_meters(Entry& entry, const link::LevelBlock& block) {
    const auto channels = static_cast<std::size_t>(std::clamp(block.channels, 0, link::kMaxLevelChannels));
    if (entry.meters.size() != channels) entry.meters.assign(channels, Meter(ballistics));
    for (std::size_t i = 0; i < channels; ++i) entry.meters[i].feed({block.duration, block.peak[i], block.rms[i]});
    entry.loudness = {block.momentary_lufs, block.short_term_lufs};
}

bool SharedMedia::Parts::take_levels(Entry& entry, link::LevelsReader& reader, std::size_t track,
                                     core::ArrivalTime now) {
    const auto tracks = reader.tracks();
    bool any = false;
    if (track >= tracks.size() || tracks[track].name.empty()) track = 0;
    for (std::size_t i = track; i < tracks.size(); ++i) {
        if (tracks[i].name.empty()) continue;
        reader.read(i, blocks);
        for (const link::LevelBlock& block : blocks) feed_meters(entry, block);
        any = !blocks.empty();
        break;  // the first track is what the tile shows, unless another is heard
    }
    if (any) entry.sound_at = now;
    return any;
}

bool SharedMedia::Parts::fall_silent(Entry& entry, core::ArrivalTime now, Duration elapsed) {
    if (now - entry.sound_at < kSilenceAfter) return false;
    bool moving = false;
    for (Meter& meter : entry.meters) {
        moving = moving || meter.moving();
        meter.feed({elapsed, 0, 0});
    }
    entry.loudness = {};
    return moving;
}

SharedMedia::SharedMedia(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SharedMedia::~SharedMedia() = default;

core::Result<std::unique_ptr<SharedMedia>> SharedMedia::create(const core::Clock& clock, VisitSegments segments,
                                                               Ballistics ballistics) {
    auto renderer = VideoRenderer::create();
    if (!renderer) return tl::unexpected(renderer.error());
    auto parts = std::make_unique<Parts>(clock, std::move(segments), ballistics);
    parts->renderer = std::move(*renderer);
    parts->last_poll = parts->meters_at = clock.now();
    return std::unique_ptr<SharedMedia>(new SharedMedia(std::move(parts)));
}

bool SharedMedia::poll(core::ArrivalTime now) {
    Parts& p = *parts_;
    ++p.round;
    const core::ArrivalTime before = p.clock.now();
    bool redraw = p.take_pictures(now);
    p.uploading += p.clock.now() - before;
    const Duration elapsed = now - p.last_poll;
    p.last_poll = now;
    bool moved = false;
    p.segments([&](const StreamKey& key, const StreamSegments& feed) {
        Entry& entry = p.entries[key];
        const std::size_t track = key == p.levels_of ? p.levels_track : 0;
        const bool sounded = feed.levels != nullptr && p.take_levels(entry, *feed.levels, track, now);
        const bool falling = !sounded && p.fall_silent(entry, now, elapsed);
        if ((sounded || falling) && p.recent(entry.heard)) moved = true;
    });
    for (auto it = p.entries.begin(); it != p.entries.end();) {
        if (it->second.visited == p.round) {
            ++it;
            continue;
        }
        p.renderer->close_slot(it->second.slot);
        it = p.entries.erase(it);
        redraw = true;
    }
    if (moved && now - p.meters_at >= kMeterPeriod) {
        p.meters_at = now;
        redraw = true;
    }
    return redraw;
}

LiveMedia& SharedMedia::begin(int width, int height) {
    Parts& p = *parts_;
    p.width = width;
    p.height = height;
    p.quads.clear();
    ++p.layout;
    return *this;
}

std::optional<PlacedPicture> SharedMedia::place(const StreamKey& stream, const Placement& placement) {
    Parts& p = *parts_;
    const auto found = p.entries.find(stream);
    if (found == p.entries.end() || placement.box.empty()) return {};
    Entry& entry = found->second;
    const bool was_on_glass = p.on_glass(entry);
    entry.placed = p.layout;
    p.largest.width = std::max(p.largest.width, static_cast<int>(placement.box.width()));
    p.largest.height = std::max(p.largest.height, static_cast<int>(placement.box.height()));
    const PictureFormat* format = entry.slot != 0 ? p.renderer->format_of(entry.slot) : nullptr;
    if (format == nullptr || !entry.picture) return {};
    if (!was_on_glass && entry.news_waiting && p.last_poll - entry.arrived > kFreshEnough) return {};
    Rect box = fit(placement.box, format->aspect());
    // Whole pixels, so that edges are sharp and nothing shimmers.
    box = {std::round(box.left), std::round(box.top), std::round(box.right), std::round(box.bottom)};
    p.quads.push_back({entry.slot, box, placement.brightness, placement.grey});
    if (std::exchange(entry.to_be_shown, false)) p.going.push_back(entry.picture->published);
    return PlacedPicture{box,
                         entry.picture->source_width,
                         entry.picture->source_height,
                         entry.arrived,
                         entry.picture->key_frames_only,
                         entry.picture->key_interval,
                         entry.still,
                         entry.ended,
                         entry.picture->utc};
}

std::span<const ChannelLevel> SharedMedia::levels(const StreamKey& stream) {
    const auto found = parts_->entries.find(stream);
    if (found == parts_->entries.end()) return {};
    Entry& entry = found->second;
    entry.heard = parts_->layout;
    entry.levels.clear();
    for (const Meter& meter : entry.meters) entry.levels.push_back(meter.level());
    return entry.levels;
}

Loudness SharedMedia::loudness(const StreamKey& stream) {
    const auto found = parts_->entries.find(stream);
    return found != parts_->entries.end() ? found->second.loudness : Loudness{};
}

void SharedMedia::draw() {
    Parts& p = *parts_;
    const core::ArrivalTime before = p.clock.now();
    if (!p.quads.empty()) p.renderer->draw(p.quads, p.width, p.height);
    p.drawing += p.clock.now() - before;
}

void SharedMedia::shown(core::ArrivalTime now) {
    Parts& p = *parts_;
    for (const core::ArrivalTime published : p.going) p.to_glass.add(now - published);
    p.going.clear();
}

void SharedMedia::show_levels_of(const StreamKey& stream, std::size_t track) {
    parts_->levels_of = stream;
    parts_->levels_track = track;
}

void SharedMedia::hold(std::optional<HeldPictures> held) {
    Parts& p = *parts_;
    if (!held || !p.held || held->stream != p.held->stream) p.kept.clear();
    p.held = std::move(held);
}

std::optional<PictureTiming> SharedMedia::take_timing(const StreamKey& stream) {
    Parts& p = *parts_;
    const auto found = p.entries.find(stream);
    if (found == p.entries.end() || !found->second.picture || !p.on_glass(found->second)) return {};
    Entry& entry = found->second;
    return PictureTiming{entry.picture->at, entry.pictures, std::exchange(entry.came, std::nullopt),
                         entry.picture->key_frames_only};
}

SharedMedia::Box SharedMedia::take_largest_box() {
    return std::exchange(parts_->largest, Box{});
}

MediaFigures SharedMedia::figures() const {
    const Parts& p = *parts_;
    const RendererFigures& r = p.renderer->figures();
    return {p.uploads, r.uploaded_bytes,        r.draw_calls, r.refused, p.uploading,
            p.drawing, p.renderer->gpu_bytes(), p.left_out,   p.to_glass};
}

}  // namespace sightline::ui
