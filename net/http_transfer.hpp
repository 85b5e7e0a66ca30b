// SPDX-License-Identifier: Apache-2.0
// One hop of one request, as libcurl sees it. Part of HttpClient: only http_client.cpp includes this.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http_client.hpp"
#include "net/http_url.hpp"

namespace sightline::net {

struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

/// Threading: the loop's thread. libcurl's callbacks only store here what they get: nothing of ours runs inside it.
class HttpTransfer {
public:
    /// `request` outlives this. `note_activity` is called whenever something came.
    HttpTransfer(const HttpRequest& request, std::string url, HttpTarget target, bool keep_headers, bool from_public,
                 std::function<void()> note_activity);
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    /// Sets everything up; `addresses` are what libcurl may connect to.
    void prepare(const std::vector<Address>& addresses);
    [[nodiscard]] CURL* easy() const { return easy_.get(); }
    [[nodiscard]] const HttpTarget& target() const { return target_; }

    /// Fills in what is known once libcurl says that the transfer is over.
    void read_outcome();
    [[nodiscard]] core::Error error(CURLcode code) const;
    /// Where a 3xx answer points to; empty where it is none or points nowhere.
    [[nodiscard]] std::string redirect() const { return redirect_; }

    HttpResponse response;       ///< grows as the answer comes
    bool head_complete = false;  ///< of the final (not 1xx) answer
    bool connected = false;
    bool paused = false;  ///< the request's ready_for_data said no
    std::string pending;  ///< body bytes nobody has been given yet

private:
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int before_request(void* self, char* remote, char* local, int remote_port, int local_port);
    static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);

    [[nodiscard]] bool forbidden(const Address& address);
    void set_request();
    void set_limits();
    void set_addresses(const std::vector<Address>& addresses);
    void header_line(std::string_view line);

    const HttpRequest& request_;
    HttpTarget target_;
    bool keep_headers_;
    bool public_only_;
    std::function<void()> note_activity_;
    std::optional<core::Error> error_;  // ours, better than libcurl's
    std::size_t received_ = 0;
    std::string redirect_;
    std::array<char, CURL_ERROR_SIZE> details_{};
    HeaderList headers_, resolve_;
    EasyHandle easy_;  // destroyed first: it points to all above
};

}  // namespace sightline::net
