// SPDX-License-Identifier: Apache-2.0
// Runs an inspector over bytes and keeps what it says.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "formats/ts/inspector.hpp"
#include "tests/ts_builder.hpp"

namespace sightline::formats::ts {

struct Inspected {
    std::vector<core::Observation> observations;
    TransportReport report;
    std::vector<Programme> programmes;

    template <class T>
    [[nodiscard]] std::vector<T> of() const {
        std::vector<T> found;
        for (const auto& observation : observations) {
            if (const T* item = std::get_if<T>(&observation)) found.push_back(*item);
        }
        return found;
    }
    [[nodiscard]] std::vector<core::StateEdge> edges(const std::string& condition = {}) const {
        auto all = of<core::StateEdge>();
        std::erase_if(all, [&](const auto& e) { return !condition.empty() && e.condition != condition; });
        return all;
    }
    [[nodiscard]] std::vector<core::Occurrence> occurrences(const std::string& condition = {}) const {
        auto all = of<core::Occurrence>();
        std::erase_if(all, [&](const auto& o) { return !condition.empty() && o.condition != condition; });
        return all;
    }
    [[nodiscard]] std::vector<core::LevelSample> levels(const std::string& measurement) const {
        auto all = of<core::LevelSample>();
        std::erase_if(all, [&](const auto& l) { return l.measurement != measurement; });
        return all;
    }
    [[nodiscard]] std::vector<core::Tick> ticks() const { return of<core::Tick>(); }

    /// Every field of every observation, one line each.
    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        const auto put_at = [&](const core::Instant& at) {
            out << " m" << (at.media ? at.media->count() : -1) << " a"
                << (at.arrival ? at.arrival->time_since_epoch().count() : -1);
        };
        const auto put_subject = [&](const core::Subject& s) {
            out << ' ' << s.service << '/' << s.rendition << '/' << s.leg << '/' << s.track;
        };
        for (const auto& observation : observations) {
            if (const auto* e = std::get_if<core::StateEdge>(&observation)) {
                out << "edge " << e->condition << ' ' << static_cast<int>(e->verdict) << ' ' << e->exact << ' '
                    << e->pid.value_or(-1) << ' ' << e->detail;
                put_subject(e->subject);
                put_at(e->at);
            } else if (const auto* o = std::get_if<core::Occurrence>(&observation)) {
                out << "event " << o->condition << ' ' << o->count << ' ' << o->pid.value_or(-1) << ' ' << o->detail;
                put_subject(o->subject);
                put_at(o->at);
            } else if (const auto* l = std::get_if<core::LevelSample>(&observation)) {
                out << "level " << l->measurement << ' ' << l->value << ' ' << l->window.count() << ' '
                    << l->pid.value_or(-1);
                put_subject(l->subject);
                put_at(l->at);
            } else if (const auto* t = std::get_if<core::Tick>(&observation)) {
                out << "tick " << static_cast<int>(t->domain);
                put_at(t->at);
            }
            out << '\n';
        }
        return out.str();
    }
};

/// A file: no arrival, everything on media time.
inline InspectorOptions file_options() {
    InspectorOptions options;
    options.arrival_known = false;
    return options;
}

inline Inspected inspect(std::span<const std::byte> bytes, InspectorOptions options = file_options(),
                         std::size_t block = 65'536) {
    core::FindingsList findings;
    TransportInspector inspector(std::move(options), findings);
    for (std::size_t at = 0; at < bytes.size(); at += block) {
        inspector.feed(bytes.subspan(at, std::min(block, bytes.size() - at)), core::ArrivalTime{});
    }
    inspector.finish();
    return {std::move(findings.items), inspector.report(), inspector.programmes()};
}

}  // namespace sightline::formats::ts
