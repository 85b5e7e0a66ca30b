// SPDX-License-Identifier: Apache-2.0
#include "engine/pipeline.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "core/thread.hpp"
#include "core/url.hpp"
#include "engine/container_sniffer.hpp"
#include "engine/depth_controller.hpp"
#include "engine/file_input.hpp"

namespace sightline::engine {
namespace {

using core::ErrorCode;
using probe::Container;
using namespace std::chrono_literals;

constexpr core::Duration kTickPeriod = 100ms;
/// 33 bits in a transport stream, 32 (of milliseconds) in FLV; others do not wrap.
constexpr int kTsWrapBits = 33, kFlvWrapBits = 32;

/// The path of an input that is a regular file; empty for anything else.
std::string regular_file(const std::string& url) {
    std::string path = url;
    if (url.starts_with("file://")) {
        const auto parsed = core::parse_url(url);
        if (!parsed) return {};
        path = core::percent_decode(parsed->path);
    } else if (url.find("://") != std::string::npos) {
        return {};
    }
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) ? path : std::string{};
}

/// Reads the first bytes of a file, to choose between the byte queue and a demuxer that seeks.
core::Result<Container> container_of(const std::string& path) {
    auto input = FileInput::open(path);
    if (!input) return tl::unexpected(input.error());
    std::vector<std::byte> head(kSniffBytes);
    std::size_t filled = 0;
    while (filled < head.size()) {
        const std::size_t got = (*input)->read(std::span(head).subspan(filled));
        if (got == 0) break;
        filled += got;
    }
    if (filled == 0) return core::fail(ErrorCode::EndOfStream, "the input is empty: no bytes at all");
    return sniff_container(std::span(head).first(filled), true).value_or(Container::Unknown);
}

}  // namespace

/// One lane's findings on their way out; looks at what the other half must know.
class Pipeline::LaneFindings final : public core::Findings {
public:
    LaneFindings(Lane lane, Pipeline& pipeline)
        : lane_(lane), pipeline_(pipeline), output_(pipeline.output_), names_(pipeline.names_) {}
    void add(core::Observation observation) override {
        const auto* edge = std::get_if<core::StateEdge>(&observation);
        if (edge != nullptr && edge->condition == "ts.scrambled" && edge->pid &&
            edge->verdict != core::Verdict::Unknown) {
            // Live, the decoding half is at our heels; the two clocks may have drifted apart over jumps of time stamps.
            const core::MediaTime from =
                pipeline_.live_ ? core::MediaTime::min() : edge->at.media.value_or(core::MediaTime{});
            names_.set_scrambled(*edge->pid, edge->verdict == core::Verdict::Bad, from);
        }
        if (auto* inventory = std::get_if<core::Inventory>(&observation)) {
            const std::lock_guard lock(pipeline_.totals_mutex_);
            inventory->left_out = pipeline_.left_out_;
        }
        output_.observe(lane_, std::move(observation));
    }

private:
    Lane lane_;
    Pipeline& pipeline_;
    PipelineOutput& output_;
    TrackNames& names_;
};

Pipeline::Pipeline(const core::StreamSpec& spec, const PipelineOptions& options, net::EventLoop& loop,
                   PipelineOutput& output)
    : spec_(spec),
      options_(options),
      loop_(loop),
      output_(output),
      wall_(loop.clock(), [this](link::SegmentKind kind, link::Descriptor descriptor) {
          output_.segment(kind, std::move(descriptor));
      }) {}

core::Result<std::unique_ptr<Pipeline>> Pipeline::make(const core::StreamSpec& spec, const PipelineOptions& options,
                                                       net::EventLoop& loop, PipelineOutput& output) {
    std::unique_ptr<Pipeline> pipeline(new Pipeline(spec, options, loop, output));
    if (auto opened = pipeline->open(); !opened) return tl::unexpected(opened.error());
    return pipeline;
}

