// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_source.hpp"

#include <utility>

namespace sightline::incidents {
using core::Result;

Result<void> choose_period(ReportInput& input, const ReportWish& wish) {
    if (!wish.zone.empty()) input.zone = wish.zone;
    const auto zone = core::load_time_zone(input.zone);
    if (!zone) return core::fail(core::ErrorCode::InvalidConfig, "zone: " + zone.error().message);
    if (!wish.shifts.empty()) {
        auto shifts = parse_shifts(wish.shifts);
        if (!shifts) return tl::unexpected<core::Error>(shifts.error());
        input.shifts = std::move(*shifts);
    }
    auto period = period_of(wish.kind, wish.date, input.now, *zone, input.shifts);
    if (!period) return tl::unexpected<core::Error>(period.error());
    input.kind = wish.kind;
    input.period = std::move(*period);
    return {};
}

Result<void> read_report_input(StoreReader& store, ReportInput& input) {
    // Members of paths are streams of the configuration; those that are gone from it are in no report.
    auto record = store.period(input.period.from, input.period.to, input.streams);
    if (!record) return tl::unexpected<core::Error>(record.error());
    static_cast<PeriodRecord&>(input) = std::move(*record);
    return {};
}

}  // namespace sightline::incidents
