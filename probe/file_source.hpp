// SPDX-License-Identifier: Apache-2.0
// Files, named pipes and standard input as a source: bytes as fast as the consumer takes them.
#pragma once

#include <memory>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// Opens `path` ("-": standard input) at once, so that a bad one is an error here and not a state later.
///
/// What comes is handed on as read(2) gave it: up to `options.read_size` bytes (0: 256 KiB) into one reused buffer.
/// Arrival times are meaningless (ArrivalTime{}). The link goes Connected, then Ended (Failed on a read error).
/// Threading:  callbacks come from the source's own thread. on_bytes may block; whoever blocks there must let go
///             (close its queue) before cancel() is called, which joins the thread.
/// Cancel:     at once, also on an idle pipe or terminal. Does not end: a read(2) of a regular file that the kernel
///             itself holds (a dead network file system).
/// @param clock only stamps the link states; must outlive the source.
/// @return NotFound (no such file), Refused (permission), Unsupported (a directory, a socket), Io (anything else).
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_file_source(const std::string& path,
                                                                     const SourceOptions& options,
                                                                     const core::Clock& clock);

}  // namespace sightline::probe
