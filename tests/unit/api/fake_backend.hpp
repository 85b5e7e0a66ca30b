// SPDX-License-Identifier: Apache-2.0
// A probe that the tests write themselves, and that remembers what it was asked to do.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/backend.hpp"

namespace sightline::api {

class FakeBackend final : public Backend {
public:
    std::shared_ptr<const engine::ProbeState> state() override { return now; }
    engine::EventLog& events() override { return log; }
    core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                               const std::string& actor) override {
        done.push_back("air " + stream + " " + (state ? core::name(*state) : "calendar") + " by " + actor);
        if (error) return tl::unexpected(*error);
        return {};
    }
    core::Result<void> focus(const std::string& stream, bool wanted) override {
        done.push_back("focus " + stream + (wanted ? " yes" : " no"));
        if (error) return tl::unexpected(*error);
        return {};
    }
    core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) override {
        done.push_back("history " + std::to_string(limit));
        if (error) return tl::unexpected(*error);
        return past;
    }

    std::shared_ptr<engine::ProbeState> now = std::make_shared<engine::ProbeState>();
    engine::EventLog log;
    std::vector<core::AlarmTransition> past;
    std::vector<std::string> done;
    std::optional<core::Error> error;  ///< what everything that is asked fails with
};

}  // namespace sightline::api