core::Result<void> Pipeline::open() {
    clocks_ = clocks_of(spec_.input);
    const bool decodes = spec_.input.depth != core::DepthMode::Transport;
    transport_out_ = std::make_unique<LaneFindings>(Lane::Transport, *this);
    content_out_ = std::make_unique<LaneFindings>(Lane::Content, *this);
    depth_ = std::make_unique<DepthController>(spec_.input.depth);
    if (const std::string path = regular_file(spec_.input.url); !path.empty()) {
        auto container = container_of(path);
        if (!container) return tl::unexpected(container.error());
        traits_.live = false;
        live_ = false;
        struct stat about {};
        if (stat(path.c_str(), &about) == 0) file_size_ = about.st_size;
        if (*container == Container::Unknown) {
            if (!decodes)
                return core::fail(ErrorCode::Unsupported,
                                  "not an MPEG transport stream: there is no transport to inspect (check --depth full "
                                  "reads other formats)");
            auto file = FileInput::open(path);
            if (!file) return tl::unexpected(file.error());
            file_ = std::move(*file);
            return {};
        }
    }
    probe::SourceOptions source_options;
    source_options.read_size = options_.read_size;
    source_options.jitter_seed = options_.jitter_seed;
    auto source = probe::make_source(spec_.input, source_options, loop_);
    if (!source) return tl::unexpected(source.error());
    source_ = std::move(*source);
    traits_ = source_->traits();
    live_ = traits_.live;
    if (traits_.live) recorder_ = std::make_unique<ByteRecorder>(loop_.clock());
    if (decodes) queue_ = std::make_unique<SessionBytes>(traits_.live, traits_.live);
    make_inspector();
    SignalWatch::Options watch;
    watch.datagrams = clocks_.transport_on_arrival;
    watch.patience = spec_.input.connect_timeout;
    signal_ = std::make_unique<SignalWatch>(watch, *transport_out_);
    return {};
}

void Pipeline::make_inspector() {
    formats::ts::InspectorOptions inspect;
    inspect.intervals =
        clocks_.transport_on_arrival ? formats::ts::ClockSource::Arrival : formats::ts::ClockSource::Media;
    inspect.bitrate =
        traits_.live && !traits_.segmented ? formats::ts::ClockSource::Arrival : formats::ts::ClockSource::Media;
    inspect.arrival_known = traits_.live;
    inspect.services = spec_.input.services;
    inspector_ = std::make_unique<formats::ts::TransportInspector>(inspect, *transport_out_);
}

/// Only the first answer of the other side tells a recording from a live stream, and what is left out of it.
void Pipeline::learn_traits() {
    {
        const std::lock_guard lock(totals_mutex_);
        left_out_ = source_->not_watched();
    }
    if (std::exchange(traits_learned_, true)) return;
    const bool was_live = std::exchange(traits_, source_->traits()).live;
    live_ = traits_.live;
    if (!was_live || traits_.live) return;
    ticker_.reset();
    if (queue_) queue_->forget_arrivals();
    make_inspector();
    output_.recorded();
}

Pipeline::~Pipeline() {
    stop();
}

void Pipeline::start() {
    if (queue_ || file_) {
        decoder_ = core::start_thread("decode", [this](const std::stop_token& stop) { decode(stop); });
    }
    if (!source_) {
        output_.link({probe::LinkState::Connected, {}, {}, loop_.clock().now()});
        output_.finished(Lane::Transport, std::nullopt);
        return;
    }
    if (traits_.live) {
        const std::lock_guard lock(source_mutex_);
        signal_->start(loop_.clock().now());
        ticker_ = loop_.every(kTickPeriod, [this] { tick(); });
    }
    source_->start(*this);
}

void Pipeline::stop() {
    *alive_ = false;
    ticker_.reset();
    if (queue_) queue_->stop();
    if (source_) source_->cancel();
    decoder_.request_stop();
    if (decoder_.joinable()) decoder_.join();
}

