// SPDX-License-Identifier: Apache-2.0
// A request to the API as bytes: for libFuzzer, and replayed by the unit tests.
#pragma once

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "api/router.hpp"
#include "core/clock.hpp"
#include "core/url.hpp"
#include "tests/unit/api/fake_backend.hpp"

namespace sightline::fuzz {

/// The input's first lines, up to an empty one: "METHOD path?query", then `Host`, `Origin`, `Authorization`,
/// `X-PagerDuty-Signature`, each a line; the rest is the body.
inline api::Request read_request(std::string_view bytes) {
    const auto line = [&bytes] {
        const std::size_t end = bytes.find('\n');
        const std::string_view text = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        return text;
    };
    api::Request request;
    const std::string_view first = line();
    const std::size_t space = first.find(' ');
    request.method = first.substr(0, space);
    const std::string_view target = space == std::string_view::npos ? std::string_view{} : first.substr(space + 1);
    request.path = core::percent_decode(target.substr(0, target.find('?')));
    for (std::size_t at = target.find('?'); at != std::string_view::npos;) {
        const std::size_t end = target.find('&', ++at);
        const std::string_view pair = target.substr(at, end == std::string_view::npos ? end : end - at);
        const std::size_t equals = pair.find('=');
        const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        request.query[core::percent_decode(pair.substr(0, equals))] = core::percent_decode(value);
        at = end;
    }
    const std::array<std::string*, 4> headers{&request.host, &request.origin, &request.authorization,
                                              &request.signature};
    for (std::string* header : headers) {
        const std::string_view text = line();
        if (text.empty()) break;
        *header = text;
    }
    request.body = bytes;
    request.peer = "127.0.0.1";
    return request;
}

/// Who has no token changes nothing, whatever the request says; who may do everything gets an answer in JSON to it.
inline void answer_request(std::string_view bytes) {
    static const std::set<std::string> kReading{"limits",   "history", "note",   "audit",    "show",
                                                "evidence", "file",    "report", "pagerduty"};
    const core::VirtualClock clock;
    for (const bool unix_socket : {false, true}) {
        api::FakeBackend backend;
        api::Router router(backend, {}, clock);
        api::Request request = read_request(bytes);
        request.unix_socket = unix_socket;
        const api::Answer answer = router.answer(request);
        if (answer.status < 200 || answer.status > 599) std::abort();
        const bool json = answer.content_type == "application/json" && !answer.event_stream && answer.file == nullptr;
        if (json && !nlohmann::json::accept(answer.body)) std::abort();
        for (const std::string& done : backend.done) {
            if (!unix_socket && !kReading.contains(done.substr(0, done.find(' ')))) std::abort();
        }
    }
}

}  // namespace sightline::fuzz
