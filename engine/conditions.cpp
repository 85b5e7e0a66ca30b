// SPDX-License-Identifier: Apache-2.0
#include "engine/conditions.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "analyzers/registry.hpp"
#include "formats/ts/transport_conditions.hpp"

namespace sightline::engine {
namespace {

using core::ClockDomain;
using core::ConditionKind;
using core::ConditionSpec;

constexpr ConditionSpec link_state(std::string_view id, std::string_view help) {
    ConditionSpec spec;
    spec.id = id;
    spec.kind = ConditionKind::State;
    spec.clock = ClockDomain::Arrival;
    spec.help = help;
    return spec;
}

constexpr std::array kEngineConditions{
    link_state("signal.unreachable", "No connection can be made to the input, or nobody has called the listener."),
    link_state("signal.lost", "What was being received has stopped coming, or nothing has come at all."),
    link_state("signal.stalled", "Connected, but no new frames come."),
    link_state("probe.overload",
               "This probe cannot keep up and decodes less than it should; packets are still followed."),
    link_state("probe.quarantine", "The stream killed its worker again and again; it is left alone for a while."),
    link_state("probe.clock", "The host clock is not synchronised: civil times may be wrong."),
    link_state("probe.disk", "The store cannot be written: transitions are kept in memory and written later."),
    link_state("probe.lost", "The probe did not run for a while: what happened to its streams then is not known."),
    link_state("probe.outbox", "A receiver has not taken a notification for a long time."),
};

std::vector<ConditionSpec> join() {
    std::vector<ConditionSpec> all(kEngineConditions.begin(), kEngineConditions.end());
    for (const auto& part : {formats::ts::transport_conditions(), analyzers::content_conditions()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace

std::span<const ConditionSpec> engine_conditions() {
    return kEngineConditions;
}

std::span<const ConditionSpec> condition_catalogue() {
    static const std::vector<ConditionSpec> kCatalogue = join();
    return kCatalogue;
}

std::span<const core::MeasurementSpec> measurement_catalogue() {
    static const std::vector<core::MeasurementSpec> kCatalogue = [] {
        std::vector<core::MeasurementSpec> all;
        for (const auto& part : {formats::ts::transport_measurements(), analyzers::content_measurements()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return kCatalogue;
}

const ConditionSpec* find_condition(std::string_view id) {
    const auto all = condition_catalogue();
    const auto found = std::find_if(all.begin(), all.end(), [&](const ConditionSpec& spec) { return spec.id == id; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace sightline::engine
