// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace sightline::net {
namespace {

constexpr int kForever = -1;
constexpr std::uint64_t kMailbox = ~std::uint64_t{0};

struct Timer {
    core::Duration period{};  // 0: once
    std::shared_ptr<std::function<void()>> call;
};
using TimerKey = std::pair<core::ArrivalTime, std::uint64_t>;

struct Watch {
    std::uint64_t id = 0;
    bool read = false, write = false;
    std::shared_ptr<std::function<void(EventLoop::Ready)>> on_ready;
};

/// All watches of one descriptor: epoll knows each only once.
struct Descriptor {
    std::uint32_t generation = 0;  // tells a reused number from the one that an event was for
    std::vector<Watch> watches;
};

std::uint64_t tag_of(int fd, std::uint32_t generation) {
    return (std::uint64_t{generation} << 32) | static_cast<std::uint32_t>(fd);
}

std::uint32_t events_of(const Descriptor& descriptor) {
    std::uint32_t events = 0;
    for (const Watch& watch : descriptor.watches) {
        if (watch.read) events |= EPOLLIN;
        if (watch.write) events |= EPOLLOUT;
    }
    return events;
}

}  // namespace

struct EventLoop::Impl : std::enable_shared_from_this<EventLoop::Impl> {
    explicit Impl(const core::Clock& the_clock) : clock(the_clock) {
        epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = kMailbox;
        if (epoll_fd < 0 || wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) {
            const int error = errno;
            close_descriptors();
            throw std::system_error(error, std::generic_category(), "event loop");
        }
    }
    ~Impl() { close_descriptors(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void close_descriptors() const {
        if (epoll_fd >= 0) ::close(epoll_fd);
        if (wake_fd >= 0) ::close(wake_fd);
    }

    void wake() const {
        const std::uint64_t one = 1;
        // Fails only when the counter is full, and then the loop is awake anyway.
        [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);
    }

    Handle add_timer(core::ArrivalTime due, core::Duration period, std::function<void()> call);
    void drop_timer(std::uint64_t id);
    void drop_watch(int fd, std::uint64_t id);

    std::size_t turn(int timeout_ms);
    int wait_ms();
    std::size_t run_mail();
    std::size_t run_timers();
    std::size_t run_ready(int fd, std::uint32_t generation, std::uint32_t events);
    [[nodiscard]] bool leaving() const { return quitting.load(std::memory_order_relaxed); }

    const core::Clock& clock;
    int epoll_fd = -1;
    int wake_fd = -1;
    std::uint64_t last_id = 0;
    std::uint32_t last_generation = 0;
    std::map<TimerKey, Timer> timers;
    std::unordered_map<std::uint64_t, core::ArrivalTime> timer_due;  // where a timer's id stands in `timers`
    std::unordered_map<int, Descriptor> descriptors;
    std::atomic<bool> quitting{false};

    std::mutex mutex;  // guards mail
    std::vector<std::function<void()>> mail;
};

EventLoop::Handle EventLoop::Impl::add_timer(core::ArrivalTime due, core::Duration period, std::function<void()> call) {
    const std::uint64_t id = ++last_id;
    timers.emplace(TimerKey{due, id}, Timer{period, std::make_shared<std::function<void()>>(std::move(call))});
    timer_due.emplace(id, due);
    return Handle([weak = weak_from_this(), id] {
        if (const auto self = weak.lock()) self->drop_timer(id);
    });
}

void EventLoop::Impl::drop_timer(std::uint64_t id) {
    const auto found = timer_due.find(id);
    if (found == timer_due.end()) return;
    const auto entry = timers.extract(TimerKey{found->second, id});
    timer_due.erase(found);
    // What the callback owns dies here, with the queue in order: it may drop handles of its own.
}

void EventLoop::Impl::drop_watch(int fd, std::uint64_t id) {
    const auto found = descriptors.find(fd);
    if (found == descriptors.end()) return;
    auto& watches = found->second.watches;
    const auto watch = std::find_if(watches.begin(), watches.end(), [id](const Watch& w) { return w.id == id; });
    if (watch == watches.end()) return;
    const Watch dropped = std::move(*watch);  // destroyed last, for the same reason
    watches.erase(watch);
    if (watches.empty()) {
        descriptors.erase(found);
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, nullptr);
        return;
    }
    epoll_event event{};
    event.events = events_of(found->second);
    event.data.u64 = tag_of(fd, found->second.generation);
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

int EventLoop::Impl::wait_ms() {
    {
        const std::lock_guard lock(mutex);
        if (!mail.empty()) return 0;
    }
    if (timers.empty()) return kForever;
    const core::Duration left = timers.begin()->first.first - clock.now();
    if (left <= core::Duration::zero()) return 0;
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours{1};
    return static_cast<int>(std::min(std::chrono::ceil<std::chrono::milliseconds>(left), kLongest).count());
}

std::size_t EventLoop::Impl::run_mail() {
    std::vector<std::function<void()>> batch;
    {
        const std::lock_guard lock(mutex);
        batch.swap(mail);
    }
    std::size_t ran = 0;
    for (; ran < batch.size() && !leaving(); ++ran) {
        const auto call = std::move(batch[ran]);
        call();
    }
    if (ran < batch.size()) {  // quit() came in between: the rest keeps its place before newer mail
        const std::lock_guard lock(mutex);
        mail.insert(mail.begin(), std::make_move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(ran)),
                    std::make_move_iterator(batch.end()));
    }
    return ran;
}

std::size_t EventLoop::Impl::run_timers() {
    if (timers.empty()) return 0;
    const core::ArrivalTime now = clock.now();
    const std::uint64_t newest = last_id;  // timers made by these callbacks wait for the next turn
    std::size_t ran = 0;
    std::vector<TimerKey> due;
    for (auto it = timers.begin(); it != timers.end() && it->first.first <= now; ++it) due.push_back(it->first);
    for (const TimerKey& key : due) {
        if (leaving()) break;
        const auto found = timers.find(key);
        if (found == timers.end() || key.second > newest) continue;  // dropped by a callback before it
        const auto call = found->second.call;
        if (found->second.period == core::Duration::zero()) {
            timers.erase(found);
            timer_due.erase(key.second);
        } else {
            auto entry = timers.extract(found);
            core::ArrivalTime next = key.first + entry.mapped().period;
            if (next <= now) next = now + entry.mapped().period;
            entry.key().first = next;
            timer_due[key.second] = next;
            timers.insert(std::move(entry));
        }
        (*call)();
        ++ran;
    }
    return ran;
}

std::size_t EventLoop::Impl::run_ready(int fd, std::uint32_t generation, std::uint32_t events) {
    const auto found = descriptors.find(fd);
    if (found == descriptors.end() || found->second.generation != generation) return 0;
    const bool failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
    std::vector<std::uint64_t> ids;
    for (const Watch& watch : found->second.watches) ids.push_back(watch.id);
    std::size_t ran = 0;
    for (const std::uint64_t id : ids) {
        const auto descriptor = descriptors.find(fd);  // callbacks may have dropped it
        if (leaving() || descriptor == descriptors.end() || descriptor->second.generation != generation) break;
        const auto& watches = descriptor->second.watches;
        const auto watch = std::find_if(watches.begin(), watches.end(), [id](const Watch& w) { return w.id == id; });
        if (watch == watches.end()) continue;
        const Ready ready{watch->read && (events & EPOLLIN) != 0, watch->write && (events & EPOLLOUT) != 0, failed};
        if (!ready.readable && !ready.writable && !ready.failed) continue;
        const auto call = watch->on_ready;
        (*call)(ready);
        ++ran;
    }
    return ran;
}

std::size_t EventLoop::Impl::turn(int timeout_ms) {
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), timeout_ms);
    std::size_t ran = 0;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == kMailbox) {
            std::uint64_t drained = 0;
            [[maybe_unused]] const auto got = ::read(wake_fd, &drained, sizeof drained);
        } else if (!leaving()) {
            ran += run_ready(static_cast<int>(event.data.u64 & 0xFFFFFFFFU),
                             static_cast<std::uint32_t>(event.data.u64 >> 32), event.events);
        }
    }
    if (!leaving()) ran += run_mail();
    if (!leaving()) ran += run_timers();
    return ran;
}

