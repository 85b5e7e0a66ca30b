// SPDX-License-Identifier: Apache-2.0
#include "engine/check.hpp"

#include <fmt/format.h>

#include <mutex>
#include <utility>
#include <vector>

#include "alarms/alarm_engine.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "engine/check_summary.hpp"
#include "engine/conditions.hpp"
#include "engine/observation_merger.hpp"
#include "engine/pipeline.hpp"
#include "engine/process_signals.hpp"
#include "engine/transport_summary.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {
namespace {

using core::ErrorCode;
using namespace std::chrono_literals;

constexpr core::Duration kPeriod = 100ms;
// So many observations are judged at once, or what has come within a period: a switch between threads costs more than
// judging one of them.
constexpr std::size_t kBatch = 64;

/// One check: the pipeline's two threads on one side, rules and output on the loop's thread.
class Check final : private PipelineOutput {
public:
    explicit Check(const CheckOptions& options)
        : options_(options), loop_(clock_), summary_(options.stream.input.url), transport_(options.stream.input.url) {}

    CheckExit run() {
        // Before any thread starts, which inherits the mask.
        const ProcessSignals signals(loop_, {SIGINT, SIGTERM}, [this](int) { end(); });
        PipelineOptions pipeline_options;
        pipeline_options.read_size = options_.read_size;
        auto made = Pipeline::make(options_.stream, pipeline_options, loop_, *this);
        if (!made) return fail(made.error());
        pipeline_ = std::move(*made);
        clocks_ = pipeline_->clocks();
        make_rules();
        const auto ticker = loop_.every(kPeriod, [this] { tick(); });
        started_ = clock_.now();
        if (!clocks_.file) alarms_->civil_time(clock_.utc(), transitions_);
        pipeline_->start();
        loop_.run();
        pipeline_->stop();
        drain();
        return finish();
    }

private:
    void make_rules() {
        alarms::StreamContext context;
        context.spec = options_.stream;
        context.catalogue = condition_catalogue();
        context.transport_on_arrival = clocks_.transport_on_arrival;
        context.file = clocks_.file;
        alarms_ = std::make_unique<alarms::AlarmEngine>(
            std::move(context), [this] { return fmt::format("check-{}", ++ids_); },
            [this](core::ArrivalTime arrival) { return clock_.to_utc(arrival); });
    }

    // The pipeline's threads.
    void observe(Lane lane, core::Observation&& observation) override {
        const std::lock_guard lock(mutex_);
        inbox_.emplace_back(lane, std::move(observation));
        if (inbox_.size() >= kBatch) wake();
    }
    void link(const probe::LinkStatus& status) override {
        const std::lock_guard lock(mutex_);
        link_ = status;
        if (status.state == probe::LinkState::Connected) refused_ = {};
        if (status.error) refused_ = status;
        connected_ = connected_ || status.state == probe::LinkState::Connected;
        wake();
    }
    void recorded() override {
        const std::lock_guard lock(mutex_);
        recorded_ = true;
    }
    void still(const analyzers::SmallImage& /*image*/) override {}
    void finished(Lane lane, const std::optional<core::Error>& error) override {
        const std::lock_guard lock(mutex_);
        finished_lanes_[static_cast<std::size_t>(lane)] = true;
        if (error && !error_) error_ = error;
        wake();
    }
    void wake() {  // under mutex_
        if (!std::exchange(woken_, true)) loop_.post([this] { drain(); });
    }

    // The loop's thread.
    void drain() {
        batch_.clear();
        std::array<bool, 2> finished{};
        bool recorded = false;
        {
            const std::lock_guard lock(mutex_);
            batch_.swap(inbox_);
            woken_ = false;
            finished = finished_lanes_;
            recorded = recorded_;
        }
        if (recorded && !clocks_.file && ids_ == 0) {
            // Nothing but the connecting has been judged so far.
            clocks_.file = true;
            make_rules();
        }
        const bool decodes = options_.stream.input.depth != core::DepthMode::Transport;
        if (!decodes) finished[static_cast<std::size_t>(Lane::Content)] = true;
        if (clocks_.file && decodes) {
            for (auto& [lane, observation] : batch_) merger_.add(lane, std::move(observation));
            if (finished[0]) merger_.finish(Lane::Transport);
            if (finished[1]) merger_.finish(Lane::Content);
            std::vector<core::Observation> ordered;
            merger_.take(ordered);
            for (const core::Observation& observation : ordered) judge(observation);
        } else {
            for (const auto& [lane, observation] : batch_) judge(observation);
        }
        if (finished[0] && finished[1]) end();
    }

    void judge(const core::Observation& observation) {
        if (const auto* tick = std::get_if<core::Tick>(&observation); tick != nullptr && tick->at.media) {
            media_ = std::max(media_, *tick->at.media);
            if (!first_media_) first_media_ = clock_.now();
        }
        if (options_.form == CheckForm::Transport) {
            transport_.note(observation);
            return;
        }
        summary_.note(observation);
        alarms_->observe(observation, transitions_);
        flush();
    }

    void flush() {
        if (!transitions_.empty() && options_.progress) options_.progress({});  // a line begins at its beginning
        for (const core::AlarmTransition& transition : transitions_) {
            summary_.note(transition);
            if (options_.json) {
                options_.print(core::to_json(transition));
            } else {
                options_.print(fmt::format("{:8}  {:8}  {}", core::name(transition.severity),
                                           core::name(transition.state), transition.message));
            }
        }
        transitions_.clear();
    }

