// SPDX-License-Identifier: Apache-2.0
// The small process between the supervisor and a hook that sees to it that nothing of a hook is left behind.
#pragma once

namespace sightline::incidents {

/// Hidden subcommand of the program: `sightline hook-guard PROGRAM [ARGUMENT…]`. Dispatch it before anything else is
/// set up or parsed.
inline constexpr const char* kHookGuardCommand = "hook-guard";

/// Descriptor on which the guard's parent holds the other end of a pipe or socket: its end of file means "kill it all".
inline constexpr int kGuardControlFd = 3;

/// Exit status where the hook could not be started, as of a shell.
inline constexpr int kCannotRun = 126;
inline constexpr int kNotFound = 127;

/// Runs argv[2…] with the guard's own standard descriptors and environment in a process group of its own, waits for it,
/// kills what it left running, however far it got from the group (the guard is a child subreaper), and returns its exit
/// status, or 128 + the signal that ended it. When the control descriptor reaches its end (the supervisor died, or
/// wants the hook gone) all of it is killed at once with SIGKILL.
///
/// Does not see: a descendant started by a third party on the hook's behalf (`systemd-run`, `at`, a container daemon).
[[nodiscard]] int run_hook_guard(int argc, char** argv);

}  // namespace sightline::incidents
