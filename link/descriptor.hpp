// SPDX-License-Identifier: Apache-2.0
// A file descriptor with shared ownership, so that messages which carry one stay values.
#pragma once

#include <memory>

namespace sightline::link {

/// Closed when the last copy goes. Empty: none.
class Descriptor {
public:
    Descriptor() = default;
    /// Takes over `fd`; a negative one gives an empty Descriptor.
    [[nodiscard]] static Descriptor adopt(int fd);

    /// Borrowed; -1 where empty.
    [[nodiscard]] int get() const;
    explicit operator bool() const { return owner_ != nullptr; }

private:
    struct Owner;
    std::shared_ptr<const Owner> owner_;
};

}  // namespace sightline::link
