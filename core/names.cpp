// SPDX-License-Identifier: Apache-2.0
// Every enum's word, as users, JSON and the config see it.
#include "core/alarm.hpp"
#include "core/findings.hpp"
#include "core/media.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"

namespace sightline::core {

const char* name(ErrorCode code) {
    switch (code) {
        case ErrorCode::TryAgain:
            return "try_again";
        case ErrorCode::EndOfStream:
            return "end_of_stream";
        case ErrorCode::Timeout:
            return "timeout";
        case ErrorCode::Cancelled:
            return "cancelled";
        case ErrorCode::Corrupt:
            return "corrupt";
        case ErrorCode::Truncated:
            return "truncated";
        case ErrorCode::Unsupported:
            return "unsupported";
        case ErrorCode::InvalidConfig:
            return "invalid_config";
        case ErrorCode::NotFound:
            return "not_found";
        case ErrorCode::Refused:
            return "refused";
        case ErrorCode::Io:
            return "io";
    }
    return "io";
}

const char* name(TrackKind kind) {
    switch (kind) {
        case TrackKind::None:
            return "none";
        case TrackKind::Video:
            return "video";
        case TrackKind::Audio:
            return "audio";
        case TrackKind::Subtitle:
            return "subtitle";
        case TrackKind::Data:
            return "data";
    }
    return "none";
}

const char* name(Verdict verdict) {
    switch (verdict) {
        case Verdict::Good:
            return "good";
        case Verdict::Bad:
            return "bad";
        case Verdict::Unknown:
            return "unknown";
    }
    return "unknown";
}

const char* name(Severity severity) {
    switch (severity) {
        case Severity::Info:
            return "info";
        case Severity::Warning:
            return "warning";
        case Severity::Minor:
            return "minor";
        case Severity::Major:
            return "major";
        case Severity::Critical:
            return "critical";
    }
    return "info";
}

std::optional<Severity> severity_from(std::string_view word) {
    for (const Severity severity :
         {Severity::Info, Severity::Warning, Severity::Minor, Severity::Major, Severity::Critical}) {
        if (word == name(severity)) return severity;
    }
    return std::nullopt;
}

const char* name(AlarmState state) {
    switch (state) {
        case AlarmState::Raised:
            return "raised";
        case AlarmState::Changed:
            return "changed";
        case AlarmState::Cleared:
            return "cleared";
    }
    return "raised";
}

const char* name(DepthMode mode) {
    switch (mode) {
        case DepthMode::Full:
            return "full";
        case DepthMode::Adaptive:
            return "adaptive";
        case DepthMode::Transport:
            return "transport";
    }
    return "full";
}

std::optional<DepthMode> depth_from(std::string_view word) {
    for (const DepthMode mode : {DepthMode::Full, DepthMode::Adaptive, DepthMode::Transport}) {
        if (word == name(mode)) return mode;
    }
    return std::nullopt;
}

const char* name(AirState state) {
    switch (state) {
        case AirState::OnAir:
            return "on_air";
        case AirState::Standby:
            return "standby";
        case AirState::OffAir:
            return "off_air";
    }
    return "on_air";
}

}  // namespace sightline::core
