// SPDX-License-Identifier: Apache-2.0
#include "probe/srt_call.hpp"

#include <fmt/format.h>

#include <utility>

namespace sightline::probe {

SrtCall::SrtCall(const SrtSettings& settings, const std::vector<net::Address>& peers)
    : settings_(settings), waiting_(peers.begin(), peers.end()) {
    if (settings_.mode == SrtMode::Rendezvous && waiting_.size() > 1) waiting_.resize(1);
}

void SrtCall::note(bool answered, std::string reason) {
    if (answered_ && !answered) return;
    answered_ = answered;
    reason_ = std::move(reason);
}

void SrtCall::call_next(core::ArrivalTime now) {
    const net::Address peer = waiting_.front();
    waiting_.pop_front();
    auto socket = SrtSocket::call(settings_, peer);
    if (socket) {
        calling_.push_back(std::move(*socket));
        next_at_ = now + kHeadStart;
    } else {
        note(false, socket.error().message);
    }
}

core::Result<SrtSocket> SrtCall::poll(core::ArrivalTime now) {
    for (std::size_t i = 0; i < calling_.size();) {
        const SrtSocket::State state = calling_[i].state();
        if (state == SrtSocket::State::Connected) return std::move(calling_[i]);
        if (state == SrtSocket::State::Gone) {
            note(calling_[i].answered(), fmt::format("{}:{}: {}", settings_.host, settings_.port,
                                                     calling_[i].reject_reason(!settings_.passphrase.empty())));
            calling_.erase(calling_.begin() + static_cast<std::ptrdiff_t>(i));
            next_at_ = now;
        } else {
            ++i;
        }
    }
    while (!waiting_.empty() && (calling_.empty() || now >= next_at_)) call_next(now);
    if (calling_.empty()) return core::fail(core::ErrorCode::Io, reason_);
    return core::fail(core::ErrorCode::TryAgain, "calling");
}

}  // namespace sightline::probe
