// SPDX-License-Identifier: Apache-2.0
// A whole probe takes 5,000 alarms in 60 s of real time, one at a time, while a client asks its API for lists and
// single incidents and acknowledges some over HTTP: how long it waits for the answers, and what the probe needs for it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/flood_plan.hpp"
#include "tests/unit/api/running_probe.hpp"

namespace {

using namespace sightline;
using namespace sightline::bench;
using namespace std::chrono_literals;
using tests::RunningProbe;

double cpu_seconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Milliseconds that answers took, by kind of question.
struct Answers {
    std::map<std::string, std::vector<double>> took_ms;
    int refused = 0;
    double cpu_seconds = 0;  ///< the client's own
};

Answers ask_until(const RunningProbe& probe, const std::atomic<bool>& over) {
    Answers answers;
    std::mt19937 random(11);
    std::vector<std::string> ids;
    const auto ask = [&](const char* kind, const std::string& method, const std::string& target,
                         const std::string& body = {}) {
        const auto begin = probe.clock.now();
        auto reply = probe.ask(method, "/api/v1/incidents" + target, body,
                               method == "POST" ? "Content-Type: application/json\r\n" : "", method == "POST");
        answers.took_ms[kind].push_back(core::to_seconds(probe.clock.now() - begin) * 1e3);
        if (reply.status != 200) ++answers.refused;
        return reply.body;
    };
    for (int n = 0; !over; ++n) {
        std::this_thread::sleep_for(10ms);
        if (n % 4 == 0) {
            const auto list = nlohmann::json::parse(ask("list", "GET", "?limit=50"), nullptr, false);
            ids.clear();
            if (!list.is_object()) continue;
            for (const auto& one : list["incidents"]) ids.push_back(one["id"].get<std::string>());
        } else if (n % 4 == 1) {
            (void)ask("filter", "GET", "?state=open&severity=critical&limit=20");
        } else if (!ids.empty()) {
            const std::string& id = ids[random() % ids.size()];
            if (n % 40 == 2) {
                (void)ask("note", "POST", "/" + id + "/note", R"({"operator":"J. Moreau","note":"seen"})");
            } else {
                (void)ask("show", "GET", "/" + id);
            }
        }
    }
    answers.cpu_seconds = cpu_seconds(RUSAGE_THREAD);
    return answers;
}

template <class T>
T on_loop(RunningProbe& probe, std::function<T()> call) {
    std::promise<T> answer;
    probe.loop.post([&] { answer.set_value(call()); });
    return answer.get_future().get();
}

}  // namespace

int main() {
    RunningProbe probe;
    if (!probe.error.empty()) {
        fmt::print(stderr, "{}\n", probe.error);
        return 1;
    }
    const std::string store = probe.folder + "/s.db";
    on_loop<bool>(probe, [&] {  // a probe with these streams and no workers
        probe.supervisor->desk().configure(flood_fleet(store));
        return true;
    });
    std::atomic<bool> over = false;
    const double before = cpu_seconds(RUSAGE_SELF);
    auto client = std::async(std::launch::async, [&] { return ask_until(probe, over); });
    FloodStage stage;
    const auto plan = flood_faults();
    const auto begin = probe.clock.now();
    for (std::size_t n = 0; n < plan.size(); ++n) {
        const auto due = begin + 60s * static_cast<int>(n) / static_cast<int>(plan.size());
        if (const auto wait = due - probe.clock.now(); wait > 0s) std::this_thread::sleep_for(wait);
        probe.loop.post([&probe, &stage, fault = plan[n]] {
            incidents::Desk& desk = probe.supervisor->desk();
            for (auto& alarm : stage(fault, desk, probe.clock.utc())) desk.record(std::move(alarm));
        });
    }
    const auto metrics = on_loop<incidents::DeskMetrics>(probe, [&] {
        probe.supervisor->desk().flush();
        return probe.supervisor->desk().metrics();
    });
    const double took = core::to_seconds(probe.clock.now() - begin);
    over = true;
    Answers answers = client.get();
    const double cpu = cpu_seconds(RUSAGE_SELF) - before - answers.cpu_seconds;
    for (auto& [kind, times] : answers.took_ms) {
        std::sort(times.begin(), times.end());
        fmt::print("{:<7} {:>6} answers   {:>7.1f} ms median, {:.1f} ms 99 %, {:.1f} ms longest\n", kind, times.size(),
                   times[times.size() / 2], times[times.size() * 99 / 100], times.back());
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("refused              {:>8}\n", answers.refused);
    fmt::print("seconds of flood     {:>8.1f}\n", took);
    fmt::print("processor seconds    {:>8.2f}   (budget {:.0f}: one core; without the client)\n", cpu, took);
    fmt::print("notifications        {:>8}   (budget 20)\n", metrics.incident_notices);
    fmt::print("incidents, commits   {:>8}   {}, the longest {:.0f} ms\n", metrics.incidents, metrics.commits,
               core::to_seconds(metrics.longest_commit) * 1e3);
    fmt::print("peak memory          {:>8.0f} MB  (budget 300)\n", static_cast<double>(usage.ru_maxrss) / 1024);
    return 0;
}
