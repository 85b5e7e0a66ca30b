// SPDX-License-Identifier: Apache-2.0
// What receivers called our alarms: ids of tickets, kept so that later transitions find them, after a restart too.
#pragma once

#include <map>
#include <string>

namespace sightline::incidents {

/// Names and values that one receiver's answers left for one alarm.
using Kept = std::map<std::string, std::string>;

/// Threading: the loop's thread.
class TicketBook {
public:
    virtual ~TicketBook() = default;
    /// Empty where nothing is kept.
    [[nodiscard]] virtual Kept kept(const std::string& notifier, const std::string& alarm) = 0;
    /// Durable before the delivery that brought it counts as delivered.
    virtual void keep(const std::string& notifier, const std::string& alarm, const std::string& name,
                      const std::string& value) = 0;
    virtual void forget(const std::string& notifier, const std::string& alarm) = 0;
};

}  // namespace sightline::incidents
