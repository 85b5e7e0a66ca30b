// SPDX-License-Identifier: Apache-2.0
// The shared memory of the probes on this machine, kept attached.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "link/pcm_ring.hpp"
#include "ui/shared_media.hpp"
#include "ui/snapshot.hpp"

namespace sightline::wall {

/// One connection to each local probe's wall socket. Remote probes have none: their tiles show the small pictures of
/// their API, as the snapshot has them.
///
/// Threading: the shell's thread; poll() once a refresh, never blocks.
class LocalFeeds {
public:
    /// @param addresses  as on the command line; those that are not "unix:PATH" are left alone
    LocalFeeds(const core::Clock& clock, const std::vector<std::string>& addresses);
    ~LocalFeeds();
    LocalFeeds(const LocalFeeds&) = delete;
    LocalFeeds& operator=(const LocalFeeds&) = delete;

    void poll();
    /// For SharedMedia: under the probes' names as `snapshot` has them.
    void visit(const ui::WallSnapshot* snapshot,
               const std::function<void(const ui::StreamKey&, const ui::StreamSegments&)>& call);
    /// The box tiles shall fit in from now on, in pixels; told to the probes in few steps, so that dragging does not
    /// make them change size at each pixel.
    void want_box(int width, int height);
    /// The stream to have at source resolution, with its sound; empty stream: none. @return whether it is of a probe
    /// on this machine.
    /// @param track  the audio track that is heard, from 1
    bool want_focus(const ui::StreamKey& stream, int track, const ui::WallSnapshot* snapshot);
    /// The sound ring of the stream in focus, once for each ring that the probe opens.
    [[nodiscard]] std::optional<link::PcmReader> take_ring();

private:
    void visit_stills(const ui::WallSnapshot& snapshot,
                      const std::function<void(const ui::StreamKey&, const ui::StreamSegments&)>& call) const;
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sightline::wall
