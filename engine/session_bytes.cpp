// SPDX-License-Identifier: Apache-2.0
#include "engine/session_bytes.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sightline::engine {
namespace {

constexpr std::size_t kMaxMarks = 16'384;

}  // namespace

SessionBytes::SessionBytes(bool live, bool arrival_known)
    : arrival_known_(arrival_known),
      queue_(kCapacityBytes, live ? core::WhenFull::DropOldest : core::WhenFull::Block) {}

void SessionBytes::put(std::span<const std::byte> bytes, core::ArrivalTime arrival) {
    if (arrival_known_) {
        gathering_.marks.push_back({static_cast<std::int64_t>(gathering_.bytes.size()), arrival});
        newest_.store(arrival, std::memory_order_relaxed);
    }
    gathering_.bytes.insert(gathering_.bytes.end(), bytes.begin(), bytes.end());
    if (gathering_.bytes.size() >= kBlockBytes) flush();
}

void SessionBytes::flush() {
    if (gathering_.bytes.empty() && !gathering_.begins) return;
    gathering_.number = next_number_++;
    const std::size_t weight = gathering_.bytes.size() + 1;
    queue_.push(std::exchange(gathering_, {}), weight, stop_.get_token());
}

void SessionBytes::cut(probe::Container container) {
    flush();
    gathering_.begins = container;
}

void SessionBytes::close() {
    flush();
    queue_.close();
}

bool SessionBytes::fetch() {
    current_ = queue_.pop(stop_.get_token());
    used_ = 0;
    if (!current_) return false;
    gap_ = current_->number != expected_number_;
    expected_number_ = current_->number + 1;
    return true;
}

std::optional<probe::Container> SessionBytes::next_session() {
    skip_session();
    if (!current_ && !fetch()) return std::nullopt;
    container_ = current_->begins.value_or(container_);
    current_->begins.reset();
    position_ = 0;
    marks_.clear();
    for (const Mark& mark : current_->marks)
        marks_.push_back({mark.offset - static_cast<std::int64_t>(used_), mark.arrival});
    dropped_ = false;
    session_over_ = false;
    return container_;
}

void SessionBytes::skip_session() {
    while (!session_over_) {
        if (current_) used_ = current_->bytes.size();
        std::byte scratch{};
        if (read({&scratch, 1}) == 0) break;
    }
}

std::size_t SessionBytes::read(std::span<std::byte> into) {
    if (session_over_ || into.empty()) return 0;
    while (!current_ || used_ == current_->bytes.size()) {
        if (!fetch()) {
            session_over_ = true;
            return 0;
        }
        dropped_ = gap_;
        if (current_->begins || gap_) {
            session_over_ = true;
            return 0;
        }
        for (const Mark& mark : current_->marks) marks_.push_back({mark.offset + position_, mark.arrival});
        while (marks_.size() > kMaxMarks) marks_.pop_front();
    }
    const std::size_t count = std::min(into.size(), current_->bytes.size() - used_);
    std::memcpy(into.data(), current_->bytes.data() + used_, count);
    used_ += count;
    position_ += static_cast<std::int64_t>(count);
    if (!current_->marks.empty()) reading_ = current_->marks.back().arrival;
    return count;
}

std::optional<core::ArrivalTime> SessionBytes::arrival_of(std::int64_t position) {
    const auto after = std::upper_bound(marks_.begin(), marks_.end(), position,
                                        [](std::int64_t p, const Mark& mark) { return p < mark.offset; });
    if (after == marks_.begin()) return std::nullopt;
    return std::prev(after)->arrival;
}

core::Duration SessionBytes::lag() const {
    return arrival_known_ && reading_ != core::ArrivalTime{} ? newest_.load(std::memory_order_relaxed) - reading_
                                                             : core::Duration{};
}

}  // namespace sightline::engine
