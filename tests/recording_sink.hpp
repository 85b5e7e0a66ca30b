// SPDX-License-Identifier: Apache-2.0
// What a source said, kept for tests.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "probe/source.hpp"
#include "tests/run_until.hpp"

namespace sightline::tests {

class RecordingSink final : public probe::SourceSink {
public:
    void on_bytes(std::span<const std::byte> data, core::ArrivalTime arrival) override {
        bytes.insert(bytes.end(), data.begin(), data.end());
        arrivals.push_back(arrival);
        if (const auto call = std::exchange(on_first_bytes, nullptr)) call();
    }
    void on_boundary(const probe::Boundary& boundary) override { boundaries.emplace_back(bytes.size(), boundary); }
    void on_link(const probe::LinkStatus& status) override { links.push_back(status); }

    [[nodiscard]] std::vector<probe::LinkState> states() const {
        std::vector<probe::LinkState> result;
        for (const auto& link : links) result.push_back(link.state);
        return result;
    }
    [[nodiscard]] int sessions() const {
        int count = 0;
        for (const auto& [at, boundary] : boundaries) count += boundary.kind == probe::Boundary::Kind::Session ? 1 : 0;
        return count;
    }

    std::vector<std::byte> bytes;
    std::vector<core::ArrivalTime> arrivals;
    std::vector<std::pair<std::size_t, probe::Boundary>> boundaries;  ///< with the bytes that came before each
    std::vector<probe::LinkStatus> links;
    std::function<void()> on_first_bytes;
};

}  // namespace sightline::tests
