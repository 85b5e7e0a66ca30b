// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/transport_conditions.hpp"

#include <array>

#include "formats/ts/condition_table.hpp"

namespace sightline::formats::ts {
namespace {

using core::MeasurementSpec;

constexpr std::array kMeasurements{
    MeasurementSpec{"bitrate.mux", "bit/s", 0, 1e10,
                    "All packets of the multiplex, null packets included, per second."},
    MeasurementSpec{"bitrate.payload", "bit/s", 0, 1e10, "All packets but null packets, per second."},
    MeasurementSpec{"bitrate.pid", "bit/s", 0, 1e10, "All packets of one PID, per second."},
};

}  // namespace

std::span<const core::ConditionSpec> transport_conditions() {
    return kConditions;
}

std::span<const core::MeasurementSpec> transport_measurements() {
    return kMeasurements;
}

}  // namespace sightline::formats::ts
