// SPDX-License-Identifier: Apache-2.0
#include "core/clock.hpp"
#include "incidents/email_notifier.hpp"
#include "incidents/mail_message.hpp"
#include "incidents/template_render.hpp"
#include "tests/smtp_server.hpp"
#include "tests/unit/incidents/sending.hpp"
#include "tests/unit/incidents/vendor_cases.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

config::EmailSettings settings_to(int port = 0) {
    config::EmailSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.tls = config::EmailSettings::Tls::None;
    settings.from = "Sightline \"probe\" <sightline@example.com>";
    settings.to = {"noc@example.com", "Jörg M. <j@example.com>"};
    return settings;
}

std::string message_of(const std::string& payload, std::string_view still = {}) {
    const auto view = TemplateView::from(payload);
    REQUIRE(view);
    return mail_message(*view, settings_to(), still, kNoon + 3s);
}

std::string header(const std::string& mail, const std::string& name) {
    const std::size_t at = mail.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "(none)";
    std::size_t end = at + 2;
    do {
        end = mail.find("\r\n", end + 1);
    } while (mail[end + 2] == ' ');
    return mail.substr(at + 4 + name.size(), end - at - 4 - name.size());
}

struct MailBench {
    core::SystemClock clock;
    net::EventLoop loop{clock};
    tests::SmtpServer server{loop};
    std::string asked;  // the incident whose picture the notifier wanted

    Outcome send(const config::EmailSettings& settings, const std::string& body, const std::string& still = {}) {
        EmailNotifier notifier(loop, settings, 20s, [&](const std::string& stream, const std::string& incident) {
            CHECK(stream == "news");
            asked = incident;
            return still;
        });
        return send_and_wait(loop, notifier, body);
    }
};

}  // namespace

TEST_CASE("A mail has its headers, and the transitions of one alarm are one thread") {
    const std::string raised = message_of(alarm_payload("create"));
    const std::string cleared = message_of(alarm_payload("resolve"));
    CHECK(raised.starts_with("Date: Sat, 21 Nov 2026 12:00:03 +0000\r\n"));
    CHECK(header(raised, "From") == "\"Sightline \\\"probe\\\"\" <sightline@example.com>");
    CHECK(header(raised, "To").starts_with("noc@example.com,\r\n =?UTF-8?B?"));
    CHECK(header(raised, "Subject") == "CRITICAL news: picture is black");
    CHECK(header(cleared, "Subject") == "RESOLVED news: picture is black");
    CHECK(header(raised, "References") == header(cleared, "References"));
    CHECK(header(raised, "Message-ID") != header(cleared, "Message-ID"));
    CHECK(header(raised, "Message-ID") == header(message_of(alarm_payload("create")), "Message-ID"));
    CHECK(header(raised, "Importance") == "high");
    CHECK(raised.find("multipart/alternative") != std::string::npos);
    CHECK(raised.find("image/jpeg") == std::string::npos);
    CHECK(message_of(alarm_payload("create"), "\xff\xd8jpeg").find("Content-ID: <still>") != std::string::npos);
}

namespace {

/// What the base64 of the part of this type says.
std::string decoded_part(const std::string& mail, const std::string& type) {
    const std::size_t at = mail.find("Content-Type: " + type);
    REQUIRE(at != std::string::npos);
    const std::size_t begin = mail.find("\r\n\r\n", at) + 4;
    std::string out;
    unsigned bits = 0, count = 0;
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (const char c : mail.substr(begin, mail.find("--=_", begin) - begin)) {
        const std::size_t digit = kDigits.find(c);
        if (digit == std::string_view::npos) continue;
        bits = bits << 6U | static_cast<unsigned>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xffU);
    }
    return out;
}

void check_hostile_mail(const std::string& mail) {
    const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
    CHECK(head.find("\r\nX-Injected") == std::string::npos);
    CHECK(header(mail, "Subject").starts_with("=?UTF-8?B?"));
    for (std::size_t at = 0; at < mail.size();) {
        const std::size_t end = mail.find("\r\n", at);
        REQUIRE(end != std::string::npos);
        const std::string line = mail.substr(at, end - at);
        CHECK(line.size() <= 998);
        CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < '\x7f'; }));
        at = end + 2;
    }
    for (const char* type : {"text/plain", "text/html"}) {
        std::string text = decoded_part(mail, type);
        CHECK(text.size() > 100);
        std::replace(text.begin(), text.end(), '\n', ' ');
        CHECK(harmless(text));
    }
    const std::string html = decoded_part(mail, "text/html");
    CHECK(html.starts_with("<!DOCTYPE html>\n<html>"));
    for (const char* tag : {"<b ", "<b>", "<!channel", "</script"}) CHECK(html.find(tag) == std::string::npos);
}

}  // namespace

