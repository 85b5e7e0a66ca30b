// SPDX-License-Identifier: Apache-2.0
#include "apps/sightline-wall/mosaic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sightline::wall {

core::Result<std::unique_ptr<Mosaic>> Mosaic::open(const Options& o, const ui::WindowOptions& window, double fps,
                                                   const core::Clock& clock) {
    if (o.mosaic.empty()) return nullptr;
    auto target = ui::mosaic_to(o.mosaic);
    if (!target) return tl::unexpected(target.error());
    target->width = window.width;
    target->height = window.height;
    target->fps = static_cast<int>(fps);
    target->bitrate_kbps = o.mosaic_kbps;
    auto output = ui::MosaicOutput::open(*target, clock);
    if (!output) return tl::unexpected(output.error());
    if (!(*output)->sound_note().empty()) fmt::print(stderr, "sightline-wall: {}\n", (*output)->sound_note());
    return std::make_unique<Mosaic>(std::move(*output), clock, core::from_seconds(1.0 / target->fps));
}

Mosaic::Mosaic(std::unique_ptr<ui::MosaicOutput> output, const core::Clock& clock, core::Duration period)
    : output_(std::move(output)), clock_(clock), period_(period), due_(clock.now()), drawn_(due_) {}

void Mosaic::take(ui::Shell& shell, ui::SoundDesk& sound) {
    while (const auto chunk = sound.take_mosaic()) output_->push_sound(chunk->samples, chunk->heard);
    const core::ArrivalTime now = clock_.now();
    if (now < due_) return;
    due_ = std::max(due_ + period_, now - period_);
    // What comes back is the picture that the call before this one asked for.
    const core::ArrivalTime drawn = std::exchange(drawn_, now);
    shell.read_back([this, drawn](std::span<const std::uint8_t> pixels) { output_->push(pixels, drawn); });
    if (output_->trouble() == said_) return;
    said_ = output_->trouble();
    if (!said_.empty()) fmt::print(stderr, "sightline-wall: mosaic: {}\n", said_);
}

}  // namespace sightline::wall
