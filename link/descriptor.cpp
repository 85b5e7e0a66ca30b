// SPDX-License-Identifier: Apache-2.0
#include "link/descriptor.hpp"

#include <unistd.h>

namespace sightline::link {

struct Descriptor::Owner {
    explicit Owner(int taken) : fd(taken) {}
    ~Owner() { ::close(fd); }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    int fd;
};

Descriptor Descriptor::adopt(int fd) {
    Descriptor made;
    if (fd >= 0) made.owner_ = std::make_shared<const Owner>(fd);
    return made;
}

int Descriptor::get() const {
    return owner_ ? owner_->fd : -1;
}

}  // namespace sightline::link
