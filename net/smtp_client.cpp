// SPDX-License-Identifier: Apache-2.0
#include "net/smtp_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "core/text.hpp"

namespace sightline::net {
namespace {

constexpr std::size_t kMostReplyLine = 512;  // RFC 5321, 4.5.3.1.5

struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One mail on its way.
struct Transfer {
    SmtpMail mail;
    SmtpClient::Done done;
    std::size_t sent = 0;
    std::string last_line;
    std::unique_ptr<curl_slist, ListDeleter> recipients;
    std::unique_ptr<CURL, EasyDeleter> easy;
    EventLoop::Handle begin;
    bool added = false;
};

std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t bytes = std::min(size * count, transfer.mail.data.size() - transfer.sent);
    std::memcpy(into, transfer.mail.data.data() + transfer.sent, bytes);
    transfer.sent += bytes;
    return bytes;
}

/// libcurl gives the server's replies here, line by line.
std::size_t on_reply(const char* line, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    std::string_view text(line, std::min(size * count, kMostReplyLine));
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
    transfer.last_line = core::clean_utf8(text);
    return size * count;
}

core::Error error_of(CURLcode code) {
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {core::ErrorCode::Timeout, "not finished in time"};
        case CURLE_COULDNT_RESOLVE_HOST:
            return {core::ErrorCode::NotFound, "no such host"};
        case CURLE_COULDNT_CONNECT:
            return {core::ErrorCode::Io, "connection refused"};
        case CURLE_PEER_FAILED_VERIFICATION:
            return {core::ErrorCode::Refused, "the certificate is not trusted, or not of that name"};
        case CURLE_USE_SSL_FAILED:
            return {core::ErrorCode::Refused, "the server offers no STARTTLS"};
        case CURLE_SSL_CACERT_BADFILE:
            return {core::ErrorCode::InvalidConfig, "no certificates in the file of authorities"};
        case CURLE_SSL_CONNECT_ERROR:
            return {core::ErrorCode::Refused, "no TLS connection could be made"};
        default:
            return {core::ErrorCode::Io, curl_easy_strerror(code)};
    }
}

}  // namespace

struct SmtpClient::Impl : std::enable_shared_from_this<SmtpClient::Impl> {
    explicit Impl(EventLoop& the_loop) : loop(the_loop) {
        static std::once_flag once;  // curl_global_init is not safe against itself; it counts its calls
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
        multi.reset(curl_multi_init());
        if (!multi) throw std::bad_alloc();
        curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
        curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
        curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, 4L);
    }
    ~Impl() {
        for (auto& [id, transfer] : transfers) detach(*transfer);
        transfers.clear();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void start(std::uint64_t id);
    void finish(std::uint64_t id, core::Result<SmtpReply> result);
    void drop(std::uint64_t id) {
        const auto found = transfers.find(id);
        if (found == transfers.end()) return;
        detach(*found->second);
        transfers.erase(found);
    }
    void detach(Transfer& transfer) {
        if (std::exchange(transfer.added, false)) curl_multi_remove_handle(multi.get(), transfer.easy.get());
    }
    void act(curl_socket_t socket, int what);
    void take_finished();

    static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);

    EventLoop& loop;
    std::map<curl_socket_t, EventLoop::Handle> sockets;
    EventLoop::Handle timer;
    std::map<std::uint64_t, std::unique_ptr<Transfer>> transfers;
    std::uint64_t last_id = 0;
    bool closed = false;
    std::unique_ptr<CURLM, MultiDeleter> multi;  // destroyed first: it calls back for its sockets
};

int SmtpClient::Impl::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*socket_data*/) {
    auto& impl = *static_cast<Impl*>(self);
    if (what == CURL_POLL_REMOVE) {
        impl.sockets.erase(socket);
        return 0;
    }
    impl.sockets[socket] = impl.loop.watch(
        socket, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0, [&impl, socket](EventLoop::Ready ready) {
            impl.act(socket, (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0) |
                                 (ready.failed ? CURL_CSELECT_ERR : 0));
        });
    return 0;
}

