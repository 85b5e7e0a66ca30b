// SPDX-License-Identifier: Apache-2.0
// 5,000 alarms in 60 s of virtual time over 1,000 streams through the desk and its store, in a file in the folder given
// (default: the current one): processor time, memory, notifications, and whether each alarm is on record.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/flood_plan.hpp"
#include "core/clock.hpp"
#include "incidents/desk.hpp"

namespace {

using namespace sightline;
using namespace sightline::bench;
using namespace std::chrono_literals;

class Counting final : public incidents::Transport {
public:
    Counting(net::EventLoop& loop, std::map<std::string, int>& reasons) : loop_(loop), reasons_(reasons) {}
    void send(const incidents::Delivery& delivery, std::function<void(incidents::Outcome)> done) override {
        std::string what = incidents::name(delivery.notice.reason);
        if (delivery.notice.reason == incidents::NoticeReason::Opened)
            what += std::string(" ") + core::name(delivery.notice.incident->severity);
        if (delivery.notice.incident->severity == core::Severity::Critical)
            fmt::print("  critical, {}: {} ({})\n", what, delivery.notice.incident->title,
                       delivery.notice.incident->why);
        ++reasons_[what];
        waiting_.push_back(loop_.after(0ms, [done] { done({incidents::Outcome::Kind::Delivered, {}, {}, {}}); }));
    }

private:
    net::EventLoop& loop_;
    std::map<std::string, int>& reasons_;
    std::vector<net::EventLoop::Handle> waiting_;
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long peak_kilobytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string path = std::string(argc > 1 ? argv[1] : ".") + "/bench_desk.db";
    for (const char* suffix : {"", ".lock", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    core::VirtualClock clock{core::ArrivalTime{1h}, core::UtcTime{std::chrono::seconds{1'795'316'400}}};
    const core::SystemClock wall;
    net::EventLoop loop{clock};
    std::map<std::string, int> reasons;
    incidents::DeskOptions options;
    options.make_transport = [&](const config::Notifier&) { return std::make_unique<Counting>(loop, reasons); };
    auto desk = incidents::Desk::open(loop, flood_fleet(path), options);
    if (!desk) {
        fmt::print(stderr, "{}\n", desk.error().message);
        return 1;
    }
    const std::vector<Fault> plan = flood_faults();
    FloodStage stage;
    std::set<std::string> raised;
    const double before = cpu_seconds();
    std::vector<double> turns_ms;
    std::size_t next = 0;
    for (int tick = 0; tick < kTicks; ++tick) {
        const auto begin = wall.now();
        for (; next < plan.size() && plan[next].tick == tick; ++next) {
            const Fault& fault = plan[next];
            for (core::AlarmTransition& alarm : stage(fault, **desk, clock.utc())) {
                if (alarm.state == core::AlarmState::Raised) raised.insert(alarm.id);
                (*desk)->record(std::move(alarm));
            }
        }
        while (loop.poll() > 0) {
        }
        turns_ms.push_back(core::to_seconds(wall.now() - begin) * 1e3);
        clock.advance(100ms);
    }
    const double cpu = cpu_seconds() - before;
    const std::size_t live = (*desk)->current_incidents().size();
    std::set<std::string> on_record;
    std::size_t twice = 0;
    for (const auto& incident : (*desk)->current_incidents()) {
        for (const auto& alarm : incident->alarms) twice += on_record.insert(alarm.id).second ? 0 : 1;
    }
    std::sort(turns_ms.begin(), turns_ms.end());
    int notifications = 0;
    for (const auto& [reason, count] : reasons) {
        fmt::print("  {:<18} {}\n", reason, count);
        const auto known = incidents::notice_reason_from(reason.substr(0, reason.find(' ')));
        if (known && incidents::asks_attention(*known)) notifications += count;
    }
    fmt::print("alarms raised         {:>8}   on record in incidents {}, in two {}\n", raised.size(), on_record.size(),
               twice);
    fmt::print("incidents             {:>8}\n", live);
    fmt::print("notifications         {:>8}   (budget 20)\n", notifications);
    fmt::print("processor seconds     {:>8.2f}   of 60 (budget 60)\n", cpu);
    fmt::print("a turn of the loop    {:>8.2f} ms median, {:.2f} ms 99 %, {:.2f} ms longest\n",
               turns_ms[turns_ms.size() / 2], turns_ms[turns_ms.size() * 99 / 100], turns_ms.back());
    fmt::print("peak memory           {:>8.0f} MB  (budget 300)\n", static_cast<double>(peak_kilobytes()) / 1024);
    desk->reset();
    for (const char* suffix : {"", ".lock", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    return on_record.size() == raised.size() && twice == 0 ? 0 : 1;
}
