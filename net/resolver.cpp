// SPDX-License-Identifier: Apache-2.0
#include "net/resolver.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "core/thread.hpp"
#include "net/loop_answers.hpp"

namespace sightline::net {
namespace {

constexpr core::Duration kKeep = std::chrono::seconds{30};
constexpr std::size_t kMostKept = 256;

core::Error error_of(const std::string& host, int code) {
    const std::string shown = core::clean_utf8(host);
    switch (code) {
        case EAI_NONAME:
        case EAI_NODATA:
            return {core::ErrorCode::NotFound, fmt::format("name not found: {}", shown)};
        case EAI_AGAIN:
            return {core::ErrorCode::TryAgain, fmt::format("name servers do not answer (looking for {})", shown)};
        default:
            return {core::ErrorCode::Io, fmt::format("cannot look up {}: {}", shown, gai_strerror(code))};
    }
}

Addresses with_port(const Addresses& addresses, int port) {
    if (!addresses) return addresses;
    std::vector<Address> result = *addresses;
    for (Address& address : result) address = address.with_port(port);
    return result;
}

/// Names that stand for this machine whether or not a hosts file says so (RFC 6761, 6.3).
bool is_localhost(const std::string& host) {
    return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

Addresses look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;  // any one, so that each address comes once
    addrinfo* raw = nullptr;
    if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &raw); code != 0) {
        if (code == EAI_SYSTEM) {
            return core::fail(core::ErrorCode::Io, fmt::format("cannot look up {}: {}", core::clean_utf8(host),
                                                               std::generic_category().message(errno)));
        }
        if (is_localhost(host)) return std::vector{*Address::parse("127.0.0.1"), *Address::parse("::1")};
        return tl::unexpected(error_of(host, code));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(raw, &freeaddrinfo);
    std::vector<Address> result;
    for (const addrinfo* entry = raw; entry != nullptr; entry = entry->ai_next) {
        const auto address = Address::from(entry->ai_addr, entry->ai_addrlen);
        if (address && std::find(result.begin(), result.end(), *address) == result.end()) result.push_back(*address);
    }
    if (result.empty()) return tl::unexpected(error_of(host, EAI_NONAME));
    return result;
}

struct Resolver::Impl : std::enable_shared_from_this<Resolver::Impl> {
    Impl(EventLoop& the_loop, Lookup the_lookup)
        : loop(the_loop), lookup(std::move(the_lookup)), answers(std::make_shared<LoopAnswers>(the_loop)) {}

    struct Waiting {
        int port;
        Done done;
    };
    struct Name {
        bool busy = false;                         // a thread is looking it up
        std::map<std::uint64_t, Waiting> waiting;  // by order of asking
        std::vector<Address> kept;
        core::ArrivalTime kept_until{};
    };

    void start(const std::string& host, Name& entry);
    void finish(const std::string& host, const Addresses& addresses);
    void forget_old();

    EventLoop& loop;
    Lookup lookup;
    std::shared_ptr<LoopAnswers> answers;
    std::map<std::string, Name> names;
    std::uint64_t last_id = 0;
    bool closed = false;
};

void Resolver::Impl::start(const std::string& host, Name& entry) {
    entry.busy = true;
    // Only the answer's way back is shared with the thread; `weak` is touched on the loop's thread alone.
    auto body = [host, call = lookup, back = answers, weak = weak_from_this()](const std::stop_token&) {
        Addresses result = call(host);
        back->post([host, weak, result = std::move(result)] {
            if (const auto self = weak.lock()) self->finish(host, result);
        });
    };
    try {
        core::start_thread("name look-up", std::move(body)).detach();
    } catch (const std::system_error&) {  // no more threads: a limit of this process, not of the name
        loop.post([host, weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self) self->finish(host, core::fail(core::ErrorCode::TryAgain, "no thread for the name look-up"));
        });
    }
}

void Resolver::Impl::finish(const std::string& host, const Addresses& addresses) {
    const auto found = names.find(host);
    if (found == names.end()) return;
    found->second.busy = false;
    if (addresses) {
        found->second.kept = *addresses;
        found->second.kept_until = loop.clock().now() + kKeep;
    }
    // One at a time: each may drop the handles of those behind it, or the Resolver.
    for (const std::uint64_t newest = last_id; !closed;) {
        const auto entry = names.find(host);
        if (entry == names.end()) break;
        auto& waiting = entry->second.waiting;
        if (waiting.empty() || waiting.begin()->first > newest) break;
        const auto next = waiting.extract(waiting.begin());
        next.mapped().done(with_port(addresses, next.mapped().port));
    }
    if (!closed) forget_old();
}

void Resolver::Impl::forget_old() {
    const core::ArrivalTime now = loop.clock().now();
    for (auto it = names.begin(); it != names.end();) {
        const Name& entry = it->second;
        const bool idle = !entry.busy && entry.waiting.empty();
        it = idle && (entry.kept_until <= now || names.size() > kMostKept) ? names.erase(it) : std::next(it);
    }
}

Resolver::Resolver(EventLoop& loop, Lookup lookup) : impl_(std::make_shared<Impl>(loop, std::move(lookup))) {}

Resolver::~Resolver() {
    impl_->answers->close();
    impl_->closed = true;
    const auto dropped = std::move(impl_->names);
}

EventLoop::Handle Resolver::resolve(const std::string& host, int port, Done done) {
    if (const auto address = Address::parse(host, port)) {
        return impl_->loop.at(impl_->loop.clock().now(),
                              [address = *address, done = std::move(done)] { done(std::vector<Address>{address}); });
    }
    const auto [entry, fresh] = impl_->names.try_emplace(host);
    Impl::Name& name = entry->second;
    if (!name.busy && !name.kept.empty() && impl_->loop.clock().now() < name.kept_until) {
        return impl_->loop.at(impl_->loop.clock().now(),
                              [kept = with_port(name.kept, port), done = std::move(done)] { done(kept); });
    }
    const std::uint64_t id = ++impl_->last_id;
    name.waiting.emplace(id, Impl::Waiting{port, std::move(done)});
    if (!name.busy) impl_->start(host, name);
    return EventLoop::Handle([weak = std::weak_ptr<Impl>(impl_), host, id] {
        const auto self = weak.lock();
        if (!self) return;
        const auto found = self->names.find(host);
        if (found == self->names.end()) return;
        const auto dropped = found->second.waiting.extract(id);  // dies last: it may own handles
    });
}

}  // namespace sightline::net