core::Result<void> Pipeline::record(link::Descriptor ring, std::uint64_t capacity) {
    const std::lock_guard lock(source_mutex_);
    if (!recorder_ || recorder_->attached()) return {};
    return recorder_->attach(std::move(ring), capacity);
}

void Pipeline::show(const WallWish& wish) {
    focus_.store(wish.focus, std::memory_order_relaxed);
    wall_.want(wish);
}

// --- The source's thread -------------------------------------------------------------------------------------------

void Pipeline::on_link(const probe::LinkStatus& status) {
    if (status.state == probe::LinkState::Ended || status.state == probe::LinkState::Failed) {
        end_transport(status.error);
        output_.link(status);
        return;
    }
    {
        const std::lock_guard lock(source_mutex_);
        if (traits_.live) signal_->on_link(status);
        if (status.state == probe::LinkState::Connected) learn_traits();
    }
    output_.link(status);
}

void Pipeline::on_boundary(const probe::Boundary& boundary) {
    const std::lock_guard lock(source_mutex_);
    declared_gap_ = boundary.declared;
    const bool segment = boundary.kind == probe::Boundary::Kind::Segment;
    sniff(true);
    if (segment && container_) {
        inspector_->on_boundary(formats::ts::Boundary::Segment);
        return;
    }
    if (container_ == Container::MpegTs) inspector_->on_boundary(formats::ts::Boundary::Session);
    container_.reset();
    position_seen_.reset();
    cut_pending_ = true;
    if (boundary.container != Container::Unknown) {
        begin_bytes(boundary.container);
    } else if (traits_.container != Container::Unknown) {
        begin_bytes(traits_.container);
    }
}

void Pipeline::begin_bytes(Container container) {
    container_ = container;
    if (recorder_) recorder_->begin_session(container);
    if (queue_) queue_->cut(container);
    cut_pending_ = false;
}

void Pipeline::on_bytes(std::span<const std::byte> bytes, core::ArrivalTime arrival) {
    const std::lock_guard lock(source_mutex_);
    bytes_ += bytes.size();
    if (!queue_) worked_off_.store(static_cast<std::int64_t>(bytes_), std::memory_order_relaxed);
    if (traits_.live) signal_->on_bytes(arrival);
    if (!container_ && traits_.container != Container::Unknown) begin_bytes(traits_.container);
    if (container_) {
        pass(bytes, arrival);
        return;
    }
    unsniffed_.insert(unsniffed_.end(), bytes.begin(), bytes.end());
    unsniffed_arrival_ = arrival;
    sniff(false);
}

/// Looks at the first bytes of a session until they tell what it is.
void Pipeline::sniff(bool last) {
    if (unsniffed_.empty()) return;
    const auto container = sniff_container(unsniffed_, last);
    if (!container) return;
    begin_bytes(*container);
    const std::vector<std::byte> first = std::exchange(unsniffed_, {});
    pass(first, unsniffed_arrival_);
}

void Pipeline::pass(std::span<const std::byte> bytes, core::ArrivalTime arrival) {
    if (container_ == Container::MpegTs) {
        inspector_->feed(bytes, arrival);
        if (inspector_->programmes_revision() != programmes_seen_) learn_programmes();
    }
    if (traits_.live) note_frames(arrival);
    if (recorder_ && traits_.live) recorder_->put(bytes, arrival);
    if (!queue_) return;
    queue_->put(bytes, arrival);
    if (traits_.live && !flush_posted_) {
        // One hand-over for all that this turn of the loop receives.
        flush_posted_ = true;
        loop_.post([this, alive = alive_] {
            if (!*alive) return;
            const std::lock_guard lock(source_mutex_);
            flush_posted_ = false;
            queue_->flush();
        });
    }
}

void Pipeline::note_frames(core::ArrivalTime arrival) {
    if (container_ == Container::MpegTs) {
        const auto position = inspector_->position();
        if (position == position_seen_) return;
        position_seen_ = position;
    }
    signal_->on_frame(arrival, declared_gap_ * 3 / 2);
}

