// SPDX-License-Identifier: Apache-2.0
// The worker process: watches the streams of its job, observes, and judges nothing.
#pragma once

namespace sightline::engine {

/// Hidden subcommand of the program: `sightline worker`.
inline constexpr const char* kWorkerCommand = "worker";
/// The descriptor of the channel to the supervisor.
inline constexpr int kWorkerChannelFd = 3;

/// Takes its job from the channel, enters the sandbox, and runs until told to stop or until the supervisor is gone.
/// @return the process's exit status.
[[nodiscard]] int run_worker(int channel_fd);

}  // namespace sightline::engine
