// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets of formats/ do with their bytes; the unit tests replay testdata/fuzz/ through the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "core/text.hpp"
#include "formats/hls/playlist.hpp"
#include "formats/ts/packet.hpp"
#include "formats/ts/pes.hpp"
#include "formats/ts/psi.hpp"
#include "tests/unit/formats/inspect.hpp"

namespace sightline::fuzz {

inline void require(bool held) {
    if (!held) std::abort();
}
inline bool clean(const std::string& text) {
    return core::clean_utf8(text) == text;
}

/// A transport stream: the same findings in any blocks, counts that add up, time that does not go back.
/// First byte: options and what happens in the middle.
inline void inspect_transport(std::span<const std::byte> bytes) {
    using namespace formats::ts;
    if (bytes.empty()) return;
    const auto choice = std::to_integer<unsigned>(bytes[0]);
    bytes = bytes.subspan(1);
    const auto run = [&](std::size_t block) {
        InspectorOptions options;
        options.arrival_known = (choice & 1U) != 0;
        if ((choice & 2U) != 0) options.services = {1, 2};
        core::FindingsList findings;
        TransportInspector inspector(options, findings);
        const std::size_t middle = (choice & 4U) != 0 ? bytes.size() / 2 : bytes.size();
        const auto feed = [&](std::span<const std::byte> part) {
            for (std::size_t at = 0; at < part.size(); at += block) {
                inspector.feed(part.subspan(at, std::min(block, part.size() - at)), core::ArrivalTime{});
            }
        };
        feed(bytes.first(middle));
        if (middle < bytes.size()) inspector.on_boundary((choice & 8U) != 0 ? Boundary::Segment : Boundary::Session);
        feed(bytes.subspan(middle));
        inspector.finish();
        return Inspected{std::move(findings.items), inspector.report(), inspector.programmes()};
    };
    const Inspected whole = run(std::max<std::size_t>(bytes.size(), 1));
    for (const std::size_t block : {1U, 17U, 188U, 205U}) {
        const Inspected cut = run(block);
        require(cut.report == whole.report && cut.text() == whole.text());
    }
    std::uint64_t packets = 0;
    std::uint64_t errors = 0;
    for (const PidReport& pid : whole.report.pids) {
        packets += pid.packets;
        errors += pid.continuity_errors;
    }
    require(packets <= whole.report.packets && whole.report.packets <= bytes.size() / kPacketSize);
    require(errors == whole.report.continuity_errors);
    std::uint64_t said = 0;
    for (const auto& occurrence : whole.occurrences("ts.continuity")) said += occurrence.count;
    require(said == errors || ((choice & 2U) != 0 && said < errors));
    core::MediaTime last{};
    for (const auto& tick : whole.ticks()) {
        require(tick.at.media.value() >= last);
        last = *tick.at.media;
    }
    for (const Programme& programme : whole.programmes) {
        require(clean(programme.name) && clean(programme.provider));
        for (const ElementaryStream& stream : programme.streams) require(!stream.track.empty());
    }
}

/// Payloads of one PID (first byte: how they are cut), the tables in them, and PES headers.
inline void read_sections(std::span<const std::byte> bytes) {
    using namespace formats::ts;
    if (bytes.empty()) return;
    const std::size_t size = 1 + std::to_integer<std::size_t>(bytes[0]) % 184;
    bytes = bytes.subspan(1);
    const auto read = [](SectionView section) {
        require(section.bytes.size() >= 3);
        (void)section.crc_good();
        (void)parse_pat(section);
        if (auto pmt = parse_pmt(section)) name_tracks(pmt->streams, pmt->streams);
        if (const auto sdt = parse_sdt(section)) {
            for (const SdtService& service : sdt->services) require(clean(service.name) && clean(service.provider));
        }
    };
    if (bytes.size() >= 3) read(SectionView{bytes});
    if (const auto header = parse_pes_header(bytes)) {
        require(!header->pts || (*header->pts >= 0 && *header->pts < (std::int64_t{1} << 33)));
    }
    SectionAssembler assembler;
    for (bool start = true; !bytes.empty(); start = !start) {
        const std::size_t part = std::min(size, bytes.size());
        assembler.feed(bytes.first(part), start, read);
        bytes = bytes.subspan(part);
    }
}

/// A playlist: clean text, increasing sequence numbers, one line of error.
inline void read_playlist(std::string_view text) {
    using namespace formats::hls;
    PlaylistContext context;
    context.imported["i"] = "imported";
    context.query_parameters["q"] = "query";
    const auto parsed = parse_playlist(text, context);
    if (!parsed) {
        require(clean(parsed.error().message) && parsed.error().message.size() < 2 * kMaxLineBytes);
        return;
    }
    if (const auto* media = std::get_if<MediaPlaylist>(&*parsed)) {
        require(first_segment(*media) <= media->segments.size());
        require(!reload_after(*media, false) || *reload_after(*media, false) >= std::chrono::milliseconds{500});
        require(!changed(*media, *media));
        for (const Segment& segment : media->segments) {
            require(clean(segment.uri) && segment.duration >= core::Duration::zero());
            require(!segment.key || *segment.key < media->keys.size());
            require(!segment.init || *segment.init < media->init_sections.size());
            if (segment.key) (void)initialization_vector(media->keys[*segment.key], segment);
        }
    } else {
        const auto& multivariant = std::get<MultivariantPlaylist>(*parsed);
        require((best_variant(multivariant) == nullptr) == multivariant.variants.empty());
    }
}

}  // namespace sightline::fuzz
