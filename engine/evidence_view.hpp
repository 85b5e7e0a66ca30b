// SPDX-License-Identifier: Apache-2.0
// What there is of an incident's evidence, for who shows it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "incidents/evidence_shelf.hpp"

namespace sightline::engine {

struct EvidenceView {
    enum class State : std::uint8_t { Kept, InTheMaking, None };
    State state = State::None;
    std::string why;  ///< of None, in words
    std::vector<incidents::EvidenceFile> files;
    std::string facts;  ///< evidence.json, where whoever shows it has read it from the shelf
};

}  // namespace sightline::engine