    void tick() {
        drain();
        const core::ArrivalTime now = clock_.now();
        if (!clocks_.file) {
            if (options_.form == CheckForm::Verdict) {
                alarms_->civil_time(clock_.utc(), transitions_);
                flush();
            }
            if (now - first_media_.value_or(started_) >= options_.duration) end();
        }
        if (options_.progress) show_progress(now);
    }

    void show_progress(core::ArrivalTime now) {
        const PipelineTotals totals = pipeline_->totals();
        const double share =
            clocks_.file ? totals.share.value_or(-1)
                         : core::to_seconds(now - first_media_.value_or(now)) / core::to_seconds(options_.duration);
        std::string text;
        if (share >= 0) {
            const int filled = std::min(20, static_cast<int>(share * 20));
            text = fmt::format("[{}{}] ", std::string(static_cast<std::size_t>(filled), '#'),
                               std::string(static_cast<std::size_t>(20 - filled), '.'));
        }
        if (!first_media_) {
            const std::lock_guard lock(mutex_);
            text += connected_ ? "connected, waiting for media" : "connecting";
            const std::string& reason = refused_.reason.empty() ? link_.reason : refused_.reason;
            if (!reason.empty()) text += ": " + core::mask_secrets(reason);
        } else {
            text += fmt::format("{:.1f} s of media, {} pictures", core::to_seconds(media_), totals.pictures);
        }
        options_.progress(text);
    }

    void end() { loop_.quit(); }

    CheckExit finish() {
        if (options_.progress) options_.progress({});
        PipelineTotals totals = pipeline_->totals();
        std::optional<core::Error> error;
        bool connected = false;
        {
            const std::lock_guard lock(mutex_);
            error = error_;
            connected = connected_;
            if (!error && totals.bytes == 0 && refused_.error) error = refused_.error;  // why the last attempt failed
            if (!error && totals.bytes == 0) {
                error = core::Error{
                    ErrorCode::Timeout,
                    fmt::format("{} within {}{}", connected ? "connected, but nothing received" : "no connection",
                                core::to_text(options_.duration), link_.reason.empty() ? "" : ": " + link_.reason)};
            }
        }
        if (error) return fail({error->code, fmt::format("{}; input {}", error->message, options_.stream.input.url)});
        if (options_.form == CheckForm::Transport) return report(totals);
        alarms_->finish(transitions_);
        flush();
        if (!clocks_.file) {
            if (const auto severity = alarms_->whole_run_severity()) {
                std::string what;
                for (const alarms::ConditionView& condition : alarms_->conditions()) {
                    if (condition.verdict == core::Verdict::Bad)
                        what += (what.empty() ? "" : ", ") + condition.condition;
                }
                summary_.note_whole_run(*severity, what);
            }
        }
        const std::string unjudged =
            summary_.note_unjudged(totals, options_.stream.input.depth != core::DepthMode::Transport);
        options_.print(options_.json ? summary_.json(totals) : summary_.sentence(totals));
        if (options_.json && summary_.exit() == CheckExit::Unknown)
            (void)fail({ErrorCode::Unsupported, fmt::format("{}; input {}", unjudged, options_.stream.input.url)});
        return summary_.exit();
    }

    CheckExit report(const PipelineTotals& totals) {
        if (!totals.transport || totals.transport->packets == 0) {
            return fail({ErrorCode::Unsupported,
                         fmt::format("not an MPEG transport stream: there is no transport to inspect; input {}",
                                     options_.stream.input.url)});
        }
        options_.print(options_.json ? transport_.json(totals) : transport_.text(totals));
        return CheckExit::Ok;
    }

    CheckExit fail(const core::Error& error) {
        options_.print(error_line(error, options_.json));
        return CheckExit::Unknown;
    }

    const CheckOptions& options_;
    core::SystemClock clock_;
    net::EventLoop loop_;
    CheckSummary summary_;
    TransportSummary transport_;
    std::unique_ptr<Pipeline> pipeline_;
    StreamClocks clocks_;
    std::unique_ptr<alarms::AlarmEngine> alarms_;
    std::uint64_t ids_ = 0;
    ObservationMerger merger_;
    std::vector<std::pair<Lane, core::Observation>> batch_;  // being judged; its memory goes back and forth with inbox_
    std::vector<core::AlarmTransition> transitions_;
    core::ArrivalTime started_{};
    std::optional<core::ArrivalTime> first_media_;
    core::MediaTime media_{};

    std::mutex mutex_;  // guards all below
    std::vector<std::pair<Lane, core::Observation>> inbox_;
    bool woken_ = false;
    std::array<bool, 2> finished_lanes_{};
    std::optional<core::Error> error_;
    probe::LinkStatus link_;
    probe::LinkStatus refused_;  // the last that said why there is no connection, until there is one
    bool connected_ = false;
    bool recorded_ = false;
};

}  // namespace

CheckExit run_check(const CheckOptions& options) {
    return Check(options).run();
}

std::string error_line(const core::Error& error, bool json) {
    const std::string message = core::clean_utf8(core::mask_secrets(error.message));
    if (!json) return fmt::format("UNKNOWN  {}", message);
    return fmt::format(R"({{"type":"error","code":{},"message":{}}})", core::json_string(core::name(error.code)),
                       core::json_string(message));
}

}  // namespace sightline::engine
