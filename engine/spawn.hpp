// SPDX-License-Identifier: Apache-2.0
// Starting the processes of a probe.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace sightline::engine {

/// A descriptor of ours, and its number in the new process.
struct PassedDescriptor {
    int ours = -1, theirs = -1;
};

/// Starts `command` (its path first). It inherits `descriptors` and no other, no signal mask, and its own process
/// group, so that the terminal's Ctrl-C reaches the supervisor alone. Its standard input is empty; its standard output
/// is our standard error, since ours carries data. No `ours` may be the `theirs` of an earlier one. Threading: any.
/// @return 0, or the error number of posix_spawn(3).
[[nodiscard]] int spawn(const std::vector<std::string>& command, std::span<const PassedDescriptor> descriptors,
                        pid_t& pid);

}  // namespace sightline::engine
