// SPDX-License-Identifier: Apache-2.0
// Live pictures and levels out of the probes' shared memory: to the GPU, to the meters, to the views.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "link/audio_levels.hpp"
#include "link/tile_frames.hpp"
#include "ui/delays.hpp"
#include "ui/live_media.hpp"
#include "ui/meter.hpp"
#include "ui/shell.hpp"
#include "ui/sound/lip_sync.hpp"

namespace sightline::ui {

/// What there is of one stream; null where there is none. Borrowed for the call.
struct StreamSegments {
    link::TileReader* tiles = nullptr;
    link::LevelsReader* levels = nullptr;
    bool ended = false;  ///< nobody writes any more: what the readers give is the last there was
    std::shared_ptr<const StillPicture> still{};  ///< of a remote probe, where there are no tiles
};
/// Shows the segments of every stream there is now to its argument, each key once.
using VisitSegments = std::function<void(const std::function<void(const StreamKey&, const StreamSegments&)>&)>;

struct MediaFigures {
    std::uint64_t pictures = 0;  ///< uploaded
    std::uint64_t bytes = 0;     ///< of them
    std::uint64_t draw_calls = 0;
    std::uint64_t put_off = 0;              ///< upload rounds, because the GPU still read every buffer
    core::Duration uploading{}, drawing{};  ///< CPU time of this thread's share
    std::size_t gpu_bytes = 0;
    std::uint64_t left_out = 0;  ///< published and never uploaded, of streams on the glass: newer ones overtook them
    Delays to_glass;             ///< from the worker's publishing, right after decoding, to the end of the refresh
};

/// A stream that is heard: its pictures wait until `delay` after their presentation time.
struct HeldPictures {
    StreamKey stream;
    PlayDelay delay{};
};

/// Of a stream that is on the glass.
struct PictureTiming {
    core::MediaTime shown{};        ///< presentation time of the picture there
    std::uint64_t pictures = 0;     ///< shown so far: another number is another picture
    std::optional<PlayDelay> came;  ///< of the newest that came; nothing since the last call
    bool key_frames_only = false;
};

/// Takes the newest picture of each stream that is on the glass, whole or not at all, straight from shared memory into
/// a pixel buffer; older ones are never looked at. A stream that nobody shows costs nothing. The last picture stays
/// when the worker or the probe goes, until the stream itself is gone.
///
/// Threading: the shell's thread, GL current.
class SharedMedia final : public MediaFeed, private LiveMedia {
public:
    /// @return Unsupported where the GPU does not do what it must.
    [[nodiscard]] static core::Result<std::unique_ptr<SharedMedia>> create(const core::Clock& clock,
                                                                           VisitSegments segments,
                                                                           Ballistics ballistics);
    ~SharedMedia() override;
    SharedMedia(const SharedMedia&) = delete;
    SharedMedia& operator=(const SharedMedia&) = delete;

    [[nodiscard]] bool poll(core::ArrivalTime now) override;
    [[nodiscard]] LiveMedia& begin(int width, int height) override;
    void draw() override;
    void shown(core::ArrivalTime now) override;

    /// The meters of `stream` are those of its audio track number `track` (from 0); of any other its first one's.
    void show_levels_of(const StreamKey& stream, std::size_t track);
    /// From the next poll() on; nothing: every picture is shown as soon as it is there.
    void hold(std::optional<HeldPictures> held);
    [[nodiscard]] std::optional<PictureTiming> take_timing(const StreamKey& stream);

    /// The largest box that any picture was placed in since the last call, in pixels: what tiles should be made for.
    struct Box {
        int width = 0, height = 0;
    };
    [[nodiscard]] Box take_largest_box();
    [[nodiscard]] MediaFigures figures() const;

private:
    struct Parts;
    explicit SharedMedia(std::unique_ptr<Parts> parts);
    std::optional<PlacedPicture> place(const StreamKey& stream, const Placement& placement) override;
    [[nodiscard]] std::span<const ChannelLevel> levels(const StreamKey& stream) override;
    [[nodiscard]] Loudness loudness(const StreamKey& stream) override;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sightline::ui
