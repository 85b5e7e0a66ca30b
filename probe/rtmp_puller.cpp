// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_puller.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "core/thread.hpp"
#include "probe/ffmpeg.hpp"

namespace sightline::probe {
namespace {

using core::ErrorCode;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxInFlight = 16 * 1024 * 1024;  // read, but not yet taken by the loop
constexpr std::chrono::milliseconds kJoinPatience{150};

/// What FFmpeg says while one attempt runs: its return codes do not tell a refusal from a fault, its log does.
struct LogEar {
    enum class Phase : std::uint8_t { Connecting, Handshake, Greeted, Accepted, Playing };
    Phase phase = Phase::Connecting;
    std::string server_error, certificate;

    void hear(std::string_view line) {
        constexpr std::string_view kServerError = "Server error: ";
        if (const auto at = line.find(kServerError); at != std::string_view::npos) {
            server_error = one_line(line.substr(at + kServerError.size()));
        } else if (line.find(" certificate") != std::string_view::npos) {
            certificate = one_line(line);
        } else if (line.find("Handshaking") != std::string_view::npos) {
            phase = Phase::Handshake;
        } else if (line.find("Proto = ") != std::string_view::npos) {
            phase = Phase::Greeted;  // shakes hands first, then takes the URL apart for its connect command
        } else if (line.find("Creating stream") != std::string_view::npos) {
            phase = Phase::Accepted;
        } else if (line.find("Sending play command") != std::string_view::npos) {
            phase = Phase::Playing;
        }
    }

    static std::string one_line(std::string_view text) {
        auto line = core::clean_utf8(text.substr(0, 200));
        while (!line.empty() && line.back() == ' ') line.pop_back();
        return line;
    }
};

thread_local LogEar* ear = nullptr;

void on_log(void* context, int level, const char* format, va_list arguments) {
    if (ear == nullptr) {
        av_log_default_callback(context, level, format, arguments);
        return;
    }
    std::array<char, 512> line{};
    const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
    if (size > 0) ear->hear(line.data());
}

struct CloseInput {
    void operator()(AVIOContext* input) const { avio_closep(&input); }
};
using Input = std::unique_ptr<AVIOContext, CloseInput>;

struct Dictionary {
    AVDictionary* entries = nullptr;
    Dictionary() = default;
    ~Dictionary() { av_dict_free(&entries); }
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;
    void set(const char* key, const std::string& value) { av_dict_set(&entries, key, value.c_str(), 0); }
};

core::Error timed_out(LogEar::Phase phase, bool opened) {
    if (opened) return {ErrorCode::Timeout, "the server sent nothing any more"};
    switch (phase) {
        case LogEar::Phase::Connecting:
            return {ErrorCode::Timeout, "connection timed out"};
        case LogEar::Phase::Handshake:
            return {ErrorCode::Timeout, "the server does not answer as RTMP"};
        case LogEar::Phase::Greeted:
            return {ErrorCode::Timeout, "the server does not answer the connect command"};
        case LogEar::Phase::Accepted:
            return {ErrorCode::Timeout, "the server accepts the app but not the stream"};
        case LogEar::Phase::Playing:
            break;
    }
    return {ErrorCode::Timeout, "nothing is published there"};
}

core::Error explain(int code, const LogEar& heard, bool opened) {
    using Phase = LogEar::Phase;
    if (!heard.server_error.empty()) return {ErrorCode::Refused, "the server says: " + heard.server_error};
    if (!heard.certificate.empty()) return {ErrorCode::Refused, "TLS: " + heard.certificate};
    const bool closed = code == AVERROR_EOF || code == AVERROR(EIO) || code == AVERROR(ECONNRESET) || code == 0;
    if (closed && opened) {
        return code == AVERROR_EOF || code == 0
                   ? core::Error{ErrorCode::EndOfStream, "the stream ended: its publisher left"}
                   : core::Error{ErrorCode::Io, "the server closed the connection"};
    }
    if (closed && heard.phase == Phase::Connecting) return {ErrorCode::Io, "the TLS handshake failed"};
    if (closed && heard.phase == Phase::Handshake) return {ErrorCode::Io, "the server does not speak RTMP"};
    if (closed && heard.phase == Phase::Greeted) {
        return {ErrorCode::Refused, "the server closed the connection: it does not have or give this app"};
    }
    if (closed) return {ErrorCode::NotFound, "the server closed the connection: nothing is published there"};
    auto text = core::clean_utf8(ffmpeg::error_text(code));
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
    return {ErrorCode::Io, text};
}

}  // namespace

struct RtmpPuller::State {
    std::atomic<bool> stop{false};
    std::atomic<bool> expired{false};

