// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include "core/clock.hpp"
#include "incidents/ber.hpp"
#include "incidents/datagram_notifiers.hpp"
#include "incidents/owned_fd.hpp"
#include "incidents/snmp_trap.hpp"
#include "incidents/syslog_message.hpp"
#include "tests/unit/incidents/sending.hpp"
#include "tests/unit/incidents/vendor_cases.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using config::SnmpSettings;
using config::SyslogSettings;
using Kind = Outcome::Kind;

namespace {

TemplateView view_of(const std::string& payload) {
    auto view = TemplateView::from(payload);
    REQUIRE(view);
    return std::move(*view);
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
        out += "0123456789abcdef"[static_cast<unsigned char>(c) & 0xfU];
    }
    return out;
}

/// A bound socket on loopback with a port of its own.
struct Listener {
    OwnedFd fd;
    int port = 0;
    explicit Listener(int type) : fd(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const auto any = net::Address::parse("127.0.0.1", 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        REQUIRE(::bind(fd.get(), any->data(), any->size()) == 0);
        if (type == SOCK_STREAM) REQUIRE(::listen(fd.get(), 4) == 0);
        REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
        port = net::Address::from(reinterpret_cast<const sockaddr*>(&bound), size)->port();
    }
    std::string receive() const {
        std::string bytes(65'536, '\0');
        const ssize_t got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
};

}  // namespace

TEST_CASE("A syslog message is RFC 5424") {
    CHECK(syslog_message(view_of(alarm_payload("create")), {}) ==
          "<130>1 2026-11-21T12:00:20.000Z probe-a sightline - created [sightline@32473 id=\"probe-a-7\""
          " severity=\"critical\" state=\"raised\" source=\"news\" condition=\"video.black\" component=\"video:1\""
          " since_utc=\"2026-11-21T12:00:00.000Z\" path=\"news-hd\" dedup_key=\"news/video.black/video:1\"]"
          " \xEF\xBB\xBF"
          "CRITICAL news: picture is black");
    SyslogSettings settings;
    settings.facility = 3;
    settings.enterprise = "4711";
    const std::string resolved = syslog_message(view_of(alarm_payload("resolve")), settings);
    CHECK(resolved.starts_with("<29>1 2026-11-21T12:00:20.000Z probe-a sightline - resolved [sightline@4711 "));
}

TEST_CASE("Hostile text stays inside its syslog value, and a message keeps to its length") {
    CHECK(syslog_value("a\"b\\c]d\n", 255) == "a\\\"b\\\\c\\]d ");
    CHECK(syslog_value("ééé", 3) == "é");
    const std::string message = syslog_message(view_of(hostile_payload()), {});
    CHECK(message.size() <= kMostSyslogBytes);
    CHECK(harmless(message));
    const std::string incident = syslog_message(view_of(hostile_incident_payload()), {});
    INFO(incident);
    CHECK(harmless(incident));
    CHECK(incident.size() <= kMostSyslogBytes);
    // Its header keeps its seven fields, and no value ends the element before it does.
    CHECK(incident.find(" sightline - created [sightline@32473 id=\"probe-a-i9\"") != std::string::npos);
    const std::size_t data = incident.find("[sightline@"), text = incident.find("\xEF\xBB\xBF");
    CHECK(incident.find("\"],", data) > text);
    auto alarm = transition(std::string(4'000, 'i'), 1, core::AlarmState::Raised);
    alarm.stream = std::string(4'000, 's');
    alarm.message = std::string(4'000, ']');
    CHECK(syslog_message(view_of(payload(routed(alarm, {}).notice, kNoon)), {}).size() <= kMostSyslogBytes);
    CHECK(octet_counted("<1>1 x") == "6 <1>1 x");
}

TEST_CASE("Syslog goes out over UDP as it is, and over TCP with its length") {
    core::SystemClock clock;
    net::EventLoop loop(clock);
    SyslogSettings settings;
    settings.host = "127.0.0.1";
    {
        const Listener receiver(SOCK_DGRAM);
        settings.port = receiver.port;
        SyslogNotifier notifier(loop, settings, 20s);
        CHECK(send_and_wait(loop, notifier, alarm_payload("create")).kind == Kind::Delivered);
        CHECK(receiver.receive() == syslog_message(view_of(alarm_payload("create")), settings));
    }
    settings.protocol = SyslogSettings::Protocol::Tcp;
    const Listener receiver(SOCK_STREAM);
    settings.port = receiver.port;
    SyslogNotifier notifier(loop, settings, 20s);
    CHECK(send_and_wait(loop, notifier, alarm_payload("update")).kind == Kind::Delivered);
    const OwnedFd connection(::accept4(receiver.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(connection);
    std::string bytes(65'536, '\0');
    bytes.resize(
        static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(connection.get(), bytes.data(), bytes.size(), 0))));
    CHECK(bytes == octet_counted(syslog_message(view_of(alarm_payload("update")), settings)));
}

TEST_CASE("Nobody listening is told for UDP and TCP alike") {
    core::SystemClock clock;
    net::EventLoop loop(clock);
    SyslogSettings settings;
    settings.host = "127.0.0.1";
    settings.port = Listener(SOCK_DGRAM).port;
    SyslogNotifier udp(loop, settings, 20s);
    const Outcome dead = send_and_wait(loop, udp, alarm_payload("create"));
    CHECK(dead.kind == Kind::Unreachable);
    CHECK(dead.reason == "nobody listens there");
    settings.protocol = SyslogSettings::Protocol::Tcp;
    settings.port = Listener(SOCK_STREAM).port;
    SyslogNotifier tcp(loop, settings, 20s);
    CHECK(send_and_wait(loop, tcp, alarm_payload("create")).reason == "connection refused");
}

TEST_CASE("BER in its shortest forms") {
    CHECK(hex(ber::integer(0)) == "020100");
    CHECK(hex(ber::integer(127)) == "02017f");
    CHECK(hex(ber::integer(128)) == "02020080");
    CHECK(hex(ber::integer(-1)) == "0201ff");
    CHECK(hex(ber::integer(-129)) == "0202ff7f");
    CHECK(hex(ber::integer(2'147'483'647)) == "02047fffffff");
    CHECK(hex(ber::unsigned32(ber::kTimeTicks, 4'294'967'295U)) == "430500ffffffff");
    const std::uint32_t arcs[] = {1, 3, 6, 1, 4, 1, 8072, 4'294'967'295U};
    CHECK(hex(ber::oid(arcs)) == "060c2b06010401bf088fffffff7f");
    CHECK(hex(ber::octets(std::string(128, 'a'))).starts_with("04818061"));
    CHECK(hex(ber::octets(std::string(300, 'a'))).starts_with("0482012c61"));
}

TEST_CASE("Keys are made from passwords as RFC 3414, A.3.2, gives by example") {
    const std::string engine = from_hex("000000000000000000000002");
    CHECK(hex(localized_key(SnmpSettings::Auth::Sha1, "maplesyrup", engine)) ==
          "6695febc9288e36282235fc7151f128497b38f3f");
}

TEST_CASE("A v2c trap carries community, trap OID and our objects") {
    const std::string message = v2c_message("public", trap_pdu(view_of(alarm_payload("create")), 7, 1234));
    CHECK(hex(message).starts_with("3082"));
    CHECK(message.find("public") != std::string::npos);
    CHECK(message.find("CRITICAL news: picture is black") != std::string::npos);
    // snmpTrapOID.0 = our notification 1.
    CHECK(hex(message).find("060a2b060106030101040100060f2b06010401bf08ce0fce0fb93f0001") != std::string::npos);
    // Every text is cut, so that the whole stays one packet.
    auto alarm = transition(std::string(4'000, 'i'), 1, core::AlarmState::Raised);
    alarm.message = std::string(4'000, 'm');
    CHECK(trap_pdu(view_of(payload(routed(alarm, {}).notice, kNoon)), 1, 1).size() < 4'000);
}

TEST_CASE("Hostile text in a trap is clean text within its length") {
    const std::string pdu = trap_pdu(view_of(hostile_incident_payload()), 1, 1);
    CHECK(pdu.find("owned  [31mred") != std::string::npos);  // what is left of the escapes
    for (const char* raw : {"\x1b]0", "\x07\x1b", "\x1b[31m", "\xff\xc3"}) CHECK(pdu.find(raw) == std::string::npos);
    CHECK(pdu.find("\r\n") == std::string::npos);
    CHECK(pdu.find("\xE2\x80\xAE") == std::string::npos);
    CHECK(pdu.size() < 4'000);
}

TEST_CASE("A v3 message without secrets shows its parts, with privacy none of them; each is authenticated") {
    SnmpSettings settings;
    settings.version = SnmpSettings::Version::V3;
    settings.user = "watcher";
    settings.auth = SnmpSettings::Auth::Sha256;
    settings.auth_password = "authentic-words";
    const std::string engine = engine_id_of("probe-a");
    CHECK(hex(engine) == "80001f880470726f62652d61");
    const std::string pdu = trap_pdu(view_of(alarm_payload("create")), 1, 1);
    SnmpV3 signed_only(settings, engine);
    const auto open = signed_only.message(pdu, {engine, 3, 4}, 1);
    REQUIRE(open);
    CHECK(open->find("picture is black") != std::string::npos);
    CHECK(open->find(std::string(24, '\0')) == std::string::npos);  // the digest stands in its place
    const auto later = signed_only.message(pdu, {engine, 3, 5}, 1);
    CHECK(*later != *open);
    settings.privacy = SnmpSettings::Privacy::Aes128;
    settings.privacy_password = "private-words";
    SnmpV3 secret(settings, engine);
    const auto closed = secret.message(pdu, {engine, 3, 4}, 1);
    REQUIRE(closed);
    CHECK(closed->find("picture is black") == std::string::npos);
    CHECK(*secret.message(pdu, {engine, 3, 4}, 1) != *closed);  // another salt each time
}
