// SPDX-License-Identifier: Apache-2.0
#include "apps/sightline-wall/local_feeds.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "link/wall_client.hpp"
#include "net/event_loop.hpp"

namespace sightline::wall {
namespace {

/// Tile boxes that are asked for, smallest first.
struct Step {
    int width, height;
};
constexpr std::array kSteps{Step{240, 135}, Step{320, 180}, Step{480, 270}, Step{640, 360}, Step{960, 540}};

constexpr std::string_view kUnix = "unix:";

/// The probe's name as the views know it.
std::string name_of(const std::string& address, const std::string& told, const ui::WallSnapshot* snapshot) {
    if (snapshot != nullptr)
        for (const ui::ProbeState& probe : snapshot->probes)
            if (probe.address == address) return probe.id;
    return told.empty() ? address : told;
}

}  // namespace

struct LocalFeeds::Parts {
    struct Attached {
        std::string address;
        std::unique_ptr<link::WallClient> client;
        std::string focused;
        int track = 1;
    };
    explicit Parts(const core::Clock& clock) : loop(clock) {}
    net::EventLoop loop;
    std::vector<Attached> probes;
    Step box{480, 270};
};

LocalFeeds::LocalFeeds(const core::Clock& clock, const std::vector<std::string>& addresses)
    : parts_(std::make_unique<Parts>(clock)) {
    for (const std::string& address : addresses) {
        if (address.rfind(kUnix, 0) != 0) continue;
        link::WallClient::Options options;
        options.path = address.substr(kUnix.size()) + ".wall";
        options.who = "sightline-wall";
        options.software = SIGHTLINE_VERSION;
        options.tiles = {"", parts_->box.width, parts_->box.height};
        parts_->probes.push_back(
            {address, std::make_unique<link::WallClient>(parts_->loop, std::move(options)), "", 1});
    }
}

LocalFeeds::~LocalFeeds() = default;

void LocalFeeds::poll() {
    parts_->loop.poll();
}

void LocalFeeds::visit(const ui::WallSnapshot* snapshot,
                       const std::function<void(const ui::StreamKey&, const ui::StreamSegments&)>& call) {
    for (auto& probe : parts_->probes) {
        const std::string name = name_of(probe.address, probe.client->probe(), snapshot);
        for (const auto& [stream, unused] : probe.client->feeds()) {
            link::WallFeed* feed = probe.client->feed(stream);
            if (feed == nullptr) continue;
            call({name, stream}, {feed->tiles ? &*feed->tiles : nullptr, feed->levels ? &*feed->levels : nullptr,
                                  feed->ended || !probe.client->answering(), nullptr});
        }
    }
    if (snapshot != nullptr) visit_stills(*snapshot, call);
}

void LocalFeeds::visit_stills(const ui::WallSnapshot& snapshot,
                              const std::function<void(const ui::StreamKey&, const ui::StreamSegments&)>& call) const {
    for (const ui::StreamState& stream : snapshot.streams) {
        if (stream.still == nullptr) continue;
        const bool here = std::any_of(parts_->probes.begin(), parts_->probes.end(), [&](const auto& probe) {
            return name_of(probe.address, probe.client->probe(), &snapshot) == stream.key.probe;
        });
        if (!here) call(stream.key, {nullptr, nullptr, false, stream.still});  // else it has live pictures
    }
}

void LocalFeeds::want_box(int width, int height) {
    if (width <= 0 || height <= 0) return;
    const auto* step = std::find_if(kSteps.begin(), kSteps.end(), [&](const Step& s) {
        return s.width * 9 >= width * 8 &&
               s.height * 9 >= height * 8;  // a little larger on the glass than made is well
    });
    const Step box = step != kSteps.end() ? *step : kSteps.back();
    if (box.width == parts_->box.width && box.height == parts_->box.height) return;
    parts_->box = box;
    for (auto& probe : parts_->probes) probe.client->want_tiles({"", box.width, box.height});
}

bool LocalFeeds::want_focus(const ui::StreamKey& stream, int track, const ui::WallSnapshot* snapshot) {
    bool local = false;
    for (auto& probe : parts_->probes) {
        const bool here = name_of(probe.address, probe.client->probe(), snapshot) == stream.probe;
        const std::string wanted = here ? stream.stream : "";
        local = local || here;
        if (wanted == probe.focused && (wanted.empty() || track == probe.track)) continue;
        if (!probe.focused.empty() && wanted != probe.focused) probe.client->focus({probe.focused, false, 1});
        if (!wanted.empty()) probe.client->focus({wanted, true, track});
        probe.focused = wanted;
        probe.track = track;
    }
    return local;
}

std::optional<link::PcmReader> LocalFeeds::take_ring() {
    for (auto& probe : parts_->probes) {
        link::WallFeed* feed = probe.focused.empty() ? nullptr : probe.client->feed(probe.focused);
        if (feed != nullptr && feed->pcm) return std::exchange(feed->pcm, std::nullopt);
    }
    return {};
}

}  // namespace sightline::wall
