// SPDX-License-Identifier: Apache-2.0
// Syslog and SNMP receivers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/notifier.hpp"
#include "incidents/sends_under_way.hpp"
#include "incidents/snmp_trap.hpp"
#include "incidents/transport.hpp"
#include "net/datagram_sender.hpp"
#include "net/stream_sender.hpp"

namespace sightline::incidents {

/// A syslog receiver over UDP, TCP or TLS; over the latter two each message has a connection of its own and counts as
/// delivered when the receiver's kernel has it. UDP has no receipt: what was sent counts as delivered, unless the host
/// says that nobody listens.
///
/// Threading: the loop's thread.
class SyslogNotifier final : public Transport {
public:
    SyslogNotifier(net::EventLoop& loop, config::SyslogSettings settings, core::Duration timeout);
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override;

private:
    config::SyslogSettings settings_;
    core::Duration timeout_;
    net::DatagramSender datagrams_;
    net::StreamSender streams_;
    SendsUnderWay sends_;
};

/// A receiver of SNMP v2c or v3 traps over UDP. Traps have no receipt.
///
/// SNMPv3's clock: boots are the minutes from 2020 to this object's making, seconds count from then on the monotonic
/// clock. So both rise from start to start without being stored, as long as civil time does; two starts within a minute
/// stay within the 150 s that receivers allow.
///
/// Threading: the loop's thread.
class SnmpNotifier final : public Transport {
public:
    SnmpNotifier(net::EventLoop& loop, config::SnmpSettings settings, const std::string& probe, core::Duration timeout);
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override;

private:
    [[nodiscard]] core::Result<std::string> message(const std::string& payload);

    config::SnmpSettings settings_;
    core::Duration timeout_;
    net::EventLoop& loop_;
    core::ArrivalTime start_;
    EngineTime engine_;
    std::optional<SnmpV3> v3_;
    std::int32_t next_id_ = 1;
    net::DatagramSender datagrams_;
    SendsUnderWay sends_;
};

}  // namespace sightline::incidents
