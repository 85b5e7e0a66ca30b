// SPDX-License-Identifier: Apache-2.0
#include "link/event_lines.hpp"

#include "core/text.hpp"

namespace sightline::link {

void EventLines::line_ended(const Each& each) {
    if (line_.empty()) {
        if (has_data_ && !too_long_) {
            event_.type = core::clean_utf8(event_.type.empty() ? "message" : event_.type);
            each(event_);
        }
        event_.type.clear();
        event_.data.clear();
        has_data_ = too_long_ = false;
        return;
    }
    const std::size_t colon = line_.find(':');
    const std::string_view field = std::string_view(line_).substr(0, colon);
    std::string_view value =
        colon == std::string::npos ? std::string_view() : std::string_view(line_).substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") {
        event_.type = value;
    } else if (field == "id" && value.size() <= 64) {
        event_.id = core::clean_utf8(value);
    } else if (field == "data") {
        if (has_data_) event_.data += '\n';
        has_data_ = true;
        if (event_.data.size() + value.size() > kMostBytes) {
            too_long_ = true;
        } else {
            event_.data += value;
        }
    }
    line_.clear();
}

void EventLines::feed(std::string_view bytes, const Each& each) {
    for (const char c : bytes) {
        const bool second_half = after_return_ && c == '\n';
        after_return_ = c == '\r';
        if (second_half) continue;
        if (c == '\n' || c == '\r') {
            line_ended(each);
        } else if (line_.size() < kMostBytes) {
            line_ += c;
        } else {
            too_long_ = true;
        }
    }
}

}  // namespace sightline::link
