// SPDX-License-Identifier: Apache-2.0
// SRT as a source, through libsrt itself: caller, listener, rendezvous.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/event_loop.hpp"
#include "net/resolver.hpp"
#include "probe/backoff.hpp"
#include "probe/source.hpp"
#include "probe/srt_call.hpp"
#include "probe/srt_settings.hpp"
#include "probe/srt_socket.hpp"

namespace sightline::probe {

/// Receives one live SRT stream.
///
/// A caller tries all addresses of a name in one attempt (SrtCall), and calls again with back-off for ever. A listener
/// lets one caller in at a time: a second one is refused while the first delivers, and takes its place once that has
/// been silent for 2 s. Each connection begins a Session. Arrival is when libsrt delivered (its latency after the
/// network did), as found by a sweep every 5 ms. Threading: the event loop's; libsrt's threads touch only the Gate.
class SrtSource final : public Source {
public:
    SrtSource(SrtSettings settings, const SourceOptions& options, net::EventLoop& loop);
    ~SrtSource() override;

    [[nodiscard]] SourceTraits traits() const override;
    void start(SourceSink& sink) override;
    void cancel() override;
    /// "srt.*" of the connection that is, else of the one that was; …_total go on over connections.
    [[nodiscard]] std::map<std::string, double> statistics() const override;

    /// Where a listener listens; 0 while it does not.
    [[nodiscard]] int listening_port() const { return listener_ ? listener_.local_port() : 0; }

private:
    /// What libsrt's thread may see of a listener.
    struct Gate {
        std::string streamid;                   ///< wanted; empty: any
        std::atomic<bool> occupied{false};      ///< a caller is in and delivers
        std::atomic<std::uint64_t> refused{0};  ///< by us: occupied or wrong streamid
        std::atomic<std::uint64_t> passed{0};   ///< shown to libsrt, which still checks the passphrase
        std::mutex mutex;                       // guards the two below
        std::string last_passed, last_refused;  ///< addresses, with the reason
    };

    void begin();
    void listen();
    void sweep();
    void sweep_listener();
    void take_caller(SrtSocket caller);
    void report_refusals();
    void connected();
    /// Reads all that is due. @return false once the connection is gone.
    bool drain();
    [[nodiscard]] core::Duration tail() const;
    void lost(const std::string& reason);
    void failed(core::Error error);
    void refresh_statistics();
    void keep_statistics();
    void say(LinkState state, std::string reason, std::optional<core::Error> error = {});
    [[nodiscard]] core::ArrivalTime now() const { return loop_.clock().now(); }

    const SrtSettings settings_;
    net::EventLoop& loop_;
    net::Resolver resolver_;
    Backoff backoff_;
    SourceSink* sink_ = nullptr;  // null: not started or cancelled
    net::EventLoop::Handle lookup_, timer_, deadline_;
    std::optional<SrtCall> call_;  // while it is calling
    SrtSocket listener_, socket_;
    bool connected_ = false;
    core::ArrivalTime last_bytes_{};
    std::optional<core::ArrivalTime> ending_;  // broken, but what it held is still being delivered
    core::ArrivalTime last_passed_at_{};
    std::uint64_t seen_passed_ = 0, seen_refused_ = 0;
    std::uint64_t connections_ = 0;
    std::shared_ptr<Gate> gate_;
    std::vector<std::byte> buffer_;
    std::map<std::string, double> before_;   // past connections
    std::map<std::string, double> current_;  // this one, up to 100 ms old
    core::ArrivalTime refreshed_{};
};

/// @return InvalidConfig, as parse_srt_settings().
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_srt_source(const core::InputSpec& input,
                                                                    const SourceOptions& options, net::EventLoop& loop);

}  // namespace sightline::probe
