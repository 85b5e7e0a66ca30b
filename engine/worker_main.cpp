// SPDX-License-Identifier: Apache-2.0
#include "engine/worker_main.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "engine/link_words.hpp"
#include "engine/pipeline.hpp"
#include "engine/sandbox.hpp"
#include "engine/still_jpeg.hpp"
#include "engine/worker_outbox.hpp"
#include "link/channel.hpp"

namespace sightline::engine {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration kTotalsPeriod = 1s;
constexpr std::size_t kMostRings = 4'096;
constexpr int kExitProtocol = 2, kExitSandbox = 3;

class Worker {
public:
    explicit Worker(int channel_fd)
        : loop_(clock_),
          channel_(loop_, channel_fd,
                   {[this](link::Message message) { take(std::move(message)); },
                    [this](const core::Error&) { quit(kExitProtocol); }, [this] { quit(0); }}) {}

    int run() {
        loop_.run();
        for (auto& stream : streams_) {
            if (stream->pipeline) stream->pipeline->stop();
        }
        return exit_;
    }

private:
    /// One stream's pipeline, and the way out of its threads.
    struct Stream final : PipelineOutput {
        Stream(Worker& owner, std::uint32_t number) : worker(owner), index(number) {}
        void observe(Lane /*lane*/, core::Observation&& observation) override {
            if (worker.outbox_->add(index, std::move(observation))) {
                worker.loop_.post([this] { worker.outbox_->send(worker.channel_); });
            }
        }
        void link(const probe::LinkStatus& status) override {
            worker.loop_.post([this, status] {
                (void)worker.channel_.send(
                    link::Link{index, link_word(status.state), core::mask_secrets(status.reason), status.at});
            });
        }
        void still(const analyzers::SmallImage& image) override {
            auto jpeg = std::make_shared<std::string>(to_jpeg(image));
            worker.loop_.post([this, jpeg] {
                if (worker.channel_.queued_bytes() < WorkerOutbox::kHoldBackBytes)
                    (void)worker.channel_.send(link::Still{index, *jpeg});
            });
        }
        void segment(link::SegmentKind kind, link::Descriptor descriptor) override {
            worker.loop_.post([this, kind, descriptor = std::move(descriptor)] {
                (void)worker.channel_.send(link::Segment{index, kind, descriptor});
            });
        }
        void finished(Lane lane, const std::optional<core::Error>& error) override {
            if (!error) return;
            (void)lane;
            worker.loop_.post([this, why = error->message] {
                (void)worker.channel_.send(link::Link{index, "failed", core::mask_secrets(why), worker.clock_.now()});
            });
        }
        Worker& worker;
        std::uint32_t index;
        std::unique_ptr<Pipeline> pipeline;
    };

    void quit(int status) {
        exit_ = status;
        loop_.quit();
    }

    void take(link::Message message) {
        if (auto* job = std::get_if<link::Job>(&message)) {
            begin(std::move(*job));
        } else if (const auto* focus = std::get_if<link::Focus>(&message)) {
            if (focus->stream < streams_.size() && streams_[focus->stream]->pipeline)
                streams_[focus->stream]->pipeline->show(
                    {focus->tile_width, focus->tile_height, focus->wanted, focus->audio});
        } else if (auto* ring = std::get_if<link::Ring>(&message)) {
            if (streams_.empty() && rings_.size() < kMostRings) {
                rings_.push_back(std::move(*ring));
            } else {
                record(std::move(*ring));
            }
        } else if (std::holds_alternative<link::Stop>(message)) {
            quit(0);
        }
    }

    void begin(link::Job job) {
        if (job.version != link::kVersion || !streams_.empty()) return quit(kExitProtocol);
        std::string sandbox = "none";
        if (job.sandbox) {
            SandboxOptions options;
            options.memory_bytes = job.memory_bytes;
            for (const core::StreamSpec& spec : job.streams) {
                if (spec.input.url.find("://") == std::string::npos) options.readable_paths.push_back(spec.input.url);
            }
            auto entered = enter_sandbox(options);
            if (!entered) {
                (void)channel_.send(link::Hello{link::kVersion, "refused: " + entered.error().message});
                return quit(kExitSandbox);
            }
            sandbox = std::move(*entered);
        }
        (void)channel_.send(link::Hello{link::kVersion, sandbox});
        outbox_ = std::make_unique<WorkerOutbox>(job.streams.size());
        PipelineOptions options;
        options.stills = true;
        for (std::uint32_t i = 0; i < job.streams.size(); ++i) {
            options.jitter_seed = job.seed + i;
            streams_.push_back(std::make_unique<Stream>(*this, i));
            auto made = Pipeline::make(job.streams[i], options, loop_, *streams_.back());
            if (!made) {
                (void)channel_.send(link::Link{i, "failed", core::mask_secrets(made.error().message), clock_.now()});
                continue;
            }
            streams_.back()->pipeline = std::move(*made);
        }
        for (link::Ring& ring : std::exchange(rings_, {})) record(std::move(ring));
        for (auto& stream : streams_) {
            if (stream->pipeline) stream->pipeline->start();
        }
        totals_ = loop_.every(kTotalsPeriod, [this] { say_totals(); });
    }

    /// A ring that cannot be used costs evidence, not the watching.
    void record(link::Ring ring) {
        if (ring.stream >= streams_.size() || !streams_[ring.stream]->pipeline || !ring.descriptor) return;
        const auto begun = streams_[ring.stream]->pipeline->record(std::move(ring.descriptor), ring.capacity);
        if (!begun) fmt::print(stderr, "no evidence will be kept of a stream: {}\n", begun.error().message);
    }

    void say_totals() {
        if (channel_.queued_bytes() > WorkerOutbox::kHoldBackBytes) return;
        for (auto& stream : streams_) {
            if (!stream->pipeline) continue;
            const PipelineTotals now = stream->pipeline->totals();
            link::Totals totals;
            totals.stream = stream->index;
            totals.bytes = now.bytes;
            totals.packets = now.transport ? now.transport->packets : 0;
            totals.continuity_errors = now.transport ? now.transport->continuity_errors : 0;
            totals.pictures = now.pictures;
            totals.sounds = now.sounds;
            totals.decode_errors = now.decode_errors;
            totals.dropped_measurements = outbox_->dropped(stream->index);
            totals.link = now.link;
            (void)channel_.send(totals);
        }
    }

    core::SystemClock clock_;
    net::EventLoop loop_;
    link::Channel channel_;
    std::unique_ptr<WorkerOutbox> outbox_;
    std::vector<std::unique_ptr<Stream>> streams_;
    std::vector<link::Ring> rings_;  // that came before the job
    net::EventLoop::Handle totals_;
    int exit_ = 0;
};

}  // namespace

int run_worker(int channel_fd) {
    // The terminal's Ctrl-C is the supervisor's business; a worker ends when its channel does.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    fcntl(channel_fd, F_SETFD, FD_CLOEXEC);
    fcntl(channel_fd, F_SETFL, fcntl(channel_fd, F_GETFL) | O_NONBLOCK);
    return Worker(channel_fd).run();
}

}  // namespace sightline::engine
