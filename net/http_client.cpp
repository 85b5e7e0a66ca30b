// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "net/http_transfer.hpp"

namespace sightline::net {
namespace {

constexpr long kMostIdleConnections = 16;
constexpr core::Duration kLookAgain = std::chrono::milliseconds{5};  // whether a paused transfer may go on

struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

void start_libcurl() {
    static std::once_flag once;  // curl_global_init is not safe against itself
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// One request from send() to its Done, over all its redirects.
struct Exchange {
    HttpRequest request;
    HttpClient::Done done;
    int redirects_left = 0;
    bool keep_headers = true;
    bool from_public = false;
    core::ArrivalTime last_activity{};
    EventLoop::Handle begin, resolving, total, connecting, stalled, resume;
    bool added = false;  // the transfer is known to the multi handle
    bool head_told = false;
    std::unique_ptr<HttpTransfer> transfer;
};

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& h) { return h.first == name; });
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

struct HttpClient::Impl : std::enable_shared_from_this<HttpClient::Impl> {
    Impl(EventLoop& the_loop, Resolver::Lookup lookup) : loop(the_loop), resolver(the_loop, std::move(lookup)) {
        start_libcurl();
        multi.reset(curl_multi_init());
        if (!multi) throw std::bad_alloc();
        curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
        curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
        curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kMostIdleConnections);
    }
    ~Impl() {
        for (auto& [id, exchange] : exchanges) detach(exchange);
        exchanges.clear();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::uint64_t add(HttpRequest request, Done done);
    void drop(std::uint64_t id);
    void start_hop(std::uint64_t id, const std::string& url);
    void connect(std::uint64_t id, const Addresses& addresses);
    void finish(std::uint64_t id, core::Result<HttpResponse> result);
    void fail(std::uint64_t id, core::ErrorCode code, std::string message) {
        finish(id, core::fail(code, std::move(message)));
    }
    void detach(Exchange& exchange);

    void act(curl_socket_t socket, int what);
    void hand_over_all();
    void resume(std::uint64_t id);
    void hand_over(std::uint64_t id);
    void take_finished();
    void complete(std::uint64_t id, CURLcode code);
    bool follow(std::uint64_t id);
    void watch_stall(std::uint64_t id);
    Exchange* find(std::uint64_t id) {
        const auto found = exchanges.find(id);
        return closed || found == exchanges.end() ? nullptr : &found->second;
    }

    static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);

    EventLoop& loop;
    Resolver resolver;
    std::unordered_map<curl_socket_t, EventLoop::Handle> sockets;
    EventLoop::Handle timer;
    std::map<std::uint64_t, Exchange> exchanges;
    std::uint64_t last_id = 0;
    bool closed = false;
    std::unique_ptr<CURLM, MultiDeleter> multi;  // destroyed first: it calls back for its sockets
};

int HttpClient::Impl::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*socket_data*/) {
    auto& impl = *static_cast<Impl*>(self);
    if (what == CURL_POLL_REMOVE) {
        impl.sockets.erase(socket);
        return 0;
    }
    const bool read = (what & CURL_POLL_IN) != 0;
    const bool write = (what & CURL_POLL_OUT) != 0;
    impl.sockets[socket] = impl.loop.watch(socket, read, write, [&impl, socket](EventLoop::Ready ready) {
        impl.act(socket, (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0) |
                             (ready.failed ? CURL_CSELECT_ERR : 0));
    });
    return 0;
}

int HttpClient::Impl::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    impl.timer.reset();
    if (timeout_ms >= 0) {
        impl.timer =
            impl.loop.after(std::chrono::milliseconds{timeout_ms}, [&impl] { impl.act(CURL_SOCKET_TIMEOUT, 0); });
    }
    return 0;
}

/// Lets libcurl work, then calls whoever got something: never from within libcurl, so that they may do what they like.
void HttpClient::Impl::act(curl_socket_t socket, int what) {
    const auto keep = shared_from_this();
    int running = 0;
    curl_multi_socket_action(multi.get(), socket, what, &running);
    hand_over_all();
}

