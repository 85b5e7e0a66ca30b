// SPDX-License-Identifier: Apache-2.0
#include "probe/srt_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::probe {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::size_t kMinPassphrase = 10;  // libsrt, SRTO_PASSPHRASE
constexpr std::size_t kMaxPassphrase = 79;
constexpr std::size_t kMaxStreamId = 512;
constexpr int kMaxLatencyMs = 30'000;
constexpr int kMaxPayload = 1456;  // what fits an Ethernet frame

Result<int> read_number(std::string_view option, std::string_view value, int low, int high) {
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < low || number > high) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("srt {} = {} is outside [{}, {}]", option, core::clean_utf8(value), low, high));
    }
    return number;
}

Result<void> read_mode(std::string_view value, SrtSettings& settings) {
    if (value == "caller") {
        settings.mode = SrtMode::Caller;
    } else if (value == "listener") {
        settings.mode = SrtMode::Listener;
    } else if (value == "rendezvous") {
        settings.mode = SrtMode::Rendezvous;
    } else {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("srt mode = {} is not one of caller, listener, rendezvous", core::clean_utf8(value)));
    }
    return {};
}

Result<void> read_passphrase(std::string_view value, SrtSettings& settings) {
    if (value.size() < kMinPassphrase || value.size() > kMaxPassphrase) {
        return fail(ErrorCode::InvalidConfig, fmt::format("srt passphrase has {} characters; {} to {} are allowed",
                                                          value.size(), kMinPassphrase, kMaxPassphrase));
    }
    settings.passphrase = value;
    return {};
}

Result<void> read_key_bytes(std::string_view value, SrtSettings& settings) {
    if (value != "0" && value != "16" && value != "24" && value != "32") {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("srt pbkeylen = {} is not one of 0, 16, 24, 32", core::clean_utf8(value)));
    }
    settings.key_bytes = read_number("pbkeylen", value, 0, 32).value();
    return {};
}

Result<void> read_streamid(std::string_view value, SrtSettings& settings) {
    if (value.size() > kMaxStreamId) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("srt streamid has {} characters; up to {} are allowed", value.size(), kMaxStreamId));
    }
    settings.streamid = value;
    return {};
}

Result<void> read_latency(std::string_view value, SrtSettings& settings) {
    const auto number = read_number("latency", value, 0, kMaxLatencyMs);
    if (!number) {
        return fail(ErrorCode::InvalidConfig,
                    number.error().message + " (milliseconds; FFmpeg's srt:// counts microseconds)");
    }
    settings.latency = std::chrono::milliseconds{*number};
    return {};
}

Result<void> read_payload(std::string_view value, SrtSettings& settings) {
    const auto number = read_number("payload_size", value, 188, kMaxPayload);
    if (!number) return tl::unexpected(number.error());
    settings.payload_bytes = *number;
    return {};
}

Result<void> read_connect_timeout(std::string_view value, SrtSettings& settings) {
    const auto number = read_number("connect_timeout", value, 100, 60'000);
    if (!number) return tl::unexpected(number.error());
    settings.connect_timeout = std::chrono::milliseconds{*number};
    return {};
}

Result<void> read_transtype(std::string_view value, SrtSettings&) {
    if (value == "live") return {};
    return fail(ErrorCode::InvalidConfig,
                fmt::format("srt transtype = {} is not watched; only live is", core::clean_utf8(value)));
}

struct Option {
    std::string_view name;
    Result<void> (*read)(std::string_view value, SrtSettings& settings);
};

constexpr std::array kOptions{
    Option{"mode", read_mode},
    Option{"passphrase", read_passphrase},
    Option{"pbkeylen", read_key_bytes},
    Option{"streamid", read_streamid},
    Option{"latency", read_latency},
    Option{"rcvlatency", read_latency},
    Option{"payload_size", read_payload},
    Option{"connect_timeout", read_connect_timeout},
    Option{"transtype", read_transtype},
};

std::string option_names() {
    std::string list;
    for (const auto& option : kOptions) list += (list.empty() ? "" : ", ") + std::string(option.name);
    return list;
}

}  // namespace

Result<SrtSettings> parse_srt_settings(const core::InputSpec& input) {
    std::string text;
    for (const char c : input.url) text += c == '#' ? std::string("%23") : std::string(1, c);
    const auto url = core::parse_url(text);
    if (!url) return tl::unexpected(url.error());
    if (url->scheme != "srt") return fail(ErrorCode::InvalidConfig, url->scheme + ":// is not srt://");
    SrtSettings settings;
    settings.host = url->host;
    settings.port = url->port;
    if (url->host.empty()) settings.mode = SrtMode::Listener;
    if (input.connect_timeout != core::InputSpec{}.connect_timeout) settings.connect_timeout = input.connect_timeout;
    for (const auto& [name, value] : url->query) {
        const auto* const option =
            std::find_if(kOptions.begin(), kOptions.end(), [&key = name](const auto& o) { return o.name == key; });
        if (option == kOptions.end()) {
            return fail(ErrorCode::InvalidConfig,
                        fmt::format("srt has no option \"{}\"; allowed: {}", core::clean_utf8(name), option_names()));
        }
        if (value.empty()) return fail(ErrorCode::InvalidConfig, fmt::format("srt {} has no value", option->name));
        if (auto read = option->read(value, settings); !read) return tl::unexpected(read.error());
    }
    if (settings.port == 0) return fail(ErrorCode::InvalidConfig, "srt needs a port: srt://host:port");
    if (settings.host.empty() && settings.mode != SrtMode::Listener) {
        return fail(ErrorCode::InvalidConfig, "srt needs a host to call: srt://host:port");
    }
    return settings;
}

}  // namespace sightline::probe
