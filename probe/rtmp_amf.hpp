// SPDX-License-Identifier: Apache-2.0
// AMF0, the little data language of RTMP commands and metadata (Action Message Format 0, Adobe 2007).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sightline::probe::rtmp {

struct AmfMember;

/// One value. Only what `kind` names is set.
struct AmfValue {
    enum class Kind : std::uint8_t { Null, Number, Boolean, String, Object, Array };  // undefined, unsupported: Null
    Kind kind = Kind::Null;
    double number = 0;
    bool boolean = false;
    std::string text;                ///< any bytes: clean before showing
    std::vector<AmfMember> members;  ///< Object (and ECMA array); Array: names empty

    AmfValue();
    AmfValue(const AmfValue&);
    AmfValue(AmfValue&&) noexcept;
    AmfValue& operator=(const AmfValue&);
    AmfValue& operator=(AmfValue&&) noexcept;
    ~AmfValue();  // members are values of this very type: all six stand where it is complete

    [[nodiscard]] const AmfValue* find(std::string_view name) const;      ///< null where there is no such member
    [[nodiscard]] std::string_view text_of(std::string_view name) const;  ///< of a String member, else empty
};

struct AmfMember {
    std::string name;
    AmfValue value;
};

/// Reads values until the bytes end.
/// @return Truncated, Corrupt (unknown type, deeper than 16, more than 4096 values).
[[nodiscard]] core::Result<std::vector<AmfValue>> parse_amf(std::span<const std::byte> bytes);
/// Bytes of the one String that `bytes` begin with, 0 where they begin with something else.
[[nodiscard]] std::size_t leading_string_size(std::span<const std::byte> bytes);

/// Appends values to what will be a command message.
class AmfWriter {
public:
    AmfWriter& number(double value);
    AmfWriter& text(std::string_view value);
    AmfWriter& null();
    AmfWriter& begin_object();
    AmfWriter& name(std::string_view name);  ///< of the member whose value follows
    AmfWriter& end_object();
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

private:
    void put(std::uint64_t value, int bytes);
    void put_name(std::string_view name);
    std::vector<std::byte> bytes_;
};

}  // namespace sightline::probe::rtmp
