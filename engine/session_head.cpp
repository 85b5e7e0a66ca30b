// SPDX-License-Identifier: Apache-2.0
#include "engine/session_head.hpp"

#include <algorithm>
#include <utility>

namespace sightline::engine {
namespace {

constexpr unsigned kAudioTag = 8, kVideoTag = 9, kScriptTag = 18;
constexpr unsigned kAac = 10, kAvc = 7, kHevc = 12;
constexpr std::uint32_t kFtyp = 0x66747970, kMoov = 0x6d6f6f76, kMoof = 0x6d6f6f66;

std::uint64_t big_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t n = 0; n < size; ++n) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + n]);
    return value;
}

/// Which part of the head a tag is, by its type and the first two bytes of its body.
std::optional<std::size_t> part_of_tag(unsigned type, unsigned first, unsigned second) {
    if (type == kScriptTag) return 1;
    if (type == kVideoTag) {
        if ((first & 0x80U) != 0) return (first & 0x0FU) == 0 ? std::optional<std::size_t>(2) : std::nullopt;
        const unsigned codec = first & 0x0FU;
        if ((codec == kAvc || codec == kHevc) && second == 0) return 2;
    }
    if (type == kAudioTag) {
        const unsigned codec = first >> 4U;
        if ((codec == kAac && second == 0) || (codec == 9 && (first & 0x0FU) == 0)) return 3;
    }
    return std::nullopt;
}

}  // namespace

void SessionHead::begin(probe::Container container) {
    container_ = container;
    state_ = container == probe::Container::Flv            ? State::FlvHeader
             : container == probe::Container::Mp4Fragments ? State::BoxHeader
                                                           : State::Lost;
    gathered_.clear();
    kept_.clear();
    keeps_.reset();
    fragments_ = false;
    left_ = 0;
    for (auto& part : parts_) part.clear();
    ++revision_;
}

std::optional<std::size_t> SessionHead::feed(std::span<const std::byte> bytes) {
    std::optional<std::size_t> resume;
    std::size_t used = 0;
    while (used < bytes.size() && state_ != State::Lost) {
        if (state_ == State::Body) {
            const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
            if (keeps_)
                kept_.insert(kept_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(used),
                             bytes.begin() + static_cast<std::ptrdiff_t>(used + part));
            used += part;
            left_ -= part;
            if (left_ == 0) body_over();
            continue;
        }
        // One byte at a time until a header is whole: headers are few.
        if (gathered_.empty() && state_ == State::FlvTag && !resume) resume = used;
        gathered_.push_back(bytes[used++]);
        if (state_ == State::BoxHeader) {
            if (gathered_.size() == 8 && used >= 8 && big_endian(gathered_, 4, 4) == kMoof && !resume)
                resume = used - 8;
            take_box();
        } else {
            take_tag();
        }
    }
    return resume;
}

void SessionHead::take_tag() {
    if (state_ == State::FlvHeader) {
        if (gathered_.size() < kFlvHeader) return;
        if (big_endian(gathered_, 0, 3) != 0x464C56) {
            state_ = State::Lost;
            return;
        }
        parts_[0] = std::exchange(gathered_, {});
        ++revision_;
        state_ = State::FlvTag;
        return;
    }
    if (gathered_.size() < 4) return;
    const std::uint64_t size = big_endian(gathered_, 1, 3);
    // The type, sizes and times, the first two bytes of the body where it has them, and the tag's size behind it.
    const std::size_t wanted = 11 + static_cast<std::size_t>(std::min<std::uint64_t>(size, 2));
    if (gathered_.size() < wanted) return;
    const unsigned type = std::to_integer<unsigned>(gathered_[0]) & 0x1FU;
    if (type != kAudioTag && type != kVideoTag && type != kScriptTag) {
        state_ = State::Lost;  // no tag: nobody can tell where the next one is
        return;
    }
    left_ = size + 4 - (wanted - 11);
    const unsigned first = size > 0 ? std::to_integer<unsigned>(gathered_[11]) : 0xFF;
    const unsigned second = size > 1 ? std::to_integer<unsigned>(gathered_[12]) : 0xFF;
    keeps_ = size + 15 <= kMostHead ? part_of_tag(type, first, second) : std::nullopt;
    if (keeps_) kept_ = gathered_;
    gathered_.clear();
    state_ = State::Body;
}

void SessionHead::take_box() {
    if (gathered_.size() < 8) return;
    std::uint64_t size = big_endian(gathered_, 0, 4);
    if (size == 1) {
        if (gathered_.size() < kBoxHeader) return;
        size = big_endian(gathered_, 8, 8);
    }
    const auto type = static_cast<std::uint32_t>(big_endian(gathered_, 4, 4));
    if (size < gathered_.size()) {
        state_ = State::Lost;  // "to the end of the file", or nonsense
        return;
    }
    fragments_ = fragments_ || type == kMoof;
    left_ = size - gathered_.size();
    keeps_.reset();
    if (!fragments_ && size <= kMostHead && (type == kFtyp || type == kMoov)) keeps_ = type == kFtyp ? 0 : 1;
    if (keeps_) kept_ = gathered_;
    gathered_.clear();
    state_ = State::Body;
    if (left_ == 0) body_over();
}

void SessionHead::body_over() {
    state_ = container_ == probe::Container::Flv ? State::FlvTag : State::BoxHeader;
    if (!keeps_) return;
    if (parts_[*keeps_] != kept_) {
        parts_[*keeps_] = std::move(kept_);
        ++revision_;
    }
    kept_ = {};
    keeps_.reset();
}

std::vector<std::byte> SessionHead::head() const {
    std::vector<std::byte> out;
    const bool whole = container_ == probe::Container::Flv ? !parts_[0].empty() : !parts_[1].empty();
    if (!whole) return out;
    for (const auto& part : parts_) out.insert(out.end(), part.begin(), part.end());
    return out;
}

}  // namespace sightline::engine
