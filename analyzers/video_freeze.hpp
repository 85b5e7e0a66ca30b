// SPDX-License-Identifier: Apache-2.0
// video.freeze: the picture stays what it was.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "analyzers/analyzer.hpp"

namespace sightline::analyzers {

inline constexpr std::array<core::ParameterSpec, 2> kVideoFreezeParameters{{
    {"change", "", 10, 2, 64, {}, "a block whose mean luma moved by more (8-bit steps) has another picture in it"},
    {"noise",
     "",
     0.3,
     0.05,
     8,
     {},
     "a quarter of the blocks above this mean luma difference (8-bit steps) is live noise"},
}};
inline constexpr core::ConditionSpec kVideoFreeze{
    "video.freeze",         core::ConditionKind::State, core::ClockDomain::Media, core::TrackKind::Video, true, {}, {},
    kVideoFreezeParameters, "the picture is frozen"};

/// Says `video.freeze` holds from the first repeated picture (the one after the last new one) to the first new one.
///
/// Two questions about each picture, because coding noise and sensor noise look alike in one frame but not over time:
///  - Is there another picture? Block means against those of the picture *held* since the run began: noise of any kind
///    averages out in them, anything that moves does not. The held picture is renewed while an encoder still refines
///    it, never after kSettled, so that slow fades and pans add up to a change.
///  - Is it alive? Block differences to the picture before: a live camera's noise is new in most pictures; a frozen
///    one's coding noise comes in bursts (key frames) and dies away. Judged over kWindow.
///
/// An edge comes as soon as it is certain: kFewest pictures and kQuick into a clean freeze, up to kWindow into a noisy
/// one; later where the pictures before were held for long themselves (a clock, a slide show of 1 fps).
///
/// Does not see: a change in colour alone; a fade slower than about one step in two seconds; a moving thing smaller or
///               fainter than coding noise (docs/analyzers/video.freeze.md has the numbers).
class VideoFreeze final : public VideoAnalyzer {
public:
    static constexpr core::AnalyzerSpec kSpec{"video.freeze", "frozen picture", "", {}, {&kVideoFreeze, 1}};
    static constexpr core::Duration kWindow = std::chrono::milliseconds{2500};
    static constexpr core::Duration kQuick = std::chrono::milliseconds{250};
    static constexpr core::Duration kSettled = std::chrono::seconds{2};
    static constexpr std::size_t kFewest = 3;

    explicit VideoFreeze(const AnalyzerContext& context);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const Picture& picture, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;

private:
    /// How far a picture is from the held one, in 8-bit steps.
    struct Distance {
        double block = 0;   // the block that moved most
        double blocks = 0;  // the one that moved third most
        double region = 0;  // of 4 × 4 blocks
        double whole = 0;
    };
    struct Seen {
        core::Instant at;
        double novelty = 0;  // mean difference to the picture before, in 8-bit steps
        bool noisy = false;
    };
    [[nodiscard]] Distance distance(const Picture& picture) const;
    [[nodiscard]] bool another(const Distance& distance, double roughness) const;
    void count_repeat(const Picture& picture);
    [[nodiscard]] core::Instant first_new(const Picture& picture) const;
    [[nodiscard]] bool noisy(const Picture& picture) const;
    void hold_new(const Picture& picture, core::Findings& out);
    void renew_held(const Picture& picture, core::Duration age);
    void remember(const Picture& picture);
    void judge(const Picture& picture, core::Duration age, double value, core::Findings& out);
    [[nodiscard]] bool quiet_for(core::Duration span, double share, core::MediaTime now) const;
    [[nodiscard]] core::Instant run_of(bool noisy) const;
    [[nodiscard]] core::Instant end_of_noise() const;
    void say(core::Verdict verdict, core::Instant since, double value, core::Findings& out);

    double change_, noise_;
    std::vector<std::uint16_t> held_;  // block means
    BlockGrid grid_;
    core::Instant held_at_;      // the last new picture
    double held_novelty_ = 0;    // of that one; 0 = unknown
    core::Instant repeated_at_;  // the first after it
    std::size_t repeats_ = 0;    // pictures since
    int renewals_ = 0;
    double roughness_ = 0;     // coding noise seen in this run, in 8-bit steps: forgotten slowly
    bool from_start_ = true;   // the held picture is the first we saw
    bool alive_ = false;       // the same picture, but with live noise
    double alive_level_ = 0;   // of that noise, in 8-bit steps
    core::Duration rhythm_{};  // how long pictures were held lately without being a freeze
    std::deque<Seen> window_;  // since the last new picture, not longer than kWindow
    std::optional<core::Instant> said_at_;
    Announcer freeze_;
};

}  // namespace sightline::analyzers
