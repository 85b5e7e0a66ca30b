// SPDX-License-Identifier: Apache-2.0
// What a worker gives up before it touches a foreign byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace sightline::engine {

struct SandboxOptions {
    std::int64_t memory_bytes = 0;            ///< RLIMIT_DATA; 0: no limit
    std::vector<std::string> readable_paths;  ///< file inputs; everything else of the file system is closed but what
                                              ///< names, certificates and time zones need
};

/// In force for the process and all threads it will start: no new privileges, no core dumps and no ptrace, a memory
/// limit, Landlock (files) and seccomp (system calls). For ever: nothing of it can be undone.
/// Threading: call before any other thread is started.
/// @return in words what is in force and what this kernel lacks: "no new privileges, 1024 MiB, landlock, seccomp". An
/// error only where something that the kernel has was refused.
[[nodiscard]] core::Result<std::string> enter_sandbox(const SandboxOptions& options);

}  // namespace sightline::engine
