// SPDX-License-Identifier: Apache-2.0
#include "testdata/fault_schedule.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sightline::testdata {
namespace {

using core::Duration;
using core::ErrorCode;
using core::fail;
using core::Result;

enum class Needs : std::uint8_t { Length, Instant, LengthOrCount };

struct KindRow {
    FaultKind kind;
    std::string_view name;
    Needs needs;
    std::string_view keys;  // space separated; `every` goes everywhere
};

constexpr std::array kKinds{
    KindRow{FaultKind::Black, "black", Needs::Length, "pixels luma"},
    KindRow{FaultKind::Freeze, "freeze", Needs::Length, ""},
    KindRow{FaultKind::NearFreeze, "near-freeze", Needs::Length, "sigma"},
    KindRow{FaultKind::Starve, "starve", Needs::Length, "bitrate"},
    KindRow{FaultKind::Size, "size", Needs::Length, "to"},
    KindRow{FaultKind::VideoLost, "video-lost", Needs::Length, ""},
    KindRow{FaultKind::Silence, "silence", Needs::Length, "channel track"},
    KindRow{FaultKind::Level, "level", Needs::Length, "dbfs channel track"},
    KindRow{FaultKind::AudioLost, "audio-lost", Needs::Length, "track"},
    KindRow{FaultKind::Stall, "stall", Needs::Length, ""},
    KindRow{FaultKind::Disconnect, "disconnect", Needs::Length, ""},
    KindRow{FaultKind::Jump, "jump", Needs::Instant, "by indicator"},
    KindRow{FaultKind::PmtPid, "pmt-pid", Needs::Instant, "shift"},
    KindRow{FaultKind::EsPids, "es-pids", Needs::Instant, "shift"},
    KindRow{FaultKind::Drop, "drop", Needs::LengthOrCount, "pid count rate"},
    KindRow{FaultKind::Duplicate, "duplicate", Needs::LengthOrCount, "pid count rate copies"},
    KindRow{FaultKind::Reorder, "reorder", Needs::LengthOrCount, "pid count rate"},
    KindRow{FaultKind::Corrupt, "corrupt", Needs::LengthOrCount, "pid count rate"},
    KindRow{FaultKind::TransportError, "transport-error", Needs::LengthOrCount, "pid count rate"},
    KindRow{FaultKind::SyncByte, "sync-byte", Needs::LengthOrCount, "pid count rate"},
    KindRow{FaultKind::Scramble, "scramble", Needs::LengthOrCount, "pid count rate"},
};

const KindRow& row_of(FaultKind kind) {
    return *std::find_if(kKinds.begin(), kKinds.end(), [&](const KindRow& row) { return row.kind == kind; });
}

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

std::optional<double> parse_double(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// "98%", "200k", "-59dBFS", "0.5".
std::optional<double> parse_number(std::string_view text) {
    double scale = 1;
    if (text.ends_with("dBFS")) text.remove_suffix(4);
    if (text.ends_with('%')) scale = 0.01;
    if (text.ends_with('k')) scale = 1e3;
    if (text.ends_with('M')) scale = 1e6;
    if (scale != 1) text.remove_suffix(1);
    const auto value = parse_double(text);
    if (!value) return std::nullopt;
    return *value * scale;
}

/// "12.48" and "12.48s", "-1h".
std::optional<Duration> parse_time(std::string_view text) {
    if (const auto seconds = parse_double(text); seconds && std::abs(*seconds) < 1e9) {
        return core::from_seconds(*seconds);
    }
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto duration = core::parse_duration(text);
    if (!duration) return std::nullopt;
    return negative ? -*duration : *duration;
}

std::optional<PidChoice> parse_pid(std::string_view text) {
    using Kind = PidChoice::Kind;
    if (text == "any") return PidChoice{Kind::Any, 0};
    if (text == "video") return PidChoice{Kind::Video, 0};
    if (text == "audio") return PidChoice{Kind::Audio, 0};
    if (text == "psi") return PidChoice{Kind::Psi, 0};
    const auto number = parse_double(text);
    if (!number || *number < 0 || *number > 8191 || *number != std::floor(*number)) return std::nullopt;
    return PidChoice{Kind::Number, static_cast<int>(*number)};
}

std::optional<std::pair<int, int>> parse_size(std::string_view text) {
    const std::size_t cross = text.find('x');
    if (cross == std::string_view::npos) return std::nullopt;
    const auto width = parse_double(text.substr(0, cross));
    const auto height = parse_double(text.substr(cross + 1));
    if (!width || !height || *width < 32 || *height < 32 || *width > 8192 || *height > 8192) return std::nullopt;
    return std::pair{static_cast<int>(*width) & ~1, static_cast<int>(*height) & ~1};
}

struct NumberKey {
    std::string_view key;
    double low, high;
    bool whole;
    void (*store)(Fault&, double);
};

constexpr std::array kNumberKeys{
    NumberKey{"pixels", 0.01, 1, false, [](Fault& f, double v) { f.pixels = v; }},
    NumberKey{"luma", 0, 255, true, [](Fault& f, double v) { f.luma = static_cast<int>(v); }},
    NumberKey{"sigma", 0, 64, false, [](Fault& f, double v) { f.sigma = v; }},
    NumberKey{"dbfs", -200, 0, false, [](Fault& f, double v) { f.level_dbfs = v; }},
    NumberKey{"channel", 0, 64, true, [](Fault& f, double v) { f.channel = static_cast<int>(v); }},
    NumberKey{"track", 0, 64, true, [](Fault& f, double v) { f.track = static_cast<int>(v); }},
    NumberKey{"bitrate", 1000, 1e9, true, [](Fault& f, double v) { f.bitrate_bps = static_cast<std::int64_t>(v); }},
    NumberKey{"shift", -4096, 4096, true, [](Fault& f, double v) { f.shift = static_cast<int>(v); }},
    NumberKey{"indicator", 0, 1, true, [](Fault& f, double v) { f.indicator = v != 0; }},
    NumberKey{"count", 1, 1e9, true, [](Fault& f, double v) { f.count = static_cast<int>(v); }},
    NumberKey{"rate", 0, 1, false, [](Fault& f, double v) { f.rate = v; }},
    NumberKey{"copies", 1, 100, true, [](Fault& f, double v) { f.copies = static_cast<int>(v); }},
};

tl::unexpected<core::Error> bad_value(const KindRow& row, std::string_view key, std::string_view value,
                                      std::string_view allowed) {
    return fail(ErrorCode::InvalidConfig, fmt::format("fault {}: {} = {} is not {}", row.name, key, value, allowed));
}

Result<void> set_time(const KindRow& row, std::string_view key, std::string_view value, Duration& out) {
    const auto time = parse_time(value);
    if (!time || *time < Duration{0}) return bad_value(row, key, value, "a time from 0, as 2.5s");
    out = *time;
    return {};
}

Result<void> set_key(Fault& fault, const KindRow& row, std::string_view key, std::string_view value) {
    if (key == "at") return set_time(row, key, value, fault.at);
    if (key == "for") return set_time(row, key, value, fault.length);
    if (key == "every") return set_time(row, key, value, fault.every);
    if (!has_word(row.keys, key)) {
        return fail(ErrorCode::InvalidConfig, fmt::format("fault {}: unknown key '{}' (allowed: at for every{}{})",
                                                          row.name, key, row.keys.empty() ? "" : " ", row.keys));
    }
    if (key == "by") {
        const auto time = parse_time(value);
        if (!time) return bad_value(row, key, value, "a time, as -1h");
        fault.by = *time;
        return {};
    }
    if (key == "pid") {
        const auto pid = parse_pid(value);
        if (!pid) return bad_value(row, key, value, "any, video, audio, psi or 0 to 8191");
        fault.pid = *pid;
        return {};
    }
    if (key == "to") {
        const auto size = parse_size(value);
        if (!size) return bad_value(row, key, value, "WIDTHxHEIGHT within 32 to 8192");
        fault.width = size->first;
        fault.height = size->second;
        return {};
    }
    const auto number_key =
        std::find_if(kNumberKeys.begin(), kNumberKeys.end(), [&](const NumberKey& n) { return n.key == key; });
    const auto number = parse_number(value);
    if (!number || *number < number_key->low || *number > number_key->high ||
        (number_key->whole && *number != std::floor(*number))) {
        return bad_value(row, key, value,
                         fmt::format("a {} in [{}, {}]", number_key->whole ? "whole number" : "number", number_key->low,
                                     number_key->high));
    }
    number_key->store(fault, *number);
    return {};
}

Result<const KindRow*> find_kind(std::string_view text) {
    const auto* row = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindRow& r) { return r.name == text; });
    if (row != kKinds.end()) return row;
    std::string all;
    for (const KindRow& r : kKinds) all += fmt::format("{}{}", all.empty() ? "" : " ", r.name);
    return fail(ErrorCode::InvalidConfig, fmt::format("unknown fault '{}' (allowed: {})", text, all));
}

