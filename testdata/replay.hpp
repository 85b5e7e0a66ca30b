// SPDX-License-Identifier: Apache-2.0
// A transport stream file sent over and over with new timestamps: a live signal that costs no encoding.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testdata/programme.hpp"

namespace sightline::testdata {

/// Reads the coded units of a TS file into memory once and gives them again and again.
///
/// Each pass follows the last without a gap in the picture; where sound frames do not fit the length of the picture,
/// sound has a gap of less than a frame at the seam (at 25 fps and 48 kHz AAC none where the length is a multiple of
/// 320 ms). Picture and sound faults of the file come round with it: give them by its truth file.
/// Threading: one thread.
class Replay final : public UnitSource {
public:
    /// @return Io, Corrupt or Unsupported in one line.
    [[nodiscard]] static core::Result<std::unique_ptr<Replay>> open(const std::string& path,
                                                                    std::optional<core::Duration> length);
    /// The faults in the file: entered into `truth` for each pass as it begins.
    void report_to(Truth* truth, std::vector<Truth::Known> known);
    [[nodiscard]] const std::vector<Track>& tracks() const override { return tracks_; }
    [[nodiscard]] core::Result<std::optional<AccessUnit>> next() override;
    [[nodiscard]] std::int64_t frames() const override { return frames_given_; }
    /// Of one pass.
    [[nodiscard]] core::Duration length() const { return shift_of(1).second; }

private:
    Replay() = default;
    core::Result<void> read(const std::string& path);
    core::Result<void> arrange(const std::string& path);
    void begin_pass();
    /// Where pass `number` begins, in ticks and in time.
    [[nodiscard]] std::pair<core::PtsTicks, core::Duration> shift_of(std::int64_t number) const;

    std::vector<Track> tracks_;
    std::vector<AccessUnit> units_;
    std::optional<core::Duration> limit_;
    std::int64_t frames_per_pass_ = 0;  ///< 0 without video
    core::PtsTicks sound_length_{0};    ///< without video: of the first track
    Truth* truth_ = nullptr;
    std::vector<Truth::Known> known_;
    std::size_t at_ = 0;
    std::int64_t pass_ = -1;
    std::vector<core::PtsTicks> ends_;  ///< by track, of what was given
    std::int64_t frames_given_ = 0;
};

}  // namespace sightline::testdata
