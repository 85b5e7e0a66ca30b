// SPDX-License-Identifier: Apache-2.0
// All the wall's sound in one place: the stream that is followed, the alarms, the loudspeaker, the mosaic.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bounded_queue.hpp"
#include "core/rules.hpp"
#include "link/pcm_ring.hpp"
#include "ui/sound/alarm_sound.hpp"
#include "ui/sound/follow_player.hpp"
#include "ui/sound/limiter.hpp"

namespace sightline::ui {

/// Where sound goes: interleaved stereo float of kSoundRate.
class SoundSink {
public:
    virtual ~SoundSink() = default;
    /// `at`: when its first frame shall leave this process; it is heard latency() later. Never blocks.
    virtual void push(std::span<const float> samples, core::ArrivalTime at) = 0;
    /// From what push() was told to when it is heard; 0 while it is not known.
    [[nodiscard]] virtual core::Duration latency() const = 0;
    /// Why nothing is heard, in words; empty while something is.
    [[nodiscard]] virtual const std::string& trouble() const = 0;
};
using MakeSink = std::function<std::unique_ptr<SoundSink>()>;

/// A stretch of sound for the mosaic.
struct SoundChunk {
    std::vector<float> samples;
    core::ArrivalTime heard{};  ///< when its first frame is heard at the wall
};

struct SoundStatus {
    bool ring = false;               ///< the followed stream's ring is open
    bool sounding = false;           ///< and sound comes out of it
    std::optional<PlayDelay> heard;  ///< of what is heard: its presentation time plus this is now
    std::string trouble;             ///< of the loudspeaker
};

/// Everything is made a horizon ahead, in chunks of 10 ms, and goes through a Limiter: the followed stream into the
/// mosaic, the followed stream and the alarms' tones into the loudspeaker. Nothing wanted: nothing is made, no device
/// is opened.
///
/// Threading: advance() on one thread (SoundThread's); everything else on any.
class SoundDesk {
public:
    static constexpr core::Duration kChunk = std::chrono::milliseconds{10};
    static constexpr core::Duration kHorizon = std::chrono::milliseconds{60};
    static constexpr std::size_t kChunkFrames = kSoundRate / 100;

    /// `speaker`: makes the loudspeaker when it is needed first; empty: there is none. `mosaic`: chunks are kept for
    /// take_mosaic().
    SoundDesk(MakeSink speaker, bool mosaic);

    /// The ring of the stream in focus; empty: nothing in focus.
    void focus(std::optional<link::PcmReader> ring);
    /// Whether it is heard.
    void follow(bool wanted);
    /// Which pair of channels (FollowPlayer::hear_pair), and how loud in the loudspeaker: amplitude, 0 to 1.
    void shape(int pair, float volume);
    /// Keep the loudspeaker open for tones.
    void expect_alarms(bool wanted);
    void alarm(core::Severity severity);
    /// A picture of the stream in focus came to the wall so late.
    void picture_came(core::ArrivalTime now, PlayDelay late);
    [[nodiscard]] SoundStatus status() const;
    /// The oldest chunk that was not taken; 2 s are kept.
    [[nodiscard]] std::optional<SoundChunk> take_mosaic() { return mosaic_.try_pop(); }

    void advance(core::ArrivalTime now);

private:
    struct Inbox {
        bool new_ring = false;
        std::optional<link::PcmReader> ring;
        bool follow = false, alarms = false;
        int pair = 0;
        float volume = 1;
        std::optional<core::Severity> alarm;
        std::vector<std::pair<core::ArrivalTime, PlayDelay>> pictures;
    };
    void take_orders();
    void render(core::ArrivalTime at);
    void report();

    mutable std::mutex mutex_;  // guards inbox_ and status_
    Inbox inbox_;
    SoundStatus status_;

    MakeSink make_speaker_;
    bool wants_mosaic_;
    core::BoundedQueue<SoundChunk> mosaic_{200, core::WhenFull::DropOldest};
    std::unique_ptr<SoundSink> speaker_;
    std::optional<link::PcmReader> ring_;
    link::PcmBlock block_;
    FollowPlayer player_{kHorizon};
    Limiter speaker_limiter_, mosaic_limiter_;
    ToneMaker tones_;
    bool follow_ = false, alarms_ = false;
    float follow_gain_ = 0;
    float volume_ = 1, volume_wanted_ = 1;
    std::optional<core::ArrivalTime> next_;
    std::vector<float> followed_, mixed_;
};

}  // namespace sightline::ui