Result<Fault> finished(Fault fault, const KindRow& row) {
    if (row.needs == Needs::Length && fault.length <= Duration{0}) {
        return fail(ErrorCode::InvalidConfig, fmt::format("fault {}: needs a length, as {}@5+2", row.name, row.name));
    }
    if (row.needs == Needs::Instant && fault.length != Duration{0}) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("fault {}: happens at an instant, takes no length", row.name));
    }
    if (fault.every != Duration{0} && fault.every <= fault.length) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("fault {}: every = {} is not longer than its length {}", row.name,
                                core::to_text(fault.every), core::to_text(fault.length)));
    }
    if (fault.kind == FaultKind::Size && fault.width == 0) {
        return fail(ErrorCode::InvalidConfig, "fault size: needs to=WIDTHxHEIGHT");
    }
    if (fault.kind == FaultKind::Jump && fault.by == Duration{0}) {
        return fail(ErrorCode::InvalidConfig, "fault jump: needs by=TIME, as by=-1h");
    }
    return fault;
}

Result<Fault> fault_from_map(const YAML::Node& node) {
    if (!node.IsMap() || !node["kind"] || !node["at"]) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("line {}: a fault needs `kind` and `at`", node.Mark().line + 1));
    }
    const auto row = find_kind(node["kind"].as<std::string>());
    if (!row) return tl::unexpected<core::Error>(row.error());
    Fault fault;
    fault.kind = (*row)->kind;
    for (const auto& pair : node) {
        const auto key = pair.first.as<std::string>();
        if (key == "kind") continue;
        if (auto set = set_key(fault, **row, key, pair.second.as<std::string>()); !set) {
            return fail(set.error().code, fmt::format("line {}: {}", pair.first.Mark().line + 1, set.error().message));
        }
    }
    return finished(fault, **row);
}

}  // namespace

