// SPDX-License-Identifier: Apache-2.0
#include "testdata/file_output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace sightline::testdata {
namespace {

tl::unexpected<core::Error> cannot_write(const std::string& path) {
    return core::fail(core::ErrorCode::Io, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

}  // namespace

core::Result<void> FileOutput::open() {
    if (file_) return {};
    file_.reset(std::fopen(path_.c_str(), "wb"));
    if (!file_) return cannot_write(path_);
    return {};
}

core::Result<void> FileOutput::write_packets(std::span<const TsPacket> packets, SentMarks& sent) {
    for (const TsPacket& packet : packets) {
        if (std::fwrite(packet.bytes.data(), kPacketSize, 1, file_.get()) != 1) return cannot_write(path_);
    }
    collect_marks(packets, sent);
    return {};
}

core::Result<void> FileOutput::finish() {
    if (file_ && std::fclose(file_.release()) != 0) return cannot_write(path_);
    return {};
}

}  // namespace sightline::testdata
