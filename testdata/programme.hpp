// SPDX-License-Identifier: Apache-2.0
// Picture and sound computed, given their faults and encoded.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/result.hpp"
#include "testdata/encoder.hpp"
#include "testdata/fault_schedule.hpp"
#include "testdata/picture.hpp"
#include "testdata/tone.hpp"
#include "testdata/truth.hpp"

namespace sightline::testdata {

/// Where coded units come from, in decoding order over all tracks.
class UnitSource {
public:
    virtual ~UnitSource() = default;
    [[nodiscard]] virtual const std::vector<Track>& tracks() const = 0;
    /// @return nothing at the end. Blocks no longer than its work takes.
    [[nodiscard]] virtual core::Result<std::optional<AccessUnit>> next() = 0;
    /// Pictures given so far.
    [[nodiscard]] virtual std::int64_t frames() const = 0;
};

struct ProgrammeSettings {
    bool has_video = true;
    VideoSettings video;
    PictureStyle style;
    std::vector<AudioSettings> audio;             ///< one per track
    std::vector<std::string> languages;           ///< by track; may be shorter
    std::vector<std::vector<ToneChannel>> tones;  ///< by track and channel
    std::optional<core::Duration> length;         ///< endless without
    std::uint64_t seed = 1;
};

/// Makes the frames and samples of a programme and enters the edges of its picture and sound faults into a Truth.
///
/// Faults read here: black, freeze, near-freeze, starve, size, silence, level. A key frame is forced where a fault that
/// takes units away ends, and where timestamps jump.
/// Threading: one thread. `truth` outlives it.
class Programme final : public UnitSource {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Programme>> open(ProgrammeSettings settings,
                                                                       std::vector<Fault> faults);
    /// Edges go there from now on.
    void report_to(Truth* truth) { truth_ = truth; }
    [[nodiscard]] const std::vector<Track>& tracks() const override { return tracks_; }
    [[nodiscard]] core::Result<std::optional<AccessUnit>> next() override;
    [[nodiscard]] std::int64_t frames() const override { return frame_; }

private:
    struct Sound {
        std::size_t track;  ///< index into tracks_
        AudioSettings settings;
        std::vector<ToneChannel> tones;
        std::unique_ptr<AudioEncoder> encoder;
        std::int64_t made = 0;  ///< samples
        std::vector<std::vector<float>> block;
        std::set<std::size_t> held;  ///< faults that hold at the last sample made
    };

    Programme(ProgrammeSettings settings, std::vector<Fault> faults);
    core::Result<void> open_encoders();
    core::Result<void> make_frame();
    void draw(core::Duration t);
    core::Result<void> follow_encoder_faults(core::Duration t);
    void note_picture_edges(core::Duration t);
    core::Result<void> make_sound(Sound& sound, core::Duration until);
    void shape_sound(Sound& sound, std::size_t index);
    core::Result<void> finish();
    void enqueue(std::size_t track, std::vector<AccessUnit>& units);
    [[nodiscard]] bool key_due(core::Duration t) const;

    ProgrammeSettings settings_;
    std::vector<Fault> faults_;
    Truth* truth_ = nullptr;
    std::vector<Track> tracks_;
    std::unique_ptr<VideoEncoder> video_;
    Picture picture_, held_;
    bool held_valid_ = false;
    bool drawn_ = false;     ///< picture_ holds the frame before
    bool repeated_ = false;  ///< the picture now drawn repeats an earlier one
    std::int64_t frame_ = 0;
    std::map<std::size_t, std::int64_t> showing_;  ///< picture faults and their occurrence in the last frame
    std::vector<Sound> sounds_;
    std::vector<std::deque<AccessUnit>> queues_;  ///< by track
    std::vector<core::PtsTicks> last_dts_;        ///< by track
    bool finished_ = false;
};

}  // namespace sightline::testdata