std::string_view name(FaultKind kind) {
    return row_of(kind).name;
}
bool is_packet_fault(FaultKind kind) {
    return row_of(kind).needs == Needs::LengthOrCount;
}

std::int64_t begun_by(const Fault& fault, Duration t) {
    if (t < fault.at) return 0;
    return fault.every > Duration{0} ? (t - fault.at) / fault.every + 1 : 1;
}

std::optional<Occurrence> occurrence_at(const Fault& fault, Duration t) {
    const std::int64_t begun = begun_by(fault, t);
    if (begun == 0) return std::nullopt;
    const Duration begin = fault.at + fault.every * (begun - 1);
    if (t >= begin + fault.length) return std::nullopt;
    return Occurrence{begun - 1, begin, begin + fault.length};
}

Result<Fault> parse_fault(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("fault '{}': expected KIND@START[+LENGTH][:KEY=VALUE,…]", text));
    }
    const auto row = find_kind(text.substr(0, at));
    if (!row) return tl::unexpected<core::Error>(row.error());
    Fault fault;
    fault.kind = (*row)->kind;
    const std::size_t colon = std::min(text.find(':', at), text.size());
    const std::string_view times = text.substr(at + 1, colon - at - 1);
    const std::size_t plus = std::min(times.find('+'), times.size());
    if (auto set = set_key(fault, **row, "at", times.substr(0, plus)); !set) return tl::unexpected(set.error());
    if (plus < times.size()) {
        if (auto set = set_key(fault, **row, "for", times.substr(plus + 1)); !set) return tl::unexpected(set.error());
    }
    std::string_view rest = text.substr(std::min(colon + 1, text.size()));
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view pair = rest.substr(0, comma);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) return bad_value(**row, "option", pair, "KEY=VALUE");
        if (auto set = set_key(fault, **row, pair.substr(0, equals), pair.substr(equals + 1)); !set) {
            return tl::unexpected(set.error());
        }
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return finished(fault, **row);
}

Result<std::vector<Fault>> parse_fault_list(const std::string& text) {
    std::vector<Fault> faults;
    try {  // yaml-cpp reports by exceptions; none leaves this function
        YAML::Node root = YAML::Load(text);
        if (root.IsMap()) root.reset(root["faults"]);
        if (!root.IsSequence())
            return fail(ErrorCode::InvalidConfig, "expected a list of faults, or `faults:` with one");
        for (const auto& node : root) {
            auto fault = node.IsScalar() ? parse_fault(node.as<std::string>()) : fault_from_map(node);
            if (!fault) return tl::unexpected(fault.error());
            faults.push_back(*fault);
        }
    } catch (const YAML::Exception& error) {
        return fail(ErrorCode::InvalidConfig, fmt::format("line {}: {}", error.mark.line + 1, error.msg));
    }
    return faults;
}

}  // namespace sightline::testdata
