// SPDX-License-Identifier: Apache-2.0
// How incidents/ posts: net's one HTTP client, or what a test puts in its place.
#pragma once

#include <functional>

#include "net/event_loop.hpp"
#include "net/http_client.hpp"

namespace sightline::incidents {

/// As net::HttpClient::send: answers from the loop, and not at all once the handle is dropped.
using HttpSend = std::function<net::EventLoop::Handle(net::HttpRequest request, net::HttpClient::Done done)>;

}  // namespace sightline::incidents
