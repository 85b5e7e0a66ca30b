// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "probe/rtmp_amf.hpp"
#include "probe/rtmp_protocol.hpp"

/// The first byte chooses: AMF values alone, or what follows the handshake, cut into blocks of that many bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sightline::probe::rtmp;
    if (size == 0) return 0;
    const std::size_t block = data[0];
    auto bytes = std::as_bytes(std::span(data + 1, size - 1));
    if (block == 0) {
        (void)parse_amf(bytes);
        return 0;
    }
    ServerSession session({"a", "k"}, nullptr);
    ServerSession::Output out;
    std::vector<std::byte> greeting(1 + 2 * 1536);
    greeting[0] = std::byte{3};
    if (!session.feed(greeting, out)) __builtin_trap();
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(block, bytes.size()));
        if (!session.feed(part, out)) break;
        bytes = bytes.subspan(part.size());
        out.flv.clear();
        out.reply.clear();
    }
    return 0;
}
