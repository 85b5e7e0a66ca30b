// SPDX-License-Identifier: Apache-2.0
#include "incidents/email_notifier.hpp"

#include <utility>

#include "config/transport_reader.hpp"
#include "incidents/mail_message.hpp"
#include "incidents/template_view.hpp"

namespace sightline::incidents {
namespace {

/// A still beyond this is left out rather than let a mail be refused for its size.
constexpr std::size_t kMostStillBytes = 2U << 20;

int port_of(const config::EmailSettings& settings) {
    if (settings.port != 0) return settings.port;
    if (settings.tls == config::EmailSettings::Tls::None) return 25;
    return settings.tls == config::EmailSettings::Tls::StartTls ? 587 : 465;
}

}  // namespace

Outcome outcome_of(const net::SmtpReply& reply) {
    if (reply.code >= 200 && reply.code < 300) {
        Outcome outcome{Outcome::Kind::Delivered, {}, std::nullopt};
        outcome.answer = reply.text;
        return outcome;
    }
    const bool log_in = reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538;
    const bool waits = reply.code < 500 || log_in || reply.code == 554;  // 554 also greets: "no service here"
    return {waits ? Outcome::Kind::Unreachable : Outcome::Kind::Rejected, reply.text, std::nullopt};
}

EmailNotifier::EmailNotifier(net::EventLoop& loop, config::EmailSettings settings, core::Duration timeout,
                             MailStill still)
    : loop_(loop),
      settings_(std::move(settings)),
      timeout_(timeout),
      still_(std::move(still)),
      client_(loop),
      sends_(loop) {}

void EmailNotifier::send(const Delivery& delivery, std::function<void(Outcome)> done) {
    const auto view = TemplateView::from(delivery.body);
    if (!view) return sends_.refuse(view.error().message, std::move(done));
    std::string stream = view->text("stream");
    if (stream.empty()) stream = view->text("cause.stream");
    const std::string incident = view->text("type") == "incident" ? view->text("id") : "";
    std::string still = still_ && !stream.empty() ? still_(stream, incident) : std::string{};
    if (still.size() > kMostStillBytes) still.clear();
    net::SmtpMail mail;
    mail.host = settings_.host;
    mail.port = port_of(settings_);
    mail.tls = static_cast<net::SmtpMail::Tls>(settings_.tls);
    mail.ca_file = settings_.ca_file;
    mail.user = settings_.user;
    mail.password = settings_.password;
    mail.from = config::bare_mail_address(settings_.from);
    for (const std::string& address : settings_.to) mail.to.push_back(config::bare_mail_address(address));
    mail.data = mail_message(*view, settings_, still, loop_.clock().utc());
    mail.timeout = timeout_;
    sends_.begin(
        [&](SendsUnderWay::Done answer) {
            return client_.send(
                std::move(mail), [answer = std::move(answer)](const core::Result<net::SmtpReply>& reply) {
                    answer(reply ? outcome_of(*reply)
                                 : Outcome{Outcome::Kind::Unreachable, reply.error().message, std::nullopt});
                });
        },
        std::move(done));
}

}  // namespace sightline::incidents
