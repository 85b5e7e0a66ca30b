// SPDX-License-Identifier: Apache-2.0
#include "net/stream_sender.hpp"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

namespace sightline::net {
namespace {

constexpr core::Duration kLookAgain = std::chrono::milliseconds{5};  // whether all was acknowledged

struct CredentialsDeleter {
    void operator()(gnutls_certificate_credentials_t credentials) const {
        gnutls_certificate_free_credentials(credentials);
    }
};
struct SessionDeleter {
    void operator()(gnutls_session_t session) const { gnutls_deinit(session); }
};
using Credentials = std::unique_ptr<std::remove_pointer_t<gnutls_certificate_credentials_t>, CredentialsDeleter>;
using Session = std::unique_ptr<std::remove_pointer_t<gnutls_session_t>, SessionDeleter>;

core::Error io_error(int code) {
    const std::string words = code == ECONNREFUSED ? "connection refused" : std::generic_category().message(code);
    return {core::ErrorCode::Io, words};
}

}  // namespace

struct StreamSender::Impl {
    struct Sending {
        StreamTarget target;
        std::string bytes;
        Done done;
        std::vector<Address> addresses;
        std::size_t tried = 0;
        std::size_t sent = 0;
        enum class Stage { Connecting, Handshake, Writing, Draining } stage = Stage::Connecting;
        int fd = -1;
        Credentials credentials;
        Session session;
        EventLoop::Handle resolving, limit, watch, drain;

        Sending() = default;
        Sending(const Sending&) = delete;
        Sending& operator=(const Sending&) = delete;
        ~Sending() { close(); }
        void close() {
            watch.reset();
            session.reset();
            if (fd >= 0) ::close(std::exchange(fd, -1));
        }
    };

    Impl(EventLoop& the_loop, Resolver::Lookup lookup) : loop(the_loop), resolver(the_loop, std::move(lookup)) {}

    void finish(std::uint64_t id, core::Result<void> result) {
        const auto sending = all.extract(id);  // dies after the answer is passed on
        if (sending) sending.mapped()->done(std::move(result));
    }
    void fail(std::uint64_t id, core::Error error) { finish(id, tl::unexpected(std::move(error))); }
    void connect(std::uint64_t id, core::Error last);
    void watch(std::uint64_t id, bool read, bool write);
    void act(std::uint64_t id);
    void begin_tls(std::uint64_t id);
    void shake(std::uint64_t id);
    void write(std::uint64_t id);
    void drain(std::uint64_t id);
    long put(Sending& sending);

    EventLoop& loop;
    Resolver resolver;
    std::uint64_t next = 0;
    std::map<std::uint64_t, std::unique_ptr<Sending>> all;
};

/// Tries the next address; `last` is what the one before said.
void StreamSender::Impl::connect(std::uint64_t id, core::Error last) {
    Sending& sending = *all.at(id);
    sending.close();
    if (sending.tried >= sending.addresses.size()) return fail(id, std::move(last));
    const Address to = sending.addresses[sending.tried++];
    sending.stage = Sending::Stage::Connecting;
    sending.fd = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (sending.fd < 0) return fail(id, io_error(errno));
    if (::connect(sending.fd, to.data(), to.size()) != 0 && errno != EINPROGRESS) return connect(id, io_error(errno));
    watch(id, false, true);
}

void StreamSender::Impl::watch(std::uint64_t id, bool read, bool write) {
    Sending& sending = *all.at(id);
    sending.watch = loop.watch(sending.fd, read, write, [this, id](EventLoop::Ready) { act(id); });
}

void StreamSender::Impl::act(std::uint64_t id) {
    Sending& sending = *all.at(id);
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(sending.fd, SOL_SOCKET, SO_ERROR, &code, &size);
    switch (sending.stage) {
        case Sending::Stage::Connecting:
            if (code != 0) return connect(id, io_error(code));
            if (sending.target.tls == StreamTarget::Tls::Verified) return begin_tls(id);
            sending.stage = Sending::Stage::Writing;
            return write(id);
        case Sending::Stage::Handshake:
            return shake(id);
        case Sending::Stage::Writing:
            if (code != 0) return fail(id, io_error(code));
            return write(id);
        case Sending::Stage::Draining:
            if (code != 0) return fail(id, io_error(code));
            std::array<char, 512> ignored{};
            if (::recv(sending.fd, ignored.data(), ignored.size(), 0) <= 0) sending.watch.reset();
            return;
    }
}

void StreamSender::Impl::begin_tls(std::uint64_t id) {
    Sending& sending = *all.at(id);
    gnutls_certificate_credentials_t credentials = nullptr;
    gnutls_session_t session = nullptr;
    gnutls_certificate_allocate_credentials(&credentials);
    sending.credentials.reset(credentials);
    const int trusted =
        sending.target.ca_file.empty()
            ? gnutls_certificate_set_x509_system_trust(credentials)
            : gnutls_certificate_set_x509_trust_file(credentials, sending.target.ca_file.c_str(), GNUTLS_X509_FMT_PEM);
    if (trusted < 0 || (trusted == 0 && !sending.target.ca_file.empty()))
        return fail(id, {core::ErrorCode::InvalidConfig, "no certificates in " + sending.target.ca_file});
    if (gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != GNUTLS_E_SUCCESS)
        return fail(id, {core::ErrorCode::Io, "TLS cannot be started"});
    sending.session.reset(session);
    gnutls_set_default_priority(session);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    const std::string& host = sending.target.host;
    if (!Address::parse(host)) gnutls_server_name_set(session, GNUTLS_NAME_DNS, host.data(), host.size());
    gnutls_session_set_verify_cert(session, host.c_str(), 0);
    gnutls_transport_set_int(session, sending.fd);
    sending.stage = Sending::Stage::Handshake;
    shake(id);
}

void StreamSender::Impl::shake(std::uint64_t id) {
    Sending& sending = *all.at(id);
    const int code = gnutls_handshake(sending.session.get());
    if (code == GNUTLS_E_SUCCESS) {
        sending.stage = Sending::Stage::Writing;
        return write(id);
    }
    if (gnutls_error_is_fatal(code) == 0) {
        const bool write_next = gnutls_record_get_direction(sending.session.get()) == 1;
        return watch(id, !write_next, write_next);
    }
    if (code != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) return fail(id, {core::ErrorCode::Io, gnutls_strerror(code)});
    gnutls_datum_t words{};
    const unsigned status = gnutls_session_get_verify_cert_status(sending.session.get());
    std::string text = "the certificate is not trusted";
    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) == GNUTLS_E_SUCCESS) {
        text.assign(reinterpret_cast<const char*>(words.data), words.size);
        while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
        gnutls_free(words.data);
    }
    fail(id, {core::ErrorCode::Refused, text});
}

