// SPDX-License-Identifier: Apache-2.0
#include "api/supervisor_backend.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace sightline::api {
namespace {

constexpr std::chrono::seconds kPatience{2};

}  // namespace

template <class T>
core::Result<T> SupervisorBackend::ask(std::function<core::Result<T>()> call) {
    const auto answer = std::make_shared<std::optional<core::Result<T>>>();
    supervisor_.loop().post([gate = gate_, answer, call = std::move(call)] {
        {
            const std::lock_guard lock(gate->mutex);
            if (gate->closed) return;
        }
        auto result = call();
        {
            const std::lock_guard lock(gate->mutex);
            answer->emplace(std::move(result));
        }
        gate->changed.notify_all();
    });
    std::unique_lock lock(gate_->mutex);
    gate_->changed.wait_for(lock, kPatience, [&] { return gate_->closed || answer->has_value(); });
    if (answer->has_value()) return std::move(**answer);
    return core::fail(core::ErrorCode::Timeout,
                      gate_->closed ? "the probe is stopping" : "the probe is busy; it may still do what was asked");
}

core::Result<void> SupervisorBackend::set_air(const std::string& stream, std::optional<core::AirState> state,
                                              const std::string& actor) {
    return ask<void>([this, stream, state, actor] { return supervisor_.set_air(stream, state, actor); });
}

core::Result<void> SupervisorBackend::focus(const std::string& stream, bool wanted) {
    return ask<void>([this, stream, wanted] { return supervisor_.focus(stream, wanted); });
}

core::Result<std::vector<core::AlarmTransition>> SupervisorBackend::history(std::int64_t limit) {
    return ask<std::vector<core::AlarmTransition>>([this, limit] { return supervisor_.history(limit); });
}

void SupervisorBackend::close() {
    {
        const std::lock_guard lock(gate_->mutex);
        gate_->closed = true;
    }
    gate_->changed.notify_all();
}

}  // namespace sightline::api