EventLoop::EventLoop(const core::Clock& clock) : impl_(std::make_shared<Impl>(clock)) {}

EventLoop::~EventLoop() = default;  // handles that callbacks own find no loop any more, and do nothing

EventLoop::Handle EventLoop::watch(int fd, bool read, bool write, std::function<void(Ready)> on_ready) {
    Impl& impl = *impl_;
    const std::uint64_t id = ++impl.last_id;
    auto call = std::make_shared<std::function<void(Ready)>>(std::move(on_ready));
    const auto [entry, fresh] = impl.descriptors.try_emplace(fd);
    Descriptor& descriptor = entry->second;
    if (fresh) descriptor.generation = ++impl.last_generation;
    descriptor.watches.push_back({id, read, write, call});
    epoll_event event{};
    event.events = events_of(descriptor);
    event.data.u64 = tag_of(fd, descriptor.generation);
    int rc = epoll_ctl(impl.epoll_fd, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    if (rc != 0 && errno == ENOENT) rc = epoll_ctl(impl.epoll_fd, EPOLL_CTL_ADD, fd, &event);  // closed and reused
    if (rc != 0) {
        descriptor.watches.pop_back();
        if (descriptor.watches.empty()) impl.descriptors.erase(entry);
        return at(clock().now(), [call] { (*call)(Ready{false, false, true}); });
    }
    return Handle([weak = impl_->weak_from_this(), fd, id] {
        if (const auto self = weak.lock()) self->drop_watch(fd, id);
    });
}

EventLoop::Handle EventLoop::at(core::ArrivalTime due, std::function<void()> call) {
    return impl_->add_timer(due, core::Duration::zero(), std::move(call));
}

EventLoop::Handle EventLoop::after(core::Duration delay, std::function<void()> call) {
    return at(clock().now() + std::max(delay, core::Duration::zero()), std::move(call));
}

EventLoop::Handle EventLoop::every(core::Duration period, std::function<void()> call) {
    period = std::max<core::Duration>(period, std::chrono::milliseconds{1});
    return impl_->add_timer(clock().now() + period, period, std::move(call));
}

void EventLoop::post(std::function<void()> call) {
    bool first = false;
    {
        const std::lock_guard lock(impl_->mutex);
        first = impl_->mail.empty();
        impl_->mail.push_back(std::move(call));
    }
    if (first) impl_->wake();
}

void EventLoop::run(const std::stop_token& stop) {
    const auto keep = impl_;
    const std::stop_callback on_stop(stop, [&keep] { keep->wake(); });
    while (!stop.stop_requested() && !impl_->leaving()) impl_->turn(impl_->wait_ms());
    impl_->quitting.store(false, std::memory_order_relaxed);
}

std::size_t EventLoop::poll() {
    return impl_->turn(0);
}

void EventLoop::quit() {
    impl_->quitting.store(true, std::memory_order_relaxed);
    impl_->wake();
}

const core::Clock& EventLoop::clock() const {
    return impl_->clock;
}

}  // namespace sightline::net
