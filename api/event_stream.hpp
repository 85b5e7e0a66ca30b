// SPDX-License-Identifier: Apache-2.0
// Server-sent events (WHATWG HTML, 9.2): the probe's event log as it grows.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "engine/event_log.hpp"

struct MHD_Response;

namespace sightline::api {

/// All listeners of one server. Each has a thread of the server's, which waits here for the next event; one that does
/// not read is dropped by the server's timeout. A listener that comes back with Last-Event-ID gets what it missed, or
/// "event: reset" where that is forgotten.
///
/// Threading: any thread. close() lets all waiting threads go.
class EventStreams {
public:
    explicit EventStreams(engine::EventLog& log);
    ~EventStreams();
    EventStreams(const EventStreams&) = delete;
    EventStreams& operator=(const EventStreams&) = delete;

    [[nodiscard]] MHD_Response* respond(const std::string& last_event_id);
    void close();

    /// Waits until there is something after `seen`, or for a keep-alive's time. @return text for the wire, empty once
    /// closed; `seen` moves on.
    [[nodiscard]] std::string next(std::uint64_t& seen);

private:
    engine::EventLog& log_;
    std::mutex mutex_;  // guards closed_
    std::condition_variable changed_;
    bool closed_ = false;
};

}  // namespace sightline::api
