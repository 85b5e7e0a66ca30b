// SPDX-License-Identifier: Apache-2.0
// The bytes of one demux session as a demuxer wants them: pulled, by blocking reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/time.hpp"

namespace sightline::probe {

/// Threading: one thread, the one that demuxes.
class ByteInput {
public:
    virtual ~ByteInput() = default;
    /// Waits for at least one byte. @return bytes put into `into`; 0 at the end of the session, or once cancelled.
    virtual std::size_t read(std::span<std::byte> into) = 0;
    /// Bytes in all, where the input can be read from anywhere (regular files). Empty: forward only.
    [[nodiscard]] virtual std::optional<std::int64_t> size() const { return std::nullopt; }
    /// Goes to `position`; only where size() is known. @return false if it cannot.
    virtual bool seek(std::int64_t /*position*/) { return false; }
    /// When the byte at `position` of this session arrived. Empty for files.
    [[nodiscard]] virtual std::optional<core::ArrivalTime> arrival_of(std::int64_t /*position*/) {
        return std::nullopt;
    }
};

}  // namespace sightline::probe
