// SPDX-License-Identifier: Apache-2.0
// Another process, for tests of the wall's link. `writer`: hands over a tile segment on descriptor 3 and writes
// pictures until it is killed. `nobody PATH`: connects as user 65534 and passes on, on descriptor 3, what the probe
// says.
#include <grp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "link/tile_frames.hpp"
#include "link/wall_socket.hpp"

namespace {

using namespace sightline;
constexpr int kParent = 3;

int write_for_ever() {
    auto writer = link::TileWriter::create(480, 270, 1);
    if (!writer || link::send_frame(kParent, "tiles", writer->descriptor()) != link::Sent::Yes) return 2;
    // All samples of a picture have one value, its number modulo 251; media time is the number.
    for (std::uint64_t number = 1;; ++number) {
        const auto pixels = writer->begin(480, 270);
        const auto value = static_cast<int>(number % 251);
        for (std::size_t at = 0; at < pixels.size(); at += 4'096)
            std::memset(pixels.data() + at, value, std::min<std::size_t>(4'096, pixels.size() - at));
        link::TileInfo info;
        info.at = core::MediaTime{static_cast<std::int64_t>(number)};
        writer->commit(info);
    }
}

int ask_as_nobody(const std::string& path) {
    constexpr uid_t kNobody = 65'534;
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) return 2;
    const auto socket = link::connect_to(path);
    if (!socket) {
        (void)link::send_frame(kParent, "cannot connect: " + socket.error().message, {});
        return 1;
    }
    while (true) {
        pollfd ready{*socket, POLLIN, 0};
        if (poll(&ready, 1, 30'000) <= 0) return 2;
        const auto frame = link::receive_frame(*socket, 4'096);
        const bool over = !frame && frame.error().code != core::ErrorCode::TryAgain;
        if (frame || over) (void)link::send_frame(kParent, frame ? frame->bytes : "closed", {});
        if (over) return 0;
    }
}

}  // namespace

int main(int argc, char** argv) {
    ::alarm(120);  // whatever becomes of the test
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "writer") return write_for_ever();
    if (what == "nobody" && argc > 2) return ask_as_nobody(argv[2]);
    return 3;
}
