// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <tuple>

#include "apps/sightline-wall/local_feeds.hpp"
#include "apps/sightline-wall/mosaic.hpp"
#include "apps/sightline-wall/options.hpp"
#include "apps/sightline-wall/wall_sound.hpp"
#include "core/clock.hpp"
#include "ui/actions.hpp"
#include "ui/layout.hpp"
#include "ui/probe_links.hpp"
#include "ui/shared_media.hpp"
#include "ui/shell.hpp"
#include "ui/views.hpp"

namespace sightline::wall {
namespace {

constexpr int kFailed = 1;

std::atomic<bool> stop_asked{false};

int failed(const core::Error& error) {
    fmt::print(stderr, "sightline-wall: {}\n", error.message);
    return kFailed;
}

/// One window a line of the layout, or one as the command line has it.
ui::ShellOptions shell_options(const Options& o, const ui::Layout& layout) {
    ui::ShellOptions options;
    options.most_fps = o.most_fps;
    options.await_drawing = o.figures;
    options.windows.clear();
    for (const ui::WindowSpec& spec : layout.windows)
        options.windows.push_back({"Sightline", spec.fullscreen ? ui::WindowMode::Fullscreen : ui::WindowMode::Windowed,
                                   spec.display, spec.width, spec.height});
    const bool memory = !o.screenshot.empty() || !o.mosaic.empty();
    if (options.windows.empty() || memory) options.windows.resize(1);
    ui::WindowOptions& first = options.windows.front();
    if (!o.mosaic.empty()) std::tie(first.width, first.height) = std::pair{1'280, 720};
    if (o.size) std::tie(first.width, first.height) = *o.size;
    if (o.display) first.display = *o.display;
    if (o.fullscreen) first.mode = ui::WindowMode::Fullscreen;
    for (ui::WindowOptions& window : options.windows) {
        if (o.windowed) window.mode = ui::WindowMode::Windowed;
        if (memory) window.mode = ui::WindowMode::Offscreen;
    }
    return options;
}

/// Layout and pages of the windows into `state`. InvalidConfig, Io, NotFound for a page that is not there.
core::Result<void> take_layout(const Options& o, ui::ViewState& state) {
    if (!o.layout.empty()) {
        auto layout = ui::read_layout(o.layout);
        if (!layout) return tl::unexpected(layout.error());
        state.layout = std::move(*layout);
        state.layout_file = o.layout;
    }
    const auto& pages = state.layout.pages;
    const auto page_at = [&pages](const std::string& name) {
        return std::find_if(pages.begin(), pages.end(), [&name](const ui::PageSpec& p) { return p.name == name; });
    };
    for (std::size_t i = 0; i < std::min(state.layout.windows.size(), ui::ViewState::kMostWindows); ++i) {
        const auto page = page_at(state.layout.windows[i].page);
        if (page != pages.end()) state.page[i] = static_cast<std::size_t>(page - pages.begin());
    }
    if (o.page.empty()) return {};
    const auto page = page_at(o.page);
    if (page == pages.end()) {
        std::string names;
        for (const ui::PageSpec& p : pages) names += (names.empty() ? "" : ", ") + p.name;
        return core::fail(core::ErrorCode::NotFound, fmt::format("--page {}: there are {}", o.page, names));
    }
    state.page[0] = static_cast<std::size_t>(page - pages.begin());
    return {};
}

/// The probes with their tokens: those given as URL take the one of --token-file.
core::Result<std::vector<link::ApiEndpoint>> endpoints(const Options& o) {
    std::string token;
    if (!o.token_file.empty()) {
        std::ifstream file(o.token_file);
        if (!std::getline(file, token) || token.empty())
            return core::fail(core::ErrorCode::NotFound, o.token_file + ": cannot be read, or its first line is empty");
    }
    std::vector<link::ApiEndpoint> all;
    for (const std::string& probe : o.probes) {
        const bool local = probe.rfind("unix:", 0) == 0;
        if (!local && probe.rfind("http://", 0) != 0 && probe.rfind("https://", 0) != 0)
            return core::fail(core::ErrorCode::InvalidConfig,
                              fmt::format("--probe {}: unix:PATH, http://HOST:PORT or https://HOST:PORT", probe));
        all.push_back({probe, local ? "" : token});
    }
    return all;
}

void print_figures(const ui::Shell& shell, const ui::SharedMedia& media, core::Duration ran) {
    const auto& s = shell.figures();
    const auto m = media.figures();
    const auto refreshes = static_cast<double>(std::max<std::uint64_t>(1, s.refreshes));
    fmt::print(
        stderr,
        "{}: {:.1f} refreshes/s, {:.1f} pictures/s, {:.2f} ms a refresh, of it {:.2f} ms upload; {} MB on the GPU\n",
        shell.about(), static_cast<double>(s.refreshes) / core::to_seconds(ran),
        static_cast<double>(m.pictures) / core::to_seconds(ran), core::to_seconds(s.drawing) * 1e3 / refreshes,
        core::to_seconds(m.uploading) * 1e3 / refreshes, m.gpu_bytes / 1'000'000);
    const auto whole_ms = [](core::Duration d) { return d / std::chrono::milliseconds{1}; };
    fmt::print(stderr,
               "on the glass after decoding: median {} ms, 99 % {} ms, longest {} ms, of {} pictures; {} left out\n",
               whole_ms(m.to_glass.below(0.5)), whole_ms(m.to_glass.below(0.99)), whole_ms(m.to_glass.longest()),
               m.to_glass.count(), m.left_out);
}

int save_screenshot(ui::Shell& shell, const ui::ShellInputs& inputs, const std::string& path) {
    const auto picture = shell.picture_of(inputs);
    if (!picture) return failed(picture.error());
    if (const auto written = ui::write_png(*picture, path); !written) return failed(written.error());
    return 0;
}

/// Pictures are taken while what flashes is lit (shell.cpp): the second's first half.
bool flash_is_lit(const core::Clock& clock) {
    return clock.utc().time_since_epoch() % std::chrono::seconds{1} < std::chrono::milliseconds{500};
}

/// --full: once, as soon as a probe has such a stream.
void open_wanted(std::string& wanted, const ui::WallSnapshot* snapshot, ui::ViewState& state,
                 ui::CommandQueue& commands) {
    if (wanted.empty() || snapshot == nullptr) return;
    for (const ui::StreamState& stream : snapshot->streams) {
        if (stream.key.stream != wanted) continue;
        state.selected = stream.key;
        ui::open_full_view(*snapshot, state, commands);
        wanted.clear();
        return;
    }
}

int run(const Options& options) {
    const core::SystemClock clock;
    core::Published<ui::WallSnapshot> snapshots;
    ui::CommandQueue commands;
    ui::ViewState state;
    if (const auto taken = take_layout(options, state); !taken) return failed(taken.error());
    auto probes = endpoints(options);
    if (!probes) return failed(probes.error());
    const ui::ShellOptions windows = shell_options(options, state.layout);
    auto shell = ui::Shell::create(windows, clock);
    if (!shell) return failed(shell.error());
    if (!(*shell)->font_note().empty()) fmt::print(stderr, "sightline-wall: {}\n", (*shell)->font_note());
    LocalFeeds feeds(clock, options.probes);
    const ui::ProbeLinks links(clock,
                               {*probes, state.layout.room, state.layout.zone, state.layout.tally, state.layout.latch},
                               snapshots, commands, [&shell] { (*shell)->wake(); });
    auto media = ui::SharedMedia::create(
        clock, [&](const auto& call) { feeds.visit(snapshots.get().get(), call); },
        options.vu ? ui::Ballistics::Vu : ui::Ballistics::PpmIIa);
    if (!media) return failed(media.error());
    auto mosaic = Mosaic::open(options, windows.windows.front(), (*shell)->most_fps(), clock);
    if (!mosaic) return failed(mosaic.error());
    WallSound sound(options, clock);
    const ui::ShellInputs inputs{snapshots, state, commands, ui::views(), media->get()};
    const core::ArrivalTime start = clock.now();
    int status = 0;
    std::string full = options.full;
    constexpr core::Duration kAnyPhase = std::chrono::seconds{3};
    while (!stop_asked) {
        feeds.poll();
        const auto snapshot = snapshots.get();
        open_wanted(full, snapshot.get(), state, commands);
        sound.before_refresh(snapshot.get(), state, feeds, **media);
        const bool lit = flash_is_lit(clock);
        const std::uint64_t drawn = (*shell)->figures().refreshes;
        if (!(*shell)->refresh(inputs)) break;
        const bool drawn_lit = lit && flash_is_lit(clock) && (*shell)->figures().refreshes > drawn;
        sound.after_refresh(state, **media, **shell);
        if (*mosaic) (*mosaic)->take(**shell, sound.desk());
        const auto box = (*media)->take_largest_box();
        feeds.want_box(box.width, box.height);
        const core::Duration ran = clock.now() - start;
        if (!options.screenshot.empty() && (ran >= options.after + kAnyPhase || (ran >= options.after && drawn_lit))) {
            status = save_screenshot(**shell, inputs, options.screenshot);
            break;
        }
        if (options.run_for && ran >= *options.run_for) break;
    }
    if (options.figures) print_figures(**shell, **media, clock.now() - start);
    return status;
}

}  // namespace
}  // namespace sightline::wall

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const auto ask_to_stop = [](int) { sightline::wall::stop_asked = true; };
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    const auto parsed = sightline::wall::parse_options(argc, argv);
    return parsed.options ? sightline::wall::run(*parsed.options) : parsed.status;
}
