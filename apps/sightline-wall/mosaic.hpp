// SPDX-License-Identifier: Apache-2.0
// The stream of --mosaic: a picture each period, and the sound that is followed.
#pragma once

#include <memory>
#include <string>

#include "apps/sightline-wall/options.hpp"
#include "core/clock.hpp"
#include "ui/mosaic_output.hpp"
#include "ui/shell.hpp"
#include "ui/sound/sound_desk.hpp"

namespace sightline::wall {

/// Threading: the shell's thread.
class Mosaic {
public:
    /// Null where none is asked for.
    [[nodiscard]] static core::Result<std::unique_ptr<Mosaic>> open(const Options& o, const ui::WindowOptions& window,
                                                                    double fps, const core::Clock& clock);
    Mosaic(std::unique_ptr<ui::MosaicOutput> output, const core::Clock& clock, core::Duration period);

    /// After each refresh: what was drawn and is heard since the last call.
    void take(ui::Shell& shell, ui::SoundDesk& sound);

private:
    std::unique_ptr<ui::MosaicOutput> output_;
    const core::Clock& clock_;
    core::Duration period_;
    core::ArrivalTime due_, drawn_;
    std::string said_;
};

}  // namespace sightline::wall
