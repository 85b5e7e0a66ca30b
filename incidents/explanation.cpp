// SPDX-License-Identifier: Apache-2.0
#include "incidents/explanation.hpp"

#include <algorithm>
#include <array>

namespace sightline::incidents {
namespace {

constexpr std::array kTable{
    ExplanationRow{
        "signal.*",
        "signal.* bitrate.* ts.* srt.* rtp.* http.* hls.* dash.* cdn.* video.* audio.* caption.* scte35.* rule.*",
        "nothing comes out where nothing goes in"},
    ExplanationRow{"ts.sync_loss ts.sync_byte",
                   "signal.* bitrate.* ts.* hls.* dash.* video.* audio.* caption.* scte35.* rule.*",
                   "what cannot be read cannot be passed on"},
    ExplanationRow{"ts.pat ts.pmt ts.pid_missing ts.scrambled",
                   "signal.lost signal.stalled ts.* hls.* dash.* video.* audio.* caption.* scte35.* rule.*",
                   "no tables or keys: no tracks"},
    ExplanationRow{"ts.continuity ts.transport_error ts.crc srt.* rtp.* net.*",
                   "signal.stalled ts.* hls.* dash.* video.* audio.* caption.* scte35.* rule.*",
                   "lost packets are lost for all that follows"},
    ExplanationRow{"http.* hls.* dash.* cdn.* rtmp.*",
                   "signal.* bitrate.* http.* hls.* dash.* cdn.* video.* audio.* caption.* scte35.* rule.*",
                   "segments that are not made cannot be fetched"},
    ExplanationRow{"bitrate.low", "signal.lost signal.stalled bitrate.low hls.* dash.* video.* audio.* rule.*",
                   "less comes in, less comes out"},
    ExplanationRow{"video.missing", "signal.lost signal.stalled bitrate.low hls.* dash.* video.* rule.*",
                   "without a picture the output stalls or thins"},
    ExplanationRow{"audio.missing", "audio.* rule.*", "no sound to pass on"},
    ExplanationRow{"video.black", "video.black video.freeze bitrate.low rule.*", "black stays black, still and small"},
    ExplanationRow{"video.freeze", "video.freeze bitrate.low rule.*", "a still picture stays still and small"},
    ExplanationRow{"audio.silence", "audio.silence audio.level_low audio.channel_missing audio.loudness rule.*",
                   "silence stays silence"},
    ExplanationRow{"video.format", "video.format video.missing video.freeze",
                   "a change of format breaks what is set to one"},
    ExplanationRow{"audio.format", "audio.format audio.missing audio.silence audio.channel_missing",
                   "a change of format breaks what is set to one"},
    ExplanationRow{"rule.*", "rule.* video.* audio.* signal.stalled", "what the rule combines goes on downstream"},
};

struct Pair {
    std::string_view one, other;
};
constexpr std::array kTogether{
    Pair{"video.black video.freeze video.missing rule.*", "audio.silence audio.missing audio.level_low rule.*"},
    Pair{"bitrate.* ts.* srt.* rtp.* net.* http.* hls.* dash.* cdn.* signal.*",
         "bitrate.* ts.* srt.* rtp.* net.* http.* hls.* dash.* cdn.* signal.*"},
};

constexpr std::string_view kShared = "signal.* ts.* bitrate.low srt.* rtp.* rtmp.* net.* http.* hls.* dash.* cdn.*";

bool matches(std::string_view patterns, std::string_view condition) {
    while (!patterns.empty()) {
        const std::size_t end = std::min(patterns.find(' '), patterns.size());
        const std::string_view pattern = patterns.substr(0, end);
        patterns.remove_prefix(std::min(end + 1, patterns.size()));
        if (pattern.ends_with('*') ? condition.starts_with(pattern.substr(0, pattern.size() - 1))
                                   : pattern == condition)
            return true;
    }
    return false;
}

}  // namespace

std::span<const ExplanationRow> explanation_table() {
    return kTable;
}

bool explains(std::string_view upstream, std::string_view downstream) {
    if (upstream == downstream) return true;
    return std::any_of(kTable.begin(), kTable.end(), [&](const ExplanationRow& row) {
        return matches(row.upstream, upstream) && matches(row.downstream, downstream);
    });
}

bool goes_together(std::string_view one, std::string_view other) {
    if (about_probe(one) || about_probe(other)) return one == other;
    if (explains(one, other) || explains(other, one)) return true;
    return std::any_of(kTogether.begin(), kTogether.end(), [&](const Pair& pair) {
        return (matches(pair.one, one) && matches(pair.other, other)) ||
               (matches(pair.one, other) && matches(pair.other, one));
    });
}

bool points_at_shared(std::string_view condition) {
    return matches(kShared, condition);
}

bool about_probe(std::string_view condition) {
    return condition.starts_with("probe.");
}

}  // namespace sightline::incidents
