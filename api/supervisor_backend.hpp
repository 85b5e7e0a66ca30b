// SPDX-License-Identifier: Apache-2.0
// The running probe as the API sees it: snapshots are read, changes go through its loop.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "api/backend.hpp"
#include "engine/supervisor.hpp"

namespace sightline::api {

/// Threading: any thread; close() before the loop stops running for good.
class SupervisorBackend final : public Backend {
public:
    explicit SupervisorBackend(engine::Supervisor& supervisor) : supervisor_(supervisor) {}
    std::shared_ptr<const engine::ProbeState> state() override { return supervisor_.state(); }
    engine::EventLog& events() override { return supervisor_.events(); }
    core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                               const std::string& actor) override;
    core::Result<void> focus(const std::string& stream, bool wanted) override;
    core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) override;
    /// Nobody waits any longer; later calls are refused.
    void close();

private:
    /// One call on its way through the loop.
    struct Gate {
        std::mutex mutex;  // guards closed
        std::condition_variable changed;
        bool closed = false;
    };
    template <class T>
    core::Result<T> ask(std::function<core::Result<T>()> call);

    engine::Supervisor& supervisor_;
    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

}  // namespace sightline::api
