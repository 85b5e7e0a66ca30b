// SPDX-License-Identifier: Apache-2.0
#include "testdata/srt_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/text.hpp"
#include "testdata/socket_address.hpp"

namespace sightline::testdata {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::chrono::seconds kRetryAfter{1};

std::string query(const core::Url& url, const std::string& key) {
    const auto found = url.query.find(key);
    return found == url.query.end() ? std::string() : found->second;
}

bool send_to(SRTSOCKET socket, const std::uint8_t* data, std::size_t size) {
    return srt_sendmsg2(socket, reinterpret_cast<const char*>(data), static_cast<int>(size), nullptr) != SRT_ERROR;
}

bool is_gone(SRTSOCKET socket) {
    return srt_getsockstate(socket) >= SRTS_BROKEN;
}

void sleep_ms(long milliseconds) {
    const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    nanosleep(&time, nullptr);
}

}  // namespace

SrtOutput::SrtOutput(std::string to, core::Url url)
    : to_(std::move(to)), masked_(core::mask_secrets(to_)), url_(std::move(url)) {
    const std::string mode = query(url_, "mode");
    listener_ = mode == "listener" || (mode.empty() && url_.host.empty());
    srt_startup();
    srt_setloglevel(LOG_CRIT);
}

SrtOutput::~SrtOutput() {
    disconnect();
    srt_cleanup();
}

Result<void> SrtOutput::configure(SRTSOCKET socket) const {
    const bool no = false;
    srt_setsockflag(socket, SRTO_SNDSYN, &no, sizeof no);
    srt_setsockflag(socket, SRTO_RCVSYN, &no, sizeof no);
    const auto set_text = [&](SRT_SOCKOPT option, const char* key) -> Result<void> {
        const std::string value = query(url_, key);
        if (value.empty() || srt_setsockflag(socket, option, value.data(), static_cast<int>(value.size())) == 0)
            return {};
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("{}: libsrt refuses this {} (passphrases have 10 to 79 characters)", masked_, key));
    };
    if (auto set = set_text(SRTO_PASSPHRASE, "passphrase"); !set) return set;
    if (auto set = set_text(SRTO_STREAMID, "streamid"); !set) return set;
    if (const std::string latency = query(url_, "latency"); !latency.empty()) {
        const int milliseconds = std::atoi(latency.c_str());
        if (srt_setsockflag(socket, SRTO_LATENCY, &milliseconds, sizeof milliseconds) != 0) {
            return fail(ErrorCode::InvalidConfig,
                        fmt::format("{}: latency {} is not in milliseconds", masked_, latency));
        }
    }
    return {};
}

Result<void> SrtOutput::open() {
    if (socket_ != SRT_INVALID_SOCK) return {};
    const auto address = resolve(url_);
    if (!address) return tl::unexpected(address.error());
    socket_ = srt_create_socket();
    if (auto configured = configure(socket_); !configured) return configured;
    const auto length = static_cast<int>(address->length);
    int error = 0;
    if (listener_) {
        error = srt_bind(socket_, address->get(), length);
        if (error == 0) error = srt_listen(socket_, 16);
    } else {
        error = srt_connect(socket_, address->get(), length);
    }
    if (error == SRT_ERROR) return fail(ErrorCode::Io, fmt::format("{}: {}", masked_, srt_getlasterror_str()));
    return {};
}

void SrtOutput::accept_callers() {
    for (;;) {
        const SRTSOCKET peer = srt_accept(socket_, nullptr, nullptr);
        if (peer == SRT_INVALID_SOCK) break;
        peers_.push_back(peer);
    }
    const auto gone =
        std::stable_partition(peers_.begin(), peers_.end(), [](SRTSOCKET peer) { return !is_gone(peer); });
    for (auto peer = gone; peer != peers_.end(); ++peer) srt_close(*peer);
    peers_.erase(gone, peers_.end());
}

void SrtOutput::say(bool good, const std::string& what) {
    if (good != complained_) return;  // no change
    complained_ = !good;
    std::fprintf(stderr, "%s: %s\n", masked_.c_str(), what.c_str());
}

bool SrtOutput::connected(core::Duration now) {
    if (socket_ != SRT_INVALID_SOCK && srt_getsockstate(socket_) == SRTS_CONNECTED) {
        say(true, "connected");
        return true;
    }
    if (socket_ != SRT_INVALID_SOCK && is_gone(socket_)) {
        const int reason = srt_getrejectreason(socket_);
        say(false, fmt::format("no connection ({}); trying again",
                               reason == SRT_REJ_UNKNOWN ? "the peer went away" : srt_rejectreason_str(reason)));
        disconnect();
        retry_at_ = now + kRetryAfter;
    }
    if (socket_ == SRT_INVALID_SOCK && now >= retry_at_) {
        if (auto opened = open(); !opened) {
            say(false, opened.error().message);
            disconnect();
            retry_at_ = now + kRetryAfter;
        }
    }
    return false;
}

Result<void> SrtOutput::write_packets(std::span<const TsPacket> packets, SentMarks& sent) {
    std::array<std::uint8_t, 7 * kPacketSize> message;
    std::size_t size = 0;
    for (const TsPacket& packet : packets) {
        std::memcpy(message.data() + size, packet.bytes.data(), kPacketSize);
        size += kPacketSize;
    }
    bool out = false;
    if (listener_) {
        accept_callers();
        for (const SRTSOCKET peer : peers_) out = send_to(peer, message.data(), size) || out;
    } else if (connected(packets.back().time)) {
        out = send_to(socket_, message.data(), size);
    }
    if (out) collect_marks(packets, sent);
    return {};
}

void SrtOutput::disconnect() {
    for (const SRTSOCKET peer : peers_) srt_close(peer);
    peers_.clear();
    if (socket_ != SRT_INVALID_SOCK) srt_close(socket_);
    socket_ = SRT_INVALID_SOCK;
}

Result<void> SrtOutput::finish() {
    std::vector<SRTSOCKET> all = peers_;
    if (!listener_ && socket_ != SRT_INVALID_SOCK) all.push_back(socket_);
    for (int waited = 0; waited < 100; ++waited) {  // 1 s at most
        std::size_t unsent = 0;
        for (const SRTSOCKET socket : all) {
            std::size_t blocks = 0;
            if (srt_getsndbuffer(socket, &blocks, nullptr) >= 0 && !is_gone(socket)) unsent += blocks;
        }
        if (unsent == 0) break;
        sleep_ms(10);
    }
    return {};
}

}  // namespace sightline::testdata
