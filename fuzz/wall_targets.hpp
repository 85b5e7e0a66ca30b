// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of the wall's link does with its input; the unit test replays kept inputs through the same.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "link/audio_levels.hpp"
#include "link/pcm_ring.hpp"
#include "link/tile_frames.hpp"
#include "link/wall_messages.hpp"

namespace sightline::fuzz {

/// A message that was accepted can be said again, and is then accepted as the same kind.
inline void read_wall_frame(std::string_view frame) {
    const auto message = link::decode_wall(frame);
    if (!message) {
        if (message.error().code != core::ErrorCode::Corrupt || message.error().message.empty()) std::abort();
        return;
    }
    const std::string again = link::encode_wall(*message);
    if (again.size() > link::kMaxWallFrameBytes) std::abort();
    const auto twice = link::decode_wall(again);
    if (!twice || twice->index() != message->index()) std::abort();
}

/// A sealed copy of `segment`, changed by `patches`: every 10 bytes are an offset (in 8 bytes) and a word.
inline link::Descriptor forge(const link::Descriptor& segment, std::string_view patches) {
    const off_t size = lseek(segment.get(), 0, SEEK_END);
    std::vector<char> bytes(static_cast<std::size_t>(size));
    if (pread(segment.get(), bytes.data(), bytes.size(), 0) != size) std::abort();
    for (; patches.size() >= 10; patches.remove_prefix(10)) {
        std::uint16_t where = 0;
        std::memcpy(&where, patches.data(), sizeof where);
        const std::size_t at = std::size_t{where} * 8;
        if (at + 8 <= bytes.size()) std::memcpy(bytes.data() + at, patches.data() + 2, 8);
    }
    link::Descriptor forged = link::Descriptor::adopt(memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (write(forged.get(), bytes.data(), bytes.size()) != size) std::abort();
    if (fcntl(forged.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) std::abort();
    return forged;
}

inline void read_tiles(std::string_view patches) {
    static const link::TileWriter writer = [] {
        auto made = link::TileWriter::create(16, 9, 1);
        for (int i = 0; i < 2; ++i) {
            (void)made->begin(16, 9);
            made->commit({});
        }
        return std::move(*made);
    }();
    auto reader = link::TileReader::open(forge(writer.descriptor(), patches).get());
    link::TileFrame frame;
    if (!reader || !reader->newest(frame)) return;
    const link::TileInfo& info = frame.info;
    const bool sound = info.width >= 1 && info.height >= 1 && info.width <= link::kMaxTileEdge &&
                       info.height <= link::kMaxTileEdge && info.bytes() <= reader->max_bytes() &&
                       frame.pixels.size() == info.bytes() && info.sar_num >= 1 && info.sar_den >= 1;
    if (!sound) std::abort();
}

inline void read_levels(std::string_view patches) {
    static const link::LevelsWriter writer = [] {
        auto made = link::LevelsWriter::create();
        made->set_track(0, "audio:1", "eng");
        link::LevelBlock block;
        block.channels = 2;
        for (int i = 0; i < 3; ++i) made->append(0, block);
        return std::move(*made);
    }();
    auto reader = link::LevelsReader::open(forge(writer.descriptor(), patches).get());
    if (!reader) return;
    std::vector<link::LevelBlock> blocks;
    for (std::size_t track = 0; track < link::kMaxLevelTracks; ++track) {
        reader->read(track, blocks);
        if (blocks.size() > link::kLevelBlocks) std::abort();
        for (const auto& block : blocks) {
            for (const float value : block.peak) {
                if (!(value >= 0 && value <= 1'000)) std::abort();
            }
            if (block.channels < 0 || block.channels > link::kMaxLevelChannels) std::abort();
        }
    }
    for (const auto& track : reader->tracks()) {
        if (track.name.size() > 128) std::abort();
    }
}

inline void read_sound(std::string_view patches) {
    static const link::PcmWriter writer = [] {
        auto made = link::PcmWriter::create(1, 8'000);
        const std::array<float, 400> samples{};
        const std::array<const float*, 1> planes{samples.data()};
        for (int i = 0; i < 3; ++i) made->append(planes, samples.size(), std::chrono::milliseconds{50} * i, {});
        return std::move(*made);
    }();
    auto reader = link::PcmReader::open(forge(writer.descriptor(), patches).get());
    if (!reader) return;
    link::PcmBlock block;
    for (int i = 0; i < 8 && reader->read(block); ++i) {
        for (const float sample : block.samples) {
            if (!(std::fabs(sample) <= 8)) std::abort();
        }
    }
}

/// The first byte says what the rest is.
inline void read_wall_input(std::string_view input) {
    if (input.empty()) return;
    const std::string_view rest = input.substr(1);
    switch (input[0]) {
        case 'T':
            return read_tiles(rest);
        case 'L':
            return read_levels(rest);
        case 'S':
            return read_sound(rest);
        default:
            return read_wall_frame(input);
    }
}

}  // namespace sightline::fuzz