void HttpClient::Impl::hand_over_all() {
    std::vector<std::uint64_t> ready;
    for (auto& [id, exchange] : exchanges) {
        if (!exchange.transfer) continue;
        if (exchange.transfer->head_complete || !exchange.transfer->pending.empty()) ready.push_back(id);
        if (exchange.transfer->paused && !exchange.resume) {
            exchange.resume = loop.every(kLookAgain, [this, key = id] { resume(key); });
        }
    }
    for (const std::uint64_t id : ready) hand_over(id);
    take_finished();
}

void HttpClient::Impl::resume(std::uint64_t id) {
    Exchange& exchange = exchanges.at(id);
    exchange.last_activity = loop.clock().now();  // it is us who wait, not the server
    if (!exchange.request.ready_for_data()) return;
    const auto keep = shared_from_this();
    exchange.resume.reset();
    exchange.transfer->paused = false;
    curl_easy_pause(exchange.transfer->easy(), CURLPAUSE_CONT);  // may hand us bytes right here
    hand_over_all();
}

void HttpClient::Impl::hand_over(std::uint64_t id) {
    Exchange* exchange = find(id);
    if (exchange == nullptr || !exchange->transfer || !exchange->transfer->head_complete) return;
    HttpTransfer& transfer = *exchange->transfer;
    const int status = transfer.response.status;
    const bool redirect = status >= 300 && status < 400;
    if (!redirect && !std::exchange(exchange->head_told, true) && exchange->request.on_head) {
        const auto call = exchange->request.on_head;
        const HttpResponse head = transfer.response;
        call(head);
        exchange = find(id);
        if (exchange == nullptr) return;
    }
    if (exchange->transfer->pending.empty()) return;
    std::string data = std::exchange(exchange->transfer->pending, {});
    if (!exchange->transfer->response.ok() || !exchange->request.on_data) {
        exchange->transfer->response.body += data;
        return;
    }
    const auto call = exchange->request.on_data;
    call(std::as_bytes(std::span(data.data(), data.size())));
}

void HttpClient::Impl::take_finished() {
    if (closed) return;
    std::vector<std::pair<std::uint64_t, CURLcode>> finished;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        for (const auto& [id, exchange] : exchanges) {
            if (exchange.transfer && exchange.transfer->easy() == message->easy_handle) {
                finished.emplace_back(id, message->data.result);
            }
        }
    }
    for (const auto& [id, code] : finished) complete(id, code);
}

void HttpClient::Impl::complete(std::uint64_t id, CURLcode code) {
    Exchange* exchange = find(id);
    if (exchange == nullptr || !exchange->transfer) return;
    exchange->transfer->read_outcome();
    detach(*exchange);
    if (code != CURLE_OK) {
        finish(id, tl::unexpected(exchange->transfer->error(code)));
        return;
    }
    if (follow(id)) return;
    exchange->transfer->head_complete = true;
    hand_over(id);
    exchange = find(id);
    if (exchange != nullptr) finish(id, std::move(exchange->transfer->response));
}

/// @return whether the answer was a redirect that has been dealt with.
bool HttpClient::Impl::follow(std::uint64_t id) {
    Exchange& exchange = exchanges.at(id);
    const std::string url = exchange.transfer->redirect();
    const bool safe = exchange.request.method == "GET" || exchange.request.method == "HEAD";
    if (url.empty() || !safe || exchange.request.max_redirects == 0) return false;
    if (exchange.redirects_left-- == 0) {
        fail(id, core::ErrorCode::Refused, fmt::format("more than {} redirects", exchange.request.max_redirects));
        return true;
    }
    const HttpTarget from = exchange.transfer->target();
    const auto to = http_target(url);
    exchange.from_public = exchange.transfer->response.from_public;
    exchange.keep_headers = exchange.keep_headers && to && to->same_origin(from);
    exchange.transfer.reset();
    start_hop(id, url);
    return true;
}

std::uint64_t HttpClient::Impl::add(HttpRequest request, Done done) {
    const std::uint64_t id = ++last_id;
    Exchange& exchange = exchanges[id];
    exchange.request = std::move(request);
    exchange.done = std::move(done);
    exchange.redirects_left = exchange.request.max_redirects;
    exchange.from_public = exchange.request.from_public;
    exchange.begin =
        loop.at(loop.clock().now(), [this, id] { start_hop(id, std::string(exchanges.at(id).request.url)); });
    if (const core::Duration total = exchange.request.total_timeout; total > core::Duration::zero()) {
        exchange.total = loop.after(total, [this, id, total] {
            fail(id, core::ErrorCode::Timeout, fmt::format("not finished within {}", core::to_text(total)));
        });
    }
    return id;
}

