// SPDX-License-Identifier: Apache-2.0
// Program-specific information: sections out of packets, and the tables Sightline reads (ISO/IEC 13818-1, 2.4.4;
// ETSI EN 300 468).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/media.hpp"
#include "formats/ts/services.hpp"

namespace sightline::formats::ts {

inline constexpr std::uint16_t kPatPid = 0x0000;
inline constexpr std::uint16_t kCatPid = 0x0001;
inline constexpr std::uint16_t kNitPid = 0x0010;
inline constexpr std::uint16_t kSdtPid = 0x0011;
inline constexpr std::uint16_t kEitPid = 0x0012;
inline constexpr std::uint16_t kTotPid = 0x0014;

inline constexpr std::uint8_t kPatTable = 0x00;
inline constexpr std::uint8_t kCatTable = 0x01;
inline constexpr std::uint8_t kPmtTable = 0x02;
inline constexpr std::uint8_t kSdtActualTable = 0x42;
inline constexpr std::uint8_t kTdtTable = 0x70;
inline constexpr std::uint8_t kTotTable = 0x73;

/// CRC of annex A: polynomial 0x04C11DB7, all ones at the start, no reflection. 0 over a section with its CRC_32.
[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes);

/// One whole section, borrowed.
struct SectionView {
    std::span<const std::byte> bytes;  ///< from table_id to the end of CRC_32; ≥ 3
    [[nodiscard]] std::uint8_t table_id() const { return std::to_integer<std::uint8_t>(bytes[0]); }
    [[nodiscard]] bool long_form() const { return (std::to_integer<unsigned>(bytes[1]) & 0x80U) != 0; }
    /// Long form with a CRC_32, or TOT, which has one in short form.
    [[nodiscard]] bool has_crc() const { return long_form() || table_id() == kTotTable; }
    [[nodiscard]] bool crc_good() const { return crc32(bytes) == 0; }
};

/// Puts the payloads of one PID together into sections.
///
/// Drops what is incomplete at a loss; a section whose length is impossible ends the packet's use. Holds at most 4096
/// bytes (private sections; PSI has 1024).
class SectionAssembler {
public:
    /// Feeds one packet's payload; calls `deliver(SectionView)` for each section that it completes.
    template <class Deliver>
    void feed(std::span<const std::byte> payload, bool unit_start, Deliver&& deliver) {
        if (unit_start) {
            if (payload.empty()) return reset();
            const std::size_t pointer = std::to_integer<std::size_t>(payload[0]);
            payload = payload.subspan(1);
            if (pointer > payload.size()) return reset();
            if (collecting_) take(payload.first(pointer), deliver);
            payload = payload.subspan(pointer);
            reset();
            collecting_ = true;
        }
        if (collecting_) take(payload, deliver);
    }
    /// Packets were lost: what has been collected cannot be completed.
    void reset() {
        buffer_.clear();
        collecting_ = false;
    }

private:
    static constexpr std::size_t kMaxSection = 4096;

    template <class Deliver>
    void take(std::span<const std::byte> bytes, Deliver&& deliver) {
        while (!bytes.empty()) {
            if (buffer_.empty() && bytes[0] == std::byte{0xFF}) return reset();  // stuffing to the end of the packet
            while (buffer_.size() < 3 && !bytes.empty()) {
                buffer_.push_back(bytes[0]);
                bytes = bytes.subspan(1);
            }
            if (buffer_.size() < 3) return;
            const std::size_t size = 3 + (((std::to_integer<std::size_t>(buffer_[1]) & 0x0FU) << 8) |
                                          std::to_integer<std::size_t>(buffer_[2]));
            if (size > kMaxSection) return reset();
            const std::size_t part = std::min(size - buffer_.size(), bytes.size());
            buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
            bytes = bytes.subspan(part);
            if (buffer_.size() < size) return;
            deliver(SectionView{std::span<const std::byte>{buffer_}});
            buffer_.clear();
        }
    }

    std::vector<std::byte> buffer_;
    bool collecting_ = false;
};

struct PatEntry {
    std::uint16_t programme = 0;  ///< 0: network PID
    std::uint16_t pid = 0;
    friend bool operator==(const PatEntry&, const PatEntry&) = default;
};
/// One section of the programme association table.
struct PatSection {
    std::uint16_t transport_stream_id = 0;
    std::uint8_t version = 0;
    bool current = true;
    std::uint8_t section_number = 0, last_section_number = 0;
    std::vector<PatEntry> entries;
};

struct PmtSection {
    std::uint16_t programme = 0;
    std::uint8_t version = 0;
    bool current = true;
    std::uint16_t pcr_pid = kPcrPidNone;
    bool scrambling_declared = false;
    std::vector<ElementaryStream> streams;  ///< tracks not named yet
    static constexpr std::uint16_t kPcrPidNone = 0x1FFF;
};

struct SdtService {
    std::uint16_t programme = 0;
    std::string provider, name;  ///< clean UTF-8
};
struct SdtSection {
    std::uint8_t version = 0;
    bool current = true;
    std::vector<SdtService> services;
};

/// Readers of whole sections with a good CRC; empty where lengths inside contradict the section's.
[[nodiscard]] std::optional<PatSection> parse_pat(SectionView section);
[[nodiscard]] std::optional<PmtSection> parse_pmt(SectionView section);
[[nodiscard]] std::optional<SdtSection> parse_sdt(SectionView section);

/// Codec and kind of a stream_type with the descriptors of its PMT entry and the programme's registration ("HDMV",
/// "CUEI", …; empty if none). Reads languages too.
[[nodiscard]] ElementaryStream describe_stream(std::uint16_t pid, std::uint8_t stream_type,
                                               std::span<const std::byte> descriptors,
                                               std::string_view programme_registration);

}  // namespace sightline::formats::ts
