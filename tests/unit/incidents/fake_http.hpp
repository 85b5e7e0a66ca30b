// SPDX-License-Identifier: Apache-2.0
// An HTTP client that a test answers for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "incidents/http_send.hpp"

namespace sightline::incidents {

struct FakeHttp {
    struct Request {
        net::HttpRequest request;
        net::HttpClient::Done done;
        bool live = true;
    };
    std::deque<Request> requests;

    HttpSend send() {
        return [this](net::HttpRequest request, net::HttpClient::Done done) {
            requests.push_back({std::move(request), std::move(done), true});
            return net::EventLoop::Handle([&live = requests.back().live] { live = false; });
        };
    }
    /// Answers request number `index`, unless it was dropped.
    void answer(std::size_t index, const core::Result<net::HttpResponse>& response) {
        Request& request = requests.at(index);
        if (!std::exchange(request.live, false)) return;
        const auto done = std::move(request.done);
        done(response);
    }
    [[nodiscard]] std::size_t live() const {
        return static_cast<std::size_t>(
            std::count_if(requests.begin(), requests.end(), [](const Request& request) { return request.live; }));
    }
};

inline net::HttpResponse answer_of(int status, std::string body = {}) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

}  // namespace sightline::incidents
