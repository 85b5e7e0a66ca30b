// SPDX-License-Identifier: Apache-2.0
// Alarms by mail.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "config/notifier.hpp"
#include "incidents/sends_under_way.hpp"
#include "incidents/transport.hpp"
#include "net/smtp_client.hpp"

namespace sightline::incidents {

/// What a mail server's reply means to the outbox: 2xx delivered; 4xx and log-in refused: the server is unreachable (it
/// says so of itself, or a person must mend it); other 5xx: the mail is rejected.
[[nodiscard]] Outcome outcome_of(const net::SmtpReply& reply);

/// Threading: the loop's thread.
class EmailNotifier final : public Transport {
public:
    /// `still`: may be empty.
    EmailNotifier(net::EventLoop& loop, config::EmailSettings settings, core::Duration timeout, MailStill still);
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override;

private:
    net::EventLoop& loop_;
    config::EmailSettings settings_;
    core::Duration timeout_;
    MailStill still_;
    net::SmtpClient client_;
    SendsUnderWay sends_;
};

}  // namespace sightline::incidents
