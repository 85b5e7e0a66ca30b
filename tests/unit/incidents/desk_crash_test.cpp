// SPDX-License-Identifier: Apache-2.0
// A supervisor that is killed -9 again and again: what was ever shown is delivered, in order per alarm.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "incidents/desk.hpp"
#include "incidents/payload.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/fake_receiver.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AlarmState;

namespace {

void say(int fd, const std::string& word, const std::string& event) {
    const std::string line = word + ' ' + event + '\n';  // far below PIPE_BUF: whole or not at all
    if (::write(fd, line.data(), line.size()) < 0) ::_exit(3);
}

/// A receiver at the other end of a pipe that fails every third attempt.
class PipeTransport final : public Transport {
public:
    PipeTransport(net::EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override {
        const bool fails = ++attempts_ % 3 == 0;
        if (!fails) say(fd_, "got", delivery.event_id);
        timers_.push_back(loop_.after(20ms, [fails, done] {
            done({fails ? Outcome::Kind::Failed : Outcome::Kind::Delivered, "no", std::nullopt});
        }));
    }

private:
    net::EventLoop& loop_;
    int fd_;
    int attempts_ = 0;
    std::vector<net::EventLoop::Handle> timers_;
};

std::unique_ptr<Desk> open_desk(VirtualLoop& time, const std::string& file, int fd) {
    config::Config config;
    config.probe = "probe-a";
    config.store_sqlite = file;
    config.notify.resize(1);
    config.notify[0].name = "noc";
    DeskOptions options;
    options.make_transport = [&time, fd](const config::Notifier&) {
        return std::make_unique<PipeTransport>(time.loop, fd);
    };
    auto desk = Desk::open(time.loop, config, options);
    if (!desk) ::_exit(1);
    (*desk)->on_shown([fd](const core::AlarmTransition& alarm) { say(fd, "shown", event_id(alarm)); });
    return std::move(*desk);
}

/// A supervisor that goes on with the alarms it finds, until it is killed.
[[noreturn]] void live_alarms(const std::string& file, int fd) {
    VirtualLoop time;
    const auto desk = open_desk(time, file, fd);
    for (std::size_t turn = 0;; ++turn) {
        auto open = desk->open_alarms();
        if (open.size() < 3) {
            desk->record(transition(desk->next_alarm_id(), 1, AlarmState::Raised));
        } else {
            auto& alarm = open[turn % open.size()];
            const auto state = alarm.sequence < 4 ? AlarmState::Changed : AlarmState::Cleared;
            desk->record(transition(alarm.id, alarm.sequence + 1, state));
        }
        time.run(50ms, 10ms);
    }
}

/// All that is said by `life` in a process of its own; killed after `lines` lines unless 0.
template <class Life>
std::string in_child(int lines, Life life) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        life(ends[1]);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    char buffer[48];
    bool killed = false;
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        said.append(buffer, static_cast<std::size_t>(got));
        if (lines == 0 || killed || std::count(said.begin(), said.end(), '\n') < lines) continue;
        killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE((lines == 0 ? WIFEXITED(status) && WEXITSTATUS(status) == 0 : WIFSIGNALED(status)));
    return said;
}

}  // namespace

TEST_CASE("Whatever was shown before a kill -9 is delivered after it, in order per alarm") {
    const test::TemporaryFolder folder;
    const std::string file = folder / "s.db";
    std::string said;
    constexpr int kKills = 20;
    for (int life = 0; life < kKills; ++life) {
        said += in_child(4 + life * 7 % 23, [&](int fd) { live_alarms(file, fd); });
    }
    // A last life without new alarms delivers what is owed and ends in order.
    said += in_child(0, [&](int fd) {
        VirtualLoop time;
        const auto desk = open_desk(time, file, fd);
        time.run(10min);
        if (desk->metrics().owed != 0) ::_exit(2);
    });

    std::set<std::string> shown, delivered;
    std::map<std::string, std::uint64_t> newest;  // alarm -> highest sequence delivered
    std::istringstream lines(said);
    for (std::string word, event; lines >> word >> event;) {
        if (word == "shown") shown.insert(event);
        if (word != "got" || !delivered.insert(event).second) continue;  // a repeat is allowed
        const auto dot = event.rfind('.');
        const std::uint64_t sequence = std::stoull(event.substr(dot + 1));
        INFO(event);
        CHECK(sequence == ++newest[event.substr(0, dot)]);  // none left out, none early
    }
    CHECK(shown.size() > kKills);
    for (const std::string& event : shown) {
        INFO(event);
        CHECK(delivered.count(event) == 1);
    }
}
