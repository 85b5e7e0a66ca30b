// SPDX-License-Identifier: Apache-2.0
#include "engine/ts_start.hpp"

#include <algorithm>
#include <utility>

namespace sightline::engine {
namespace {

constexpr std::size_t kPacket = 188;
constexpr std::byte kSync{0x47};
constexpr int kPatPid = 0, kNullPid = 0x1FFF;
constexpr std::int64_t kPtsMask = (std::int64_t{1} << 33) - 1;

/// One packet, by its header only (ISO/IEC 13818-1, 2.4.3.2).
class Packet {
public:
    explicit Packet(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] int pid() const { return (number(1) & 0x1F) << 8 | number(2); }
    [[nodiscard]] bool starts_unit() const { return (number(1) & 0x40) != 0; }
    [[nodiscard]] bool random_access() const {
        const bool adaptation = (number(3) & 0x20) != 0 && number(4) > 0;
        return adaptation && (number(5) & 0x40) != 0;
    }
    /// Of the PES packet that begins here (2.4.3.6), where it has one.
    [[nodiscard]] std::optional<std::int64_t> pts() const {
        const std::size_t at = 4 + ((number(3) & 0x20) != 0 ? 1 + static_cast<std::size_t>(number(4)) : 0);
        if (!starts_unit() || at + 14 > bytes_.size()) return std::nullopt;
        const bool pes = number(at) == 0 && number(at + 1) == 0 && number(at + 2) == 1;
        if (!pes || (number(at + 7) & 0x80) == 0) return std::nullopt;
        const auto part = [&](std::size_t byte) { return static_cast<std::int64_t>(number(at + byte)); };
        return (part(9) >> 1 & 7) << 30 | part(10) << 22 | (part(11) >> 1) << 15 | part(12) << 7 | part(13) >> 1;
    }

private:
    [[nodiscard]] int number(std::size_t at) const { return std::to_integer<int>(bytes_[at]); }
    std::span<const std::byte> bytes_;
};

/// Of the first of three packets in a row.
std::optional<std::size_t> first_sync(std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at + 3 * kPacket <= bytes.size(); ++at) {
        if (bytes[at] == kSync && bytes[at + kPacket] == kSync && bytes[at + 2 * kPacket] == kSync) return at;
    }
    return std::nullopt;
}

}  // namespace

TsStart ts_start(std::span<const std::byte> bytes, std::size_t from, const TsTracks& tracks,
                 std::optional<std::int64_t> pts) {
    TsStart out{{}, from, false};
    const auto sync = first_sync(bytes);
    if (!sync || from > bytes.size()) return out;
    const auto packet = [&](std::size_t at) { return Packet(bytes.subspan(at, kPacket)); };
    std::optional<std::size_t> first, access, last_pat, pat_before;
    for (std::size_t at = *sync; at + kPacket <= bytes.size() && !out.exact; at += kPacket) {
        const Packet now = packet(at);
        if (at < from) {
            if (now.pid() == kPatPid && now.starts_unit()) pat_before = std::exchange(last_pat, at);
            continue;
        }
        if (!first) first = at;
        if (!tracks.picture || now.pid() != *tracks.picture || !now.starts_unit()) continue;
        if (!access && now.random_access()) access = at;
        out.exact = pts && now.pts() == (*pts & kPtsMask);
        if (out.exact) access = at;
    }
    if (first) out.begin = access.value_or(*first);
    const auto tables = pat_before ? pat_before : last_pat;
    if (!tables) return out;
    for (std::size_t at = *tables; at + kPacket <= out.begin; at += kPacket) {
        const int pid = packet(at).pid();
        const bool media =
            pid == kNullPid || std::find(tracks.pids.begin(), tracks.pids.end(), pid) != tracks.pids.end();
        if (media) continue;
        const auto part = bytes.subspan(at, kPacket);
        out.tables.insert(out.tables.end(), part.begin(), part.end());
    }
    return out;
}

}  // namespace sightline::engine
