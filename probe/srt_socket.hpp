// SPDX-License-Identifier: Apache-2.0
// libsrt made safe to hold: one non-blocking socket, its options, its reasons in words. The only files that see srt.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/result.hpp"
#include "net/address.hpp"
#include "probe/srt_settings.hpp"

namespace sightline::probe {

/// What a listener asks before it lets a caller in. @return false: refused.
///
/// Threading: called on libsrt's receiver thread; may lock what is its own, must not call SrtSocket.
using SrtAdmission = std::function<bool(const net::Address& caller, const std::string& streamid)>;

/// One libsrt socket in live mode, never blocking. Closing takes well under a millisecond in every phase (measured with
/// 1.5.1: connecting, connected with unread data, listening with a caller in its queue).
///
/// Threading: one thread; libsrt's own threads work behind it.
class SrtSocket {
public:
    enum class State : std::uint8_t { Connecting, Connected, Listening, Gone };

    SrtSocket() = default;  ///< holds nothing: Gone
    SrtSocket(SrtSocket&& other) noexcept
        : id_(std::exchange(other.id_, -1)), admission_(std::exchange(other.admission_, 0)), called_(other.called_) {}
    SrtSocket& operator=(SrtSocket&& other) noexcept;
    ~SrtSocket();

    /// Starts to call `peer`; state() tells the outcome. @return Io, InvalidConfig (options libsrt refuses).
    [[nodiscard]] static core::Result<SrtSocket> call(const SrtSettings& settings, const net::Address& peer);
    /// @return Io: "cannot listen on 0.0.0.0:9000: …".
    [[nodiscard]] static core::Result<SrtSocket> listen(const SrtSettings& settings, const net::Address& local,
                                                        SrtAdmission admission);

    explicit operator bool() const { return id_ >= 0; }
    [[nodiscard]] State state() const;
    /// Why a call failed, in words: "wrong passphrase", "connection timed out".
    [[nodiscard]] std::string reject_reason(bool with_passphrase) const;
    /// Whether the peer of a call that failed said anything at all.
    [[nodiscard]] bool answered() const;
    /// The next caller, where there is one.
    [[nodiscard]] std::optional<SrtSocket> accept();
    /// Next message into `buffer` (≥ 1456 bytes). @return bytes; TryAgain (nothing due); EndOfStream (broken or
    /// closed).
    [[nodiscard]] core::Result<std::size_t> receive(std::span<std::byte> buffer);
    [[nodiscard]] std::optional<net::Address> peer() const;
    [[nodiscard]] int local_port() const;  ///< 0 where unknown
    /// Numbers of this connection, "srt.rtt_ms"…; empty where it has none.
    [[nodiscard]] std::map<std::string, double> statistics() const;

private:
    explicit SrtSocket(int id) : id_(id) {}
    void close();

    int id_ = -1;
    std::uint64_t admission_ = 0;
    std::optional<net::Address> called_;  // libsrt 1.5.1 does not tell a caller its peer
};

}  // namespace sightline::probe
