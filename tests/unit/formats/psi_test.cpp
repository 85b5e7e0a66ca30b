// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/psi.hpp"

#include "formats/ts/dvb_text.hpp"
#include "formats/ts/packet.hpp"
#include "formats/ts/pes.hpp"
#include "tests/catch.hpp"
#include "tests/ts_builder.hpp"
#include "tests/unit/formats/inspect.hpp"

namespace sightline::formats::ts {
namespace {

using core::TrackKind;
using testing::Bytes;
using testing::bytes_of;
using testing::TsBuilder;

std::string text_of(std::initializer_list<int> values) {
    return decode_dvb_text(bytes_of(values));
}

/// Whole sections of `pid` in what was built.
std::vector<Bytes> sections_of(const Bytes& stream, int pid, std::size_t skip = 0) {
    SectionAssembler assembler;
    std::vector<Bytes> found;
    for (std::size_t at = skip; at + 188 <= stream.size(); at += 188) {
        const PacketView packet(stream.data() + at);
        if (packet.pid() != pid) continue;
        assembler.feed(packet.payload(), packet.payload_unit_start(),
                       [&](SectionView section) { found.emplace_back(section.bytes.begin(), section.bytes.end()); });
    }
    return found;
}

TEST_CASE("CRC_32 of a section with its CRC is 0") {
    Bytes bytes = bytes_of({0x00, 0xB0, 0x0D, 0x00, 0x01, 0xC1, 0x00, 0x00, 0x00, 0x01, 0xE1, 0x00});
    const std::uint32_t crc = crc32(bytes);
    CHECK(crc == testing::slow_crc32(bytes));
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(crc >> shift));
    CHECK(crc32(bytes) == 0);
    CHECK(crc32(std::as_bytes(std::span("123456789", 9))) == 0x0376'E6E7U);  // check value of CRC-32/MPEG-2
}

TEST_CASE("Packet fields are where the standard puts them") {
    TsBuilder ts;
    const std::array<std::byte, 10> body{};
    ts.add({.pid = 0x1ABC,
            .unit_start = true,
            .discontinuity = true,
            .scrambling = 2,
            .pcr = 8'589'934'591LL * 300 + 299,
            .counter = 11,
            .payload = body});
    const PacketView packet(ts.bytes.data());
    CHECK(packet.sync_byte_good());
    CHECK(packet.pid() == 0x1ABC);
    CHECK(packet.payload_unit_start());
    CHECK_FALSE(packet.transport_error());
    CHECK(packet.scrambling() == 2);
    CHECK(packet.continuity_counter() == 11);
    CHECK(packet.discontinuity_indicator());
    CHECK(packet.pcr() == kPcrPeriod - 1);
    CHECK(packet.payload().size() == 10);
}

TEST_CASE("An adaptation field longer than its packet leaves no payload") {
    TsBuilder ts;
    ts.payload(0x100, 1);
    ts.bytes[3] = std::byte{0x30};
    for (const int length : {182, 183, 184, 255}) {
        ts.bytes[4] = static_cast<std::byte>(length);
        CHECK(PacketView(ts.bytes.data()).payload().size() == (length == 182 ? 1U : 0U));
    }
    ts.bytes[4] = std::byte{0};
    CHECK_FALSE(PacketView(ts.bytes.data()).has_pcr());
    CHECK_FALSE(PacketView(ts.bytes.data()).discontinuity_indicator());
}

TEST_CASE("PES headers give their times, and nothing where markers are wrong") {
    TsBuilder ts;
    ts.pes(0x100, 0xE0, (std::int64_t{1} << 33) - 5, 100);
    const auto payload = PacketView(ts.bytes.data()).payload();
    const auto header = parse_pes_header(payload);
    REQUIRE(header.has_value());
    CHECK(header->stream_id == 0xE0);
    CHECK(header->pts == (std::int64_t{1} << 33) - 5);
    CHECK_FALSE(header->dts.has_value());
    CHECK(header->header_size == 14);
    Bytes broken(payload.begin(), payload.end());
    broken[9] &= std::byte{0xFE};
    CHECK_FALSE(parse_pes_header(broken)->pts.has_value());
    for (std::size_t size = 0; size < 14; ++size) {
        const auto cut = parse_pes_header(payload.first(size));
        CHECK((!cut || !cut->pts));
    }
    Bytes both = bytes_of({0, 0, 1, 0xC0, 0, 0, 0x80, 0xC0, 10, 0x31, 0, 1, 0, 3, 0x11, 0, 1, 0, 1});
    CHECK(parse_pes_header(both)->pts == 1);
    CHECK(parse_pes_header(both)->dts == 0);
    CHECK(parse_pes_header(bytes_of({0, 0, 1, 0xBE, 0, 5}))->header_size == 6);
}

TEST_CASE("Sections span packets, share them, and start anew after a loss") {
    TsBuilder ts;
    std::vector<testing::StreamEntry> many;
    for (int i = 0; i < 100; ++i) many.push_back({0x200 + i, 0x1B, {}});
    ts.pmt(0x100, 7, 0x200, many);
    const std::size_t second = ts.bytes.size();
    REQUIRE(second == 188 * 3);
    ts.pmt(0x100, 8, 0x200, {{0x300, 0x0F, {}}});
    const auto whole = sections_of(ts.bytes, 0x100);
    REQUIRE(whole.size() == 2);
    CHECK(parse_pmt({whole[0]})->streams.size() == 100);
    CHECK(parse_pmt({whole[1]})->programme == 8);
    CHECK(sections_of(ts.bytes, 0x100, 188).size() == 1);  // its beginning was not seen

    // Two sections in one packet, the first begun in the packet before.
    Bytes one(whole[1]);
    Bytes payload = bytes_of({0});
    testing::append(payload, one);
    testing::append(payload, std::span(one).first(10));
    payload.resize(payload.size());
    SectionAssembler assembler;
    int delivered = 0;
    const auto count = [&](SectionView section) { delivered += section.crc_good() ? 1 : 100; };
    assembler.feed(payload, true, count);
    CHECK(delivered == 1);
    Bytes rest = bytes_of({static_cast<int>(one.size() - 10)});
    testing::append(rest, std::span(one).subspan(10));
    testing::append(rest, one);
    assembler.feed(rest, true, count);
    CHECK(delivered == 3);
    assembler.feed(bytes_of({200, 0, 0}), true, count);  // a pointer beyond its packet
    CHECK(delivered == 3);
}

TEST_CASE("Stream types and descriptors become codecs") {
    struct Case {
        int stream_type;
        Bytes descriptors;
        std::string registration, codec;
        TrackKind kind;
        std::string language;
    };
    const std::vector<Case> cases{
        {0x1B, {}, "", "h264", TrackKind::Video, ""},
        {0x24, {}, "", "hevc", TrackKind::Video, ""},
        {0x02, {}, "", "mpeg2video", TrackKind::Video, ""},
        {0x0F, bytes_of({0x0A, 4, 'e', 'n', 'g', 0}), "", "aac", TrackKind::Audio, "eng"},
        {0x03, bytes_of({0x0A, 4, 'D', 'E', 'U', 0}), "", "mp2", TrackKind::Audio, "deu"},
        {0x06, bytes_of({0x6A, 1, 0}), "", "ac3", TrackKind::Audio, ""},
        {0x06, bytes_of({0x7A, 1, 0}), "", "eac3", TrackKind::Audio, ""},
        {0x06, bytes_of({0x7F, 2, 0x15, 0}), "", "ac4", TrackKind::Audio, ""},
        {0x06, bytes_of({0x7B, 5, 0, 0, 0, 0, 0}), "", "dts", TrackKind::Audio, ""},
        {0x06, bytes_of({0x56, 5, 'f', 'r', 'a', 0x09, 0}), "", "dvb_teletext", TrackKind::Subtitle, "fra"},
        {0x06, bytes_of({0x59, 8, 'i', 't', 'a', 0x10, 0, 1, 0, 1}), "", "dvb_subtitle", TrackKind::Subtitle, "ita"},
        {0x06, bytes_of({0x05, 4, 'O', 'p', 'u', 's'}), "", "opus", TrackKind::Audio, ""},
        {0x06, bytes_of({0x05, 4, 'B', 'S', 'S', 'D'}), "", "s302m", TrackKind::Audio, ""},
        {0x06, {}, "", "", TrackKind::Data, ""},
        {0x06, bytes_of({0x6A, 200, 0}), "", "", TrackKind::Data, ""},  // a descriptor longer than its loop
        {0x81, {}, "", "ac3", TrackKind::Audio, ""},
        {0x86, {}, "", "scte_35", TrackKind::Data, ""},
        {0x86, {}, "HDMV", "dts", TrackKind::Audio, ""},
        {0x99, {}, "", "", TrackKind::Data, ""},
    };
    for (const Case& c : cases) {
        const ElementaryStream stream =
            describe_stream(0x100, static_cast<std::uint8_t>(c.stream_type), c.descriptors, c.registration);
        INFO("stream_type " << c.stream_type << ", " << c.codec);
        CHECK(stream.codec == c.codec);
        CHECK(stream.kind == c.kind);
        CHECK(stream.language == c.language);
    }
}

TEST_CASE("Lengths that contradict their section are refused") {
    TsBuilder ts;
    ts.pmt(0x100, 7, 0x200, {{0x300, 0x0F, bytes_of({0x0A, 4, 'e', 'n', 'g', 0})}});
    const Bytes good = sections_of(ts.bytes, 0x100).at(0);
    REQUIRE(parse_pmt({good}).has_value());
    for (std::size_t size = 3; size < good.size(); ++size) {
        const auto cut = parse_pmt({std::span(good).first(size)});
        CHECK((!cut || cut->streams.size() <= 1));
    }
    Bytes bad = good;
    bad[11] = std::byte{0xFF};  // program_info_length
    CHECK_FALSE(parse_pmt({bad}).has_value());
    bad = good;
    bad[16] = std::byte{0x55};  // ES_info_length
    CHECK_FALSE(parse_pmt({bad}).has_value());
    CHECK_FALSE(parse_pat({good}).has_value());
}

TEST_CASE("DVB text in its many tables becomes UTF-8") {
    CHECK(text_of({'T', 'V', ' ', '1'}) == "TV 1");
    CHECK(text_of({0xC8, 'u', 'b', 'e', 'r'}) == "u\u0308ber");         // ISO 6937: the mark comes first
    CHECK(text_of({0x01, 0xC0, 0xE1}) == "\u0420\u0441");               // ISO 8859-5
    CHECK(text_of({0x05, 0xDD}) == "\u0130");                           // ISO 8859-9
    CHECK(text_of({0x10, 0x00, 0x02, 0xB1}) == "\u0105");               // ISO 8859-2
    CHECK(text_of({0x11, 0x20, 0xAC, 0x00, 'A'}) == "\u20ACA");         // UCS-2
    CHECK(text_of({0x15, 0xC3, 0xA9}) == "\u00E9");                     // UTF-8
    CHECK(text_of({0x15, 0xC3}) == "\uFFFD");                           // and broken
    CHECK(text_of({0x86, 'B', 'B', 'C', 0x87, 0x8A, '1'}) == "BBC 1");  // emphasis, line break
    CHECK(text_of({0x13, 0xB0}) == "\uFFFD");                           // GB 2312
    CHECK(text_of({}) == "");
    CHECK(text_of({0x10}) == "");
}

TEST_CASE("Services get their names from the SDT, whichever table comes first") {
    for (const bool names_first : {false, true}) {
        TsBuilder ts;
        if (names_first) ts.sdt({{1, "Net", "One"}, {2, "Net", std::string("Tw\x01o", 4)}});
        ts.pat({{0, 0x10}, {1, 0x1000}, {2, 0x1100}});
        ts.pmt(0x1000, 1, 0x100, {{0x100, 0x1B, {}}, {0x101, 0x0F, {}}});
        ts.pmt(0x1100, 2, 0x200, {{0x200, 0x24, {}}});
        if (!names_first) ts.sdt({{1, "Net", "One"}, {2, "Net", std::string("Tw\x01o", 4)}});
        ts.payload(0x100, 5);
        const Inspected seen = inspect(ts.bytes);
        REQUIRE(seen.programmes.size() == 2);
        CHECK(seen.programmes[0].name == "One");
        CHECK(seen.programmes[0].provider == "Net");
        CHECK(seen.programmes[1].name == "Tw o");
        CHECK(seen.programmes[1].streams.at(0).codec == "hevc");
    }
}

TEST_CASE("Tracks keep their names when PIDs, order and languages change") {
    const auto stream = [](int pid, TrackKind kind, const char* language) {
        ElementaryStream s;
        s.pid = static_cast<std::uint16_t>(pid);
        s.kind = kind;
        s.language = language;
        return s;
    };
    std::vector<ElementaryStream> first{stream(1, TrackKind::Video, ""), stream(2, TrackKind::Audio, "eng"),
                                        stream(3, TrackKind::Audio, "fra")};
    name_tracks(first, {});
    CHECK(first[0].track == "video:1");
    CHECK(first[1].track == "audio:1");
    CHECK(first[2].track == "audio:2");
    std::vector<ElementaryStream> second{stream(11, TrackKind::Audio, "fra"), stream(12, TrackKind::Video, ""),
                                         stream(13, TrackKind::Audio, "deu"), stream(14, TrackKind::Audio, "eng")};
    name_tracks(second, first);
    CHECK(second[0].track == "audio:2");
    CHECK(second[1].track == "video:1");
    CHECK(second[2].track == "audio:3");
    CHECK(second[3].track == "audio:1");
    std::vector<ElementaryStream> third{stream(21, TrackKind::Audio, "und")};
    name_tracks(third, first);
    CHECK(third[0].track == "audio:1");
}

TEST_CASE("A PMT that moves its PIDs keeps the track and what is known of it") {
    TsBuilder ts;
    testing::ProgrammeSpec spec;
    testing::write_frames(ts, spec, 0, 50);
    spec.video_pid = 0x200;
    spec.audio_pid = 0x201;
    testing::write_frames(ts, spec, 50, 200);
    const Inspected seen = inspect(ts.bytes);
    CHECK(seen.report.continuity_errors == 0);
    for (const auto& edge : seen.edges()) CHECK(edge.verdict == core::Verdict::Good);
    CHECK(seen.edges("ts.scrambled").size() == 2);  // said once for each track
    CHECK(seen.programmes.at(0).streams.at(0).pid == 0x200);
}

TEST_CASE("Only the chosen services are reported, all are counted") {
    TsBuilder ts;
    ts.pat({{1, 0x1000}, {2, 0x1100}});
    ts.pmt(0x1000, 1, 0x100, {{0x100, 0x1B, {}}});
    ts.pmt(0x1100, 2, 0x200, {{0x200, 0x1B, {}}});
    for (int i = 0; i < 10; ++i) {
        ts.pes(0x100, 0xE0, i * 3600, 1000, i * 3600 * 300LL);
        ts.pes(0x200, 0xE0, i * 3600, 1000, i * 3600 * 300LL);
        ts.set_counter(0x100, i * 5);
        ts.set_counter(0x200, i * 5);
    }
    InspectorOptions options = file_options();
    const Inspected both = inspect(ts.bytes, options);
    options.services = {2};
    const Inspected one = inspect(ts.bytes, options);
    CHECK(both.report.pids == one.report.pids);
    for (const auto& event : one.occurrences("ts.continuity")) {
        CHECK(event.pid == 0x200);
        CHECK(event.subject.service == 0);
    }
    for (const auto& edge : one.edges("ts.scrambled")) CHECK(edge.subject.track == "video:1");
    REQUIRE(both.edges("ts.scrambled").size() == 2);
    CHECK(both.edges("ts.scrambled")[0].subject.service == 1);
    CHECK(both.edges("ts.scrambled")[1].subject.service == 2);
}

TEST_CASE("Scrambled packets without a CAT for 10 s, and with one") {
    for (const bool table : {false, true}) {
        TsBuilder ts;
        testing::ProgrammeSpec spec;
        for (int frame = 0; frame < 12 * 25; ++frame) {
            if (frame % 5 == 0) {
                ts.pat({{1, spec.pmt_pid}});
                ts.pmt(spec.pmt_pid, 1, spec.video_pid, {{spec.video_pid, 0x1B, {}}});
                if (table) ts.section(1, TsBuilder::long_section(0x01, 0xFFFF, 0));
            }
            ts.clock(spec.video_pid, frame * 3600 * 300LL);
            ts.payload(spec.video_pid, 5, 2);
        }
        const auto edges = inspect(ts.bytes).edges("ts.cat");
        REQUIRE(edges.size() == 1);
        CHECK(edges[0].verdict == (table ? core::Verdict::Good : core::Verdict::Bad));
    }
}

}  // namespace
}  // namespace sightline::formats::ts
