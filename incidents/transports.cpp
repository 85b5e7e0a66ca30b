// SPDX-License-Identifier: Apache-2.0
#include "incidents/transports.hpp"

#include <filesystem>

#include "config/vendor_template.hpp"
#include "incidents/datagram_notifiers.hpp"
#include "incidents/email_notifier.hpp"
#include "incidents/exec_hook.hpp"
#include "incidents/vendor_http.hpp"
#include "incidents/webhook.hpp"

namespace sightline::incidents {
namespace {

std::unique_ptr<Transport> make_exec(const TransportContext& context, const config::Notifier& notifier) {
    ExecHookSettings settings;
    settings.command = notifier.command;
    settings.timeout = notifier.timeout;
    std::error_code error;
    const auto folder = std::filesystem::absolute(context.config_file, error).parent_path();
    if (!context.config_file.empty() && !error) settings.directory = folder.string();
    return std::make_unique<ExecHook>(context.loop, std::move(settings));
}

std::unique_ptr<Transport> make_vendor(const TransportContext& context, const config::Notifier& notifier) {
    VendorHttpSettings settings;
    settings.notifier = notifier.name;
    settings.values = notifier.vendor.values;
    settings.secrets = notifier.vendor.secrets;
    settings.timeout = notifier.timeout;
    std::string_view text = notifier.vendor.template_text;
    for (const config::ShippedVendor& vendor : config::shipped_vendors()) {
        if (vendor.name == notifier.vendor.vendor) text = vendor.text;
    }
    // The loader has read it before; what it refused never comes here.
    config::Problems problems(notifier.vendor.template_file);
    if (auto parsed = config::parse_vendor_template(text, problems)) settings.vendor = std::move(*parsed);
    return std::make_unique<VendorHttp>(context.loop, context.http, context.book, std::move(settings));
}

}  // namespace

std::unique_ptr<Transport> make_transport(const TransportContext& context, const config::Notifier& notifier) {
    switch (notifier.type) {
        case config::NotifierType::Exec:
            return make_exec(context, notifier);
        case config::NotifierType::Vendor:
            return make_vendor(context, notifier);
        case config::NotifierType::Email:
            return std::make_unique<EmailNotifier>(context.loop, notifier.email, notifier.timeout, context.still);
        case config::NotifierType::Syslog:
            return std::make_unique<SyslogNotifier>(context.loop, notifier.syslog, notifier.timeout);
        case config::NotifierType::Snmp:
            return std::make_unique<SnmpNotifier>(context.loop, notifier.snmp, context.probe, notifier.timeout);
        case config::NotifierType::Webhook:
            break;
    }
    return std::make_unique<Webhook>(
        context.http, WebhookSettings{notifier.url, notifier.secret, notifier.headers, notifier.timeout});
}

}  // namespace sightline::incidents
