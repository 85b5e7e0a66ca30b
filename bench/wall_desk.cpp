// SPDX-License-Identifier: Apache-2.0
// Refreshes a second of the wall's own views where much is wrong: 200 streams, each in alarm, all their incidents in
// the list, which scrolls; then 10,000 incidents; then the full view of a stream with 10,000 transitions in its
// history. Every refresh has a new snapshot to draw. Offscreen: the drawing is waited for.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>

#include "core/clock.hpp"
#include "ui/shell.hpp"
#include "ui/views.hpp"

using namespace sightline;
using namespace sightline::ui;

namespace {

constexpr const char* kTexts[] = {"Black + silence", "Freeze", "No signal", "Continuity errors", "Audio too low, left"};

core::Severity severity_of(int number) {
    return static_cast<core::Severity>(number % 5);
}

WallSnapshot wall_in_trouble(core::UtcTime utc, core::ArrivalTime now, int streams, int incidents) {
    WallSnapshot wall;
    ProbeState probe;
    probe.id = "hall";
    probe.address = "unix:/run/x.sock";
    probe.link = LinkState::Live;
    probe.last_answer = now;
    wall.probes = {probe};
    wall.zone = ui::ClockZone::utc();
    for (int n = 0; n < streams; ++n) {
        StreamState stream;
        stream.key = {"hall", fmt::format("s{}", n)};
        stream.name = fmt::format("CHANNEL {} contribution", n);
        stream.transport = "SRT";
        stream.format = "1080i50";
        stream.watch = n % 5 == 2 ? Watch::Lost : Watch::Watched;
        AlarmView alarm;
        alarm.id = fmt::format("a{}", n);
        alarm.stream = stream.key;
        alarm.severity = severity_of(n);
        alarm.text = kTexts[n % std::size(kTexts)];
        alarm.since = utc - std::chrono::seconds{n * 7};
        stream.alarms = {alarm};
        wall.streams.push_back(stream);
    }
    for (int n = 0; n < incidents; ++n) {
        IncidentView incident;
        incident.id = fmt::format("hall-i{}", n);
        incident.state = "open";
        incident.severity = severity_of(n);
        incident.title = fmt::format("{}: CHANNEL {}", kTexts[n % std::size(kTexts)], n);
        incident.why = "black on every point of the path behind the encoder, sound is still there";
        incident.since = utc - std::chrono::seconds{n * 7};
        incident.probe = "hall";
        incident.streams = {wall.streams[static_cast<std::size_t>(n % streams)].key};
        incident.alarms = {fmt::format("a{}", n % streams)};
        wall.incidents.push_back(std::move(incident));
    }
    return wall;
}

std::shared_ptr<const std::vector<core::AlarmTransition>> long_history(core::UtcTime utc) {
    auto history = std::make_shared<std::vector<core::AlarmTransition>>();
    for (int n = 0; n < 10'000; ++n) {
        core::AlarmTransition one;
        one.id = fmt::format("h{}", n);
        one.stream = fmt::format("s{}", n % 3);
        one.condition = "video.black";
        one.severity = severity_of(n);
        one.at.utc = one.since.utc = utc - std::chrono::seconds{n};
        history->push_back(one);
    }
    return history;
}

struct Stage {
    const core::Clock& clock;
    Shell& shell;
    core::Published<WallSnapshot>& snapshots;
    ViewState& state;
    CommandQueue& commands;
};

/// Draws `wall`, new each time, for `lasts`.
void measure(const Stage& stage, const char* what, const WallSnapshot& wall, core::Duration lasts) {
    const ShellInputs inputs{stage.snapshots, stage.state, stage.commands, views(), nullptr};
    const auto before = stage.shell.figures();
    const core::ArrivalTime start = stage.clock.now();
    while (stage.clock.now() - start < lasts) {
        auto next = std::make_shared<WallSnapshot>(wall);
        next->revision = stage.snapshots.get() ? stage.snapshots.get()->revision + 1 : 1;
        next->probes.front().last_answer = stage.clock.now();
        stage.snapshots.publish(std::move(next));
        stage.state.rail_offset += 25;
        stage.state.history_offset += 25;
        stage.shell.wake();
        if (!stage.shell.refresh(inputs)) return;
    }
    const double refreshes = static_cast<double>(stage.shell.figures().refreshes - before.refreshes);
    fmt::print("{}: {:.1f} refreshes/s, {:.1f} ms each to lay out and draw\n", what,
               refreshes / core::to_seconds(stage.clock.now() - start),
               core::to_seconds(stage.shell.figures().drawing - before.drawing) * 1e3 / refreshes);
}

void save(const Stage& stage, const std::string& name) {
    if (name.empty()) return;
    const ShellInputs inputs{stage.snapshots, stage.state, stage.commands, views(), nullptr};
    if (const auto picture = stage.shell.picture_of(inputs)) (void)write_png(*picture, name);
}

int failed(const core::Error& error) {
    fmt::print(stderr, "bench_wall_desk: {}\n", error.message);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::string lasts = "5s";
    std::string pictures;
    CLI::App app{"Refreshes a second of the wall's views with 200 alarms and 10,000 in the history."};
    app.add_option("--for", lasts, "each of the three");
    app.add_option("--screenshots", pictures, "folder for a PNG of each");
    CLI11_PARSE(app, argc, argv);
    const auto duration = core::parse_duration(lasts);
    if (!duration) return failed(duration.error());
    const core::SystemClock clock;
    ShellOptions options;
    options.windows = {WindowOptions{"bench", WindowMode::Offscreen, 0, 1920, 1080}};
    options.most_fps = 200;
    auto shell = Shell::create(options, clock);
    if (!shell) return failed(shell.error());
    fmt::print("{}\n", (*shell)->about());
    core::Published<WallSnapshot> snapshots;
    ViewState state;
    CommandQueue commands;
    const Stage stage{clock, **shell, snapshots, state, commands};
    const auto name = [&pictures](const char* file) { return pictures.empty() ? "" : pictures + "/" + file; };

    measure(stage, "200 alarms in the list", wall_in_trouble(clock.utc(), clock.now(), 200, 200), *duration);
    save(stage, name("alarms-200.png"));
    WallSnapshot many = wall_in_trouble(clock.utc(), clock.now(), 200, 10'000);
    measure(stage, "10,000 incidents in the list", many, *duration);
    save(stage, name("incidents-10000.png"));
    many.incidents.resize(200);
    many.history = long_history(clock.utc());
    many.focus = state.selected = many.streams.front().key;
    state.full_view = true;
    measure(stage, "full view, 10,000 in the history", many, *duration);
    save(stage, name("history-10000.png"));
    return 0;
}
