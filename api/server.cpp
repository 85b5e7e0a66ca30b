// SPDX-License-Identifier: Apache-2.0
#include "api/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "api/event_stream.hpp"
#include "api/router.hpp"
#include "api/supervisor_backend.hpp"
#include "config/surroundings.hpp"

namespace sightline::api {
namespace {

constexpr std::size_t kMaxBody = 64U << 10;
constexpr unsigned kMaxConnections = 1'024;
constexpr std::size_t kThreadStack = 512U << 10;
constexpr unsigned kIdleSeconds = 15;
constexpr unsigned kListenerIdleSeconds = 60;  // for one that does not take its events
/// From the connection, or the answer before, to a complete request; whoever sends a byte now and then is slow too.
constexpr std::chrono::seconds kRequestTime{20};
constexpr std::chrono::seconds kSweepEvery{2};
constexpr int kBacklog = 256;
constexpr std::size_t kMaxPem = 1U << 20;
constexpr const char* kTlsPriorities = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct CloseSocket {
    int fd = -1;
    explicit CloseSocket(int socket) : fd(socket) {}
    CloseSocket(const CloseSocket&) = delete;
    CloseSocket& operator=(const CloseSocket&) = delete;
    ~CloseSocket() {
        if (fd >= 0) ::close(fd);
    }
    int release() { return std::exchange(fd, -1); }
};

core::Error failed(const std::string& what, int error) {
    return {core::ErrorCode::Io, fmt::format("API: {}: {}", what, std::generic_category().message(error))};
}

bool is_loopback(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET)
        return (ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24) == 127;
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&six);
}

struct Listening {
    int fd = -1;
    bool loopback = true;
    std::string address;
};

core::Result<Listening> listen_tcp(const std::string& where) {
    const std::size_t colon = where.rfind(':');
    std::string host = where.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(host.c_str(), where.substr(colon + 1).c_str(), &hints, &found); error != 0) {
        return core::fail(core::ErrorCode::InvalidConfig, fmt::format("api.listen {}: {}", where, gai_strerror(error)));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
    CloseSocket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(socket.fd, found->ai_addr, found->ai_addrlen) != 0 || listen(socket.fd, kBacklog) != 0) {
        return tl::unexpected(failed("cannot listen on " + where, errno));
    }
    sockaddr_storage taken{};
    socklen_t size = sizeof taken;
    getsockname(socket.fd, reinterpret_cast<sockaddr*>(&taken), &size);
    const int port = ntohs(taken.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(taken).sin_port
                                                      : reinterpret_cast<sockaddr_in6&>(taken).sin6_port);
    return Listening{socket.release(), is_loopback(taken), fmt::format("http://{}:{}", where.substr(0, colon), port)};
}

core::Result<int> listen_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("api.socket {} is longer than {} bytes", path, sizeof address.sun_path - 1));
    std::memcpy(address.sun_path, path.c_str(), path.size());
    CloseSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // A socket that nobody answers is left over from a probe that was killed; one that answers is another probe's.
    if (connect(socket.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        return core::fail(core::ErrorCode::Io, fmt::format("API: another probe answers at {}", path));
    }
    ::unlink(path.c_str());
    CloseSocket fresh(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (bind(fresh.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || chmod(path.c_str(), 0660) != 0 ||
        listen(fresh.fd, kBacklog) != 0) {
        return tl::unexpected(failed("cannot listen on " + path, errno));
    }
    return fresh.release();
}

std::string header(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != nullptr ? value : "";
}

std::string peer_of(MHD_Connection* connection, bool unix_socket) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (unix_socket && info != nullptr) {
        ucred who{};
        socklen_t size = sizeof who;
        if (getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0)
            return fmt::format("uid {}", who.uid);
    }
    const auto* address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";
    if (!unix_socket && address != nullptr) {
        const void* raw =
            address->client_addr->sa_family == AF_INET
                ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address->client_addr)->sin_addr)
                : &reinterpret_cast<const sockaddr_in6*>(address->client_addr)->sin6_addr;
        inet_ntop(address->client_addr->sa_family, raw, text, sizeof text);
    }
    return text;
}

/// A connection that has no complete request yet.
struct Waiting {
    int fd = -1;
    core::ArrivalTime since{};
};

/// One listening socket.
struct Door {
    Server::Impl* server = nullptr;
    bool unix_socket = false;
    MHD_Daemon* daemon = nullptr;
    std::mutex mutex;  // guards waiting
    std::map<MHD_Connection*, Waiting> waiting;
};

/// %XX to bytes, but a zero byte, which would cut the path short, and what is no %XX stay as they are.
std::size_t unescape(void* /*unused*/, MHD_Connection* /*connection*/, char* text) {
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    char* to = text;
    for (const char* from = text; *from != 0; ++from) {
        const int high = *from == '%' ? digit(from[1]) : -1;
        const int low = high >= 0 ? digit(from[2]) : -1;
        const int byte = high * 16 + low;
        if (low >= 0 && byte > 0) from += 2;
        *to++ = low >= 0 && byte > 0 ? static_cast<char>(byte) : *from;
    }
    *to = 0;
    return static_cast<std::size_t>(to - text);
}

}  // namespace

