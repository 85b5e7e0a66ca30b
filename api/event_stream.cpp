// SPDX-License-Identifier: Apache-2.0
#include "api/event_stream.hpp"

#include <fmt/format.h>
#include <microhttpd.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace sightline::api {
namespace {

constexpr std::chrono::seconds kKeepAlive{15};
constexpr std::size_t kBlockBytes = 64U << 10;

/// What one listener has been told, and what is on its way.
struct Listener {
    EventStreams& streams;
    std::uint64_t seen = 0;
    std::string pending = ": sightline\n\n";  // headers go out at once
};

ssize_t read_events(void* opaque, std::uint64_t /*position*/, char* buffer, std::size_t size) {
    auto& listener = *static_cast<Listener*>(opaque);
    if (listener.pending.empty()) listener.pending = listener.streams.next(listener.seen);
    if (listener.pending.empty()) return MHD_CONTENT_READER_END_OF_STREAM;
    const std::size_t count = std::min(size, listener.pending.size());
    std::copy_n(listener.pending.data(), count, buffer);
    listener.pending.erase(0, count);
    return static_cast<ssize_t>(count);
}

void forget_listener(void* opaque) {
    delete static_cast<Listener*>(opaque);
}

}  // namespace

EventStreams::EventStreams(engine::EventLog& log) : log_(log) {
    log_.on_added([this] {
        { const std::lock_guard lock(mutex_); }
        changed_.notify_all();
    });
}

EventStreams::~EventStreams() {
    close();
    log_.on_added({});
}

void EventStreams::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    changed_.notify_all();
}

MHD_Response* EventStreams::respond(const std::string& last_event_id) {
    auto* listener = new Listener{*this};  // NOLINT: the response owns it
    listener->seen = log_.newest();
    std::uint64_t last = 0;
    const auto [end, error] = std::from_chars(last_event_id.data(), last_event_id.data() + last_event_id.size(), last);
    if (!last_event_id.empty() && error == std::errc{} && end == last_event_id.data() + last_event_id.size())
        listener->seen = last;
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlockBytes, read_events, listener, forget_listener);
}

std::string EventStreams::next(std::uint64_t& seen) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kKeepAlive, [&] { return closed_ || log_.newest() != seen; }))
        return ": still here\n\n";
    if (closed_) return {};
    lock.unlock();
    const auto events = log_.after(seen);
    if (!events || log_.newest() < seen) {
        // Forgotten, or numbered by another life of the probe: the listener must read the whole state again.
        seen = log_.newest();
        return fmt::format("id: {}\nevent: reset\ndata: {{}}\n\n", seen);
    }
    std::string out;
    for (const engine::ProbeEvent& event : *events) {
        out += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.number, event.type, event.json);
        seen = event.number;
    }
    return out;
}

}  // namespace sightline::api
