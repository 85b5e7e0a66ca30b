// SPDX-License-Identifier: Apache-2.0
// What a receiver answers, and payload text on its way into requests, as bytes: for libFuzzer, and replayed by the unit
// tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/text.hpp"
#include "incidents/template_render.hpp"

namespace sightline::fuzz {

inline void vendor_answer(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const char* place : {"result.sys_id", "result.0.sys_id", "a..b", "0", ""}) {
        const std::string text = incidents::text_in_answer(bytes, place);
        if (core::clean_utf8(text) != text) std::abort();
    }
    const std::string clean = core::clean_utf8(bytes);
    if (core::clean_utf8(incidents::cut_characters(clean, 40)) != incidents::cut_characters(clean, 40)) std::abort();
    if (incidents::cut_bytes(clean, 40).size() > 40) std::abort();
    if (incidents::plain_key(bytes, 100).size() > 100) std::abort();
    (void)incidents::join_lists({std::string(bytes), std::string(bytes)});
}

}  // namespace sightline::fuzz
