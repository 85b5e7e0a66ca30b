// SPDX-License-Identifier: Apache-2.0
// From options to bytes at the outputs: source, unit faults, multiplexer, packet faults, outputs.
#pragma once

#include <stop_token>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "testdata/signal_options.hpp"

namespace sightline::testdata {

/// Runs until the programme ends or `stop` is requested, then writes the truth.
///
/// Files are written as fast as the machine allows. If an output is live, everything is sent at the pace of `clock`,
/// and a thread encodes up to a second ahead.
[[nodiscard]] core::Result<void> transmit(const SignalOptions& options, const core::Clock& clock,
                                          const std::stop_token& stop);

}  // namespace sightline::testdata