struct Server::Impl {
    Impl(engine::Supervisor& supervisor, AccessSettings access)
        : clock(supervisor.loop().clock()),
          backend(supervisor),
          router(backend, std::move(access), clock),
          streams(backend.events()),
          sweeper(supervisor.loop().every(kSweepEvery, [this] { drop_slow(); })) {}
    ~Impl() {
        sweeper.reset();
        // Listeners along and requests that wait for the loop must let go before their threads are joined.
        streams.close();
        backend.close();
        for (Door* door : {&tcp, &local}) {
            if (door->daemon != nullptr) MHD_stop_daemon(door->daemon);
        }
        if (!socket_path.empty()) ::unlink(socket_path.c_str());
    }
    core::Result<void> load_certificate(const config::Config& config);
    core::Result<void> open(Door& door, int fd, bool unix_socket);
    void drop_slow();
    void note_waiting(Door& door, MHD_Connection* connection, bool waits);
    MHD_Result handle(Door& door, MHD_Connection* connection, const char* url, const char* method, const char* data,
                      std::size_t* size, void** context);
    MHD_Result send(MHD_Connection* connection, const Answer& answer, const std::string& last_event);

    const core::Clock& clock;
    SupervisorBackend backend;
    Router router;
    EventStreams streams;
    net::EventLoop::Handle sweeper;
    Door tcp, local;
    std::string certificate, key;  // PEM; empty: no TLS
    std::string address;
    std::string socket_path;
};

namespace {

/// The library closes its own copy of the descriptor once all is sent.
MHD_Response* file_response(int fd) {
    struct stat about {};
    const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0 || ::fstat(own, &about) != 0) {
        if (own >= 0) ::close(own);
        return nullptr;
    }
    MHD_Response* response = MHD_create_response_from_fd(static_cast<std::uint64_t>(about.st_size), own);
    if (response == nullptr) ::close(own);
    return response;
}

MHD_Result on_request(void* door, MHD_Connection* connection, const char* url, const char* method,
                      const char* /*version*/, const char* data, size_t* size, void** context) {
    auto& at = *static_cast<Door*>(door);
    return at.server->handle(at, connection, url, method, data, size, context);
}

void on_done(void* door, MHD_Connection* connection, void** context, MHD_RequestTerminationCode /*why*/) {
    delete static_cast<std::string*>(*context);
    *context = nullptr;
    auto& at = *static_cast<Door*>(door);
    at.server->note_waiting(at, connection, true);  // for its next request
}

void on_connection(void* door, MHD_Connection* connection, void** /*context*/, MHD_ConnectionNotificationCode what) {
    auto& at = *static_cast<Door*>(door);
    at.server->note_waiting(at, connection, what == MHD_CONNECTION_NOTIFY_STARTED);
}

MHD_Result add_query(void* request, MHD_ValueKind /*kind*/, const char* key, const char* value) {
    static_cast<Request*>(request)->query[key] = value != nullptr ? value : "";
    return MHD_YES;
}

}  // namespace

core::Result<void> Server::Impl::open(Door& door, int fd, bool unix_socket) {
    door.server = this;
    door.unix_socket = unix_socket;
    const bool tls = !unix_socket && !certificate.empty();
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    if (tls) flags |= MHD_USE_TLS;
    std::vector<MHD_OptionItem> more;
    if (tls) {
        more.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.data()});
        more.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, key.data()});
        more.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsPriorities)});
    }
    more.push_back({MHD_OPTION_END, 0, nullptr});
    door.daemon = MHD_start_daemon(
        flags, 0, nullptr, nullptr, on_request, &door, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        on_done, &door, MHD_OPTION_NOTIFY_CONNECTION, on_connection, &door, MHD_OPTION_UNESCAPE_CALLBACK, unescape,
        nullptr, MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, MHD_OPTION_THREAD_STACK_SIZE, kThreadStack,
        MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_ARRAY, more.data(), MHD_OPTION_END);
    if (door.daemon == nullptr) {
        ::close(fd);
        return core::fail(core::ErrorCode::Io, "API: the HTTP server does not start");
    }
    return {};
}

