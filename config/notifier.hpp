// SPDX-License-Identifier: Apache-2.0
// One receiver of alarms and incidents, as the configuration describes it; notifier_reader.hpp reads it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/rules.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::config {

enum class NotifierType { Webhook, Exec, Vendor, Email, Syslog, Snmp };

/// An HTTP system that a vendor template describes (config/vendor_template.hpp).
struct VendorSettings {
    std::string vendor;                         ///< a shipped one ("slack"); empty: `template_file`
    std::string template_file;                  ///< the user's own, as written
    std::string template_text;                  ///< its bytes, so that a reload sees that it changed
    std::map<std::string, std::string> values;  ///< of the template's settings, defaults filled in
    std::set<std::string> secrets;              ///< names of those that are secret
    friend bool operator==(const VendorSettings&, const VendorSettings&) = default;
};

struct EmailSettings {
    enum class Tls {
        None,      ///< for relays on this machine or a closed network
        StartTls,  ///< refused where the server does not offer it
        Tls,       ///< from the first byte
    };
    std::string host;
    int port = 0;  ///< 0: 25, 587, 465 by `tls`
    Tls tls = Tls::StartTls;
    std::string ca_file;         ///< trusted instead of the system's authorities; empty: those
    std::string user, password;  ///< empty: no log-in
    std::string from;            ///< "Name <a@b>" or "a@b"
    std::vector<std::string> to;
    friend bool operator==(const EmailSettings&, const EmailSettings&) = default;
};

struct SyslogSettings {
    enum class Protocol { Udp, Tcp, Tls };
    std::string host;
    int port = 0;  ///< 0: 514, 601, 6514 by `protocol`
    Protocol protocol = Protocol::Udp;
    std::string ca_file;               ///< as for e-mail
    int facility = 16;                 ///< local0
    std::string enterprise = "32473";  ///< number behind the @ of the structured data's name
    friend bool operator==(const SyslogSettings&, const SyslogSettings&) = default;
};

struct SnmpSettings {
    enum class Version { V2c, V3 };
    enum class Auth { None, Sha1, Sha256 };
    enum class Privacy { None, Aes128 };
    std::string host;
    int port = 162;
    Version version = Version::V2c;
    std::string community;  ///< v2c; secret
    std::string user;       ///< v3
    Auth auth = Auth::None;
    std::string auth_password;
    Privacy privacy = Privacy::None;
    std::string privacy_password;
    std::string engine_id;  ///< v3: hex of 5 to 32 bytes; empty: made from the probe's name
    friend bool operator==(const SnmpSettings&, const SnmpSettings&) = default;
};

/// What a receiver is told of: each transition of each alarm, or incidents.
enum class NotifyAbout { Alarms, Incidents };

/// One receiver of alarms or incidents.
struct Notifier {
    std::string name;
    NotifierType type = NotifierType::Webhook;
    NotifyAbout about = NotifyAbout::Alarms;
    std::string url;     ///< webhook
    std::string secret;  ///< webhook: HMAC key; empty: unsigned
    std::map<std::string, std::string> headers;
    std::vector<std::string> command;  ///< exec: program and arguments, never a shell
    VendorSettings vendor;
    EmailSettings email;
    SyslogSettings syslog;
    SnmpSettings snmp;
    core::Duration timeout = std::chrono::seconds{10};

    // Who is told of what: all that are given must hold.
    std::set<core::Severity> severities;                   ///< empty: all
    std::vector<std::string> streams;                      ///< ids; empty: all
    std::map<std::string, std::vector<std::string>> tags;  ///< tag -> values of which one must be; empty: all
    std::vector<std::string> paths;                        ///< ids; empty: all
    std::optional<core::AirCalendar> hours;                ///< local times; outside them nothing new is told
    core::Duration give_up =
        std::chrono::hours{24};  ///< after this long undelivered a transition is dropped, with an alarm
    friend bool operator==(const Notifier&, const Notifier&) = default;
};

}  // namespace sightline::config
