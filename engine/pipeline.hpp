// SPDX-License-Identifier: Apache-2.0
// One monitored stream from bytes to observations: source → transport inspection → byte queue → decode thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "analyzers/picture.hpp"
#include "core/clock.hpp"
#include "core/findings.hpp"
#include "core/stream_spec.hpp"
#include "core/timeline.hpp"
#include "engine/byte_recorder.hpp"
#include "engine/content_watch.hpp"
#include "engine/file_input.hpp"
#include "engine/session_bytes.hpp"
#include "engine/signal_watch.hpp"
#include "engine/stream_clocks.hpp"
#include "engine/track_names.hpp"
#include "engine/wall_tap.hpp"
#include "formats/ts/inspector.hpp"
#include "net/event_loop.hpp"
#include "probe/source.hpp"

namespace sightline::engine {

/// The two threads of a stream, each of which says its observations in order.
enum class Lane : std::uint8_t {
    Transport,  ///< link and transport: the source's thread
    Content,    ///< pictures and sound: the decode thread
};

/// Where a stream's observations go.
///
/// Threading: each function is called from both of a stream's threads.
class PipelineOutput {
public:
    virtual ~PipelineOutput() = default;
    virtual void observe(Lane lane, core::Observation&& observation) = 0;
    virtual void link(const probe::LinkStatus& status) = 0;
    /// What was taken for a live input by its URL is a recording (VOD): media time is its only clock. Before any media.
    virtual void recorded() {}
    /// A small picture, about every two seconds of media; only if asked for.
    virtual void still(const analyzers::SmallImage& image) = 0;
    /// A new piece of shared memory for walls; only after show().
    // NOLINTNEXTLINE(performance-unnecessary-value-param): whoever overrides it keeps the descriptor
    virtual void segment(link::SegmentKind /*kind*/, link::Descriptor /*descriptor*/) {}
    /// The lane is over: nothing more comes from it. `error`: why the input could not be read, if it could not.
    virtual void finished(Lane lane, const std::optional<core::Error>& error) = 0;
};

struct PipelineOptions {
    std::size_t read_size = 0;  ///< as SourceOptions
    bool stills = false;
    std::uint32_t jitter_seed = 0;
};

/// Totals for the summary and the metrics.
struct PipelineTotals {
    std::uint64_t bytes = 0;
    std::optional<double> share;  ///< of a regular file: how much of it has been worked through, 0 to 1
    std::uint64_t pictures = 0, sounds = 0;
    std::uint64_t decode_errors = 0;
    std::uint64_t shed_bytes = 0;  ///< live bytes dropped before decoding because this probe was too slow
    std::string format;
    std::optional<core::MediaTime> duration;  ///< of media seen
    std::optional<formats::ts::TransportReport> transport;
    std::shared_ptr<const std::vector<formats::ts::Programme>> programmes;  ///< of the newest PAT and PMTs; may be null
    std::map<std::string, double> link;                                     ///< Source::statistics()
};

class DepthController;

/// Lifecycle: make() → start() → … → stop() (or destroy). All on the event loop's thread.
/// Cancelling takes at most 200 ms but for a decoder in the middle of a picture.
class Pipeline final : private probe::SourceSink {
public:
    /// @return why the input can never work: bad URL, no such file, a directory.
    [[nodiscard]] static core::Result<std::unique_ptr<Pipeline>> make(const core::StreamSpec& spec,
                                                                      const PipelineOptions& options,
                                                                      net::EventLoop& loop, PipelineOutput& output);
    ~Pipeline() override;

    void start();
    void stop();
    /// Keeps the bytes received from now on in a ring on disk (live inputs only). @return why it cannot; at most once.
    core::Result<void> record(link::Descriptor ring, std::uint64_t capacity);
    /// What walls want; with `focus` everything is decoded, whatever the depth.
    void show(const WallWish& wish);

    [[nodiscard]] StreamClocks clocks() const { return clocks_; }
    /// Link and transport are exact on the loop's thread once the Transport lane has finished; until then a moment old.
    [[nodiscard]] PipelineTotals totals() const;

private:
    class LaneFindings;
    Pipeline(const core::StreamSpec& spec, const PipelineOptions& options, net::EventLoop& loop,
             PipelineOutput& output);
    core::Result<void> open();

    void on_bytes(std::span<const std::byte> bytes, core::ArrivalTime arrival) override;
    void on_boundary(const probe::Boundary& boundary) override;
    void on_link(const probe::LinkStatus& status) override;
    std::size_t room() const override { return queue_ ? queue_->room() : SIZE_MAX; }

    void begin_bytes(probe::Container container);
    void sniff(bool last);
    void pass(std::span<const std::byte> bytes, core::ArrivalTime arrival);
    void note_frames(core::ArrivalTime arrival);
    void learn_programmes();
    void make_inspector();
    void learn_traits();
    void end_transport(const std::optional<core::Error>& error);
    void tick();
    void publish_totals();

    void decode(const std::stop_token& stop);
    std::optional<core::Error> decode_session(probe::ByteInput& bytes, probe::Container container,
                                              const std::stop_token& stop);
    [[nodiscard]] probe::DecodeWork choose_work();

    core::StreamSpec spec_;
    PipelineOptions options_;
    net::EventLoop& loop_;
    PipelineOutput& output_;
    StreamClocks clocks_;
    probe::SourceTraits traits_;
    std::atomic<bool> live_{true};  // as traits_.live, for both threads

    // The source's side: its thread, and the loop's ticks.
    std::mutex source_mutex_;  // guards this block but source_ itself
    std::unique_ptr<LaneFindings> transport_out_;
    std::unique_ptr<probe::Source> source_;
    std::unique_ptr<formats::ts::TransportInspector> inspector_;
    std::unique_ptr<SignalWatch> signal_;
    std::optional<probe::Container> container_;  // of the present session, once known
    std::vector<std::byte> unsniffed_;
    core::ArrivalTime unsniffed_arrival_{};
    std::unique_ptr<ByteRecorder> recorder_;  // of live inputs; note_offset() by the decode thread
    std::uint64_t bytes_ = 0;
    std::uint64_t programmes_seen_ = 0;
    std::shared_ptr<const std::vector<formats::ts::Programme>> programmes_;
    std::optional<core::MediaTime> position_seen_;
    core::Duration declared_gap_{};
    bool cut_pending_ = true;
    bool traits_learned_ = false;
    net::EventLoop::Handle ticker_;
    bool flush_posted_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    // Between the threads.
    std::unique_ptr<SessionBytes> queue_;
    std::unique_ptr<FileInput> file_;  // inputs that must seek: no transport inspection, no queue
    TrackNames names_;
    std::atomic<bool> focus_{false};
    std::int64_t file_size_ = 0;               // of a regular file
    std::atomic<std::int64_t> worked_off_{0};  // bytes of it
    std::atomic<std::uint64_t> decode_errors_{0}, pictures_{0}, sounds_{0}, shed_{0};
    mutable std::mutex totals_mutex_;  // guards totals_ and left_out_
    std::vector<std::string> left_out_;
    PipelineTotals totals_;

    WallTap wall_;

    // The decode thread's.
    std::unique_ptr<LaneFindings> content_out_;
    std::unique_ptr<core::Timeline> timeline_;
    std::unique_ptr<ContentWatch> content_;
    bool zero_fixed_ = false;
    bool overloaded_ = false;
    std::unique_ptr<DepthController> depth_;
    std::jthread decoder_;  // last: joined before what it uses goes
};

}  // namespace sightline::engine
