// SPDX-License-Identifier: Apache-2.0
// Units in, finished packets out: multiplexer and packet faults in one step.
#pragma once

#include <memory>
#include <vector>

#include "testdata/packet_faults.hpp"
#include "testdata/ts_mux.hpp"

namespace sightline::testdata {

/// Threading: one thread.
class PacketChain {
public:
    PacketChain(std::unique_ptr<TsMux> mux, PacketFaults faults) : mux_(std::move(mux)), faults_(std::move(faults)) {}

    void push(const AccessUnit& unit, int mark, std::vector<TsPacket>& out) {
        made_.clear();
        mux_->push(unit, mark, made_);
        for (TsPacket& packet : made_) faults_.apply(std::move(packet), out);
    }
    void flush(std::vector<TsPacket>& out) {
        made_.clear();
        mux_->flush(made_);
        for (TsPacket& packet : made_) faults_.apply(std::move(packet), out);
        faults_.flush(out);
    }
    [[nodiscard]] const std::map<int, PidTruth>& pids() const { return faults_.pids(); }

private:
    std::unique_ptr<TsMux> mux_;
    PacketFaults faults_;
    std::vector<TsPacket> made_;
};

}  // namespace sightline::testdata