void Pipeline::learn_programmes() {
    programmes_seen_ = inspector_->programmes_revision();
    names_.learn(inspector_->programmes());
    programmes_ = std::make_shared<const std::vector<formats::ts::Programme>>(inspector_->programmes());
    if (queue_) return;
    // Nobody decodes: the PMT is all there is to say about tracks.
    core::Inventory inventory;
    inventory.format = "mpegts";
    for (const auto& programme : inspector_->programmes()) {
        for (const auto& stream : programme.streams) {
            core::Track track;
            track.subject.service = inspector_->programmes().size() > 1 ? programme.number : std::uint16_t{0};
            track.subject.track = stream.track;
            track.kind = stream.kind;
            track.pid = stream.pid;
            track.language = stream.language;
            track.codec = stream.codec;
            track.watched = false;
            track.not_watched = "not decoded at transport depth";
            inventory.tracks.push_back(std::move(track));
        }
    }
    transport_out_->add(std::move(inventory));
}

void Pipeline::tick() {
    const core::ArrivalTime now = loop_.clock().now();
    const std::lock_guard lock(source_mutex_);
    signal_->tick(now, source_->trouble());
    if (recorder_) recorder_->tick(now);
    if (clocks_.transport_on_arrival && container_ == Container::MpegTs) inspector_->advance(now);
    publish_totals();
}

void Pipeline::end_transport(const std::optional<core::Error>& error) {
    {
        const std::lock_guard lock(source_mutex_);
        sniff(true);
        if (container_ == Container::MpegTs) {
            inspector_->finish();
            if (inspector_->programmes_revision() != programmes_seen_) learn_programmes();
        }
        publish_totals();
        if (queue_) queue_->close();
    }
    std::optional<core::Error> why = error;
    if (!why && bytes_ == 0) why = core::Error{ErrorCode::EndOfStream, "the input is empty: no bytes at all"};
    if (!why && !queue_ && container_ != Container::MpegTs)
        why = core::Error{ErrorCode::Unsupported, "not an MPEG transport stream: there is no transport to inspect"};
    output_.finished(Lane::Transport, why);
}

void Pipeline::publish_totals() {
    PipelineTotals now;
    now.bytes = bytes_;
    if (container_ == Container::MpegTs || inspector_->report().packets > 0) now.transport = inspector_->report();
    now.programmes = programmes_;
    now.link = source_->statistics();
    if (recorder_ && recorder_->attached()) {
        now.link["evidence.ring_bytes_total"] = static_cast<double>(recorder_->written_bytes());
        now.link["evidence.ring_lost_blocks_total"] = static_cast<double>(recorder_->lost_blocks());
    }
    if (!queue_ && now.transport) {
        now.format = "mpegts";
        now.duration = now.transport->duration;
    }
    const std::lock_guard lock(totals_mutex_);
    now.format = now.format.empty() ? totals_.format : now.format;
    now.duration = now.duration ? now.duration : totals_.duration;
    totals_ = std::move(now);
}

PipelineTotals Pipeline::totals() const {
    const std::lock_guard lock(totals_mutex_);
    PipelineTotals now = totals_;
    now.pictures = pictures_.load(std::memory_order_relaxed);
    now.sounds = sounds_.load(std::memory_order_relaxed);
    now.decode_errors = decode_errors_.load(std::memory_order_relaxed);
    if (file_size_ > 0) {
        const auto worked_off = static_cast<double>(worked_off_.load(std::memory_order_relaxed));
        now.share = std::min(1.0, worked_off / static_cast<double>(file_size_));
    }
    return now;
}

// --- The decode thread ---------------------------------------------------------------------------------------------

