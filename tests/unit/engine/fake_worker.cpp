// SPDX-License-Identifier: Apache-2.0
// A worker that does what the ids of its streams say, for the test of the fleet.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/clock.hpp"
#include "engine/worker_main.hpp"
#include "link/channel.hpp"

namespace {

using namespace sightline;
constexpr int kChannel = engine::kWorkerChannelFd;

struct FakeWorker {
    void take(link::Message message) {
        if (auto* job = std::get_if<link::Job>(&message)) {
            (void)channel.send(link::Hello{job->version, "none"});
            for (std::uint32_t i = 0; i < job->streams.size(); ++i) begin(i, job->streams[i].id, job->seed);
        } else if (const auto* focus = std::get_if<link::Focus>(&message)) {
            (void)channel.send(link::Link{focus->stream, focus->wanted ? "focus" : "no focus", {}, {}});
        } else if (std::holds_alternative<link::Stop>(message) && !deaf) {
            std::exit(0);
        }
    }
    void begin(std::uint32_t index, const std::string& id, std::uint32_t seed) {
        if (id == "die" || (id == "die-first" && seed == 0)) std::abort();
        if (id == "exit-3") std::exit(3);
        if (id == "garbage") (void)::send(kChannel, "garbage", 7, MSG_NOSIGNAL);
        if (id == "empty") (void)::send(kChannel, "", 0, MSG_NOSIGNAL);
        if (id == "leave") ::shutdown(kChannel, SHUT_RDWR);
        if (id == "deaf") deaf = true;
        if (id == "nobody") (void)channel.send(link::Link{4'000, "connected", {}, {}});
        (void)channel.send(link::Link{index, "connected", id, {}});
    }
    core::SystemClock clock;
    net::EventLoop loop{clock};
    bool deaf = false;
    // A channel that was let go of ends nothing here: that is for the supervisor to notice.
    link::Channel channel{loop, kChannel, {[this](link::Message message) { take(std::move(message)); }, {}, {}}};
};

}  // namespace

int main() {
    ::alarm(120);  // whatever becomes of the test
    fcntl(kChannel, F_SETFL, fcntl(kChannel, F_GETFL) | O_NONBLOCK);
    FakeWorker().loop.run();
    return 1;
}
