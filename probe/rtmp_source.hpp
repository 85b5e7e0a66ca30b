// SPDX-License-Identifier: Apache-2.0
// RTMP as a source that we pull, through FFmpeg's rtmp protocol: the one thing that FFmpeg opens by itself.
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "net/event_loop.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// Pulls rtmp://host/app/key (rtmps:// with the certificate checked) as FLV; calls again with back-off for ever.
///
/// FFmpeg's protocol blocks, so each attempt has a thread of its own; what it reads comes to the sink from the event
/// loop. Nothing published within input.connect_timeout, or no byte for 15 s, ends an attempt.
/// Threading:  all callbacks come from the event loop's thread.
/// Cancel:     asks the thread to stop, which FFmpeg notices within 100 ms, and joins it. For rtmps:// FFmpeg looks the
///             name up itself (it sends no server name for a number), which nothing can interrupt: a thread still
///             there after 150 ms is left to end by itself. It owns all it touches and reaches neither loop nor sink.
/// @return InvalidConfig: no host, no app.
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_rtmp_source(const core::InputSpec& input,
                                                                     const SourceOptions& options,
                                                                     net::EventLoop& loop);

/// What RTMP calls tcUrl: scheme, host, port and app, without playpath, query and secrets. The app is the first segment
/// of the path, or the first two of three and more (as FFmpeg splits it).
[[nodiscard]] std::string rtmp_tc_url(const std::string& url);

}  // namespace sightline::probe
