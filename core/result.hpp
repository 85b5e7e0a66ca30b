// SPDX-License-Identifier: Apache-2.0
// Errors as values. Bad media is data, never an Error: it becomes a finding, and parsing goes on.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace sightline::core {

/// Codes separate what a caller *does* about an error, not where it came from.
enum class ErrorCode {
    TryAgain,       ///< nothing now, later perhaps
    EndOfStream,    ///< the input ended as it should
    Timeout,        ///< a deadline passed
    Cancelled,      ///< we were asked to stop
    Corrupt,        ///< the bytes break their format's rules
    Truncated,      ///< the bytes end too early
    Unsupported,    ///< legal, but not for us
    InvalidConfig,  ///< the user must change something; the text says what
    NotFound,       ///< no such file, stream, host
    Refused,        ///< somebody said no: permission, authentication, policy
    Io,             ///< the system or the network failed
};

/// Stable snake_case word for `code`, as in {"type":"error","code":…}.
[[nodiscard]] const char* name(ErrorCode code);

/// Why something could not be done: one line that names thing, value and limit. Never holds a secret.
struct Error {
    ErrorCode code = ErrorCode::Io;
    std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

/// What the last system call refused, in words: "/var/lib/x: No space left on device". Call it before errno changes.
[[nodiscard]] Error system_error(std::string_view what);

}  // namespace sightline::core
