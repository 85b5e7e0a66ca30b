// SPDX-License-Identifier: Apache-2.0
// Server-sent events as a client reads them (WHATWG HTML, 9.2).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sightline::link {

struct ServerEvent {
    std::string id, type, data;
};

/// Lines in any pieces in, events out. Lines end in LF, CRLF or CR.
///
/// Threading: one thread. Bounds: a line or an event's data over kMostBytes is cut off and the event dropped.
class EventLines {
public:
    static constexpr std::size_t kMostBytes = 1U << 20;
    using Each = std::function<void(const ServerEvent& event)>;
    void feed(std::string_view bytes, const Each& each);
    void reset() { *this = EventLines(); }

private:
    void line_ended(const Each& each);

    std::string line_;
    ServerEvent event_;
    bool has_data_ = false, too_long_ = false, after_return_ = false;
};

}  // namespace sightline::link
