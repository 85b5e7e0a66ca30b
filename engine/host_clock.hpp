// SPDX-License-Identifier: Apache-2.0
// Whether the host's civil clock can be believed.
#pragma once

namespace sightline::engine {

/// The kernel's word (adjtimex): synchronised to a time source. Where it cannot be asked, yes: an alarm that nobody can
/// end helps nobody.
[[nodiscard]] bool host_clock_synchronised();

}  // namespace sightline::engine
