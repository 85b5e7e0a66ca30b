// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_amf.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

namespace sightline::probe::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr int kMaxDepth = 16;
constexpr int kMaxValues = 4096;

/// Type markers (AMF 0, 2.1).
constexpr std::uint8_t kNumber = 0x00;
constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kString = 0x02;
constexpr std::uint8_t kObject = 0x03;
constexpr std::uint8_t kNull = 0x05;
constexpr std::uint8_t kUndefined = 0x06;
constexpr std::uint8_t kReference = 0x07;
constexpr std::uint8_t kEcmaArray = 0x08;
constexpr std::uint8_t kObjectEnd = 0x09;
constexpr std::uint8_t kStrictArray = 0x0a;
constexpr std::uint8_t kDate = 0x0b;
constexpr std::uint8_t kLongString = 0x0c;
constexpr std::uint8_t kUnsupported = 0x0d;
constexpr std::uint8_t kXml = 0x0f;
constexpr std::uint8_t kTypedObject = 0x10;

class Parser {
public:
    explicit Parser(std::span<const std::byte> bytes) : rest_(bytes) {}
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    Result<AmfValue> value(int depth) {
        if (depth > kMaxDepth) return fail(ErrorCode::Corrupt, "AMF values nest deeper than 16");
        if (++count_ > kMaxValues) return fail(ErrorCode::Corrupt, "more than 4096 AMF values in one message");
        const auto marker = take(1);
        if (!marker) return tl::unexpected(marker.error());
        switch (*marker) {
            case kNumber:
                return number();
            case kBoolean:
                return boolean();
            case kString:
                return string(2);
            case kLongString:
            case kXml:
                return string(4);
            case kObject:
                return object(depth);
            case kEcmaArray:
                return after(4, [&] { return object(depth); });  // its count is a hint that nobody keeps
            case kTypedObject:
                return typed_object(depth);
            case kStrictArray:
                return array(depth);
            case kDate:
                return date();
            case kReference:
                return after(2, [] { return Result<AmfValue>(AmfValue{}); });
            case kNull:
            case kUndefined:
            case kUnsupported:
                return AmfValue{};
            default:
                return fail(ErrorCode::Corrupt, "an AMF value of unknown type " + std::to_string(*marker));
        }
    }

private:
    Result<std::uint64_t> take(std::size_t bytes) {
        if (rest_.size() < bytes) return fail(ErrorCode::Truncated, "an AMF value ends too early");
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | std::to_integer<std::uint64_t>(rest_[i]);
        rest_ = rest_.subspan(bytes);
        return value;
    }
    template <class Next>
    Result<AmfValue> after(std::size_t bytes, Next next) {
        if (const auto skipped = take(bytes); !skipped) return tl::unexpected(skipped.error());
        return next();
    }
    Result<std::string> characters(std::size_t length_bytes) {
        const auto length = take(length_bytes);
        if (!length) return tl::unexpected(length.error());
        if (rest_.size() < *length) return fail(ErrorCode::Truncated, "an AMF string ends too early");
        std::string text(reinterpret_cast<const char*>(rest_.data()), *length);
        rest_ = rest_.subspan(*length);
        return text;
    }

