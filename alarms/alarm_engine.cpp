// SPDX-License-Identifier: Apache-2.0
#include "alarms/alarm_engine.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <variant>

#include "alarms/air_plan.hpp"
#include "alarms/judge.hpp"
#include "alarms/stream_clock.hpp"
#include "core/text.hpp"

namespace sightline::alarms {

using core::ArrivalTime;
using core::ClockDomain;
using core::Duration;
using core::UtcTime;

namespace {

/// Said and not judged, at most; beyond it the oldest are judged before their time.
constexpr std::size_t kMaxPending = 65'536;
/// Transitions of one tick that no honest input reaches; ends a call, not the work.
constexpr int kMaxSteps = 1'000'000;
constexpr Duration kClockStep = std::chrono::seconds{1};
/// 36 years: farther instants are a worker's nonsense, and sums with them would overflow.
constexpr Duration kFarthest{std::int64_t{1} << 60};
constexpr Duration kLongestWindow = std::chrono::hours{24};
constexpr std::size_t kMaxDetailBytes = 256;

core::Instant bounded(core::Instant instant) {
    if (instant.media) instant.media = std::clamp(*instant.media, -kFarthest, kFarthest);
    if (instant.arrival) {
        instant.arrival = ArrivalTime{std::clamp(instant.arrival->time_since_epoch(), -kFarthest, kFarthest)};
    }
    return instant;
}

std::string brief(const std::string& text) {
    return core::clean_utf8(std::string_view(text).substr(0, kMaxDetailBytes));
}

}  // namespace

struct AlarmEngine::Impl {
    using Said = std::variant<core::StateEdge, core::Occurrence, core::LevelSample>;
    struct Pending {
        Said said;
        Moment at;
        const core::ConditionSpec* level = nullptr;  // of a LevelSample
    };
    using Queue = std::map<std::pair<Duration, std::uint64_t>, Pending>;
    /// What happens next in one lane.
    struct Step {
        Lane lane = 0;
        Moment at;
        enum class What : std::uint8_t { Calendar, Timer, Said } what = What::Said;
    };

    Impl(StreamContext given, NewId new_id, ToUtc to)
        : context(std::move(given)),
          to_utc(std::move(to)),
          clock(context.file, context.transport_on_arrival),
          writer(context.spec.id, std::move(new_id), to_utc),
          judge(context.spec, context.catalogue, clock, writer),
          plan(context.spec.air) {
        for (const core::ConditionSpec& spec : context.catalogue) {
            if (spec.kind == core::ConditionKind::Level) levels.push_back(&spec);
        }
        judge.set_air(plan.state(), {});
    }

    Queue& queue(Lane lane) {
        if (lane >= queues.size()) queues.resize(lane + 1);
        return queues[lane];
    }

    void push(ClockDomain domain, const core::Subject& subject, Pending pending) {
        const auto key = std::make_pair(pending.at.time, ++sequence);
        queue(clock.lane(domain, subject)).emplace(key, std::move(pending));
        std::size_t total = 0;
        Queue* longest = &queues.front();
        for (Queue& candidate : queues) {
            total += candidate.size();
            if (candidate.size() > longest->size()) longest = &candidate;
        }
        if (total > kMaxPending) take_front(*longest);
    }

    void take(const core::StateEdge& given) {
        core::StateEdge edge = given;
        edge.at = bounded(edge.at);
        edge.detail = brief(edge.detail);
        const core::ConditionSpec* spec = judge.book().condition(edge.condition);
        if (spec == nullptr) return;
        note(edge.at);
        const Moment at = clock.moment(spec->clock, edge.at);
        const core::Subject subject = edge.subject;
        push(spec->clock, subject, {std::move(edge), at});
    }
    void take(const core::Occurrence& given) {
        core::Occurrence occurrence = given;
        occurrence.at = bounded(occurrence.at);
        occurrence.detail = brief(occurrence.detail);
        const core::ConditionSpec* spec = judge.book().condition(occurrence.condition);
        if (spec == nullptr) return;
        note(occurrence.at);
        const Moment at = clock.moment(spec->clock, occurrence.at);
        const core::Subject subject = occurrence.subject;
        push(spec->clock, subject, {std::move(occurrence), at});
    }
    void take(const core::LevelSample& given) {
        if (!std::isfinite(given.value)) return;
        const core::Instant at = bounded(given.at);
        note(at);
        for (const core::ConditionSpec* spec : levels) {
            if (spec->level != given.measurement) continue;
            core::LevelSample sample = given;
            sample.at = at;
            sample.window = std::clamp(sample.window, Duration{}, kLongestWindow);
            push(spec->clock, given.subject, {std::move(sample), clock.moment(spec->clock, at), spec});
        }
    }
    void take(const core::Tick& tick) {
        const core::Instant at = bounded(tick.at);
        note(at);
        clock.tick(tick.domain, tick.track, at);
        if (tick.domain == ClockDomain::Arrival && at.arrival) host_clock(*at.arrival);
        run(false);
        if (tick.domain != ClockDomain::Arrival) judge.watcher_came();
    }
    void take(const core::Inventory& inventory) { writer.set_tracks(inventory.tracks); }

