// SPDX-License-Identifier: Apache-2.0
#include "ui/order.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include "core/text.hpp"

namespace sightline::ui {
namespace {

core::UtcTime newest_first(const std::optional<core::UtcTime>& since) {
    return since.value_or(core::UtcTime{});
}

bool snoozed(const AlarmView& alarm, core::UtcTime now) {
    return alarm.snoozed_until && *alarm.snoozed_until > now;
}

/// What says more about a stream comes first: no signal before no picture, the picture before its sound.
constexpr std::array<std::string_view, 12> kTelling{
    "signal.unreachable", "signal.lost",  "signal.stalled", "ts.sync_loss",  "ts.scrambled",  "video.missing",
    "video.black",        "video.freeze", "video.",         "audio.missing", "audio.silence", "audio."};

/// Of the alarms of one stream, which one its tile names.
bool tells_more(const AlarmView& a, const AlarmView& b) {
    const auto rank = [](const AlarmView& one) {
        return std::tuple(-static_cast<int>(one.severity), one.acknowledged, !one.follows.empty(),
                          telling_place(one.condition));
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return before(a, b);
}

}  // namespace

std::size_t telling_place(const std::string& condition) {
    if (condition.starts_with("rule.")) return kTelling.size() + 1;  // what it is made of says more
    const auto* const at = std::find_if(kTelling.begin(), kTelling.end(), [&](std::string_view known) {
        return known.back() == '.' ? condition.starts_with(known) : condition == known;
    });
    return static_cast<std::size_t>(at - kTelling.begin());
}

bool before(const AlarmView& a, const AlarmView& b) {
    return std::tuple(b.severity, newest_first(b.since), a.id) < std::tuple(a.severity, newest_first(a.since), b.id);
}

bool before(const IncidentView& a, const IncidentView& b) {
    if (a.over != b.over) return b.over;  // what is over can wait
    return std::tuple(b.severity, newest_first(b.since), a.id) < std::tuple(a.severity, newest_first(a.since), b.id);
}

const AlarmView* worst_alarm(const StreamState& stream, core::UtcTime now) {
    const AlarmView* worst = nullptr;
    for (const AlarmView& alarm : stream.alarms) {
        if (alarm.severity == core::Severity::Info || snoozed(alarm, now)) continue;
        if (worst == nullptr || tells_more(alarm, *worst)) worst = &alarm;
    }
    return worst;
}

const AlarmView* alarm_beside(const StreamState& stream, const AlarmView& worst, core::UtcTime now) {
    const AlarmView* next = nullptr;
    for (const AlarmView& alarm : stream.alarms) {
        if (&alarm == &worst || alarm.severity != worst.severity || alarm.condition == worst.condition) continue;
        if (snoozed(alarm, now) || !alarm.follows.empty()) continue;
        if (next == nullptr || tells_more(alarm, *next)) next = &alarm;
    }
    return next;
}

bool probe_is_silent(const WallSnapshot& snapshot, const std::string& probe) {
    return std::any_of(snapshot.probes.begin(), snapshot.probes.end(), [&](const ProbeState& one) {
        return one.id == probe && (one.link == LinkState::Silent || one.link == LinkState::Refused);
    });
}

SeverityCounts count_severities(const WallSnapshot& snapshot, core::UtcTime now) {
    SeverityCounts counts;
    for (const StreamState& stream : snapshot.streams) {
        if (probe_is_silent(snapshot, stream.key.probe)) {
            ++counts.unknown;
            continue;
        }
        const AlarmView* worst = worst_alarm(stream, now);
        if (worst == nullptr) continue;
        switch (worst->severity) {
            case core::Severity::Critical:
                ++counts.critical;
                break;
            case core::Severity::Major:
                ++counts.major;
                break;
            case core::Severity::Minor:
                ++counts.minor;
                break;
            case core::Severity::Warning:
                ++counts.warning;
                break;
            case core::Severity::Info:
                break;
        }
    }
    return counts;
}

std::vector<const StreamState*> wrong_streams(const WallSnapshot& snapshot, core::UtcTime now,
                                              const std::map<StreamKey, bool>& red) {
    struct Wrong {
        const StreamState* stream;
        const AlarmView* alarm;
        bool on_air;
    };
    std::vector<Wrong> wrong;
    for (const StreamState& stream : snapshot.streams) {
        const AlarmView* alarm = worst_alarm(stream, now);
        const bool unwatched = stream.watch != Watch::Watched && stream.air == core::AirState::OnAir;
        if (alarm == nullptr && !unwatched) continue;
        const auto tally = red.find(stream.key);
        wrong.push_back({&stream, alarm, tally != red.end() && tally->second});
    }
    std::sort(wrong.begin(), wrong.end(), [](const Wrong& a, const Wrong& b) {
        if (a.on_air != b.on_air) return a.on_air;
        if ((a.alarm == nullptr) != (b.alarm == nullptr)) return a.alarm != nullptr;
        if (a.alarm != nullptr && before(*a.alarm, *b.alarm)) return true;
        if (a.alarm != nullptr && before(*b.alarm, *a.alarm)) return false;
        return a.stream->key < b.stream->key;
    });
    std::vector<const StreamState*> streams;
    streams.reserve(wrong.size());
    for (const Wrong& one : wrong) streams.push_back(one.stream);
    return streams;
}

bool passes(const IncidentView& incident, const std::string& filter) {
    std::string all = incident.title + '\n' + incident.why + '\n' + incident.owner + '\n' +
                      core::name(incident.severity) + '\n' + incident.state;
    for (const StreamKey& stream : incident.streams) all += '\n' + stream.stream;
    all = core::ascii_lower(std::move(all));
    const std::string wanted = core::ascii_lower(filter);
    for (std::size_t at = 0; at < wanted.size();) {
        const std::size_t end = std::min(wanted.find(' ', at), wanted.size());
        if (end > at && all.find(wanted.substr(at, end - at)) == std::string::npos) return false;
        at = end + 1;
    }
    return true;
}

ListWindow list_window(std::size_t count, float row, float height, float& offset) {
    const float most = std::max(0.0F, static_cast<float>(count) * row - height);
    offset = std::clamp(offset, 0.0F, most);
    ListWindow window;
    window.first = std::min(count, static_cast<std::size_t>(offset / row));
    window.last = std::min(count, static_cast<std::size_t>((offset + std::max(height, 0.0F)) / row) + 1);
    return window;
}

void OnScreen::begin() {
    std::erase_if(seen_, [&](const auto& item) { return item.second.refresh < refresh_; });
    ++refresh_;
}

void OnScreen::shown(const std::string& id, core::Severity severity, core::ArrivalTime now) {
    const auto [at, fresh] = seen_.try_emplace(id, Seen{now, severity, refresh_});
    if (fresh) return;
    if (severity > at->second.severity) at->second.first = now;
    at->second.severity = severity;
    at->second.refresh = refresh_;
}

bool OnScreen::readable(const std::string& id, core::ArrivalTime now) const {
    const auto at = seen_.find(id);
    return at != seen_.end() && now - at->second.first >= kReadable;
}

std::vector<const IncidentView*> takeable(const WallSnapshot& snapshot, const OnScreen& on_screen,
                                          const std::string& selected, core::ArrivalTime now) {
    std::vector<const IncidentView*> taken;
    for (const IncidentView& incident : snapshot.incidents) {
        if (!incident.from_desk || (incident.state != "open" && !incident.over)) continue;
        if (!selected.empty() && incident.id != selected) continue;
        if (on_screen.readable(incident.id, now)) taken.push_back(&incident);
    }
    return taken;
}

}  // namespace sightline::ui
