// SPDX-License-Identifier: Apache-2.0
#include "probe/srt_socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <srt/access_control.h>
#include <srt/srt.h>

#include <array>
#include <chrono>
#include <mutex>
#include <string_view>
#include <system_error>

namespace sightline::probe {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

/// srt_startup() once per process, and srt_cleanup() at its exit: libsrt counts start-ups, and its garbage collector
/// outlives libsrt's own statics where one is not undone.
class Library {
public:
    Library() {
        srt_startup();
        // What went wrong is told by return codes; libsrt's own log lines belong on nobody's terminal.
        srt_setloghandler(nullptr, [](void*, int, const char*, int, const char*, const char*) {});
    }
    ~Library() { srt_cleanup(); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
};

void start_library() {
    static const Library kLibrary;
}

/// The admissions of all listeners by number: a call that libsrt makes late finds nothing instead of a dead object.
class Admissions {
public:
    std::uint64_t add(SrtAdmission admission) {
        const std::lock_guard lock(mutex_);
        table_.emplace(++last_, std::make_shared<const SrtAdmission>(std::move(admission)));
        return last_;
    }
    void remove(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        table_.erase(number);
    }
    std::shared_ptr<const SrtAdmission> find(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        const auto found = table_.find(number);
        return found == table_.end() ? nullptr : found->second;
    }

private:
    std::mutex mutex_;  // guards both
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, std::shared_ptr<const SrtAdmission>> table_;
};

Admissions& admissions() {
    static auto* const kTable = new Admissions;  // never destroyed: libsrt's threads may outlive main()
    return *kTable;
}

int on_caller(void* number, SRTSOCKET socket, int, const sockaddr* peer, const char* streamid) {
    const auto caller =
        net::Address::from(peer, peer->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
    const auto admission = admissions().find(reinterpret_cast<std::uintptr_t>(number));
    if (admission && (*admission)(caller.value_or(net::Address()), streamid == nullptr ? "" : streamid)) return 0;
    srt_setrejectreason(socket, SRT_REJX_FORBIDDEN);
    return -1;
}

template <class T>
bool set(SRTSOCKET socket, SRT_SOCKOPT option, const T& value) {
    return srt_setsockflag(socket, option, &value, sizeof value) == 0;
}
bool set(SRTSOCKET socket, SRT_SOCKOPT option, const std::string& value) {
    return value.empty() || srt_setsockflag(socket, option, value.data(), static_cast<int>(value.size())) == 0;
}

int to_ms(core::Duration duration) {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

Result<void> configure(SRTSOCKET socket, const SrtSettings& settings) {
    const bool blocking = false;
    const bool done = set(socket, SRTO_TRANSTYPE, SRTT_LIVE) && set(socket, SRTO_RCVSYN, blocking) &&
                      set(socket, SRTO_SNDSYN, blocking) && set(socket, SRTO_LATENCY, to_ms(settings.latency)) &&
                      set(socket, SRTO_CONNTIMEO, to_ms(settings.connect_timeout)) &&
                      set(socket, SRTO_PASSPHRASE, settings.passphrase) &&
                      (settings.key_bytes == 0 || set(socket, SRTO_PBKEYLEN, settings.key_bytes)) &&
                      (settings.payload_bytes == 0 || set(socket, SRTO_PAYLOADSIZE, settings.payload_bytes)) &&
                      (settings.mode == SrtMode::Listener || set(socket, SRTO_STREAMID, settings.streamid)) &&
                      (settings.mode != SrtMode::Rendezvous || set(socket, SRTO_RENDEZVOUS, true));
    if (done) return {};
    return fail(ErrorCode::InvalidConfig, fmt::format("libsrt refuses an option: {}", srt_getlasterror_str()));
}

/// libsrt's text with the system's own where there is one: "address already in use" says more than "setup failure".
std::string last_error() {
    int system = 0;
    srt_getlasterror(&system);
    return system != 0 ? std::generic_category().message(system) : std::string(srt_getlasterror_str());
}

struct Reason {
    int code;
    std::string_view words;
};
constexpr std::array kReasons{
    Reason{SRT_REJ_TIMEOUT, "connection timed out: nobody answers"},
    Reason{SRT_REJ_PEER, "rejected by the peer"},
    Reason{SRT_REJ_BADSECRET, "wrong passphrase"},
    Reason{SRT_REJ_RESOURCE, "the peer is out of resources"},
    Reason{SRT_REJ_ROGUE, "the peer's handshake makes no sense"},
    Reason{SRT_REJ_BACKLOG, "the peer has too many callers"},
    Reason{SRT_REJ_CLOSE, "the peer is closing"},
    Reason{SRT_REJ_VERSION, "the peer's SRT version does not fit"},
    Reason{SRT_REJ_RDVCOOKIE, "rendezvous: both sides are the same"},
    Reason{SRT_REJ_MESSAGEAPI, "the peer is not in live mode"},
    Reason{SRT_REJ_CONGESTION, "the peer is not in live mode"},
    Reason{SRT_REJ_FILTER, "the packet filters do not fit"},
    Reason{SRT_REJ_GROUP, "the peer wants a bonded connection"},
    Reason{SRT_REJX_BAD_REQUEST, "the peer does not understand the streamid"},
    Reason{SRT_REJX_UNAUTHORIZED, "the peer says: not authorised"},
    Reason{SRT_REJX_OVERLOAD, "the peer says: overloaded"},
    Reason{SRT_REJX_FORBIDDEN, "the peer says: forbidden"},
    Reason{SRT_REJX_NOTFOUND, "the peer says: no such stream"},
    Reason{SRT_REJX_BAD_MODE, "the peer says: wrong mode in the streamid"},
    Reason{SRT_REJX_UNACCEPTABLE, "the peer says: not acceptable"},
    Reason{SRT_REJX_CONFLICT, "the peer says: in use already"},
    Reason{SRT_REJX_LOCKED, "the peer says: locked"},
    Reason{SRT_REJX_DOWN, "the peer says: service down"},
};

}  // namespace

SrtSocket& SrtSocket::operator=(SrtSocket&& other) noexcept {
    if (this != &other) {
        close();
        id_ = std::exchange(other.id_, -1);
        admission_ = std::exchange(other.admission_, 0);
        called_ = other.called_;
    }
    return *this;
}

SrtSocket::~SrtSocket() {
    close();
}

void SrtSocket::close() {
    if (admission_ != 0) admissions().remove(std::exchange(admission_, 0));
    if (id_ >= 0) srt_close(std::exchange(id_, -1));
}

Result<SrtSocket> SrtSocket::call(const SrtSettings& settings, const net::Address& peer) {
    start_library();
    SrtSocket socket(srt_create_socket());
    if (!socket) return fail(ErrorCode::Io, "cannot make an SRT socket: " + last_error());
    if (auto done = configure(socket.id_, settings); !done) return tl::unexpected(done.error());
    socket.called_ = peer;
    if (settings.mode == SrtMode::Rendezvous) {
        const auto local = net::Address::any(peer.family(), peer.port());
        if (srt_bind(socket.id_, local.data(), static_cast<int>(local.size())) != 0) {
            return fail(ErrorCode::Io, fmt::format("cannot bind {}: {}", local.text(), last_error()));
        }
    }
    if (srt_connect(socket.id_, peer.data(), static_cast<int>(peer.size())) < 0) {
        return fail(ErrorCode::Io, fmt::format("cannot call {}: {}", peer.text(), last_error()));
    }
    return socket;
}

Result<SrtSocket> SrtSocket::listen(const SrtSettings& settings, const net::Address& local, SrtAdmission admission) {
    start_library();
    SrtSocket socket(srt_create_socket());
    if (!socket) return fail(ErrorCode::Io, "cannot make an SRT socket: " + last_error());
    if (auto done = configure(socket.id_, settings); !done) return tl::unexpected(done.error());
    if (local.is_v6()) set(socket.id_, SRTO_IPV6ONLY, 0);
    socket.admission_ = admissions().add(std::move(admission));
    void* const number = reinterpret_cast<void*>(static_cast<std::uintptr_t>(socket.admission_));
    constexpr int kBacklog = 8;
    if (srt_listen_callback(socket.id_, on_caller, number) != 0 ||
        srt_bind(socket.id_, local.data(), static_cast<int>(local.size())) != 0 ||
        srt_listen(socket.id_, kBacklog) != 0) {
        return fail(ErrorCode::Io, fmt::format("cannot listen on {}: {}", local.text(), last_error()));
    }
    return socket;
}

SrtSocket::State SrtSocket::state() const {
    if (id_ < 0) return State::Gone;
    switch (srt_getsockstate(id_)) {
        case SRTS_INIT:
        case SRTS_OPENED:
        case SRTS_CONNECTING:
            return State::Connecting;
        case SRTS_CONNECTED:
            return State::Connected;
        case SRTS_LISTENING:
            return State::Listening;
        default:
            return State::Gone;
    }
}

std::string SrtSocket::reject_reason(bool with_passphrase) const {
    const int code = srt_getrejectreason(id_);
    if (code == SRT_REJ_UNSECURE) {
        return with_passphrase ? "the peer does not encrypt, but a passphrase is set" : "the peer wants a passphrase";
    }
    for (const auto& reason : kReasons) {
        if (reason.code == code) return std::string(reason.words);
    }
    if (code >= SRT_REJC_PREDEFINED) return fmt::format("rejected by the peer with code {}", code);
    return fmt::format("connection failed: {}", srt_rejectreason_str(code));
}

bool SrtSocket::answered() const {
    const int code = srt_getrejectreason(id_);
    return code != SRT_REJ_TIMEOUT && code != SRT_REJ_UNKNOWN;
}

std::optional<SrtSocket> SrtSocket::accept() {
    const SRTSOCKET accepted = srt_accept(id_, nullptr, nullptr);
    if (accepted == SRT_INVALID_SOCK) return std::nullopt;
    return SrtSocket(accepted);
}

Result<std::size_t> SrtSocket::receive(std::span<std::byte> buffer) {
    const int got = srt_recvmsg2(id_, reinterpret_cast<char*>(buffer.data()), static_cast<int>(buffer.size()), nullptr);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && srt_getlasterror(nullptr) == SRT_EASYNCRCV) return fail(ErrorCode::TryAgain, "nothing is due");
    return fail(ErrorCode::EndOfStream, got == 0 ? "closed" : srt_getlasterror_str());
}

std::optional<net::Address> SrtSocket::peer() const {
    if (called_) return called_;
    sockaddr_storage raw{};
    int size = sizeof raw;
    if (srt_getpeername(id_, reinterpret_cast<sockaddr*>(&raw), &size) != 0) return std::nullopt;
    return net::Address::from(reinterpret_cast<const sockaddr*>(&raw), static_cast<socklen_t>(size));
}

int SrtSocket::local_port() const {
    sockaddr_storage raw{};
    int size = sizeof raw;
    if (srt_getsockname(id_, reinterpret_cast<sockaddr*>(&raw), &size) != 0) return 0;
    const auto address = net::Address::from(reinterpret_cast<const sockaddr*>(&raw), static_cast<socklen_t>(size));
    return address ? address->port() : 0;
}

std::map<std::string, double> SrtSocket::statistics() const {
    SRT_TRACEBSTATS s{};
    if (id_ < 0 || srt_bistats(id_, &s, 0, 1) != 0) return {};
    const auto number = [](auto value) { return static_cast<double>(value); };
    // pktRcvRetrans and pktRcvBelated count since the last clear, and nobody clears: they are totals too.
    return {
        {"srt.rtt_ms", s.msRTT},
        {"srt.latency_ms", number(s.msRcvTsbPdDelay)},
        {"srt.receive_buffer_ms", number(s.msRcvBuf)},
        {"srt.receive_buffer_bytes", number(s.byteRcvBuf)},
        {"srt.receive_buffer_free_bytes", number(s.byteAvailRcvBuf)},
        {"srt.bandwidth_mbps", s.mbpsBandwidth},
        {"srt.reorder_distance", number(s.pktReorderDistance)},
        {"srt.packets_received_total", number(s.pktRecvTotal)},
        {"srt.bytes_received_total", number(s.byteRecvTotal)},
        {"srt.packets_lost_total", number(s.pktRcvLossTotal)},
        {"srt.packets_dropped_total", number(s.pktRcvDropTotal)},
        {"srt.packets_retransmitted_total", number(s.pktRcvRetrans)},
        {"srt.packets_belated_total", number(s.pktRcvBelated)},
        {"srt.packets_undecrypted_total", number(s.pktRcvUndecryptTotal)},
        {"srt.nak_sent_total", number(s.pktSentNAKTotal)},
    };
}

}  // namespace sightline::probe
