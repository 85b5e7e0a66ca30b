// SPDX-License-Identifier: Apache-2.0
#include "core/thread.hpp"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

namespace sightline::core {
namespace {

[[noreturn]] void end_process(const std::string& thread, const char* what) noexcept {
    std::fprintf(stderr, "thread %s ended by an exception: %s\n", thread.c_str(), what);
    std::abort();
}

}  // namespace

std::jthread start_thread(std::string name, std::function<void(std::stop_token)> body) {
    name.resize(std::min<std::size_t>(name.size(), 15));
    return std::jthread([name = std::move(name), body = std::move(body)](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), name.c_str());
        try {
            body(stop);
        } catch (const std::exception& error) {
            end_process(name, error.what());
        } catch (...) {
            end_process(name, "of unknown type");
        }
    });
}

}  // namespace sightline::core
