// SPDX-License-Identifier: Apache-2.0
// Sections, and what they say about programmes and PIDs.
#include <algorithm>
#include <utility>

#include "formats/ts/inspector_impl.hpp"

namespace sightline::formats::ts {
namespace {

using core::Verdict;

constexpr std::size_t kMaxProgrammes = 1000;  // more are no multiplex, but an attack

std::uint32_t stored_crc(SectionView section) {
    std::uint32_t crc = 0;
    for (const std::byte b : section.bytes.last(4)) crc = (crc << 8) | std::to_integer<std::uint32_t>(b);
    return crc;
}

}  // namespace

bool TransportInspector::Impl::watched(std::uint16_t programme) const {
    return options.services.empty() ||
           std::find(options.services.begin(), options.services.end(), programme) != options.services.end();
}

core::Subject TransportInspector::Impl::stream_subject() const {
    core::Subject subject;
    subject.rendition = options.rendition;
    subject.leg = options.leg;
    return subject;
}

core::Subject TransportInspector::Impl::service_subject(std::uint16_t programme) const {
    core::Subject subject = stream_subject();
    if (many_watched) subject.service = programme;
    return subject;
}

/// programmes.size() where there is none of this number.
std::size_t TransportInspector::Impl::index_of(std::uint16_t programme) const {
    const auto found = std::lower_bound(programmes.begin(), programmes.end(), programme,
                                        [](const Programme& p, std::uint16_t number) { return p.number < number; });
    if (found == programmes.end() || found->number != programme) return programmes.size();
    return static_cast<std::size_t>(found - programmes.begin());
}

void TransportInspector::Impl::on_section(std::size_t slot, SectionView section, std::uint64_t at) {
    if (section.has_crc() && !section.crc_good()) {
        event(Condition::Crc, pids[slot], pids[slot].pid, at,
              "table " + std::to_string(section.table_id()) + " with a wrong CRC_32");
        return;
    }
    switch (pids[slot].role) {
        case Role::Pat:
            return on_pat(section, at);
        case Role::Pmt:
            return on_pmt(section, at);
        case Role::Sdt:
            return on_sdt(section);
        case Role::Cat:
            if (section.table_id() != kCatTable || !section.long_form()) return;
            cat_at = interval_time(at);
            if (scrambled_since) {
                state_edge(Condition::Cat, cat, Verdict::Good, stream_subject(), kCatPid, *cat_at, {});
            }
            return;
        default:
            return;
    }
}

void TransportInspector::Impl::on_pat(SectionView section, std::uint64_t at) {
    const auto parsed = parse_pat(section);
    if (!parsed || !parsed->current) return;
    const core::Duration now = interval_time(at);
    pat_at = now;
    state_edge(Condition::Pat, pat, Verdict::Good, stream_subject(), kPatPid, now, {});
    if (pat_version != parsed->version) {
        pat_version = parsed->version;
        pat_sections.clear();
    }
    std::vector<PatEntry>& known = pat_sections[parsed->section_number];
    if (known == parsed->entries && !known.empty()) return;
    known = parsed->entries;
    std::vector<PatEntry> entries;
    for (int number = 0; number <= parsed->last_section_number; ++number) {
        const auto part = pat_sections.find(static_cast<std::uint8_t>(number));
        if (part == pat_sections.end()) return;  // the rest will come
        entries.insert(entries.end(), part->second.begin(), part->second.end());
    }
    apply_pat(entries, now);
}

void TransportInspector::Impl::apply_pat(const std::vector<PatEntry>& entries, core::Duration now) {
    std::map<std::uint16_t, std::uint16_t> wanted;  // programme -> PMT PID
    for (const PatEntry& entry : entries) {
        if (entry.programme == 0 || entry.pid == kNullPid || wanted.size() >= kMaxProgrammes) continue;
        wanted.emplace(entry.programme, entry.pid);
    }
    const bool many =
        std::count_if(wanted.begin(), wanted.end(), [&](const auto& entry) { return watched(entry.first); }) > 1;
    for (std::size_t i = 0; i < programmes.size(); ++i) {
        // What is known of a programme that left, or that gets another name by company, is known no more.
        if (many == many_watched && wanted.count(programmes[i].number) != 0) continue;
        state_edge(Condition::Pmt, programme_states[i].pmt, Verdict::Unknown, service_subject(programmes[i].number),
                   programmes[i].pmt_pid, now, {});
    }
    std::vector<Programme> next;
    std::vector<ProgrammeState> next_states;
    for (const auto& [number, pid] : wanted) {
        Programme programme;
        ProgrammeState state;
        state.pmt_at = now;
        if (const std::size_t i = index_of(number); i < programmes.size()) {
            programme = programmes[i];
            state = programme_states[i];
            if (!state.pmt_known) state.pmt_at = now;
        }
        programme.number = number;
        programme.pmt_pid = pid;
        if (const auto name = names.find(number); name != names.end()) {
            programme.name = name->second.name;
            programme.provider = name->second.provider;
        }
        next.push_back(std::move(programme));
        next_states.push_back(state);
    }
    programmes = std::move(next);
    many_watched = many;
    programme_states = std::move(next_states);
    ++revision;
    assign_roles(now);
}

void TransportInspector::Impl::on_pmt(SectionView section, std::uint64_t at) {
    if (section.table_id() != kPmtTable || section.bytes.size() < 5) return;
    const auto number = static_cast<std::uint16_t>((std::to_integer<unsigned>(section.bytes[3]) << 8) |
                                                   std::to_integer<unsigned>(section.bytes[4]));
    const std::size_t index = index_of(number);
    if (index == programmes.size()) return;
    Programme& programme = programmes[index];
    ProgrammeState& state = programme_states[index];
    const std::uint32_t crc = stored_crc(section);
    const core::Duration now = interval_time(at);
    const bool repeated = state.pmt_known && state.pmt_crc == crc;
    std::optional<PmtSection> parsed;
    if (!repeated) {
        parsed = parse_pmt(section);
        if (!parsed || !parsed->current) return;
    }
    state.pmt_known = true;
    state.pmt_crc = crc;
    state.pmt_at = now;
    if (state.pmt != Verdict::Good && watched(number)) {
        state_edge(Condition::Pmt, state.pmt, Verdict::Good, service_subject(number), programme.pmt_pid, now, {});
    }
    if (repeated) return;
    Programme next = programme;
    next.pcr_pid = parsed->pcr_pid;
    next.pmt_version = parsed->version;
    next.scrambling_declared = parsed->scrambling_declared;
    next.streams = std::move(parsed->streams);
    name_tracks(next.streams, programme.streams);
    if (next == programme) return;
    programme = std::move(next);
    ++revision;
    assign_roles(now);
}

void TransportInspector::Impl::on_sdt(SectionView section) {
    if (section.table_id() != kSdtActualTable || section.bytes.size() < 8) return;
    std::uint32_t& known = sdt_crcs[std::to_integer<std::uint8_t>(section.bytes[6])];
    if (const std::uint32_t crc = stored_crc(section); std::exchange(known, crc) == crc) return;
    auto parsed = parse_sdt(section);
    if (!parsed || !parsed->current) return;
    bool changed = false;
    for (SdtService& service : parsed->services) {
        for (Programme& programme : programmes) {
            if (programme.number != service.programme) continue;
            changed = changed || programme.name != service.name || programme.provider != service.provider;
            programme.name = service.name;
            programme.provider = service.provider;
        }
        names[service.programme] = std::move(service);
    }
    if (changed) ++revision;
}

/// Gives every PID its part anew, after PAT or PMT changed.
void TransportInspector::Impl::assign_roles(core::Duration now) {
    for (std::size_t slot = 1; slot < pids.size(); ++slot) {
        PidState& state = pids[slot];
        state.carries_pcr = false;
        state.reported = true;
        state.track = -1;
        state.kind = core::TrackKind::None;
        state.scrambling_said = Verdict::Unknown;
        state.subject = stream_subject();
        if (state.role == Role::Pmt || state.role == Role::Elementary) {
            state.role = Role::Unknown;
            state.type.clear();
        }
        settle(slot);  // the next packet of each needs a look
    }
    for (const Programme& programme : programmes) {
        PidState& map = pids[slot_for(programme.pmt_pid)];
        if (map.role == Role::Unknown) {
            map.role = Role::Pmt;
            map.type = "pmt";
        }
    }
    for (const bool ours : {true, false}) {  // a PID that two services share belongs to the one that is watched
        for (const Programme& programme : programmes) {
            if (watched(programme.number) != ours) continue;
            if (programme.pcr_pid < kNullPid) {
                PidState& clock_pid = pids[slot_for(programme.pcr_pid)];
                clock_pid.carries_pcr = clock_pid.carries_pcr || ours;
            }
            for (const ElementaryStream& stream : programme.streams) {
                PidState& state = pids[slot_for(stream.pid)];
                if (state.role != Role::Unknown) continue;
                state.role = Role::Elementary;
                state.type = stream.codec.empty() ? core::name(stream.kind) : stream.codec;
                state.reported = ours;
            }
        }
    }
    for (std::size_t slot = 1; slot < pids.size(); ++slot) {
        PidState& state = pids[slot];
        if (is_table(state.role) && !state.sections) state.sections = std::make_unique<SectionAssembler>();
    }
    assign_tracks(now);
}

void TransportInspector::Impl::assign_tracks(core::Duration now) {
    std::vector<TrackState> before = std::exchange(tracks, {});
    std::size_t next = 0;  // tracks mostly come in the order they came in before
    const auto take_old = [&](const core::Subject& subject) -> std::optional<TrackState> {
        for (std::size_t i = 0; i < before.size(); ++i) {
            TrackState& candidate = before[(next + i) % before.size()];
            if (candidate.kind == core::TrackKind::None || candidate.subject != subject) continue;
            next += i + 1;
            TrackState taken = candidate;
            candidate.kind = core::TrackKind::None;
            return taken;
        }
        return std::nullopt;
    };
    for (const Programme& programme : programmes) {
        if (!watched(programme.number)) continue;
        core::Subject subject = service_subject(programme.number);
        for (const ElementaryStream& stream : programme.streams) {
            const std::size_t slot = slots[stream.pid];
            PidState& state = pids[slot];
            if (state.role != Role::Elementary || state.track >= 0) continue;
            subject.track = stream.track;
            TrackState track = take_old(subject).value_or(TrackState{});
            track.subject = subject;
            track.kind = stream.kind;
            if (track.slot != slot) {  // new, or it moved: its patience starts anew
                track.slot = slot;
                track.pid = stream.pid;
                track.packets_seen = lanes[slot].packets;
                track.seen_at = now;
            }
            state.track = static_cast<int>(tracks.size());
            state.kind = stream.kind;
            state.scrambling_said = track.scrambled;
            state.subject = subject;
            tracks.push_back(std::move(track));
        }
    }
    for (TrackState& gone : before) {
        if (gone.kind == core::TrackKind::None) continue;
        state_edge(Condition::Scrambled, gone.scrambled, Verdict::Unknown, gone.subject, gone.pid, now, {});
        state_edge(Condition::PidMissing, gone.missing, Verdict::Unknown, gone.subject, gone.pid, now, {});
    }
}

}  // namespace sightline::formats::ts
