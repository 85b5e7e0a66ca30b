// SPDX-License-Identifier: Apache-2.0
// Makes the transport of a receiver by its type: the one table of them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "incidents/http_send.hpp"
#include "incidents/ticket_book.hpp"
#include "incidents/transport.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

/// What transports are made with. All outlive them.
struct TransportContext {
    net::EventLoop& loop;
    HttpSend http;
    TicketBook& book;
    std::string probe;
    std::string config_file;  ///< hooks start in its folder
    MailStill still;          ///< may be empty
};

[[nodiscard]] std::unique_ptr<Transport> make_transport(const TransportContext& context,
                                                        const config::Notifier& notifier);

}  // namespace sightline::incidents
