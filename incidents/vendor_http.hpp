// SPDX-License-Identifier: Apache-2.0
// Delivers to an HTTP system as its template file says (docs/notifiers.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/vendor_template.hpp"
#include "incidents/http_send.hpp"
#include "incidents/sends_under_way.hpp"
#include "incidents/template_view.hpp"
#include "incidents/ticket_book.hpp"
#include "incidents/transport.hpp"
#include "net/event_loop.hpp"

namespace sightline::incidents {

struct VendorHttpSettings {
    std::string notifier;
    config::VendorTemplate vendor;
    std::map<std::string, std::string> values;          ///< of the template's settings
    std::set<std::string> secrets;                      ///< names of those that no message may show
    core::Duration timeout = std::chrono::seconds{10};  ///< of each request
};

/// One delivery is the template's requests for its kind (create, update, resolve, merge), one after the other; those
/// whose condition does not hold are left out. An attempt that failed half-way is begun anew: what was kept by then
/// stays kept. Of statuses that the template does not name, outcome_of() tells what they mean.
///
/// A template that repeats: what was delivered and stands is told again, all in as few requests as it takes, best
/// effort, until it is resolved, and then as long as the template says. After a restart, resume() brings back what
/// stands; what was resolved in the last minutes is not told again then.
///
/// Threading: the loop's thread.
class VendorHttp final : public Transport {
public:
    /// Alarms in one request of a round.
    static constexpr std::size_t kMostInOneRequest = 100;
    /// Longest id that is kept of an answer.
    static constexpr std::size_t kMostKeptBytes = 256;

    VendorHttp(net::EventLoop& loop, HttpSend http, TicketBook& book, VendorHttpSettings settings);
    ~VendorHttp() override;
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override;
    void resume(const std::vector<std::string>& payloads) override;

private:
    struct Job;
    struct Standing {
        std::string payload;
        core::ArrivalTime until;  ///< told again up to then; max: as long as it stands
        config::VendorTemplate::When when;
    };

    void next(std::uint64_t number);
    void issue(std::uint64_t number);
    void answered(std::uint64_t number, const core::Result<net::HttpResponse>& response);
    [[nodiscard]] Outcome judge(const Job& job, const config::VendorRequest& request,
                                const net::HttpResponse& response);
    void finish(std::uint64_t number, Outcome outcome);
    [[nodiscard]] net::HttpRequest build(const config::VendorRequest& request, const TemplateView& view) const;
    [[nodiscard]] core::Duration wait_for_slot();
    [[nodiscard]] std::string struck(std::string text) const;

    void remember(const std::string& alarm, const std::string& payload, config::VendorTemplate::When when);
    void repeat();
    void repeat(config::VendorTemplate::When when);

    net::EventLoop& loop_;
    HttpSend http_;
    TicketBook& book_;
    VendorHttpSettings settings_;
    core::ArrivalTime next_slot_{};
    std::uint64_t next_number_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Job>> jobs_;
    SendsUnderWay unreadable_;
    std::map<std::string, Standing> standing_;  // by alarm
    std::vector<net::EventLoop::Handle> repeats_;
    net::EventLoop::Handle repeat_timer_;
};

}  // namespace sightline::incidents
