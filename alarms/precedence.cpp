// SPDX-License-Identifier: Apache-2.0
#include "alarms/precedence.hpp"

#include <algorithm>
#include <array>

namespace sightline::alarms {

namespace {

constexpr std::array<std::string_view, 5> kChain{"signal.unreachable", "signal.lost", "signal.stalled", "ts.sync_loss",
                                                 "ts.scrambled"};
constexpr std::size_t kSignal = 3;     // of kChain: no bytes at all
constexpr std::size_t kTransport = 4;  // of kChain: no packets that can be read

/// Below the chain, and above something.
constexpr std::array<std::string_view, 3> kAbove{"video.missing", "audio.missing", "video.black"};

/// Intervals that are broken by themselves where nothing arrives.
constexpr std::array<std::string_view, 7> kIntervals{
    "ts.pat", "ts.pmt", "ts.cat", "ts.pid_missing", "ts.pcr_repetition", "ts.pts_repetition", "ts.pcr_discontinuity"};

std::string_view kind_word(const core::ConditionSpec& spec) {
    const std::string_view word = spec.id.substr(0, spec.id.find('.'));
    return word == "video" || word == "audio" ? word : std::string_view{};
}

bool is_missing(std::string_view id) {
    return id == "video.missing" || id == "audio.missing";
}

}  // namespace

std::vector<std::string_view> higher_than(const core::ConditionSpec& lower) {
    const auto take = [](std::size_t count) {
        return std::vector<std::string_view>(kChain.begin(), kChain.begin() + static_cast<std::ptrdiff_t>(count));
    };
    const auto place = std::find(kChain.begin(), kChain.end(), lower.id);
    if (place != kChain.end()) return take(static_cast<std::size_t>(place - kChain.begin()));
    if (lower.id == "bitrate.low") return take(kSignal);
    if (std::find(kIntervals.begin(), kIntervals.end(), lower.id) != kIntervals.end()) return take(kTransport);
    const std::string_view kind = kind_word(lower);
    if (kind.empty()) return {};
    auto higher = take(kChain.size());
    if (is_missing(lower.id)) return higher;
    higher.emplace_back(kind == "video" ? "video.missing" : "audio.missing");
    if (lower.id == "video.freeze") higher.emplace_back("video.black");
    return higher;
}

std::uint32_t place_of(std::string_view condition) {
    const auto link = std::find(kChain.begin(), kChain.end(), condition);
    if (link != kChain.end()) return 1U << static_cast<unsigned>(link - kChain.begin());
    const auto above = std::find(kAbove.begin(), kAbove.end(), condition);
    if (above == kAbove.end()) return 0;
    return 1U << static_cast<unsigned>(kChain.size() + static_cast<std::size_t>(above - kAbove.begin()));
}

bool explains(const core::ConditionSpec& higher, const core::Subject& above, const core::ConditionSpec& lower,
              const core::Subject& below) {
    if (above.service != 0 && above.service != below.service) return false;
    if (!above.rendition.empty() && above.rendition != below.rendition) return false;
    if (!above.leg.empty() && above.leg != below.leg) return false;
    if (is_missing(higher.id) && kind_word(higher) != kind_word(lower)) return false;
    return above.track.empty() || below.track.empty() || above.track == below.track;
}

}  // namespace sightline::alarms