/// A new connection's handshake would fail with what is wrong here; better said at once.
core::Result<void> Server::Impl::load_certificate(const config::Config& config) {
    if (config.api_certificate.empty()) return {};
    for (const auto& [path, pem] :
         {std::pair{&config.api_certificate, &certificate}, std::pair{&config.api_key, &key}}) {
        auto text = config::read_text_file(*path, kMaxPem);
        if (!text) return core::fail(core::ErrorCode::InvalidConfig, "api.tls: " + text.error().message);
        *pem = std::move(*text);
    }
    gnutls_certificate_credentials_t credentials = nullptr;
    if (gnutls_certificate_allocate_credentials(&credentials) != 0)
        return core::fail(core::ErrorCode::Io, "api.tls: no memory");
    const auto datum = [](std::string& pem) {
        return gnutls_datum_t{reinterpret_cast<unsigned char*>(pem.data()), static_cast<unsigned>(pem.size())};
    };
    const gnutls_datum_t first = datum(certificate), second = datum(key);
    const int code = gnutls_certificate_set_x509_key_mem(credentials, &first, &second, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    if (code < 0) {
        return core::fail(core::ErrorCode::InvalidConfig, fmt::format("api.tls: {} and {}: {}", config.api_certificate,
                                                                      config.api_key, gnutls_strerror(code)));
    }
    return {};
}

void Server::Impl::note_waiting(Door& door, MHD_Connection* connection, bool waits) {
    const std::lock_guard lock(door.mutex);
    if (!waits) {
        door.waiting.erase(connection);
        return;
    }
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != nullptr) door.waiting[connection] = {info->connect_fd, clock.now()};
}

/// Ends, from outside, connections whose request does not come: their threads see the end of the stream.
void Server::Impl::drop_slow() {
    const core::ArrivalTime now = clock.now();
    for (Door* door : {&tcp, &local}) {
        const std::lock_guard lock(door->mutex);  // held: a connection that ends waits in note_waiting before it closes
        for (const auto& [connection, waiting] : door->waiting) {
            if (now - waiting.since > kRequestTime) ::shutdown(waiting.fd, SHUT_RDWR);
        }
    }
}

/// Is called once with the headers, then with pieces of the body, then without any: the body is gathered in `context`.
MHD_Result Server::Impl::handle(Door& door, MHD_Connection* connection, const char* url, const char* method,
                                const char* data, std::size_t* size, void** context) {
    if (*context == nullptr) {
        *context = new std::string();  // NOLINT: libmicrohttpd owns it until on_done
        return MHD_YES;
    }
    auto& body = *static_cast<std::string*>(*context);
    if (*size > 0) {
        if (body.size() <= kMaxBody) body.append(data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (body.size() > kMaxBody)
        return send(connection, error_answer(413, "refused", fmt::format("a body has at most {} bytes", kMaxBody)), {});
    note_waiting(door, connection, false);
    Request request;
    request.method = method;
    request.path = url;
    request.body = std::move(body);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, &request);
    request.host = header(connection, "Host");
    request.origin = header(connection, "Origin");
    request.authorization = header(connection, "Authorization");
    request.signature = header(connection, "X-PagerDuty-Signature");
    request.unix_socket = door.unix_socket;
    request.peer = peer_of(connection, door.unix_socket);
    return send(connection, router.answer(request), header(connection, "Last-Event-ID"));
}

MHD_Result Server::Impl::send(MHD_Connection* connection, const Answer& answer, const std::string& last_event) {
    MHD_Response* response =
        answer.file           ? file_response(answer.file->get())
        : answer.event_stream ? streams.respond(last_event)
                              : MHD_create_response_from_buffer(
                                    answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return MHD_NO;
    if (answer.event_stream) MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, kListenerIdleSeconds);
    if (answer.status == 401) MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    MHD_add_response_header(response, "Content-Type", answer.content_type.c_str());
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
    MHD_destroy_response(response);
    return queued;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
const std::string& Server::address() const {
    return impl_->address;
}

core::Result<std::unique_ptr<Server>> Server::start(engine::Supervisor& supervisor, const config::Config& config) {
    std::optional<Listening> listening;
    if (!config.api_listen.empty()) {  // empty: `listen: off`
        auto made = listen_tcp(config.api_listen);
        if (!made) return tl::unexpected(made.error());
        listening = std::move(*made);
    }
    const bool loopback = !listening || listening->loopback;
    const bool tls = !config.api_certificate.empty();
    AccessSettings access = access_settings(config, loopback);
    if (!loopback && (!tls || access.tokens.empty())) {  // the loader has said so; a name may lead elsewhere meanwhile
        ::close(listening->fd);
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("api.listen {} can be reached by others: that takes api.tls and api.tokens",
                                      config.api_listen));
    }
    auto impl = std::make_unique<Impl>(supervisor, std::move(access));
    impl->address = listening ? listening->address : "unix:" + config.api_socket;
    if (listening) {
        if (tls) impl->address.replace(0, 4, "https");
        if (auto loaded = impl->load_certificate(config); !loaded) {
            ::close(listening->fd);
            return tl::unexpected(loaded.error());
        }
        if (auto opened = impl->open(impl->tcp, listening->fd, false); !opened) return tl::unexpected(opened.error());
    }
    if (!config.api_socket.empty()) {
        auto local = listen_unix(config.api_socket);
        if (!local) return tl::unexpected(local.error());
        impl->socket_path = config.api_socket;
        if (auto opened = impl->open(impl->local, *local, true); !opened) return tl::unexpected(opened.error());
    }
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace sightline::api
