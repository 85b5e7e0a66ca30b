// SPDX-License-Identifier: Apache-2.0
// Which source a URL means. A new kind of source is one line in the table below.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/text.hpp"
#include "core/url.hpp"
#include "probe/file_source.hpp"
#include "probe/http_source.hpp"
#include "probe/rtmp_listen_source.hpp"
#include "probe/rtmp_source.hpp"
#include "probe/source.hpp"
#include "probe/srt_source.hpp"
#include "probe/udp_source.hpp"

namespace sightline::probe {
namespace {

using Made = core::Result<std::unique_ptr<Source>>;

/// What a maker gets. `url` is `input.url`, parsed.
struct Order {
    const core::InputSpec& input;
    const core::Url& url;
    const SourceOptions& options;
    net::EventLoop& loop;
};

Made make_file_url(const Order& order) {
    if (!order.url.host.empty() && order.url.host != "localhost") {
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("file://{} names another machine; only file:///path is allowed", order.url.host));
    }
    return make_file_source(core::percent_decode(order.url.path), order.options, order.loop.clock());
}

Made make_srt(const Order& order) {
    return make_srt_source(order.input, order.options, order.loop);
}

Made make_udp(const Order& order) {
    return make_udp_source(order.input, order.options, order.loop);
}

Made make_rtmp(const Order& order) {
    if (is_rtmp_listen(order.input)) return make_rtmp_listen_source(order.input, order.options, order.loop);
    return make_rtmp_source(order.input, order.options, order.loop);
}

Made make_http(const Order& order) {
    return make_http_source(order.input, order.options, order.loop);
}

struct SchemeEntry {
    std::string_view scheme;
    Made (*make)(const Order&);
};

constexpr std::array kSchemes{
    SchemeEntry{"srt", make_srt},    SchemeEntry{"udp", make_udp},       SchemeEntry{"rtp", make_udp},
    SchemeEntry{"rtmp", make_rtmp},  SchemeEntry{"rtmps", make_rtmp},    SchemeEntry{"http", make_http},
    SchemeEntry{"https", make_http}, SchemeEntry{"file", make_file_url},
};

std::string allowed_schemes() {
    std::string list;
    for (const auto& entry : kSchemes) list += fmt::format("{}://, ", entry.scheme);
    return list + "a file's path, or - for standard input";
}

}  // namespace

Made make_source(const core::InputSpec& input, const SourceOptions& options, net::EventLoop& loop) {
    if (input.url.find("://") == std::string::npos) return make_file_source(input.url, options, loop.clock());
    const auto url = core::parse_url(input.url);
    if (!url) return tl::unexpected(url.error());
    const auto* const entry =
        std::find_if(kSchemes.begin(), kSchemes.end(), [&](const auto& e) { return e.scheme == url->scheme; });
    if (entry == kSchemes.end()) {
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("{}:// is not an input we know; allowed: {}", url->scheme, allowed_schemes()));
    }
    return entry->make(Order{input, *url, options, loop});
}

}  // namespace sightline::probe
