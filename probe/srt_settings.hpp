// SPDX-License-Identifier: Apache-2.0
// What an srt:// URL says, checked before any socket is made.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::probe {

enum class SrtMode : std::uint8_t { Caller, Listener, Rendezvous };

/// An SRT input. `latency` and `connect_timeout` are milliseconds in our URLs (FFmpeg's srt:// counts microseconds).
struct SrtSettings {
    SrtMode mode = SrtMode::Caller;
    std::string host;        ///< caller, rendezvous: the peer; listener: address to bind, empty for all
    int port = 0;            ///< 0 only in tests: any free port
    std::string passphrase;  ///< empty or 10 to 79 characters
    int key_bytes = 0;       ///< 16, 24, 32; 0: libsrt's choice
    std::string streamid;    ///< caller: sent; listener: what a caller must send (empty: anything)
    core::Duration latency = std::chrono::milliseconds{120};
    int payload_bytes = 0;  ///< 0: 1316
    /// Of one attempt. libsrt's own 3 s unless the URL or the config asks for another.
    core::Duration connect_timeout = std::chrono::seconds{3};
};

/// Reads `input.url`: srt://host:port, srt://:port (listener) with the options mode, passphrase, pbkeylen, streamid,
/// latency, payload_size, connect_timeout, transtype. A # belongs to the streamid (#!::r=…), there is no fragment.
/// @return InvalidConfig naming option, value and what is allowed; never a secret.
[[nodiscard]] core::Result<SrtSettings> parse_srt_settings(const core::InputSpec& input);

}  // namespace sightline::probe