    void note(const core::Instant& at) {
        clock.note(at);
        if (at.arrival && !plan.started()) host_clock(*at.arrival);
    }

    /// Follows the host's civil clock; a step of it reads the calendar afresh.
    void host_clock(ArrivalTime arrival) {
        if (context.file) return;
        const Duration offset = to_utc(arrival).time_since_epoch() - arrival.time_since_epoch();
        const bool stepped = !utc_minus_arrival || std::chrono::abs(offset - *utc_minus_arrival) > kClockStep;
        utc_minus_arrival = offset;
        if (!stepped && plan.started()) return;
        plan.read(UtcTime{arrival.time_since_epoch() + offset});
        judge.set_air(plan.state(), clock.instant_of(arrival));
    }

    [[nodiscard]] ArrivalTime arrival_of(UtcTime utc) {
        if (!utc_minus_arrival) utc_minus_arrival = to_utc(ArrivalTime{}).time_since_epoch();
        return ArrivalTime{utc.time_since_epoch() - *utc_minus_arrival};
    }

    [[nodiscard]] core::Instant instant_of(UtcTime utc) {
        return context.file ? clock.now(ClockDomain::Media).at : clock.instant_of(arrival_of(utc));
    }

    [[nodiscard]] std::optional<Step> next_in(Lane lane) {
        std::optional<Step> step;
        if (clock.domain_of(lane) == ClockDomain::Arrival && plan.next() && !context.file) {
            step = Step{lane, clock.moment(ClockDomain::Arrival, instant_of(*plan.next())), Step::What::Calendar};
        }
        if (const auto due = judge.due(lane); due && (!step || due->time < step->at.time)) {
            step = Step{lane, *due, Step::What::Timer};
        }
        if (!queue(lane).empty()) {
            const Moment& at = queue(lane).begin()->second.at;
            if (!step || at.time < step->at.time) step = Step{lane, at, Step::What::Said};
        }
        return step;
    }

    /// The order of two steps that may be taken: by the common axis, what is due before what is said, what stands
    /// higher before what it explains.
    [[nodiscard]] bool before(const Step& a, const Step& b) const {
        if (a.at.key != b.at.key) return a.at.key < b.at.key;
        if (a.what != b.what) return a.what < b.what;
        const ClockDomain domain_a = clock.domain_of(a.lane);
        const ClockDomain domain_b = clock.domain_of(b.lane);
        if (domain_a != domain_b) return domain_a > domain_b;
        return clock.track_of(a.lane) < clock.track_of(b.lane);
    }

    /// Judges all that may be judged, in the order of the common axis.
    void run(bool over) {
        for (int steps = 0; steps < kMaxSteps; ++steps) {
            std::optional<Step> best;
            for (Lane lane = 0; lane < clock.lanes(); ++lane) {
                const auto step = next_in(lane);
                if (!step) continue;
                if (!(over ? clock.reached_alone(lane, step->at) : clock.reached(lane, step->at))) continue;
                if (!best || before(*step, *best)) best = step;
            }
            if (!best) return;
            perform(*best);
        }
    }

    void perform(const Step& step) {
        switch (step.what) {
            case Step::What::Calendar:
                plan.read(*plan.next());
                judge.set_air(plan.state(), step.at.at);
                break;
            case Step::What::Timer:
                judge.advance(step.lane);
                break;
            case Step::What::Said:
                take_front(queue(step.lane));
                break;
        }
    }

    void take_front(Queue& from) {
        const Pending pending = std::move(from.begin()->second);
        from.erase(from.begin());
        if (const auto* edge = std::get_if<core::StateEdge>(&pending.said)) {
            judge.edge(*edge, pending.at);
        } else if (const auto* occurrence = std::get_if<core::Occurrence>(&pending.said)) {
            judge.occurrence(*occurrence, pending.at);
        } else if (const auto* sample = std::get_if<core::LevelSample>(&pending.said)) {
            judge.sample(*pending.level, *sample, pending.at);
        }
    }

