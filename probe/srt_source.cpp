// SPDX-License-Identifier: Apache-2.0
#include "probe/srt_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/text.hpp"
#include "net/address.hpp"

namespace sightline::probe {
namespace {

constexpr core::Duration kSweep = std::chrono::milliseconds{5};
// libsrt breaks a connection after 5 s without any packet (SRTO_PEERIDLETIMEO); sooner than that the peer hung up.
constexpr core::Duration kPeerIdle = std::chrono::milliseconds{4500};
constexpr core::Duration kTailMargin = std::chrono::milliseconds{20};
constexpr core::Duration kCallerSilent = std::chrono::seconds{2};
// A caller that passed our gate and is not accepted within this time was turned away by libsrt.
constexpr core::Duration kAcceptPatience = std::chrono::milliseconds{300};
constexpr core::Duration kRefresh = std::chrono::milliseconds{100};
constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::size_t kMaxMessage = 1500;
constexpr std::size_t kMaxBytesPerSweep = 8 * 1024 * 1024;

/// Totals go on, levels are those of `now`.
std::map<std::string, double> joined(std::map<std::string, double> before, const std::map<std::string, double>& now) {
    for (const auto& [name, value] : now) {
        const bool total = name.size() > 6 && name.compare(name.size() - 6, 6, "_total") == 0;
        before[name] = total ? before[name] + value : value;
    }
    return before;
}

}  // namespace

SrtSource::SrtSource(SrtSettings settings, const SourceOptions& options, net::EventLoop& loop)
    : settings_(std::move(settings)), loop_(loop), resolver_(loop), backoff_(options.jitter_seed) {}

SrtSource::~SrtSource() {
    cancel();
}

SourceTraits SrtSource::traits() const {
    return SourceTraits{};
}

void SrtSource::start(SourceSink& sink) {
    sink_ = &sink;
    buffer_.resize(kBufferBytes);
    begin();
}

void SrtSource::cancel() {
    sink_ = nullptr;
    lookup_.reset();
    timer_.reset();
    deadline_.reset();
    keep_statistics();
    call_.reset();
    socket_ = {};
    listener_ = {};
}

void SrtSource::say(LinkState state, std::string reason, std::optional<core::Error> error) {
    if (sink_ != nullptr) sink_->on_link(LinkStatus{state, std::move(reason), std::move(error), now()});
}

/// One attempt: a name looked up, then a call or a listening socket.
void SrtSource::begin() {
    if (settings_.mode == SrtMode::Listener) {
        listen();
        return;
    }
    say(LinkState::Connecting, fmt::format("calling {}:{}", settings_.host, settings_.port));
    if (sink_ == nullptr) return;
    deadline_ = loop_.after(settings_.connect_timeout, [this] {
        lookup_.reset();
        failed({core::ErrorCode::Timeout, fmt::format("looking up {} timed out", settings_.host)});
    });
    lookup_ = resolver_.resolve(settings_.host, settings_.port, [this](const net::Addresses& found) {
        lookup_.reset();
        deadline_.reset();
        if (!found) {
            failed(found.error());
            return;
        }
        call_.emplace(settings_, *found);
        timer_ = loop_.every(kSweep, [this] { sweep(); });
        sweep();
    });
}

void SrtSource::listen() {
    const auto local = net::Address::parse(settings_.host.empty() ? "0.0.0.0" : settings_.host, settings_.port);
    if (!local) {
        const auto text = fmt::format("an SRT listener needs an address, not the name {}", settings_.host);
        say(LinkState::Failed, text, core::Error{core::ErrorCode::InvalidConfig, text});
        return;
    }
    gate_ = std::make_shared<Gate>();
    gate_->streamid = settings_.streamid;
    auto admit = [gate = gate_](const net::Address& caller, const std::string& streamid) {
        const bool wrong_id = !gate->streamid.empty() && streamid != gate->streamid;
        const bool let_in = !wrong_id && !gate->occupied.load();
        const std::lock_guard lock(gate->mutex);
        if (let_in) {
            gate->last_passed = caller.text();
            ++gate->passed;
        } else {
            gate->last_refused = caller.text() + (wrong_id ? ": wrong streamid" : ": another caller is connected");
            ++gate->refused;
        }
        return let_in;
    };
    auto listener = SrtSocket::listen(settings_, *local, std::move(admit));
    if (!listener) {
        failed(listener.error());
        return;
    }
    listener_ = std::move(*listener);
    seen_passed_ = seen_refused_ = 0;
    timer_ = loop_.every(kSweep, [this] { sweep(); });
    say(LinkState::Connecting, fmt::format("waiting for a caller on {}", local->with_port(listening_port()).text()));
}

void SrtSource::sweep() {
    if (listener_) sweep_listener();
    if (call_) {
        auto socket = call_->poll(now());
        if (socket) {
            socket_ = std::move(*socket);
            call_.reset();
            connected();
        } else if (socket.error().code != core::ErrorCode::TryAgain) {
            failed(socket.error());
        }
    }
    if (sink_ == nullptr || !socket_) return;
    if (now() - refreshed_ >= kRefresh) refresh_statistics();
    const bool alive = drain();
    if (alive || sink_ == nullptr) return;
    // What had arrived before the end is still delivered when it is due.
    if (!ending_) ending_ = now();
    if (now() - *ending_ < tail()) return;
    lost(*ending_ - last_bytes_ < kPeerIdle - tail() ? "the peer closed the connection"
                                                     : "connection broken: nothing heard any more");
}

/// How long libsrt may hold packets back: the latency that both sides agreed on.
core::Duration SrtSource::tail() const {
    const auto agreed = current_.find("srt.latency_ms");
    const auto latency = agreed == current_.end() ? settings_.latency : core::from_seconds(agreed->second / 1000);
    return latency + kTailMargin;
}

void SrtSource::sweep_listener() {
    while (auto caller = listener_.accept()) {
        seen_passed_ = gate_->passed.load();
        take_caller(std::move(*caller));
        if (sink_ == nullptr) return;
    }
    if (connected_) gate_->occupied.store(now() - last_bytes_ < kCallerSilent);
    report_refusals();
}

void SrtSource::take_caller(SrtSocket caller) {
    const bool delivering =
        connected_ && socket_.state() == SrtSocket::State::Connected && now() - last_bytes_ < kCallerSilent;
    if (delivering) return;  // two passed the gate at once: the first stays, `caller` closes here
    if (connected_) {
        keep_statistics();
        connected_ = false;
    }
    socket_ = std::move(caller);
    gate_->occupied.store(true);
    connected();
}

/// libsrt checks the passphrase after the gate and tells the listener nothing: a caller that passed and never came.
void SrtSource::report_refusals() {
    std::string reason;
    if (const auto refused = gate_->refused.load(); refused != seen_refused_) {
        seen_refused_ = refused;
        const std::lock_guard lock(gate_->mutex);
        reason = "refused " + gate_->last_refused;
    } else if (const auto passed = gate_->passed.load(); passed != seen_passed_) {
        if (last_passed_at_ == core::ArrivalTime{}) last_passed_at_ = now();
        if (now() - last_passed_at_ < kAcceptPatience) return;
        last_passed_at_ = {};
        seen_passed_ = passed;
        const std::lock_guard lock(gate_->mutex);
        reason = fmt::format(
            "refused {}: {}", gate_->last_passed,
            settings_.passphrase.empty() ? "it encrypts, but no passphrase is set" : "wrong passphrase or none");
    }
    if (!reason.empty() && !connected_)
        say(LinkState::Unreachable, reason, core::Error{core::ErrorCode::Refused, reason});
}

void SrtSource::connected() {
    connected_ = true;
    ending_.reset();
    ++connections_;
    last_bytes_ = now();
    last_passed_at_ = {};
    const auto peer = socket_.peer();
    say(LinkState::Connected, peer ? "connected with " + peer->text() : "connected");
    if (sink_ != nullptr) sink_->on_boundary(Boundary{});
}

bool SrtSource::drain() {
    std::size_t total = 0;
    bool alive = true;
    while (alive && total < kMaxBytesPerSweep) {
        std::size_t filled = 0;
        bool due = true;
        while (due && kBufferBytes - filled >= kMaxMessage) {
            const auto got = socket_.receive(std::span(buffer_).subspan(filled));
            if (got) {
                filled += *got;
            } else {
                due = false;
                alive = got.error().code == core::ErrorCode::TryAgain;
            }
        }
        if (filled == 0) break;
        total += filled;
        last_bytes_ = now();
        backoff_.reset();
        sink_->on_bytes({buffer_.data(), filled}, last_bytes_);
        if (sink_ == nullptr) return false;
        if (!due) break;
    }
    return alive;
}

void SrtSource::lost(const std::string& reason) {
    keep_statistics();
    connected_ = false;
    socket_ = {};
    if (settings_.mode != SrtMode::Listener) {
        failed({core::ErrorCode::Io, reason});
        return;
    }
    gate_->occupied.store(false);
    say(LinkState::Unreachable, reason + "; waiting for a caller", core::Error{core::ErrorCode::Io, reason});
}

void SrtSource::failed(core::Error error) {
    timer_.reset();
    deadline_.reset();
    call_.reset();
    socket_ = {};
    listener_ = {};
    timer_ = loop_.after(backoff_.next(), [this] { begin(); });
    auto reason = core::clean_utf8(error.message);
    say(LinkState::Unreachable, std::move(reason), std::move(error));
}

/// A broken connection gives no numbers any more, so they are taken while it lives.
void SrtSource::refresh_statistics() {
    if (auto fresh = socket_.statistics(); !fresh.empty()) current_ = std::move(fresh);
    refreshed_ = now();
}

void SrtSource::keep_statistics() {
    if (!connected_) return;
    refresh_statistics();
    before_ = joined(before_, current_);
    current_.clear();
}

std::map<std::string, double> SrtSource::statistics() const {
    auto fresh = connected_ ? socket_.statistics() : std::map<std::string, double>{};
    auto numbers = joined(before_, fresh.empty() ? current_ : fresh);
    numbers["srt.connections_total"] = static_cast<double>(connections_);
    if (gate_) numbers["srt.callers_refused_total"] = static_cast<double>(gate_->refused.load());
    return numbers;
}

core::Result<std::unique_ptr<Source>> make_srt_source(const core::InputSpec& input, const SourceOptions& options,
                                                      net::EventLoop& loop) {
    auto settings = parse_srt_settings(input);
    if (!settings) return tl::unexpected(settings.error());
    return std::make_unique<SrtSource>(std::move(*settings), options, loop);
}

}  // namespace sightline::probe
