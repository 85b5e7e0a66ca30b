// SPDX-License-Identifier: Apache-2.0
#include "engine/process_signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

namespace sightline::engine {

ProcessSignals::ProcessSignals(net::EventLoop& loop, std::initializer_list<int> signals,
                               std::function<void(int)> on_signal) {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int signal : signals) sigaddset(&wanted, signal);
    pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    fd_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    watch_ = loop.watch(fd_, true, false, [fd = fd_, on_signal = std::move(on_signal)](net::EventLoop::Ready) {
        signalfd_siginfo info{};
        while (read(fd, &info, sizeof info) == sizeof info) on_signal(static_cast<int>(info.ssi_signo));
    });
}

ProcessSignals::~ProcessSignals() {
    watch_.reset();
    ::close(fd_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace sightline::engine
