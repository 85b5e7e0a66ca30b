// SPDX-License-Identifier: Apache-2.0
#include "config/surroundings.hpp"

#include "alarms/default_rules.hpp"
#include "apps/sightline/commands.hpp"
#include "engine/conditions.hpp"

namespace sightline::apps {

config::Surroundings surroundings() {
    return config::system_surroundings(engine::condition_catalogue(), engine::measurement_catalogue(),
                                       alarms::default_rules());
}

}  // namespace sightline::apps
