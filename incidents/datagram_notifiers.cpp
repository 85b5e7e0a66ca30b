// SPDX-License-Identifier: Apache-2.0
#include "incidents/datagram_notifiers.hpp"

#include <algorithm>
#include <utility>

#include "incidents/syslog_message.hpp"
#include "incidents/template_view.hpp"

namespace sightline::incidents {
namespace {

using Protocol = config::SyslogSettings::Protocol;

constexpr core::UtcTime kEngineEpoch{std::chrono::seconds{1'577'836'800}};  // 2020-01-01

int port_of(const config::SyslogSettings& settings) {
    if (settings.port != 0) return settings.port;
    if (settings.protocol == Protocol::Udp) return 514;
    return settings.protocol == Protocol::Tcp ? 601 : 6514;  // RFC 6587, RFC 5425
}

Outcome outcome_of_sending(const core::Result<void>& result, const char* answer) {
    if (!result) return {Outcome::Kind::Unreachable, result.error().message, std::nullopt};
    Outcome outcome{Outcome::Kind::Delivered, {}, std::nullopt};
    outcome.answer = answer;
    return outcome;
}

}  // namespace

SyslogNotifier::SyslogNotifier(net::EventLoop& loop, config::SyslogSettings settings, core::Duration timeout)
    : settings_(std::move(settings)), timeout_(timeout), datagrams_(loop), streams_(loop), sends_(loop) {}

void SyslogNotifier::send(const Delivery& delivery, std::function<void(Outcome)> done) {
    const auto view = TemplateView::from(delivery.body);
    if (!view) return sends_.refuse(view.error().message, std::move(done));
    const std::string message = syslog_message(*view, settings_);
    const bool udp = settings_.protocol == Protocol::Udp;
    net::StreamTarget target;
    target.host = settings_.host;
    target.port = port_of(settings_);
    target.tls = settings_.protocol == Protocol::Tls ? net::StreamTarget::Tls::Verified : net::StreamTarget::Tls::None;
    target.ca_file = settings_.ca_file;
    sends_.begin(
        [&](SendsUnderWay::Done answer) {
            auto sent = [udp, answer = std::move(answer)](const core::Result<void>& result) {
                answer(outcome_of_sending(result, udp ? "sent; UDP has no receipt" : "taken by the receiver's TCP"));
            };
            if (udp) return datagrams_.send(target.host, target.port, message, timeout_, std::move(sent));
            return streams_.send(target, octet_counted(message), timeout_, std::move(sent));
        },
        std::move(done));
}

SnmpNotifier::SnmpNotifier(net::EventLoop& loop, config::SnmpSettings settings, const std::string& probe,
                           core::Duration timeout)
    : settings_(std::move(settings)),
      timeout_(timeout),
      loop_(loop),
      start_(loop.clock().now()),
      datagrams_(loop),
      sends_(loop) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(loop.clock().utc() - kEngineEpoch).count();
    engine_.boots = static_cast<std::uint32_t>(std::clamp<std::int64_t>(minutes, 1, 2'147'483'646));
    engine_.id = settings_.engine_id.empty() ? engine_id_of(probe) : from_hex(settings_.engine_id);
    if (settings_.version == config::SnmpSettings::Version::V3) v3_.emplace(settings_, engine_.id);
}

core::Result<std::string> SnmpNotifier::message(const std::string& payload) {
    const auto view = TemplateView::from(payload);
    if (!view) return tl::unexpected(view.error());
    const core::Duration up = loop_.clock().now() - start_;
    engine_.seconds = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(up).count());
    const auto hundredths = static_cast<std::uint32_t>(up / std::chrono::milliseconds{10});
    const std::int32_t id = next_id_;
    next_id_ = next_id_ == 2'147'483'647 ? 1 : next_id_ + 1;
    const std::string pdu = trap_pdu(*view, id, hundredths);
    if (v3_) return v3_->message(pdu, engine_, id);
    return v2c_message(settings_.community, pdu);
}

void SnmpNotifier::send(const Delivery& delivery, std::function<void(Outcome)> done) {
    auto bytes = message(delivery.body);
    if (!bytes) return sends_.refuse(bytes.error().message, std::move(done));
    sends_.begin(
        [&](SendsUnderWay::Done answer) {
            return datagrams_.send(settings_.host, settings_.port, std::move(*bytes), timeout_,
                                   [answer = std::move(answer)](const core::Result<void>& result) {
                                       answer(outcome_of_sending(result, "sent; traps have no receipt"));
                                   });
        },
        std::move(done));
}

}  // namespace sightline::incidents
