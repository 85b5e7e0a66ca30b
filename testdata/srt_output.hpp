// SPDX-License-Identifier: Apache-2.0
// MPEG-TS over SRT in live mode, as caller or as listener for any number of callers.
#pragma once

#include <srt/srt.h>

#include <string>
#include <vector>

#include "core/url.hpp"
#include "testdata/output.hpp"

namespace sightline::testdata {

/// Address: srt://HOST:PORT[?mode=caller|listener&passphrase=…&streamid=…&latency=MS]; without a host: listener.
/// Never blocks: a caller without a peer tries again every second of the signal.
class SrtOutput final : public Output {
public:
    SrtOutput(std::string to, core::Url url);
    ~SrtOutput() override;
    SrtOutput(const SrtOutput&) = delete;
    SrtOutput& operator=(const SrtOutput&) = delete;
    [[nodiscard]] const std::string& name() const override { return masked_; }
    [[nodiscard]] Feed feed() const override { return Feed::Packets; }
    [[nodiscard]] bool live() const override { return true; }
    [[nodiscard]] core::Result<void> open() override;
    [[nodiscard]] core::Result<void> write_packets(std::span<const TsPacket> packets, SentMarks& sent) override;
    void disconnect() override;
    /// Waits, bounded, until what was sent is acknowledged.
    [[nodiscard]] core::Result<void> finish() override;

private:
    core::Result<void> configure(SRTSOCKET socket) const;
    void accept_callers();
    bool connected(core::Duration now);
    void say(bool good, const std::string& what);

    std::string to_, masked_;
    core::Url url_;
    bool listener_;
    SRTSOCKET socket_ = SRT_INVALID_SOCK;  ///< ours: listening, or calling
    std::vector<SRTSOCKET> peers_;         ///< of a listener
    core::Duration retry_at_{0};
    bool complained_ = false;
};

}  // namespace sightline::testdata