    std::mutex mutex;  // guards the rest
    std::condition_variable changed;
    net::EventLoop* loop = nullptr;  ///< null once the puller is gone
    std::size_t in_flight = 0;
    bool finished = false;

    Events events;  // of the loop's thread only

    [[nodiscard]] bool interrupted() const { return stop.load() || expired.load(); }

    /// Runs `call` on the loop's thread unless the puller is gone by then. @return false once it is gone.
    static bool tell(const std::shared_ptr<State>& state, std::function<void(Events&)> call) {
        const std::lock_guard lock(state->mutex);
        if (state->loop == nullptr) return false;
        state->loop->post([state, call = std::move(call)] {
            // A copy: the callee may drop the puller, and with it the events.
            if (state->stop.load()) return;
            auto events = state->events;
            call(events);
        });
        return true;
    }
};

RtmpPuller::RtmpPuller(Order order, Events events, net::EventLoop& loop) : state_(std::make_shared<State>()) {
    state_->loop = &loop;
    state_->events = std::move(events);
    thread_ = core::start_thread(
        "rtmp-source", [state = state_, order = std::move(order)](const std::stop_token&) { run(state, order); });
}

RtmpPuller::~RtmpPuller() {
    state_->stop.store(true);
    bool finished = false;
    {
        std::unique_lock lock(state_->mutex);
        state_->loop = nullptr;
        state_->changed.notify_all();
        finished = state_->changed.wait_for(lock, kJoinPatience, [this] { return state_->finished; });
    }
    if (!finished) thread_.detach();  // inside a name lookup; see make_rtmp_source()
}

void RtmpPuller::time_out() {
    state_->expired.store(true);
    const std::lock_guard lock(state_->mutex);
    state_->changed.notify_all();
}

void RtmpPuller::run(const std::shared_ptr<State>& state, const Order& order) {
    static const bool kListening = [] {
        av_log_set_callback(on_log);
        return true;
    }();
    static_cast<void>(kListening);
    LogEar heard;
    ear = &heard;
    Dictionary options;
    options.set("rtmp_tcurl", order.tc_url);
    options.set("protocol_whitelist", "rtmp,rtmps,tcp,tls");
    if (!order.host.empty()) {
        options.set("tls_verify", "1");
        options.set("verifyhost", order.host);
    }
    const AVIOInterruptCB interrupt{[](void* s) { return static_cast<State*>(s)->interrupted() ? 1 : 0; }, state.get()};
    AVIOContext* raw = nullptr;
    int code = avio_open2(&raw, order.url.c_str(), AVIO_FLAG_READ, &interrupt, &options.entries);
    Input input(raw);
    const bool opened = code >= 0;
    if (opened) {
        State::tell(state, [](Events& events) { events.opened(); });
        std::vector<unsigned char> buffer(kReadBytes);
        while (!state->interrupted()) {
            code = avio_read_partial(input.get(), buffer.data(), static_cast<int>(buffer.size()));
            if (code <= 0) break;
            const auto* const begin = reinterpret_cast<const std::byte*>(buffer.data());
            auto data = std::make_shared<const std::vector<std::byte>>(begin, begin + code);
            {
                std::unique_lock lock(state->mutex);
                state->changed.wait(
                    lock, [&] { return state->in_flight < kMaxInFlight || state->loop == nullptr || state->expired; });
                state->in_flight += data->size();
            }
            State::tell(state, [state, data](Events& events) {
                {
                    const std::lock_guard lock(state->mutex);
                    state->in_flight -= data->size();
                }
                state->changed.notify_all();
                events.bytes(*data);
            });
        }
    }
    const auto why = state->expired ? timed_out(heard.phase, opened) : explain(code, heard, opened);
    input.reset();
    ear = nullptr;
    const bool answered = heard.phase != LogEar::Phase::Connecting;
    State::tell(state, [why, answered](Events& events) { events.ended(why, answered); });
    const std::lock_guard lock(state->mutex);
    state->finished = true;
    state->changed.notify_all();
}

}  // namespace sightline::probe
