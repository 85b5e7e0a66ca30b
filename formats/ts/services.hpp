// SPDX-License-Identifier: Apache-2.0
// What a transport stream says it carries: programmes, their elementary streams, their names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/media.hpp"

namespace sightline::formats::ts {

/// One entry of a PMT.
struct ElementaryStream {
    std::uint16_t pid = 0;
    std::uint8_t stream_type = 0;
    core::TrackKind kind = core::TrackKind::Data;
    std::string codec;     ///< FFmpeg's short name: "h264", "aac", "dvb_teletext"; empty where we know none
    std::string language;  ///< ISO 639-2, empty if unsaid
    std::string track;     ///< "video:1": by kind, language and order; kept when the PID changes. Unique per programme
    friend bool operator==(const ElementaryStream&, const ElementaryStream&) = default;
};

/// One service of the multiplex, as its PMT and the SDT describe it.
struct Programme {
    std::uint16_t number = 0;
    std::uint16_t pmt_pid = 0;
    std::uint16_t pcr_pid = 0x1FFF;    ///< 0x1FFF: none, or no PMT yet
    int pmt_version = -1;              ///< −1: no PMT seen yet
    bool scrambling_declared = false;  ///< a CA_descriptor in the PMT
    std::string name;                  ///< from the SDT, clean UTF-8; may be empty
    std::string provider;
    std::vector<ElementaryStream> streams;  ///< in the PMT's order
    friend bool operator==(const Programme&, const Programme&) = default;
};

/// Names the tracks of `streams`: those that `before` had (same kind and language, in order; then same kind, in order)
/// keep their name, new ones take the lowest free number of their kind.
void name_tracks(std::vector<ElementaryStream>& streams, const std::vector<ElementaryStream>& before);

}  // namespace sightline::formats::ts
