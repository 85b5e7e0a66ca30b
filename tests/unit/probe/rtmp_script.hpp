// SPDX-License-Identifier: Apache-2.0
// What a publishing encoder sends, made by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probe/rtmp_amf.hpp"
#include "probe/rtmp_chunks.hpp"

namespace sightline::probe::rtmp {

using Bytes = std::vector<std::byte>;

inline Bytes payload_of(std::size_t size, int seed) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 13 + seed);
    return bytes;
}

/// Builds the encoder's bytes step by step; chunks of 128 bytes unless said otherwise.
class Script {
public:
    Bytes bytes;
    std::size_t chunk_size = 128;

    Script& greet() {
        bytes.push_back(std::byte{3});
        const auto c1 = payload_of(1536, 1), c2 = payload_of(1536, 2);
        bytes.insert(bytes.end(), c1.begin(), c1.end());
        bytes.insert(bytes.end(), c2.begin(), c2.end());
        return *this;
    }
    Script& message(std::uint8_t chunks, std::uint8_t type, std::uint32_t time, Bytes payload,
                    std::uint32_t stream = 1) {
        write_message(bytes, chunks, Message{type, time, stream, std::move(payload)}, chunk_size);
        return *this;
    }
    Script& chunks_of(std::uint32_t size) {
        Bytes value;
        put_big_endian(value, size, 4);
        message(2, kSetChunkSize, 0, value, 0);
        chunk_size = size;
        return *this;
    }
    Script& connect(std::string_view app) {
        AmfWriter amf;
        amf.text("connect").number(1).begin_object().name("app").text(app).name("type").text("nonprivate");
        amf.name("tcUrl").text("rtmp://127.0.0.1/" + std::string(app)).end_object();
        return message(3, kCommandAmf0, 0, amf.bytes(), 0);
    }
    Script& create_stream() {
        AmfWriter amf;
        amf.text("createStream").number(4).null();
        return message(3, kCommandAmf0, 0, amf.bytes(), 0);
    }
    Script& publish(std::string_view key) {
        AmfWriter amf;
        amf.text("publish").number(5).null().text(key).text("live");
        return message(3, kCommandAmf0, 0, amf.bytes());
    }
    Script& metadata() {
        AmfWriter amf;
        amf.text("@setDataFrame").text("onMetaData").begin_object();
        amf.name("width").number(640).name("videocodecid").number(7).end_object();
        return message(4, kDataAmf0, 0, amf.bytes());
    }
    Script& stop() {
        AmfWriter amf;
        amf.text("deleteStream").number(6).null().number(1);
        return message(3, kCommandAmf0, 0, amf.bytes(), 0);
    }
};

/// Whether the strings of `text` occur in `bytes` as they are.
inline bool holds(const Bytes& bytes, std::string_view text) {
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return all.find(text) != std::string_view::npos;
}

}  // namespace sightline::probe::rtmp