/// Bytes taken, 0 for "not now", -1 for an error in errno or of TLS.
long StreamSender::Impl::put(Sending& sending) {
    const char* data = sending.bytes.data() + sending.sent;
    const std::size_t size = sending.bytes.size() - sending.sent;
    if (!sending.session) {
        const ssize_t put = ::send(sending.fd, data, size, MSG_NOSIGNAL);
        return put < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : put;
    }
    const ssize_t put = gnutls_record_send(sending.session.get(), data, size);
    return put < 0 && gnutls_error_is_fatal(static_cast<int>(put)) == 0 ? 0 : put;
}

void StreamSender::Impl::write(std::uint64_t id) {
    Sending& sending = *all.at(id);
    while (sending.sent < sending.bytes.size()) {
        const long count = put(sending);
        if (count == 0) return watch(id, false, true);
        if (count < 0)
            return fail(
                id, sending.session ? core::Error{core::ErrorCode::Io, "the TLS connection broke"} : io_error(errno));
        sending.sent += static_cast<std::size_t>(count);
    }
    if (sending.session) gnutls_bye(sending.session.get(), GNUTLS_SHUT_WR);
    sending.stage = Sending::Stage::Draining;
    watch(id, true, false);
    drain(id);
}

void StreamSender::Impl::drain(std::uint64_t id) {
    Sending& sending = *all.at(id);
    int left = 0;
    if (::ioctl(sending.fd, SIOCOUTQ, &left) != 0) return fail(id, io_error(errno));
    sending.drain = left == 0 ? loop.after(core::Duration::zero(), [this, id] { finish(id, {}); })
                              : loop.after(kLookAgain, [this, id] { drain(id); });
}

StreamSender::StreamSender(EventLoop& loop, Resolver::Lookup lookup)
    : impl_(std::make_shared<Impl>(loop, std::move(lookup))) {}

StreamSender::~StreamSender() = default;

EventLoop::Handle StreamSender::send(const StreamTarget& target, std::string bytes, core::Duration timeout, Done done) {
    const std::uint64_t id = impl_->next++;
    auto sending = std::make_unique<Impl::Sending>();
    sending->target = target;
    sending->bytes = std::move(bytes);
    sending->done = std::move(done);
    Impl& impl = *impl_;
    sending->limit = impl.loop.after(timeout, [&impl, id, timeout] {
        impl.fail(id, {core::ErrorCode::Timeout, "not finished within " + core::to_text(timeout)});
    });
    sending->resolving = impl.resolver.resolve(target.host, target.port, [&impl, id](const Addresses& addresses) {
        if (!addresses) return impl.fail(id, addresses.error());
        impl.all.at(id)->addresses = *addresses;
        impl.connect(id, {});
    });
    impl.all[id] = std::move(sending);
    return EventLoop::Handle([weak = std::weak_ptr<Impl>(impl_), id] {
        if (const auto alive = weak.lock()) alive->all.erase(id);
    });
}

}  // namespace sightline::net
