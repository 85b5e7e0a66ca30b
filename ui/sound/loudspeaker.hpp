// SPDX-License-Identifier: Apache-2.0
// The machine's sound output through GStreamer.
#pragma once

#include <memory>
#include <string>

#include "core/clock.hpp"
#include "ui/sound/sound_desk.hpp"

namespace sightline::ui {

/// appsrc → audioconvert → audioresample → a sink, on the monotonic clock, so that what is heard when is known from
/// time stamps and the pipeline's latency. Without a device it says so and tries again every kRetry; push() then
/// throws away.
///
/// Threading: one thread; GStreamer's own stay inside.
class Loudspeaker final : public SoundSink {
public:
    static constexpr core::Duration kRetry = std::chrono::seconds{10};
    static constexpr const char* kAnySink = "autoaudiosink";

    /// `sink`: as gst-launch-1.0 has it: "autoaudiosink", "pulsesink device=…", "wavenc ! filesink location=…".
    Loudspeaker(std::string sink, const core::Clock& clock);
    ~Loudspeaker() override;
    Loudspeaker(const Loudspeaker&) = delete;
    Loudspeaker& operator=(const Loudspeaker&) = delete;

    void push(std::span<const float> samples, core::ArrivalTime at) override;
    [[nodiscard]] core::Duration latency() const override;
    [[nodiscard]] const std::string& trouble() const override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sightline::ui
