// SPDX-License-Identifier: Apache-2.0
#include "incidents/notify_test.hpp"

#include <algorithm>
#include <utility>

#include "incidents/payload.hpp"
#include "incidents/ticket_book.hpp"
#include "incidents/transports.hpp"

namespace sightline::incidents {
namespace {

class TicketsInMemory final : public TicketBook {
public:
    Kept kept(const std::string&, const std::string&) override { return kept_; }
    void keep(const std::string&, const std::string&, const std::string& name, const std::string& value) override {
        kept_[name] = value;
    }
    void forget(const std::string&, const std::string&) override { kept_.clear(); }

private:
    Kept kept_;
};

core::AlarmTransition test_alarm(const config::Config& config, const config::Notifier& notifier, core::UtcTime now) {
    core::AlarmTransition alarm;
    const auto stamp = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    alarm.id = (config.probe.empty() ? "sightline" : config.probe) + "-test-" + std::to_string(stamp);
    alarm.stream = "test";
    alarm.condition = alarm.rule = "notify.test";
    // One that the receiver shows as it would show its alarms.
    alarm.severity = notifier.severities.empty() ? core::Severity::Warning : *notifier.severities.begin();
    alarm.since = alarm.at = {std::nullopt, now};
    alarm.message = "TEST of the notifier " + notifier.name + ", sent by hand: no real alarm, nothing to do";
    return alarm;
}

Outcome deliver(net::EventLoop& loop, Transport& transport, const core::AlarmTransition& alarm,
                const config::Config& config) {
    Delivery delivery;
    delivery.notice.alarm = alarm;
    delivery.notice.facts.probe = config.probe;
    delivery.notice.facts.tags = {{"test", "true"}};
    delivery.event_id = event_id(alarm);
    delivery.body = payload(delivery.notice, loop.clock().utc());
    Outcome outcome;
    transport.send(delivery, [&](Outcome how) {
        outcome = std::move(how);
        loop.quit();
    });
    loop.run();
    return outcome;
}

}  // namespace

core::Result<NotifyTestResult> test_notifier(net::EventLoop& loop, const HttpSend& http, const config::Config& config,
                                             const std::string& name) {
    const auto found = std::find_if(config.notify.begin(), config.notify.end(),
                                    [&](const config::Notifier& notifier) { return notifier.name == name; });
    if (found == config.notify.end()) {
        std::string names;
        for (const config::Notifier& notifier : config.notify) names += (names.empty() ? "" : ", ") + notifier.name;
        return core::fail(core::ErrorCode::NotFound,
                          config.file + " has no notifier of that name; it has " + (names.empty() ? "none" : names));
    }
    TicketsInMemory tickets;
    const auto transport = make_transport({loop, http, tickets, config.probe, config.file, {}}, *found);
    core::AlarmTransition alarm = test_alarm(config, *found, loop.clock().utc());
    NotifyTestResult result;
    result.raised = deliver(loop, *transport, alarm, config);
    if (result.raised.kind != Outcome::Kind::Delivered) return result;
    alarm.sequence = 2;
    alarm.state = core::AlarmState::Cleared;
    alarm.until = alarm.at = {std::nullopt, loop.clock().utc()};
    result.cleared = deliver(loop, *transport, alarm, config);
    return result;
}

}  // namespace sightline::incidents
