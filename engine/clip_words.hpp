// SPDX-License-Identifier: Apache-2.0
// What the supervisor and the process that makes a clip say to each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "engine/clip_maker.hpp"

namespace sightline::engine {

/// Descriptors of the process.
inline constexpr int kClipReportFd = 3, kClipRingFd = 4, kClipOutFd = 5, kClipGoodFd = 6, kClipBadFd = 7;

struct ClipJob {
    ClipOrder order;
    std::int64_t memory_bytes = 0;  ///< as SandboxOptions
    bool sandbox = true;
};
[[nodiscard]] std::string to_json(const ClipJob& job);
[[nodiscard]] core::Result<ClipJob> clip_job_from(std::string_view json);

/// A report; of the stills only when they were.
[[nodiscard]] std::string to_json(const ClipReport& report);
/// What the process says is foreign: bounded, its words cleaned. @return Corrupt.
[[nodiscard]] core::Result<ClipReport> clip_report_from(std::string_view json);

}  // namespace sightline::engine
