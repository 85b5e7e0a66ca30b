// SPDX-License-Identifier: Apache-2.0
// The server's side of one RTMP connection that publishes: bytes in, answers and FLV out. No socket, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "probe/rtmp_amf.hpp"
#include "probe/rtmp_chunks.hpp"

namespace sightline::probe::rtmp {

/// What an encoder must name.
struct PublishPoint {
    std::string app;  ///< "live", "live/instance"
    std::string key;  ///< the stream's name; a secret
};

/// One publishing encoder (Adobe RTMP 1.0 with the simple handshake; commands in AMF0).
///
/// Whatever blocks the bytes come in, FLV and answers are the same (acknowledgements follow the blocks). FLV begins
/// with its header, whose flags say what onMetaData announces (both kinds where nothing is announced). Bounds: messages
/// ≤ 64 KiB until publishing is granted, ≤ 16 MiB after; see ChunkReader. Does not see: RTMPE, RTMPT; players
/// (refused). Threading:  one thread.
class ServerSession {
public:
    enum class Phase : std::uint8_t {
        Handshake,
        Commands,    ///< connected to nothing yet, or to the app
        Publishing,  ///< FLV comes
        Ended,       ///< the encoder said it stops
        Refused,     ///< told so in the reply; `reason()` says why. Send the reply, then close.
    };
    struct Output {
        std::vector<std::byte> reply;  ///< to be sent
        std::vector<std::byte> flv;    ///< for the pipeline
    };
    /// Asked once when an encoder with the right app and key wants to publish. Empty: yes, else why not.
    using Admission = std::function<std::string()>;

    ServerSession(PublishPoint wanted, Admission admission);

    /// Appends to `out`. After Ended, Refused or an error further bytes are ignored.
    /// @return Corrupt: not RTMP, or a limit broken; close the connection.
    [[nodiscard]] core::Result<void> feed(std::span<const std::byte> bytes, Output& out);
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

private:
    [[nodiscard]] core::Result<std::span<const std::byte>> handshake(std::span<const std::byte> bytes, Output& out);
    [[nodiscard]] core::Result<void> take(const Message& message, Output& out);
    [[nodiscard]] core::Result<void> command(std::span<const std::byte> bytes, std::uint32_t stream, Output& out);
    void connect(double transaction, const std::vector<AmfValue>& arguments, Output& out);
    void publish(const std::vector<AmfValue>& arguments, std::uint32_t stream, Output& out);
    void refuse(std::string reason, std::uint32_t stream, const char* code, Output& out);
    void media(std::uint8_t type, std::uint32_t timestamp, std::span<const std::byte> bytes, Output& out);
    void data(std::uint32_t timestamp, std::span<const std::byte> bytes, Output& out);
    [[nodiscard]] core::Result<void> aggregate(const Message& message, Output& out);
    void acknowledge(std::size_t bytes, Output& out);
    void send(std::uint8_t chunk_stream, std::uint8_t type, std::uint32_t stream, std::vector<std::byte> payload,
              Output& out) const;
    void send_status(std::uint32_t stream, const char* level, const char* code, const std::string& text,
                     Output& out) const;

    const PublishPoint wanted_;
    const Admission admission_;
    Phase phase_ = Phase::Handshake;
    std::string reason_;
    bool connected_ = false;            // to the right app
    std::vector<std::byte> handshake_;  // C0 C1, then C2
    bool answered_ = false;             // S0 S1 S2 sent
    ChunkReader chunks_;
    bool flv_begun_ = false;
    std::uint32_t window_ = 2'500'000;  // bytes between acknowledgements
    std::uint64_t received_ = 0, acknowledged_ = 0;
};

}  // namespace sightline::probe::rtmp