int SmtpClient::Impl::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    impl.timer.reset();
    if (timeout_ms >= 0) {
        impl.timer =
            impl.loop.after(std::chrono::milliseconds{timeout_ms}, [&impl] { impl.act(CURL_SOCKET_TIMEOUT, 0); });
    }
    return 0;
}

void SmtpClient::Impl::act(curl_socket_t socket, int what) {
    const auto keep = shared_from_this();
    int running = 0;
    curl_multi_socket_action(multi.get(), socket, what, &running);
    take_finished();
}

void SmtpClient::Impl::take_finished() {
    std::vector<std::pair<std::uint64_t, CURLcode>> finished;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        for (const auto& [id, transfer] : transfers) {
            if (transfer->easy.get() == message->easy_handle) finished.emplace_back(id, message->data.result);
        }
    }
    for (const auto& [id, code] : finished) {
        const auto found = transfers.find(id);
        if (closed || found == transfers.end()) continue;
        long reply = 0;
        curl_easy_getinfo(found->second->easy.get(), CURLINFO_RESPONSE_CODE, &reply);
        if (code == CURLE_OK || reply >= 400) {
            finish(id, SmtpReply{static_cast<int>(reply), found->second->last_line});
        } else {
            finish(id, tl::unexpected(error_of(code)));
        }
    }
}

void SmtpClient::Impl::finish(std::uint64_t id, core::Result<SmtpReply> result) {
    const auto found = transfers.find(id);
    if (found == transfers.end()) return;
    const auto keep = shared_from_this();
    detach(*found->second);
    const auto finished = transfers.extract(found);
    finished.mapped()->done(std::move(result));
}

void SmtpClient::Impl::start(std::uint64_t id) {
    Transfer& transfer = *transfers.at(id);
    const SmtpMail& mail = transfer.mail;
    transfer.easy.reset(curl_easy_init());
    if (!transfer.easy) return finish(id, core::fail(core::ErrorCode::Io, "the transfer cannot be started"));
    CURL* easy = transfer.easy.get();
    const std::string host = mail.host.find(':') == std::string::npos ? mail.host : '[' + mail.host + ']';
    const std::string url =
        fmt::format("{}://{}:{}/sightline", mail.tls == SmtpMail::Tls::Tls ? "smtps" : "smtp", host, mail.port);
    for (const std::string& address : mail.to) {
        curl_slist* longer = curl_slist_append(transfer.recipients.get(), ('<' + address + '>').c_str());
        if (longer == nullptr) throw std::bad_alloc();
        (void)transfer.recipients.release();
        transfer.recipients.reset(longer);
    }
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, mail.tls == SmtpMail::Tls::None ? CURLUSESSL_NONE : CURLUSESSL_ALL);
    if (!mail.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, mail.ca_file.c_str());
    if (!mail.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, mail.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, mail.password.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ('<' + mail.from + '>').c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer.recipients.get());
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.data.size()));
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(mail.timeout).count();
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit));
    transfer.added = curl_multi_add_handle(multi.get(), easy) == CURLM_OK;
    if (!transfer.added) finish(id, core::fail(core::ErrorCode::Io, "the transfer cannot be started"));
}

SmtpClient::SmtpClient(EventLoop& loop) : impl_(std::make_shared<Impl>(loop)) {}

SmtpClient::~SmtpClient() {
    impl_->closed = true;  // a callback of ours may be running: impl_ then lives until it returns
    for (auto& [id, transfer] : impl_->transfers) impl_->detach(*transfer);
    const auto dropped = std::move(impl_->transfers);
    impl_->transfers.clear();
}

EventLoop::Handle SmtpClient::send(SmtpMail mail, Done done) {
    const std::uint64_t id = ++impl_->last_id;
    auto transfer = std::make_unique<Transfer>();
    transfer->mail = std::move(mail);
    transfer->done = std::move(done);
    transfer->begin = impl_->loop.after(core::Duration::zero(), [impl = impl_.get(), id] { impl->start(id); });
    impl_->transfers[id] = std::move(transfer);
    return EventLoop::Handle([weak = std::weak_ptr<Impl>(impl_), id] {
        if (const auto impl = weak.lock()) impl->drop(id);
    });
}

}  // namespace sightline::net
