// SPDX-License-Identifier: Apache-2.0
// How a stream is opened: the URL by its scheme, and the options that go with that scheme.
#include <fmt/format.h>

#include <array>
#include <span>

#include "config/stream_reader.hpp"
#include "config/values.hpp"
#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::config {
namespace {

constexpr std::string_view kUrlAllowed =
    "a URL of srt, rtmp, rtmps, http, https, udp, rtp or file, such as srt://10.0.0.5:9000, or the path of a file";

enum class Host { Needed, Optional };
enum class Port { Needed, Optional };
struct Scheme {
    std::string_view name;
    Host host;
    Port port;
};
constexpr std::array<Scheme, 8> kSchemes{{{"srt", Host::Optional, Port::Needed},
                                          {"rtmp", Host::Optional, Port::Optional},
                                          {"rtmps", Host::Needed, Port::Optional},
                                          {"http", Host::Needed, Port::Optional},
                                          {"https", Host::Needed, Port::Optional},
                                          {"udp", Host::Optional, Port::Needed},
                                          {"rtp", Host::Optional, Port::Needed},
                                          {"file", Host::Optional, Port::Optional}}};

/// A key that means nothing for other schemes, and would be silently without effect there.
struct Option {
    std::string_view key;
    std::span<const std::string_view> schemes;
};
constexpr std::array<std::string_view, 2> kDatagrams{"udp", "rtp"};
constexpr std::array<std::string_view, 3> kReceivers{"udp", "rtp", "srt"};
constexpr std::array<std::string_view, 2> kRtmp{"rtmp", "rtmps"};
constexpr std::array<std::string_view, 2> kHttp{"http", "https"};
constexpr std::array<Option, 6> kOptions{{{"interface", kDatagrams},
                                          {"source", kDatagrams},
                                          {"receive_buffer", kReceivers},
                                          {"rtmp", kRtmp},
                                          {"http", kHttp},
                                          {"allow_private", kHttp}}};

std::vector<std::string> scheme_names() {
    std::vector<std::string> names;
    names.reserve(kSchemes.size());
    for (const Scheme& scheme : kSchemes) names.emplace_back(scheme.name);
    return names;
}

/// In words what `text` lacks; empty where nothing. Never holds a part of it.
std::string url_fault(const std::string& text, std::string& scheme_name) {
    const std::size_t mark = text.find("://");
    if (mark == std::string::npos) {
        scheme_name = "file";
        return {};
    }
    const auto url = core::parse_url(text);
    if (!url) return "is not a URL";
    for (const Scheme& scheme : kSchemes) {
        if (scheme.name != url->scheme) continue;
        scheme_name = scheme.name;
        if (scheme.port == Port::Needed && url->port == 0) return "has no port";
        if (scheme.host == Host::Needed && url->host.empty()) return "has no host";
        if (scheme.name == "file" && url->path.empty()) return "has no path";
        return {};
    }
    return "has an unknown scheme" + did_you_mean(text.substr(0, mark), scheme_names());
}

/// @return the scheme, empty where the URL is wrong.
std::string read_url(MapReader& stream, std::string& out) {
    const YamlNode* node = stream.need("url", kUrlAllowed);
    if (node == nullptr) return {};
    Scope& scope = stream.scope();
    const auto text = read_text(scope, *node, stream.key("url"), kUrlAllowed, Encoding::Url);
    if (!text) return {};
    std::string scheme;
    const std::string fault = *text == "-" ? "is standard input, which only check reads" : url_fault(*text, scheme);
    if (!fault.empty()) {
        scope.problems.add(node->line, stream.key("url"),
                           fmt::format("got {}, which {}; allowed {}", shown(*node), fault, kUrlAllowed));
        return {};
    }
    out = text->find("://") == std::string::npos ? path_from(scope.folder, *text) : *text;
    if (out != *text && scope.written.count(*text) > 0) scope.written[out] = scope.written[*text];
    return scheme;
}

void read_http_headers(MapReader& http, core::InputSpec& out) {
    const YamlNode* node = http.take("headers");
    if (node == nullptr) return;
    MapReader headers(http.scope(), *node, http.key("headers"), "a map such as {Authorization: \"Bearer ${TOKEN}\"}");
    for (const Entry& entry : node->entries) {
        headers.text(entry.key, out.http_headers[entry.key], "a header's value", Encoding::Plain, Shown::Never);
        if (entry.key.find_first_of(" :\t") != std::string::npos || entry.key.empty() ||
            core::clean_utf8(entry.key) != entry.key) {
            http.scope().problems.add(entry.line, headers.key(entry.key.substr(0, 64)),
                                      "got a wrong header name, allowed are letters, digits and -");
        }
    }
}

void read_transport_options(MapReader& stream, core::InputSpec& out) {
    stream.text("interface", out.interface, "a network interface's name or address");
    stream.text("source", out.source, "the sender's address");
    if (const YamlNode* node = stream.take("receive_buffer")) {
        const auto bytes =
            read_value<std::int64_t>(stream.scope(), *node, stream.key("receive_buffer"),
                                     "a size from 64KiB to 1GiB, such as 8MiB", [](const std::string& text) {
                                         const auto size = parse_bytes(text);
                                         const bool fits = size && *size >= 64 << 10 && *size <= 1 << 30;
                                         return fits ? size : std::nullopt;
                                     });
        if (bytes) out.receive_buffer_bytes = static_cast<int>(*bytes);
    }
    if (const YamlNode* node = stream.take("rtmp")) {
        MapReader rtmp(stream.scope(), *node, stream.key("rtmp"), "a map such as {app: live, key: \"${KEY}\"}");
        rtmp.text("app", out.rtmp_app, "the application's name");
        rtmp.text("key", out.rtmp_key, "the stream key", Encoding::Plain, Shown::Never);
        rtmp.finish();
    }
    if (const YamlNode* node = stream.take("http")) {
        MapReader http(stream.scope(), *node, stream.key("http"), "a map such as {headers: {…}}");
        read_http_headers(http, out);
        http.finish();
    }
    stream.flag("allow_private", out.allow_private);
}

void check_options(MapReader& stream, const std::string& scheme) {
    for (const Option& option : kOptions) {
        const YamlNode* node = stream.take(option.key);
        bool fits = node == nullptr || scheme.empty();
        for (const std::string_view name : option.schemes) fits = fits || name == scheme;
        if (fits) continue;
        const std::vector<std::string> names(option.schemes.begin(), option.schemes.end());
        stream.scope().problems.add(node->line, stream.key(option.key),
                                    fmt::format("got it for {}, allowed for {}", scheme, join(names)));
    }
}

void read_services(MapReader& stream, core::InputSpec& out) {
    const YamlNode* node = stream.take("services");
    if (node == nullptr) return;
    for (const YamlNode* item :
         read_list(stream.scope(), *node, stream.key("services"), "a list of programme numbers")) {
        const auto number = read_whole(stream.scope(), *item, stream.key("services"), 1, 65'535);
        if (number) out.services.push_back(static_cast<int>(*number));
    }
}

/// What the source itself says, once all that it looks at has been read.
void check_input(MapReader& stream, const core::InputSpec& input) {
    Scope& scope = stream.scope();
    const YamlNode* node = stream.take("url");
    if (node == nullptr || input.url.empty() || !scope.around.check_input) return;
    const auto fine = scope.around.check_input(input);
    if (fine) return;
    scope.problems.add(node->line, stream.key("url"),
                       fmt::format("got {}: {}", shown(*node), struck(fine.error().message, scope.secrets)));
}

}  // namespace

void read_input(MapReader& stream, core::InputSpec& out) {
    const std::string scheme = read_url(stream, out.url);
    if (const YamlNode* node = stream.take("depth")) {
        static constexpr std::array<core::DepthMode, 3> kDepths{core::DepthMode::Full, core::DepthMode::Adaptive,
                                                                core::DepthMode::Transport};
        const auto index = read_word(stream.scope(), *node, stream.key("depth"), {"full", "adaptive", "transport"});
        if (index) out.depth = kDepths[*index];
    }
    read_services(stream, out);
    read_transport_options(stream, out);
    check_options(stream, scheme);
    stream.duration("connect_timeout", out.connect_timeout, std::chrono::seconds{1}, std::chrono::minutes{5});
    if (const YamlNode* node = stream.take("max_tracks")) {
        const auto value = read_whole(stream.scope(), *node, stream.key("max_tracks"), 1, 1024);
        if (value) out.max_tracks = static_cast<int>(*value);
    }
    if (const YamlNode* node = stream.take("max_pixels")) {
        const auto value = read_whole(stream.scope(), *node, stream.key("max_pixels"), 1, 1LL << 30);
        if (value) out.max_pixels = *value;
    }
    check_input(stream, out);
}

}  // namespace sightline::config
