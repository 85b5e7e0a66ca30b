// SPDX-License-Identifier: Apache-2.0
#include "analyzers/expectation.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

namespace sightline::analyzers {

namespace {

struct OtherName {
    std::string_view other, name;
};
constexpr std::array kOtherNames{
    OtherName{"avc", "h264"},         OtherName{"avc1", "h264"},       OtherName{"h265", "hevc"},
    OtherName{"mpeg2", "mpeg2video"}, OtherName{"mp2v", "mpeg2video"}, OtherName{"mpeg1", "mpeg1video"},
    OtherName{"aaclatm", "aac"},      OtherName{"mp2a", "mp2"},        OtherName{"ac-3", "ac3"},
    OtherName{"eac-3", "eac3"},       OtherName{"ec3", "eac3"},        OtherName{"mpega", "mp2"}};

std::string usual_name(std::string_view codec) {
    std::string name;
    for (const char c : codec) {
        if (c != '.' && c != '_' && c != ' ') {
            name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    for (const auto& known : kOtherNames) {
        if (known.other == name) {
            return std::string(known.name);
        }
    }
    return name;
}

std::string differs(std::string_view what, const std::string& is, const std::string& expected) {
    return std::string(what) + " is " + is + ", expected " + expected;
}

/// Up to three decimals, without trailing zeros, in the C locale.
std::string rate_text(double fps) {
    const long long thousandths = std::llround(fps * 1000.0);
    std::string text = std::to_string(thousandths / 1000);
    const auto rest = std::to_string(1000 + thousandths % 1000).substr(1);
    const auto last = rest.find_last_not_of('0');
    return last == std::string::npos ? text : text + "." + rest.substr(0, last + 1);
}

std::string scan_text(bool interlaced) {
    return interlaced ? "interlaced" : "progressive";
}

}  // namespace

bool same_codec(std::string_view a, std::string_view b) {
    return usual_name(a) == usual_name(b);
}

std::string mismatch(const core::ExpectVideo& expect, const VideoFacts& facts, double fps_tolerance) {
    if (expect.codec && !facts.codec.empty() && !same_codec(*expect.codec, facts.codec)) {
        return differs("codec", facts.codec, *expect.codec);
    }
    if (expect.width && facts.width > 0 && *expect.width != facts.width) {
        return differs("width", std::to_string(facts.width), std::to_string(*expect.width));
    }
    if (expect.height && facts.height > 0 && *expect.height != facts.height) {
        return differs("height", std::to_string(facts.height), std::to_string(*expect.height));
    }
    if (expect.interlaced && facts.interlaced && *expect.interlaced != *facts.interlaced) {
        return differs("scan", scan_text(*facts.interlaced), scan_text(*expect.interlaced));
    }
    if (expect.fps && facts.fps && std::fabs(*facts.fps - *expect.fps) > *expect.fps * fps_tolerance) {
        return differs("frame rate", rate_text(*facts.fps), rate_text(*expect.fps));
    }
    return {};
}

std::string mismatch(const core::ExpectAudio& expect, const AudioFacts& facts) {
    if (expect.codec && !facts.codec.empty() && !same_codec(*expect.codec, facts.codec)) {
        return differs("codec", facts.codec, *expect.codec);
    }
    if (expect.language && *expect.language != facts.language) {
        return differs("language", facts.language.empty() ? "not given" : facts.language, *expect.language);
    }
    if (expect.channels && facts.channels > 0 && *expect.channels != facts.channels) {
        return differs("channels", std::to_string(facts.channels), std::to_string(*expect.channels));
    }
    if (expect.sample_rate && facts.sample_rate > 0 && *expect.sample_rate != facts.sample_rate) {
        return differs("sample rate", std::to_string(facts.sample_rate), std::to_string(*expect.sample_rate));
    }
    return {};
}

const core::ExpectAudio* expected_audio(const core::Expect& expect, const core::Track& track) {
    if (!expect.audio) {
        return nullptr;
    }
    for (const auto& wanted : *expect.audio) {
        if (wanted.language && !track.language.empty() && *wanted.language == track.language) {
            return &wanted;
        }
    }
    const std::string_view name = track.subject.track;
    const auto colon = name.find(':');
    std::size_t order = 0;
    if (colon != std::string_view::npos) {
        std::from_chars(name.data() + colon + 1, name.data() + name.size(), order);
    }
    return order >= 1 && order <= expect.audio->size() ? &(*expect.audio)[order - 1] : nullptr;
}

}  // namespace sightline::analyzers
