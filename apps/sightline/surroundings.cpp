// SPDX-License-Identifier: Apache-2.0
#include "config/surroundings.hpp"

#include "alarms/default_rules.hpp"
#include "apps/sightline/commands.hpp"
#include "engine/conditions.hpp"
#include "probe/rtmp_listen_source.hpp"
#include "probe/srt_settings.hpp"
#include "probe/udp_source.hpp"

namespace sightline::apps {
namespace {

template <class T>
core::Result<void> without_value(const core::Result<T>& result) {
    if (!result) return tl::unexpected(result.error());
    return {};
}

/// What the source would say when it is made, said while the file is read.
core::Result<void> check_input(const core::InputSpec& input) {
    if (input.url.starts_with("srt://")) return without_value(probe::parse_srt_settings(input));
    if (input.url.starts_with("udp://") || input.url.starts_with("rtp://")) {
        return without_value(probe::parse_udp_settings(input));
    }
    if (input.url.starts_with("rtmp") && probe::is_rtmp_listen(input))
        return without_value(probe::parse_rtmp_listen(input));
    return {};
}

}  // namespace

config::Surroundings surroundings() {
    config::Surroundings around = config::system_surroundings(engine::condition_catalogue(),
                                                              engine::measurement_catalogue(), alarms::default_rules());
    around.check_input = check_input;
    return around;
}

}  // namespace sightline::apps