void HttpClient::Impl::start_hop(std::uint64_t id, const std::string& url) {
    Exchange& exchange = exchanges.at(id);
    auto target = http_target(url);
    if (!target) {
        finish(id, tl::unexpected(target.error()));
        return;
    }
    const std::string host = target->host;
    const int port = target->port;
    exchange.transfer = std::make_unique<HttpTransfer>(
        exchange.request, url, std::move(*target), exchange.keep_headers, exchange.from_public,
        [this, &exchange] { exchange.last_activity = loop.clock().now(); });
    const core::Duration limit = exchange.request.connect_timeout;
    exchange.connecting = loop.after(limit, [this, id, limit] {
        fail(id, core::ErrorCode::Timeout, fmt::format("name servers do not answer within {}", core::to_text(limit)));
    });
    exchange.resolving =
        resolver.resolve(host, port, [this, id](const Addresses& addresses) { connect(id, addresses); });
}

void HttpClient::Impl::connect(std::uint64_t id, const Addresses& addresses) {
    Exchange* exchange = find(id);
    if (exchange == nullptr) return;
    exchange->connecting.reset();
    if (!addresses) {
        finish(id, tl::unexpected(addresses.error()));
        return;
    }
    exchange->transfer->prepare(*addresses);
    if (curl_multi_add_handle(multi.get(), exchange->transfer->easy()) != CURLM_OK) {
        fail(id, core::ErrorCode::Io, "the transfer cannot be started");
        return;
    }
    exchange->added = true;
    if (exchange->request.stall_timeout > core::Duration::zero()) watch_stall(id);
}

void HttpClient::Impl::watch_stall(std::uint64_t id) {
    Exchange* exchange = find(id);
    if (exchange == nullptr) return;
    const core::Duration limit = exchange->request.stall_timeout;
    const core::ArrivalTime now = loop.clock().now();
    const bool connected = exchange->transfer && exchange->transfer->connected;
    if (!connected) exchange->last_activity = now;  // connecting has a limit of its own
    const core::ArrivalTime due = exchange->last_activity + limit;
    if (connected && due <= now) {
        fail(id, core::ErrorCode::Timeout, fmt::format("nothing came for {}", core::to_text(limit)));
        return;
    }
    exchange->stalled = loop.at(connected ? due : now + std::min<core::Duration>(limit, std::chrono::milliseconds{200}),
                                [this, id] { watch_stall(id); });
}

void HttpClient::Impl::detach(Exchange& exchange) {
    if (std::exchange(exchange.added, false)) curl_multi_remove_handle(multi.get(), exchange.transfer->easy());
}

void HttpClient::Impl::drop(std::uint64_t id) {
    const auto found = exchanges.find(id);
    if (found == exchanges.end()) return;
    detach(found->second);
    const auto dropped = exchanges.extract(found);  // its callbacks die here, with the table in order
}

void HttpClient::Impl::finish(std::uint64_t id, core::Result<HttpResponse> result) {
    const auto found = exchanges.find(id);
    if (closed || found == exchanges.end()) return;
    const auto keep = shared_from_this();
    detach(found->second);
    const auto finished = exchanges.extract(found);
    if (finished.mapped().done) finished.mapped().done(std::move(result));
}

HttpClient::HttpClient(EventLoop& loop, Resolver::Lookup lookup)
    : impl_(std::make_shared<Impl>(loop, std::move(lookup))) {}

HttpClient::~HttpClient() {
    impl_->closed = true;  // a callback of ours may be running: impl_ then lives until it returns
    for (auto& [id, exchange] : impl_->exchanges) impl_->detach(exchange);
    const auto dropped = std::move(impl_->exchanges);
    impl_->exchanges.clear();
}

EventLoop::Handle HttpClient::send(HttpRequest request, Done done) {
    const std::uint64_t id = impl_->add(std::move(request), std::move(done));
    return EventLoop::Handle([weak = std::weak_ptr<Impl>(impl_), id] {
        if (const auto impl = weak.lock()) impl->drop(id);
    });
}

}  // namespace sightline::net
