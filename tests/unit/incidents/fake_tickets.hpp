// SPDX-License-Identifier: Apache-2.0
// A ticket book in memory.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "incidents/ticket_book.hpp"

namespace sightline::incidents {

struct FakeTickets final : TicketBook {
    std::map<std::pair<std::string, std::string>, Kept> rows;

    Kept kept(const std::string& notifier, const std::string& alarm) override {
        const auto found = rows.find({notifier, alarm});
        return found == rows.end() ? Kept{} : found->second;
    }
    void keep(const std::string& notifier, const std::string& alarm, const std::string& name,
              const std::string& value) override {
        rows[{notifier, alarm}][name] = value;
    }
    void forget(const std::string& notifier, const std::string& alarm) override { rows.erase({notifier, alarm}); }
};

}  // namespace sightline::incidents
