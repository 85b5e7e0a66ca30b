// SPDX-License-Identifier: Apache-2.0
// Outputs that libavformat writes: mp4, mkv and flv files, and RTMP by pushing FLV to a server.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "testdata/output.hpp"

struct AVFormatContext;

namespace sightline::testdata {

struct FreeFormatContext {
    void operator()(AVFormatContext* context) const;
};

/// Timestamp jumps do not show here: these formats know no such thing.
class AvOutput final : public Output {
public:
    AvOutput(std::string to, std::string_view format, const OutputSettings& settings);
    ~AvOutput() override;
    [[nodiscard]] const std::string& name() const override { return to_; }
    [[nodiscard]] Feed feed() const override { return Feed::Units; }
    [[nodiscard]] bool live() const override { return live_; }
    [[nodiscard]] core::Result<void> open() override;
    [[nodiscard]] core::Result<void> write_unit(const AccessUnit& unit, int mark, SentMarks& sent) override;
    void disconnect() override;
    [[nodiscard]] core::Result<void> finish() override;

private:
    core::Result<void> connect();
    core::Result<void> write(const AccessUnit& unit);

    std::string to_, format_;
    std::vector<Track> tracks_;
    bool live_;
    std::unique_ptr<AVFormatContext, FreeFormatContext> context_;
    core::PtsTicks origin_{0};  ///< subtracted: a new connection starts its own time
    bool origin_known_ = false;
    bool wait_for_key_ = false;
    core::PtsTicks retry_at_{0};
    bool complained_ = false;
};

}  // namespace sightline::testdata
