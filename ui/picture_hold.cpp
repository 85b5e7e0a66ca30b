// SPDX-License-Identifier: Apache-2.0
#include "ui/picture_hold.hpp"

#include <utility>

namespace sightline::ui {

std::optional<core::MediaTime> PictureHold::take(link::TileReader& reader) {
    link::TileFrame frame;
    frame.pixels = std::move(spare_);
    const bool taken = reader.newest(frame);
    if (!taken) {
        spare_ = std::move(frame.pixels);
        return {};
    }
    if (!kept_.empty() && frame.info.at < kept_.back().info.at) kept_.clear();  // another run of the source
    kept_.push_back(std::move(frame));
    return kept_.back().info.at;
}

const link::TileFrame* PictureHold::due(core::ArrivalTime shown, PlayDelay delay) {
    std::size_t bytes = 0;
    for (const link::TileFrame& frame : kept_) bytes += frame.pixels.size();
    std::optional<link::TileFrame> newest;
    while (!kept_.empty()) {
        const core::Duration early = delay - play_delay(shown, kept_.front().info.at);
        const bool full = kept_.size() > kMostKept || bytes > kMostBytes || early > kMostWait;
        if (early.count() > 0 && !full) break;
        bytes -= kept_.front().pixels.size();
        newest = std::move(kept_.front());
        kept_.pop_front();
    }
    if (!newest) return nullptr;
    if (out_) spare_ = std::move(out_->pixels);
    out_ = std::move(newest);
    return &*out_;
}

}  // namespace sightline::ui
