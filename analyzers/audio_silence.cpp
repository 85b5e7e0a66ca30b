// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_silence.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sightline::analyzers {

AudioSilence::AudioSilence(const AnalyzerContext& context, const core::ConditionSpec& condition)
    : level_dbfs_(parameter(context, condition.id, condition.parameters, "level")),
      any_(parameter(context, condition.id, condition.parameters, "channels") > 0.5),
      silence_(condition.id, context.track.subject, context.track.pid) {
    level_ = static_cast<float>(std::pow(10.0, level_dbfs_ / 20.0));
}

void AudioSilence::process(const core::AudioBlock& block, core::Findings& out) {
    if (block.channels.empty() || block.samples == 0 || block.sample_rate <= 0) {
        return;
    }
    const std::size_t runs = any_ ? block.channels.size() : 1;
    if (runs != runs_.size() || block.sample_rate != rate_) {
        runs_.assign(runs, Run{});  // other channels: what was counted says nothing about them
        silent_runs_ = 0;
        undecided_runs_ = runs;
        rate_ = block.sample_rate;
    }
    clock_.begin(block);
    changes_.clear();
    for (std::size_t i = 0; i < runs; ++i) {
        walk(block, runs_[i], any_ ? block.channels.subspan(i, 1) : block.channels);
    }
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const Change& a, const Change& b) { return a.known < b.known; });
    for (const auto& change : changes_) {
        tell(change, out);
    }
}

void AudioSilence::walk(const core::AudioBlock& block, Run& run, std::span<const float* const> channels) {
    const std::int64_t shortest = block.sample_rate * kShortestRun / std::chrono::seconds{1};
    for (std::size_t i = 0; i < block.samples; ++i) {
        bool sound = false;
        for (const float* channel : channels) {
            sound = sound || std::fabs(channel[i]) >= level_;
        }
        if (sound) {
            if (run.silent || run.undecided) {
                changes_.push_back({i, false, run.silent, run.undecided, true, clock_.at(i)});
            }
            run = Run{0, {}, false, false, false};
            continue;
        }
        if (run.length == 0) {
            run.since = clock_.at(i);
        }
        ++run.length;
        if (!run.silent && run.length >= shortest) {
            changes_.push_back({i, true, false, run.undecided, !run.from_start, run.since});
            run.silent = true;
            run.undecided = false;
        }
    }
}

void AudioSilence::tell(const Change& change, core::Findings& out) {
    undecided_runs_ -= change.decides ? 1 : 0;
    silent_runs_ += change.silent ? 1 : 0;
    silent_runs_ -= change.was_silent ? 1 : 0;
    const auto verdict = silent_runs_ > 0      ? core::Verdict::Bad
                         : undecided_runs_ > 0 ? core::Verdict::Unknown
                                               : core::Verdict::Good;
    if (verdict == silence_.verdict() || verdict == core::Verdict::Unknown) {
        return;
    }
    // With several runs, one may begin before another one's end and be known after it: time never goes back.
    const bool late = last_edge_ && last_edge_->media > change.at.media;
    auto edge = silence_.edge(verdict, late ? *last_edge_ : change.at);
    edge.exact = change.exact;
    edge.threshold = level_dbfs_;
    edge.unit = "dBFS";
    last_edge_ = edge.at;
    silence_.say(std::move(edge), out);
}

void AudioSilence::reset(core::Instant at, core::Findings& out) {
    runs_.clear();
    clock_.reset();
    last_edge_.reset();
    silence_.say(core::Verdict::Unknown, at, out);
}

}  // namespace sightline::analyzers
