// SPDX-License-Identifier: Apache-2.0
#include "net/smtp_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stop_token>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "core/thread.hpp"
#include "net/loop_answers.hpp"

namespace sightline::net {
namespace {

constexpr std::size_t kMostReplyLine = 512;  // RFC 5321, 4.5.3.1.5

struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One mail on its way, in its thread.
struct Transfer {
    SmtpMail mail;
    std::size_t sent = 0;
    std::map<std::string, std::string> lines;  // the last reply of each code
};

std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t bytes = std::min(size * count, transfer.mail.data.size() - transfer.sent);
    std::copy_n(transfer.mail.data.data() + transfer.sent, bytes, into);
    transfer.sent += bytes;
    return bytes;
}

/// libcurl gives the server's replies here, line by line.
std::size_t on_reply(const char* line, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    std::string_view text(line, std::min(size * count, kMostReplyLine));
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
    transfer.lines[std::string(text.substr(0, 3))] = core::clean_utf8(text);
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

/// Blocks until the mail was taken or refused, or its time is over.
core::Result<SmtpReply> hand_over(SmtpMail mail) {
    Transfer transfer{std::move(mail), 0, {}};
    const SmtpMail& sent = transfer.mail;
    const std::unique_ptr<CURL, EasyDeleter> handle(curl_easy_init());
    CURL* easy = handle.get();
    if (easy == nullptr) return core::fail(core::ErrorCode::Io, "the transfer cannot be started");
    const std::string host = sent.host.find(':') == std::string::npos ? sent.host : '[' + sent.host + ']';
    const std::string url =
        fmt::format("{}://{}:{}/sightline", sent.tls == SmtpMail::Tls::Tls ? "smtps" : "smtp", host, sent.port);
    std::unique_ptr<curl_slist, ListDeleter> recipients;
    for (const std::string& address : sent.to) {
        curl_slist* longer = curl_slist_append(recipients.get(), ('<' + address + '>').c_str());
        if (longer == nullptr) return core::fail(core::ErrorCode::Io, "out of memory");
        (void)recipients.release();
        recipients.reset(longer);
    }
    const auto limit = std::max<long>(
        1, static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(sent.timeout).count()));
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     static_cast<long>(sent.tls == SmtpMail::Tls::None ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!sent.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, sent.ca_file.c_str());
    if (!sent.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, sent.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, sent.password.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ('<' + sent.from + '>').c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(sent.data.size()));
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limit);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, limit / 1000));  // for QUIT's reply too
    const CURLcode code = curl_easy_perform(easy);
    long reply = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
    // A refusal is followed by QUIT and its reply, which libcurl leaves out of the code, but not out of the lines.
    if (code == CURLE_OK || reply >= 400)
        return SmtpReply{static_cast<int>(reply), transfer.lines[fmt::format("{}", reply)]};
    return tl::unexpected(error_of(code));
}

}  // namespace

struct SmtpClient::Impl : std::enable_shared_from_this<SmtpClient::Impl> {
    explicit Impl(EventLoop& the_loop) : loop(the_loop), answers(std::make_shared<LoopAnswers>(the_loop)) {
        static std::once_flag once;  // curl_global_init is not safe against itself; it counts its calls
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    }

    void finish(std::uint64_t id, core::Result<SmtpReply> result) {
        const auto waiting = all.extract(id);
        if (waiting) waiting.mapped()(std::move(result));
    }

    EventLoop& loop;
    std::shared_ptr<LoopAnswers> answers;
    std::map<std::uint64_t, Done> all;
    std::uint64_t last_id = 0;
};

SmtpClient::SmtpClient(EventLoop& loop) : impl_(std::make_shared<Impl>(loop)) {}

SmtpClient::~SmtpClient() {
    impl_->answers->close();
}

EventLoop::Handle SmtpClient::send(SmtpMail mail, Done done) {
    const std::uint64_t id = ++impl_->last_id;
    impl_->all[id] = std::move(done);
    const std::weak_ptr<Impl> weak = impl_;
    // Only the answer's way back is shared with the thread; `weak` is touched on the loop's thread alone.
    auto body = [id, weak, back = impl_->answers, mail = std::move(mail)](const std::stop_token&) {
        auto result = std::make_shared<core::Result<SmtpReply>>(hand_over(mail));
        back->post([id, weak, result] {
            if (const auto self = weak.lock()) self->finish(id, std::move(*result));
        });
    };
    try {
        core::start_thread("mail", std::move(body)).detach();
    } catch (const std::system_error&) {  // no more threads: a limit of this process
        impl_->loop.post([id, weak] {
            const auto self = weak.lock();
            if (self) self->finish(id, core::fail(core::ErrorCode::TryAgain, "no thread for the mail"));
        });
    }
    return EventLoop::Handle([weak, id] {
        if (const auto impl = weak.lock()) impl->all.erase(id);
    });
}

}  // namespace sightline::net
