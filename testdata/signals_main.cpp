// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <stop_token>

#include "core/clock.hpp"
#include "core/thread.hpp"
#include "testdata/signal_options.hpp"
#include "testdata/transmission.hpp"

namespace {

/// Turns SIGINT and SIGTERM into a stop request; all threads started later have them blocked.
sigset_t block_end_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

}  // namespace

int main(int argc, char** argv) {
    namespace testdata = sightline::testdata;
    const auto options = testdata::parse_signal_options(argc, argv);
    if (!options) {
        std::fputs(options.error().text.c_str(), options.error().status == 0 ? stdout : stderr);
        return options.error().status;
    }
    const sigset_t end_signals = block_end_signals();
    std::stop_source stop;
    const std::jthread watcher = sightline::core::start_thread("signals", [&](const std::stop_token& done) {
        const timespec tick{0, 100'000'000};
        while (!done.stop_requested()) {
            if (sigtimedwait(&end_signals, nullptr, &tick) > 0) stop.request_stop();
        }
    });
    const sightline::core::SystemClock clock;
    const auto result = testdata::transmit(*options, clock, stop.get_token());
    if (result) return 0;
    std::fprintf(stderr, "sightline-signals: %s\n", result.error().message.c_str());
    return result.error().code == sightline::core::ErrorCode::InvalidConfig ? 2 : 1;
}
