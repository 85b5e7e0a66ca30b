// SPDX-License-Identifier: Apache-2.0
#include "engine/wall_host.hpp"

#include <sys/resource.h>

#include <utility>

#include "link/shared_segment.hpp"

namespace sightline::engine {
namespace {

/// Every stream may have three segments, whose descriptors we keep: take what the system gives us.
void allow_many_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

core::Result<void> WallHost::listen(net::EventLoop& loop, link::WallServer::Options options) {
    allow_many_descriptors();
    auto server = link::WallServer::listen(loop, std::move(options), [this] { tell(); });
    if (!server) return tl::unexpected(server.error());
    server_ = std::move(*server);
    return {};
}

void WallHost::watch(const std::vector<core::StreamSpec>& streams) {
    std::set<std::string> now;
    for (const core::StreamSpec& spec : streams) now.insert(spec.id);
    for (const std::string& former : streams_) {
        if (now.contains(former)) continue;
        if (server_) server_->gone(former);
        focused_.erase(former);
        told_.erase(former);
        show_(former, {});
    }
    streams_ = std::move(now);
    tell();
}

void WallHost::focus(const std::string& stream, bool wanted) {
    if (wanted) {
        focused_.insert(stream);
    } else {
        focused_.erase(stream);
    }
    tell();
}

/// Tells workers what changed. Segments that nobody wants any more are let go of.
void WallHost::tell() {
    for (const std::string& stream : streams_) {
        Told now{server_ ? server_->wants(stream) : link::WallWants{}, focused_.contains(stream)};
        Told& told = told_[stream];
        if (told == now) continue;
        link::Focus wanted;
        wanted.wanted = now.wants.focus || now.focus;
        // Focus without a box still shows: the box is then the usual one.
        const bool boxless = now.wants.focus && now.wants.width == 0;
        wanted.tile_width = boxless ? link::kTileBoxWidth : now.wants.width;
        wanted.tile_height = boxless ? link::kTileBoxHeight : now.wants.height;
        wanted.audio = now.wants.audio;
        if (server_ && !now.wants.focus) server_->withdraw(stream, link::SegmentKind::Pcm);
        if (server_ && wanted.tile_width == 0) {
            server_->withdraw(stream, link::SegmentKind::Tiles);
            server_->withdraw(stream, link::SegmentKind::Levels);
        }
        told = now;
        show_(stream, wanted);
    }
}

core::Result<void> WallHost::take(const std::string& stream, const link::Segment& segment) {
    const auto told = told_.find(stream);
    const bool wanted =
        server_ && told != told_.end() &&
        (told->second.wants.focus || (told->second.wants.width > 0 && segment.kind != link::SegmentKind::Pcm));
    if (!wanted) return core::fail(core::ErrorCode::Cancelled, "no wall wants it");
    if (auto checked = link::check_segment(segment.descriptor.get()); !checked) return tl::unexpected(checked.error());
    server_->announce(stream, segment.kind, segment.descriptor);
    return {};
}

void WallHost::lost(const std::string& stream) {
    if (server_) server_->ended(stream);
}

}  // namespace sightline::engine
