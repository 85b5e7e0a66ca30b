// SPDX-License-Identifier: Apache-2.0
#include "engine/console_table.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace sightline::engine {
namespace {

constexpr const char* kReset = "\x1b[0m";

struct Look {
    const char* mark;  // state without colour
    const char* word;
    const char* colour;
};

Look look_of(const StreamView& stream) {
    switch (stream.health) {
        case StreamHealth::Good:
            return {"  ", "good", "\x1b[2m"};
        case StreamHealth::Standby:
            return {"  ", stream.air == core::AirState::OffAir ? "off air" : "standby", "\x1b[2m"};
        case StreamHealth::Unknown:
            return {"? ", "unknown", "\x1b[36m"};
        case StreamHealth::Alarm:
            break;
    }
    switch (stream.worst.value_or(core::Severity::Info)) {
        case core::Severity::Critical:
            return {"!!", "CRITICAL", "\x1b[1;31m"};
        case core::Severity::Major:
            return {"! ", "MAJOR", "\x1b[1;33m"};
        case core::Severity::Minor:
            return {"- ", "minor", "\x1b[33m"};
        case core::Severity::Warning:
            return {"- ", "warning", "\x1b[34m"};
        case core::Severity::Info:
            break;
    }
    return {"  ", "info", ""};
}

std::string age_text(core::Duration age) {
    const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    if (seconds < 3'600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
    if (seconds < 86'400) return fmt::format("{}h{:02}", seconds / 3'600, seconds / 60 % 60);
    return fmt::format("{}d{:02}h", seconds / 86'400, seconds / 3'600 % 24);
}

std::string rate_text(const StreamView& stream) {
    const auto rate = stream.measurements.find("bitrate.mux");
    return rate == stream.measurements.end() ? "-" : fmt::format("{:.2f} Mb/s", rate->second * 1e-6);
}

/// Loudest channel of the first sound track.
std::string level_text(const StreamView& stream) {
    const std::string prefix = "audio.level/audio:1";
    double loudest = -1'000;
    for (auto at = stream.measurements.lower_bound(prefix);
         at != stream.measurements.end() && at->first.starts_with(prefix); ++at) {
        loudest = std::max(loudest, at->second);
    }
    if (loudest <= -1'000) return "-";
    return loudest <= -120 ? "-inf dBFS" : fmt::format("{:.0f} dBFS", loudest);
}

/// Cut to `width` code points, with … at its end.
std::string cut(const std::string& text, std::size_t width) {
    std::size_t points = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) continue;
        if (++points > width) {
            // Room for the ellipsis: one code point less.
            std::size_t end = i;
            do {
                --end;
            } while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U);
            return text.substr(0, end) + "…";
        }
    }
    return text + std::string(width - points, ' ');
}

bool worse(const StreamView& a, const StreamView& b) {
    const auto rank = [](const StreamView& s) {
        return s.health == StreamHealth::Alarm     ? 10 + static_cast<int>(s.worst.value_or(core::Severity::Info))
               : s.health == StreamHealth::Unknown ? 5
                                                   : 0;
    };
    return rank(a) != rank(b) ? rank(a) > rank(b) : rank(a) > 0 && a.since < b.since;
}

}  // namespace

std::vector<std::string> table_lines(const ProbeState& state, const TableStyle& style) {
    std::vector<const StreamView*> streams;
    std::size_t bad = 0;
    for (const auto& stream : state.streams) {
        streams.push_back(stream.get());
        bad += stream->health == StreamHealth::Alarm;
    }
    std::stable_sort(streams.begin(), streams.end(),
                     [](const StreamView* a, const StreamView* b) { return worse(*a, *b); });
    std::vector<std::string> lines;
    const auto width = static_cast<std::size_t>(std::max(style.width, 40));
    lines.push_back(
        cut(fmt::format("{}  {}  {} streams, {} in alarm{}{}", state.probe, core::to_rfc3339(state.at), streams.size(),
                        bad, state.clock_synchronised ? "" : "  HOST CLOCK NOT SYNCHRONISED",
                        state.store_error.empty() ? "" : "  STORE CANNOT BE WRITTEN"),
            width));
    const std::size_t room = static_cast<std::size_t>(std::max(style.height, 4)) - 2;
    for (std::size_t i = 0; i < std::min(streams.size(), room); ++i) {
        const StreamView& stream = *streams[i];
        const Look look = look_of(stream);
        std::string what = stream.reason;
        if (what.empty() && stream.last)
            what = fmt::format("last: {} {}", stream.last->message, core::name(stream.last->state));
        const std::string line =
            cut(fmt::format("{} {:8} {} {:>7}  {:>11} {:>9}  {}", look.mark, look.word, cut(stream.name, 24),
                            age_text(state.at - stream.since), rate_text(stream), level_text(stream), what),
                width);
        lines.push_back(style.colour ? look.colour + line + kReset : line);
    }
    if (streams.size() > room) lines.push_back(cut(fmt::format("   … and {} more", streams.size() - room), width));
    return lines;
}

void ConsoleTable::draw(const ProbeState& state) {
    TableStyle style;
    winsize size{};
    if (ioctl(fileno(terminal_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        style.width = size.ws_col;
        style.height = size.ws_row;
    }
    style.colour = true;
    const std::vector<std::string> lines = table_lines(state, style);
    std::string out = drawn_ > 0 ? fmt::format("\x1b[{}A", drawn_) : "";
    for (const std::string& line : lines) out += "\r\x1b[K" + line + "\n";
    // Lines left over from a longer table.
    for (std::size_t i = lines.size(); i < drawn_; ++i) out += "\r\x1b[K\n";
    drawn_ = std::max(drawn_, lines.size());
    std::fwrite(out.data(), 1, out.size(), terminal_);
    std::fflush(terminal_);
}

}  // namespace sightline::engine