void Pipeline::decode(const std::stop_token& stop) {
    std::optional<core::Error> error;
    if (file_) {
        error = decode_session(*file_, Container::Unknown, stop);
    } else {
        while (!stop.stop_requested()) {
            const auto container = queue_->next_session();
            if (!container) break;
            auto failed = decode_session(*queue_, *container, stop);
            if (!content_ || !zero_fixed_) error = std::move(failed);
        }
    }
    if (content_) content_->end_session(false);
    if (zero_fixed_) error.reset();
    output_.finished(Lane::Content, error);
}

std::optional<core::Error> Pipeline::decode_session(probe::ByteInput& bytes, Container container,
                                                    const std::stop_token& stop) {
    probe::MediaReaderOptions options;
    options.container = container;
    options.services = spec_.input.services;
    options.max_tracks = spec_.input.max_tracks;
    options.max_pixels = spec_.input.max_pixels;
    const bool first = !timeline_;
    if (first) {
        timeline_ = std::make_unique<core::Timeline>(container == Container::MpegTs ? kTsWrapBits
                                                     : container == Container::Flv  ? kFlvWrapBits
                                                                                    : 0);
        ContentWatch::Options watch;
        watch.every_picture = spec_.input.depth == core::DepthMode::Full;
        watch.wall = &wall_;
        if (options_.stills) watch.still = [this](const analyzers::SmallImage& image) { output_.still(image); };
        content_ = std::make_unique<ContentWatch>(spec_, std::move(watch), names_, *timeline_, *content_out_);
    } else {
        timeline_->restart();
    }
    content_->begin_session(container == Container::MpegTs ? "mpegts" : "");
    auto reader = probe::MediaReader::open(bytes, options, *timeline_, !zero_fixed_, *content_);
    if (!reader) return reader.error();
    content_->begin_session((*reader)->format());
    (*reader)->announce();
    {
        const std::lock_guard lock(totals_mutex_);
        totals_.format = (*reader)->format();
    }
    std::optional<core::Error> ended;
    while (!stop.stop_requested() && !ended) {
        (*reader)->set_work(choose_work());
        if (auto step = (*reader)->step(); !step) ended = step.error();
        zero_fixed_ = zero_fixed_ || (*reader)->zero_fixed();
        if (zero_fixed_) content_->settle();
        if (recorder_ && zero_fixed_) recorder_->note_offset(timeline_->offset());
        pictures_.store(content_->pictures(), std::memory_order_relaxed);
        sounds_.store(content_->sounds(), std::memory_order_relaxed);
        worked_off_.store(file_ ? file_->position() : queue_->taken(), std::memory_order_relaxed);
    }
    decode_errors_.fetch_add((*reader)->decode_errors(), std::memory_order_relaxed);
    {
        const std::lock_guard lock(totals_mutex_);
        totals_.duration = timeline_->end();
        if (file_) totals_.bytes = static_cast<std::uint64_t>(file_->size().value_or(0));
    }
    if (live_ || queue_ != nullptr) content_->end_session(live_);
    return ended && ended->code != ErrorCode::EndOfStream ? ended : std::nullopt;
}

probe::DecodeWork Pipeline::choose_work() {
    DepthController::Now now;
    now.newest = content_->newest();
    now.last_key = content_->last_key();
    now.suspicion = content_->take_suspicion();
    now.focus = focus_.load(std::memory_order_relaxed);
    now.lag = queue_ ? queue_->lag() : core::Duration{};
    const probe::DecodeWork work = depth_->decide(now);
    content_->note_key_frames_only(work == probe::DecodeWork::KeyFrames);
    if (depth_->overloaded() != overloaded_) {
        overloaded_ = depth_->overloaded();
        core::StateEdge edge;
        edge.condition = "probe.overload";
        edge.verdict = overloaded_ ? core::Verdict::Bad : core::Verdict::Good;
        edge.at = {std::nullopt, loop_.clock().now()};
        edge.detail = "decoding is behind; pictures are skipped";
        content_out_->add(std::move(edge));
    }
    return work;
}

}  // namespace sightline::engine
