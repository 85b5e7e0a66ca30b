// SPDX-License-Identifier: Apache-2.0
// The one way to start a thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace sightline::core {

/// A std::jthread with a name (≤ 15 characters, as `top -H` shows it) whose body ends when its stop_token says so.
/// `body` must not throw: an exception that reaches the end of a thread ends the process, with its text on stderr.
[[nodiscard]] std::jthread start_thread(std::string name, std::function<void(std::stop_token)> body);

}  // namespace sightline::core
