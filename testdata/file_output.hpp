// SPDX-License-Identifier: Apache-2.0
// A transport stream as a file.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "testdata/output.hpp"

namespace sightline::testdata {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class FileOutput final : public Output {
public:
    explicit FileOutput(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] const std::string& name() const override { return path_; }
    [[nodiscard]] Feed feed() const override { return Feed::Packets; }
    [[nodiscard]] bool live() const override { return false; }
    [[nodiscard]] core::Result<void> open() override;
    [[nodiscard]] core::Result<void> write_packets(std::span<const TsPacket> packets, SentMarks& sent) override;
    [[nodiscard]] core::Result<void> finish() override;

private:
    std::string path_;
    File file_;
};

}  // namespace sightline::testdata
