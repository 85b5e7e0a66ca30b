// SPDX-License-Identifier: Apache-2.0
// What every kind of Store and its StoreReader promise, as a suite that a new kind runs unchanged.
#pragma once

#include <memory>
#include <span>

#include "incidents/store.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::incidents {

/// An empty place of its own for one store, which outlives the stores opened at it: a folder, a database server's
/// schema.
class StorePlace {
public:
    virtual ~StorePlace() = default;
    StorePlace(const StorePlace&) = delete;
    StorePlace& operator=(const StorePlace&) = delete;
    /// Also in a process forked from the test's. Of its own kind's options the place knows; the suite sets the others.
    [[nodiscard]] virtual core::Result<std::unique_ptr<Store>> open(const StoreOptions& options) = 0;
    /// Beside whatever open() gave.
    [[nodiscard]] virtual core::Result<std::unique_ptr<StoreReader>> read() = 0;

protected:
    StorePlace() = default;
};

/// Of probe "probe-a"; the test fails where it cannot be opened.
[[nodiscard]] std::unique_ptr<Store> open_store(StorePlace& place, StoreOptions options = {});

/// One promise; `check` asserts it.
struct StorePromise {
    const char* name;
    void (*check)(StorePlace& place);
};
[[nodiscard]] std::span<const StorePromise> store_promises();

}  // namespace sightline::incidents
