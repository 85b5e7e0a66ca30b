// SPDX-License-Identifier: Apache-2.0
#include "testdata/transmission.hpp"

extern "C" {
#include <libavutil/log.h>
}
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

#include "core/bounded_queue.hpp"
#include "core/thread.hpp"
#include "testdata/file_output.hpp"
#include "testdata/pacer.hpp"
#include "testdata/packet_chain.hpp"
#include "testdata/replay.hpp"
#include "testdata/unit_faults.hpp"

namespace sightline::testdata {
namespace {

using core::Result;

/// Units encoded ahead in live mode: about a second of picture and sound.
constexpr std::size_t kUnitsAhead = 80;

/// The parts between the source and the pacer. The producer's side runs in its own thread when live.
struct Transmission {
    const SignalOptions& options;
    std::unique_ptr<UnitSource> source;
    std::vector<std::unique_ptr<Output>> outputs;
    std::unique_ptr<Truth> truth;
    std::unique_ptr<UnitFaults> units;
    std::unique_ptr<PacketChain> chain;
    File events;
    core::Duration ended{0};  ///< presentation end of what was given; the producer's until it is done
};

Result<void> write_file(const std::string& path, const std::string& text) {
    const File file(std::fopen(path.c_str(), "wb"));
    if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()) != 0) {
        return core::fail(core::ErrorCode::Io, "cannot write " + path);
    }
    return {};
}

Result<std::string> read_file(const std::string& path) {
    const File file(std::fopen(path.c_str(), "rb"));
    if (!file) return core::fail(core::ErrorCode::Io, "cannot read " + path);
    std::string text;
    std::array<char, 4096> part;
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) text.append(part.data(), size);
    return text;
}

Result<void> open_replay(Transmission& t) {
    std::vector<Truth::Known> known;
    if (!t.options.loop_truth_path.empty()) {
        const auto text = read_file(t.options.loop_truth_path);
        if (!text) return tl::unexpected(text.error());
        auto read = Truth::read_known(*text);
        if (!read) return core::fail(read.error().code, t.options.loop_truth_path + ": " + read.error().message);
        known = std::move(*read);
    }
    auto replay = Replay::open(t.options.loop_path, t.options.programme.length);
    if (!replay) return tl::unexpected(replay.error());
    t.truth = std::make_unique<Truth>((*replay)->tracks(), t.options.faults, t.options.seed);
    (*replay)->report_to(t.truth.get(), std::move(known));
    t.source = std::move(*replay);
    return {};
}

Result<void> open_programme(Transmission& t) {
    auto programme = Programme::open(t.options.programme, t.options.faults);
    if (!programme) return tl::unexpected(programme.error());
    if ((*programme)->tracks().empty()) {
        return core::fail(core::ErrorCode::InvalidConfig, "neither picture nor sound: nothing to send");
    }
    t.truth = std::make_unique<Truth>((*programme)->tracks(), t.options.faults, t.options.seed);
    (*programme)->report_to(t.truth.get());
    t.source = std::move(*programme);
    return {};
}

Result<void> open_source(Transmission& t) {
    auto opened = t.options.loop_path.empty() ? open_programme(t) : open_replay(t);
    if (!opened) return opened;
    t.units = std::make_unique<UnitFaults>(*t.source, t.options.faults, t.truth.get());
    return {};
}

Result<void> open_outputs(Transmission& t) {
    OutputSettings settings;
    settings.tracks = t.source->tracks();
    settings.paced = t.options.paced;
    settings.segment_length = t.options.segment_length;
    settings.segments_listed = t.options.segments_listed;
    settings.seed = t.options.seed;
    bool packets = false;
    for (const std::string& to : t.options.to) {
        auto output = make_output(to, settings);
        if (!output) return tl::unexpected(output.error());
        packets = packets || (*output)->feed() == Feed::Packets;
        if (auto opened = (*output)->open(); !opened) return opened;
        t.outputs.push_back(std::move(*output));
    }
    if (!packets) return {};
    auto mux = TsMux::open(t.options.ts, t.source->tracks(), t.options.faults);
    if (!mux) return tl::unexpected(mux.error());
    t.chain =
        std::make_unique<PacketChain>(std::move(*mux), PacketFaults(t.options.faults, t.options.seed, t.truth.get()));
    return {};
}

