// SPDX-License-Identifier: Apache-2.0
#include "testdata/pacer.hpp"

#include <algorithm>
#include <ctime>

namespace sightline::testdata {
namespace {

using core::Duration;
using core::Result;

constexpr std::size_t kGroup = 7;  // × 188 = 1316 bytes, what fits an Ethernet frame
/// A thin signal does not wait longer than this for its datagram to fill.
constexpr Duration kLongestWait = std::chrono::milliseconds(40);
constexpr Duration kLead = std::chrono::milliseconds(200);

Duration due_of(const AccessUnit& unit) {
    return core::to_duration(unit.dts);
}

}  // namespace

Pacer::Pacer(std::vector<std::unique_ptr<Output>>& outputs, const core::Clock* clock, Truth& truth,
             std::vector<Fault> faults, std::stop_token stop)
    : outputs_(outputs), clock_(clock), truth_(truth), faults_(std::move(faults)), stop_(std::move(stop)) {
    for (const auto& output : outputs_) {
        (output->feed() == Feed::Packets ? has_packet_outputs_ : has_unit_outputs_) = true;
    }
}

void Pacer::begin(Duration first) {
    if (clock_ == nullptr || origin_) return;
    origin_ = clock_->now() + kLead - first;
    truth_.started(clock_->to_utc(*origin_), *origin_);
}

void Pacer::sleep_until(Duration media) const {
    while (!stop_.stop_requested()) {
        const Duration left = *origin_ + media - clock_->now();
        if (left <= Duration{0}) return;
        const Duration step = std::min<Duration>(left, std::chrono::milliseconds(100));  // to hear a stop request
        const timespec time{step.count() / 1'000'000'000, step.count() % 1'000'000'000};
        nanosleep(&time, nullptr);
    }
}

void Pacer::wait_until(Duration media) {
    if (clock_ == nullptr) return;
    for (std::size_t i = 0; i < faults_.size(); ++i) {
        const Fault& fault = faults_[i];
        if (fault.kind != FaultKind::Disconnect) continue;
        for (std::int64_t& done = disconnects_[i]; done < begun_by(fault, media); ++done) {
            const Duration begin = fault.at + fault.every * done;
            sleep_until(begin);
            for (const auto& output : outputs_) output->disconnect();
            sleep_until(begin + fault.length);
            for (const auto& output : outputs_) static_cast<void>(output->open());  // live outputs try again themselves
        }
    }
    sleep_until(media);
}

Result<void> Pacer::send(Batch batch) {
    if (batch.unit) begin(due_of(*batch.unit));
    if (has_packet_outputs_) {
        for (TsPacket& packet : batch.packets) {
            if (!group_.empty() && packet.time - group_.front().time > kLongestWait) {
                if (auto sent = send_group(); !sent) return sent;
            }
            group_.push_back(packet);
            if (group_.size() < kGroup) continue;
            if (auto sent = send_group(); !sent) return sent;
        }
    }
    if (!has_unit_outputs_ || !batch.unit) return {};
    units_.emplace_back(std::move(*batch.unit), batch.mark);
    if (has_packet_outputs_) return {};  // packets set the pace: see send_group()
    return send_units_until(due_of(units_.back().first));
}

Result<void> Pacer::send_group() {
    const Duration due = group_.back().time;
    if (auto sent = send_units_until(due); !sent) return sent;
    wait_until(due);
    if (clock_ != nullptr && stop_.stop_requested()) return {};
    for (const auto& output : outputs_) {
        if (output->feed() != Feed::Packets) continue;
        SentMarks sent;
        if (auto written = output->write_packets(group_, sent); !written) return written;
        note_sent(*output, sent);
    }
    group_.clear();
    return {};
}

Result<void> Pacer::send_units_until(Duration media) {
    while (!units_.empty() && due_of(units_.front().first) <= media) {
        wait_until(due_of(units_.front().first));
        if (clock_ != nullptr && stop_.stop_requested()) return {};
        for (const auto& output : outputs_) {
            if (output->feed() != Feed::Units) continue;
            SentMarks sent;
            if (auto written = output->write_unit(units_.front().first, units_.front().second, sent); !written) {
                return written;
            }
            note_sent(*output, sent);
        }
        units_.pop_front();
    }
    return {};
}

void Pacer::note_sent(const Output& output, const SentMarks& sent) {
    if (clock_ == nullptr) return;  // files have no sending time
    for (const int mark : sent) truth_.sent(mark, output.name(), clock_->utc(), clock_->now());
}

Result<void> Pacer::finish() {
    if (!group_.empty() && !stop_.stop_requested()) {
        if (auto sent = send_group(); !sent) return sent;
    }
    if (!stop_.stop_requested()) {
        if (auto sent = send_units_until(Duration::max()); !sent) return sent;
    }
    for (const auto& output : outputs_) {
        if (auto finished = output->finish(); !finished) return finished;
    }
    return {};
}

}  // namespace sightline::testdata
