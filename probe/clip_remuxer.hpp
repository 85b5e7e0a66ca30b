// SPDX-License-Identifier: Apache-2.0
// Bytes that do not play by themselves (FLV, fragments) as a transport stream, without encoding anything anew.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "probe/byte_input.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// One demux session.
struct RemuxPart {
    ByteInput* input = nullptr;
    Container container = Container::Unknown;
};

struct RemuxOptions {
    /// Begins with the first key frame that arrived no earlier (without pictures: with the first packet) …
    std::optional<core::ArrivalTime> from;
    /// … and is presented no earlier, by the container's own clock. Of a time that is more than a minute away another
    /// clock is meant: then arrival alone counts.
    std::optional<core::Duration> from_time;
    int max_tracks = 64;
    /// Takes the transport stream piece by piece. @return false: no more can be taken.
    std::function<bool(std::span<const std::byte>)> write;
};

/// Joins the parts; tracks that a later part does not have, or has in another codec, end there.
/// Threading: any. Blocks: in reading and writing.
/// @return Unsupported where a transport stream cannot carry what there is; Io where `write` said no; as
/// MediaReader::open where the first part cannot be read.
[[nodiscard]] core::Result<void> remux_to_ts(std::span<const RemuxPart> parts, const RemuxOptions& options);

}  // namespace sightline::probe
