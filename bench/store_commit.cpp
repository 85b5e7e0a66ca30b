// SPDX-License-Identifier: Apache-2.0
// How long the supervisor's loop stands still for one commit: transitions with an outbox row each, in a file in the
// folder given (default: the current one).
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "incidents/store.hpp"

namespace {

using namespace sightline;

incidents::RoutedNotice notice(const std::string& id) {
    incidents::RoutedNotice routed;
    core::AlarmTransition& alarm = routed.notice.alarm;
    alarm.id = id;
    alarm.stream = "news-enc";
    alarm.condition = alarm.rule = "video.black";
    alarm.message = "picture is black";
    routed.notice.facts.probe = "bench";
    routed.notifiers = {"noc"};
    return routed;
}

void measure(incidents::Store& store, const core::Clock& clock, int notices, bool durable) {
    constexpr int kRounds = 200;
    std::vector<double> times_ms;
    for (int round = 0; round < kRounds; ++round) {
        incidents::Batch batch;
        for (int n = 0; n < notices; ++n) batch.notices.push_back(notice(store.next_alarm_id()));
        if (!durable) {
            incidents::Batch finished;
            for (const auto& routed : batch.notices) {
                finished.finished.push_back({routed.notice.alarm.id + ".1", "noc", true, 1, {}});
            }
            if (!store.commit(batch, clock.utc())) std::abort();
            batch = finished;
        }
        const auto begin = clock.now();
        if (!store.commit(batch, clock.utc())) std::abort();
        times_ms.push_back(core::to_seconds(clock.now() - begin) * 1e3);
    }
    std::sort(times_ms.begin(), times_ms.end());
    fmt::print("{:<36} {:>4} rows  median {:7.3f} ms  99 % {:7.3f} ms\n",
               durable ? "transitions (fsync)" : "deliveries that ended (no fsync)", notices, times_ms[kRounds / 2],
               times_ms[kRounds * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string path = std::string(argc > 1 ? argv[1] : ".") + "/bench_store.db";
    const core::SystemClock clock;
    {
        incidents::StoreOptions options;
        options.probe = "bench";
        auto store = incidents::Store::open(path, options);
        if (!store) {
            fmt::print(stderr, "{}\n", store.error().message);
            return 1;
        }
        for (const int notices : {1, 10, 100}) measure(**store, clock, notices, true);
        for (const int notices : {1, 100}) measure(**store, clock, notices, false);
    }
    for (const char* suffix : {"", ".lock", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    return 0;
}