core::Duration end_of(const AccessUnit& unit) {
    return core::to_duration(unit.pts + unit.duration);
}

/// @return the next batch; one without unit and packets at the end.
Result<Batch> next_batch(Transmission& t) {
    auto unit = t.units->next();
    if (!unit) return tl::unexpected(unit.error());
    Batch batch;
    batch.unit = std::move(*unit);
    if (batch.unit) {
        batch.mark = t.truth->mark_of(*batch.unit);
        if (batch.unit->track == 0) t.ended = std::max(t.ended, end_of(*batch.unit));
    }
    if (t.chain && batch.unit) t.chain->push(*batch.unit, batch.mark, batch.packets);
    if (t.chain && !batch.unit) t.chain->flush(batch.packets);
    return batch;
}

Result<void> run_fast(Transmission& t, Pacer& pacer, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        auto batch = next_batch(t);
        if (!batch) return tl::unexpected(batch.error());
        const bool last = !batch->unit;
        if (auto sent = pacer.send(std::move(*batch)); !sent) return sent;
        if (last) break;
    }
    return {};
}

Result<void> run_paced(Transmission& t, Pacer& pacer, const std::stop_token& stop) {
    core::BoundedQueue<Batch> queue(kUnitsAhead, core::WhenFull::Block);
    std::mutex mutex;
    Result<void> outcome;  // the producer's; guarded by mutex
    const std::jthread producer = core::start_thread("encode", [&](const std::stop_token& done) {
        for (bool last = false; !last && !done.stop_requested();) {
            auto batch = next_batch(t);
            if (!batch) {
                const std::lock_guard lock(mutex);
                outcome = tl::unexpected(batch.error());
                break;
            }
            last = !batch->unit;
            if (!queue.push(std::move(*batch), 1, done)) break;
        }
        queue.close();
    });
    while (auto batch = queue.pop(stop)) {
        if (auto sent = pacer.send(std::move(*batch)); !sent) return sent;
        if (t.events) {
            for (const std::string& line : t.truth->take_sent_lines())
                std::fprintf(t.events.get(), "%s\n", line.c_str());
            std::fflush(t.events.get());
        }
    }
    queue.close();
    const std::lock_guard lock(mutex);
    return outcome;
}

Result<void> write_truth(Transmission& t) {
    if (t.options.truth_path.empty()) return {};
    if (t.chain) {
        std::uint64_t packets = 0;
        for (const auto& pair : t.chain->pids()) packets += pair.second.sent;
        t.truth->set_pids(t.chain->pids(), packets * kPacketSize);
    }
    t.truth->set_totals(t.ended, t.source->frames(), t.options.ts.start_pts, t.chain != nullptr);
    return write_file(t.options.truth_path, t.truth->to_json());
}

}  // namespace

Result<void> transmit(const SignalOptions& options, const core::Clock& clock, const std::stop_token& stop) {
    av_log_set_level(AV_LOG_QUIET);  // its errors come back as ours
    Transmission t{options, nullptr, {}, nullptr, nullptr, nullptr, nullptr};
    if (auto opened = open_source(t); !opened) return opened;
    if (auto opened = open_outputs(t); !opened) return opened;
    if (!options.events_path.empty()) {
        t.events.reset(std::fopen(options.events_path.c_str(), "wb"));
        if (!t.events) return core::fail(core::ErrorCode::Io, "cannot write " + options.events_path);
    }
    Pacer pacer(t.outputs, options.paced ? &clock : nullptr, *t.truth, options.faults, stop);
    auto run = options.paced ? run_paced(t, pacer, stop) : run_fast(t, pacer, stop);
    if (!run) return run;
    if (auto finished = pacer.finish(); !finished) return finished;
    return write_truth(t);
}

}  // namespace sightline::testdata