    void finish() {
        for (Lane lane = 0; lane < clock.lanes(); ++lane) {
            if (!queue(lane).empty()) clock.reach(lane, queue(lane).rbegin()->second.at);
        }
        run(true);
    }

    StreamContext context;
    ToUtc to_utc;
    StreamClock clock;
    AlarmWriter writer;
    Judge judge;
    AirPlan plan;
    std::vector<const core::ConditionSpec*> levels;  // what of the catalogue a LevelSample can be judged by
    std::optional<Duration> utc_minus_arrival;
    std::vector<Queue> queues = std::vector<Queue>(3);  // by lane
    std::uint64_t sequence = 0;
};

AlarmEngine::AlarmEngine(StreamContext context, NewId new_id, ToUtc to_utc)
    : impl_(std::make_unique<Impl>(std::move(context), std::move(new_id), std::move(to_utc))) {}
AlarmEngine::~AlarmEngine() = default;
AlarmEngine::AlarmEngine(AlarmEngine&&) noexcept = default;
AlarmEngine& AlarmEngine::operator=(AlarmEngine&&) noexcept = default;

void AlarmEngine::observe(const core::Observation& observation, std::vector<core::AlarmTransition>& out) {
    std::visit([this](const auto& what) { impl_->take(what); }, observation);
    impl_->writer.hand_over(out);
}

void AlarmEngine::finish(std::vector<core::AlarmTransition>& out) {
    impl_->finish();
    impl_->writer.hand_over(out);
}

void AlarmEngine::forget(core::Instant /*at*/) {
    impl_->finish();
    impl_->judge.forget();
    impl_->clock.new_epoch();
}

void AlarmEngine::set_air(std::optional<core::AirState> forced, UtcTime now, std::vector<core::AlarmTransition>& out) {
    impl_->run(false);
    impl_->plan.force(forced);
    if (!impl_->plan.started() && !impl_->context.file) impl_->plan.read(now);
    impl_->judge.set_air(impl_->plan.state(), impl_->instant_of(now));
    impl_->writer.hand_over(out);
}

void AlarmEngine::civil_time(UtcTime now, std::vector<core::AlarmTransition>& out) {
    Impl& impl = *impl_;
    if (!impl.context.file && !impl.clock.ticked(ClockDomain::Arrival)) {
        if (!impl.plan.started()) {
            impl.plan.read(now);
            impl.judge.set_air(impl.plan.state(), impl.instant_of(now));
        }
        while (impl.plan.next() && *impl.plan.next() <= now) {
            const UtcTime change = *impl.plan.next();
            impl.plan.read(change);
            impl.judge.set_air(impl.plan.state(), impl.instant_of(change));
        }
    }
    impl.writer.hand_over(out);
}

core::AirState AlarmEngine::air() const {
    return impl_->plan.state();
}

void AlarmEngine::reconfigure(core::StreamSpec spec, std::vector<core::AlarmTransition>& out) {
    Impl& impl = *impl_;
    impl.run(false);
    impl.judge.reconfigure(spec);
    if (spec.air != impl.context.spec.air) {
        const auto forced = impl.plan.forced();
        impl.plan = AirPlan(spec.air);
        impl.plan.force(forced);
        const core::Instant now = impl.clock.now(impl.context.file ? ClockDomain::Media : ClockDomain::Arrival).at;
        if (now.arrival) impl.plan.read(impl.to_utc(*now.arrival));
        impl.judge.set_air(impl.plan.state(), now);
    }
    impl.context.spec = std::move(spec);
    impl.writer.hand_over(out);
}

std::vector<core::AlarmTransition> AlarmEngine::open() const {
    return impl_->judge.open();
}

void AlarmEngine::restore(std::span<const core::AlarmTransition> open_alarms) {
    impl_->judge.restore(open_alarms);
}

std::vector<ConditionView> AlarmEngine::conditions() const {
    std::vector<ConditionView> views;
    for (const auto& [key, condition] : impl_->judge.conditions()) {
        views.push_back(
            {std::string(key.first->id), key.second, condition.now.verdict, impl_->writer.time(condition.now.at)});
    }
    return views;
}

std::optional<core::Severity> AlarmEngine::whole_run_severity() const {
    return impl_->judge.whole_run_severity();
}

}  // namespace sightline::alarms