    Result<AmfValue> number() {
        const auto bits = take(8);
        if (!bits) return tl::unexpected(bits.error());
        AmfValue value;
        value.kind = AmfValue::Kind::Number;
        value.number = std::bit_cast<double>(*bits);
        return value;
    }
    Result<AmfValue> date() {
        auto value = number();
        if (!value) return value;
        if (const auto zone = take(2); !zone) return tl::unexpected(zone.error());
        return value;
    }
    Result<AmfValue> boolean() {
        const auto byte = take(1);
        if (!byte) return tl::unexpected(byte.error());
        AmfValue value;
        value.kind = AmfValue::Kind::Boolean;
        value.boolean = *byte != 0;
        return value;
    }
    Result<AmfValue> string(std::size_t length_bytes) {
        auto text = characters(length_bytes);
        if (!text) return tl::unexpected(text.error());
        AmfValue value;
        value.kind = AmfValue::Kind::String;
        value.text = std::move(*text);
        return value;
    }
    Result<AmfValue> typed_object(int depth) {
        if (const auto name = characters(2); !name) return tl::unexpected(name.error());
        return object(depth);
    }
    Result<AmfValue> object(int depth) {
        AmfValue value;
        value.kind = AmfValue::Kind::Object;
        while (true) {
            auto name = characters(2);
            if (!name) return tl::unexpected(name.error());
            if (name->empty() && !rest_.empty() && std::to_integer<int>(rest_[0]) == kObjectEnd) {
                rest_ = rest_.subspan(1);
                return value;
            }
            auto member = this->value(depth + 1);
            if (!member) return member;
            value.members.push_back({std::move(*name), std::move(*member)});
        }
    }
    Result<AmfValue> array(int depth) {
        const auto count = take(4);
        if (!count) return tl::unexpected(count.error());
        AmfValue value;
        value.kind = AmfValue::Kind::Array;
        for (std::uint64_t i = 0; i < *count; ++i) {
            auto member = this->value(depth + 1);
            if (!member) return member;
            value.members.push_back({{}, std::move(*member)});
        }
        return value;
    }

    std::span<const std::byte> rest_;
    int count_ = 0;
};

}  // namespace

AmfValue::AmfValue() = default;
AmfValue::AmfValue(const AmfValue&) = default;
AmfValue::AmfValue(AmfValue&&) noexcept = default;
AmfValue& AmfValue::operator=(const AmfValue&) = default;
AmfValue& AmfValue::operator=(AmfValue&&) noexcept = default;
AmfValue::~AmfValue() = default;

const AmfValue* AmfValue::find(std::string_view name) const {
    const auto found = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == name; });
    return found == members.end() ? nullptr : &found->value;
}

std::string_view AmfValue::text_of(std::string_view name) const {
    const auto* const member = find(name);
    return member != nullptr && member->kind == Kind::String ? std::string_view(member->text) : std::string_view();
}

Result<std::vector<AmfValue>> parse_amf(std::span<const std::byte> bytes) {
    Parser parser(bytes);
    std::vector<AmfValue> values;
    while (!parser.at_end()) {
        auto value = parser.value(0);
        if (!value) return tl::unexpected(value.error());
        values.push_back(std::move(*value));
    }
    return values;
}

std::size_t leading_string_size(std::span<const std::byte> bytes) {
    if (bytes.size() < 3 || std::to_integer<int>(bytes[0]) != kString) return 0;
    const std::size_t size = 3 + (std::to_integer<std::size_t>(bytes[1]) << 8 | std::to_integer<std::size_t>(bytes[2]));
    return size <= bytes.size() ? size : 0;
}

void AmfWriter::put(std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) bytes_.push_back(static_cast<std::byte>(value >> shift));
}

void AmfWriter::put_name(std::string_view name) {
    name = name.substr(0, std::numeric_limits<std::uint16_t>::max());
    put(name.size(), 2);
    for (const char c : name) bytes_.push_back(static_cast<std::byte>(c));
}

AmfWriter& AmfWriter::number(double value) {
    put(kNumber, 1);
    put(std::bit_cast<std::uint64_t>(value), 8);
    return *this;
}
AmfWriter& AmfWriter::text(std::string_view value) {
    put(kString, 1);
    put_name(value);
    return *this;
}
AmfWriter& AmfWriter::null() {
    put(kNull, 1);
    return *this;
}
AmfWriter& AmfWriter::begin_object() {
    put(kObject, 1);
    return *this;
}
AmfWriter& AmfWriter::name(std::string_view name) {
    put_name(name);
    return *this;
}
AmfWriter& AmfWriter::end_object() {
    put(0, 2);
    put(kObjectEnd, 1);
    return *this;
}

}  // namespace sightline::probe::rtmp