TEST_CASE("Hostile text ends no header, opens no tag, and leaves a mail of ASCII lines") {
    check_hostile_mail(message_of(hostile_payload()));
    check_hostile_mail(message_of(hostile_incident_payload()));
    check_hostile_mail(message_of(hostile_incident_payload(NoticeReason::Resolved)));
}

TEST_CASE("Headers are encoded where they must be, in words of at most 75 characters") {
    CHECK(encoded_header("plain") == "plain");
    CHECK(encoded_header("=?UTF-8?B?YQ==?=") == "=?UTF-8?B?" + base64("=?UTF-8?B?YQ==?=") + "?=");
    CHECK(encoded_header("a\r\nBcc: x") == "a  Bcc: x");
    std::string text;
    for (int i = 0; i < 60; ++i) text += "ü";
    const std::string coded = encoded_header(text);
    for (std::size_t at = 0; at < coded.size();) {
        const std::size_t end = std::min(coded.find("\r\n ", at), coded.size());
        CHECK(end - at <= 75);
        at = end + 3;
    }
    CHECK(encoded_address("a@b") == "a@b");
    CHECK(encoded_address("<a@b>") == "a@b");
    CHECK(mail_date(core::UtcTime{0s}) == "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST_CASE("A mail server gets sender, recipients, log-in and the message") {
    MailBench bench;
    auto settings = settings_to(bench.server.port());
    settings.user = "sight";
    settings.password = "line";
    const Outcome outcome = bench.send(settings, alarm_payload("create"), "\xff\xd8jpeg");
    CHECK(outcome.kind == Kind::Delivered);
    CHECK(bench.asked.empty());
    CHECK(outcome.answer == "250 2.0.0 queued as 4711");
    REQUIRE(bench.server.mails.size() == 1);
    CHECK(bench.server.mails[0].find("Subject: CRITICAL news: picture is black\r\n") != std::string::npos);
    CHECK(bench.server.mails[0].find(base64("\xff\xd8jpeg")) != std::string::npos);
    const auto& said = bench.server.commands;
    const auto has = [&](const std::string& line) { return std::find(said.begin(), said.end(), line) != said.end(); };
    CHECK(has("RCPT TO:<noc@example.com>"));
    CHECK(has("RCPT TO:<j@example.com>"));
    CHECK(std::any_of(said.begin(), said.end(),
                      [](const std::string& line) { return line.starts_with("MAIL FROM:<sightline@example.com>"); }));
    CHECK(
        std::any_of(said.begin(), said.end(), [](const std::string& line) { return line.starts_with("AUTH PLAIN"); }));
}

TEST_CASE("What a mail server says decides what comes next") {
    struct Row {
        const char *command, *reply;
        Kind kind;
    };
    const Row rows[] = {{"RCPT", "550 no such user", Kind::Rejected},
                        {"RCPT", "450 greylisted, come back", Kind::Unreachable},
                        {".", "552 too big", Kind::Rejected},
                        {"AUTH", "535 who are you", Kind::Unreachable},
                        {"", "421 not now", Kind::Unreachable}};
    for (const Row& row : rows) {
        INFO(row.reply);
        MailBench bench;
        bench.server.replies[row.command] = row.reply;
        auto settings = settings_to(bench.server.port());
        settings.user = "sight";
        settings.password = "line";
        const Outcome outcome = bench.send(settings, alarm_payload("create"));
        CHECK(outcome.kind == row.kind);
        CHECK(outcome.reason == row.reply);
    }
}

TEST_CASE("Where STARTTLS is wanted and not offered, nothing is said that others should not hear") {
    MailBench bench;
    auto settings = settings_to(bench.server.port());
    settings.tls = config::EmailSettings::Tls::StartTls;
    settings.user = "sight";
    settings.password = "line";
    const Outcome outcome = bench.send(settings, alarm_payload("create"));
    CHECK(outcome.kind == Kind::Unreachable);
    CHECK(outcome.reason == "the server offers no STARTTLS");
    CHECK(bench.server.mails.empty());
    for (const std::string& line : bench.server.commands) CHECK_FALSE(line.starts_with("AUTH"));
}
