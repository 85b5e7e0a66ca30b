// SPDX-License-Identifier: Apache-2.0
#include "engine/ring_input.hpp"

#include <algorithm>
#include <cstring>

namespace sightline::engine {

bool RingSession::readable() const {
    const bool needs_head = container == probe::Container::Flv || container == probe::Container::Mp4Fragments;
    return !blocks.empty() && (!needs_head || head);
}

std::vector<RingSession> sessions_of(const std::vector<RingBlock>& blocks) {
    std::vector<RingSession> out;
    std::optional<std::uint32_t> number;
    std::optional<RingBlock> head;
    for (const RingBlock& block : blocks) {
        if (number != block.session) {
            out.emplace_back().container = block.container;
            number = block.session;
        } else if (block.after_loss && !out.back().blocks.empty()) {
            // What follows a hole is read like a session of its own: a reader begins anew where it may.
            RingSession rest;
            rest.container = block.container;
            rest.head = out.back().head;
            out.push_back(std::move(rest));
        }
        if (block.head) {
            out.back().head = block;
        } else {
            out.back().blocks.push_back(block);
        }
    }
    return out;
}

bool RingInput::next() {
    bytes_.clear();
    used_ = 0;
    if (!head_given_ && session_.head) {
        head_given_ = true;
        auto head = read_ring(fd_, *session_.head);
        if (head) {
            bytes_ = std::move(*head);
            marks_.emplace_back(loaded_, session_.blocks.empty() ? session_.head->marks.front().arrival
                                                                 : session_.blocks.front().marks.front().arrival);
            loaded_ += static_cast<std::int64_t>(bytes_.size());
            return true;
        }
    }
    while (next_ < session_.blocks.size()) {
        const RingBlock& block = session_.blocks[next_++];
        if (!begun_ && block.resume == RingBlock::kNoResume && session_.container != probe::Container::Unknown)
            continue;
        auto read = read_ring(fd_, block);
        if (!read) {
            ++overwritten_;
            continue;
        }
        const std::size_t skip = begun_ || block.resume == RingBlock::kNoResume ? 0 : block.resume;
        begun_ = true;
        bytes_ = std::move(*read);
        used_ = skip;
        for (const RingMark& mark : block.marks) {
            const auto at = static_cast<std::int64_t>(std::max<std::size_t>(mark.offset, skip) - skip);
            marks_.emplace_back(loaded_ + at, mark.arrival);
        }
        loaded_ += static_cast<std::int64_t>(bytes_.size() - skip);
        return true;
    }
    return false;
}

std::size_t RingInput::read(std::span<std::byte> into) {
    if (used_ == bytes_.size() && !next()) return 0;
    const std::size_t part = std::min(into.size(), bytes_.size() - used_);
    std::memcpy(into.data(), bytes_.data() + used_, part);
    used_ += part;
    return part;
}

std::optional<core::ArrivalTime> RingInput::arrival_of(std::int64_t position) {
    const auto after = std::upper_bound(marks_.begin(), marks_.end(), position,
                                        [](std::int64_t at, const auto& mark) { return at < mark.first; });
    if (after == marks_.begin()) return std::nullopt;
    return std::prev(after)->second;
}

}  // namespace sightline::engine
