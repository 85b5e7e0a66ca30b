// SPDX-License-Identifier: Apache-2.0
// What an operator asks for: views put it here, the probes' clients take it out and post it.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ui/snapshot.hpp"

namespace sightline::ui {

enum class CommandKind : std::uint8_t { Acknowledge, Unacknowledge, Snooze, Unsnooze, Note, SetAir, Focus, SaveLayout };

/// One wish. What a kind does not need stays empty.
struct Command {
    CommandKind kind = CommandKind::Acknowledge;
    StreamKey stream;
    std::string id;  ///< of the incident or alarm; SaveLayout: the file
    std::string operator_name;
    std::string note;                        ///< or reason; SaveLayout: the file's text
    std::optional<core::Duration> duration;  ///< Snooze
    std::optional<core::AirState> air;       ///< SetAir; empty gives the stream back to its calendar
    bool wanted = true;                      ///< Focus
};

/// Wishes on their way out; bounded, so that a dead probe cannot grow the wall.
///
/// Threading: any thread may call either function; neither blocks beyond a short lock.
class CommandQueue {
public:
    static constexpr std::size_t kCapacity = 1000;

    /// False when the queue is full: the wish is dropped and the caller says so.
    bool push(Command command) {
        const std::lock_guard lock(mutex_);
        if (commands_.size() >= kCapacity) return false;
        commands_.push_back(std::move(command));
        return true;
    }
    [[nodiscard]] std::vector<Command> take_all() {
        const std::lock_guard lock(mutex_);
        std::vector<Command> taken(std::make_move_iterator(commands_.begin()),
                                   std::make_move_iterator(commands_.end()));
        commands_.clear();
        return taken;
    }

private:
    std::mutex mutex_;  // guards commands_
    std::deque<Command> commands_;
};

}  // namespace sightline::ui
