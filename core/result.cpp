// SPDX-License-Identifier: Apache-2.0
#include "core/result.hpp"

#include <cerrno>
#include <system_error>

namespace sightline::core {

Error system_error(std::string_view what) {
    const int why = errno;
    return {ErrorCode::Io, std::string(what) + ": " + std::generic_category().message(why)};
}

}  // namespace sightline::core
