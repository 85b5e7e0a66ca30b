// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/scenario/desk_scenario.hpp"

namespace sightline::scenario {
namespace {

using core::Duration;
using core::UtcTime;

struct Words {
    int line = 0;
    std::vector<std::string> plain;
    std::map<std::string, std::string> keys;
};

[[noreturn]] void refuse(const Words& words, const std::string& what) {
    throw std::runtime_error("line " + std::to_string(words.line) + ": " + what);
}

/// Words at blanks; key=value and key="a b" where the key is one of `known`.
Words words_of(const std::string& text, int line) {
    static const std::set<std::string> kKeys{"tags",   "url",   "delay", "severity", "state",   "cause",
                                             "title",  "why",   "says",  "alarms",   "returns", "streams",
                                             "merged", "count", "since", "roles"};
    Words words;
    words.line = line;
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] == ' ') {
            ++at;
            continue;
        }
        std::string word;
        bool quoted = false;
        for (; at < text.size() && (quoted || text[at] != ' '); ++at) {
            if (text[at] == '"') {
                quoted = !quoted;
            } else {
                word += text[at];
            }
        }
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos && kKeys.count(word.substr(0, equals)) == 1) {
            words.keys[word.substr(0, equals)] = word.substr(equals + 1);
        } else {
            words.plain.push_back(word);
        }
    }
    return words;
}

std::vector<Words> lines_of(const std::string& text) {
    std::vector<Words> all;
    std::istringstream in(text);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        line = line.substr(0, line.find('#'));
        Words words = words_of(line, number);
        if (!words.plain.empty()) all.push_back(std::move(words));
    }
    return all;
}

Duration seconds_of(const std::string& text) {
    const auto read = core::parse_duration(text);
    if (!read) throw std::runtime_error("not a time: " + text);
    return *read;
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);) parts.push_back(part);
    return parts;
}

/// "enc-1..3" is enc-1, enc-2, enc-3.
std::vector<std::string> names_of(const std::string& text) {
    std::vector<std::string> names;
    for (const std::string& part : split(text, ',')) {
        const std::size_t dots = part.find("..");
        if (dots == std::string::npos) {
            names.push_back(part);
            continue;
        }
        std::size_t digits = dots;
        while (digits > 0 && std::isdigit(static_cast<unsigned char>(part[digits - 1])) != 0) --digits;
        for (int n = std::stoi(part.substr(digits, dots - digits)); n <= std::stoi(part.substr(dots + 2)); ++n)
            names.push_back(part.substr(0, digits) + std::to_string(n));
    }
    return names;
}

struct Event {
    Duration at{};
    Words words;
};

/// One play.
class Player {
public:
    Player(const std::string& text, unsigned shuffle, unsigned restart_every)
        : random_(shuffle), shuffle_(shuffle != 0), restart_every_(restart_every) {
        config_.probe = "p";
        bool expecting = false;
        for (Words& words : lines_of(text)) {
            if (words.plain[0] == "expect") expecting = true;
            if (!expecting) read(std::move(words));
        }
        std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
    }

    DeskRun run() {
        make_engine();
        std::size_t next = 0;
        for (Duration now{}; now <= until_;) {
            std::vector<Event> moment;
            for (; next < events_.size() && events_[next].at <= now; ++next) moment.push_back(events_[next]);
            if (shuffle_) std::shuffle(moment.begin(), moment.end(), random_);
            for (const Event& event : moment) act(event);
            step(now);
            Duration then = until_ + std::chrono::seconds{1};
            if (next < events_.size()) then = std::min(then, events_[next].at);
            if (const auto due = engine_->next_due()) then = std::min(then, std::max(now, *due - kStart));
            now = then == now ? now + std::chrono::milliseconds{1} : then;
            if (restart_every_ > 0 && ++steps_ % restart_every_ == 0) restart(std::min(now, until_));
        }
        check();
        return std::move(run_);
    }

private:
    static constexpr UtcTime kStart{std::chrono::seconds{1'795'316'400}};

    void read(Words words) {
        const std::string& what = words.plain[0];
        if (what == "stream") {
            for (const std::string& id : names_of(words.plain.at(1))) {
                core::StreamSpec spec;
                spec.id = spec.name = id;
                spec.input.url = words.keys.count("url") == 1 ? words.keys["url"] : "recording.ts";
                for (const std::string& tag : split(words.keys["tags"], ',')) {
                    const std::size_t colon = tag.find(':');
                    spec.tags[tag.substr(0, colon)] = tag.substr(colon + 1);
                }
                config_.streams.push_back(std::move(spec));
            }
        } else if (what == "path") {
            config::Path path;
            path.id = words.plain.at(1);
            for (std::size_t n = 2; n < words.plain.size(); ++n) {
                const auto parts = split(words.plain[n], '+');  // members|other+delay
                config::PathPoint point;
                point.any_of = split(parts[0], '|');
                if (parts.size() > 1) point.delay = seconds_of(parts[1]);
                path.points.push_back(std::move(point));
            }
            config_.paths.push_back(std::move(path));
        } else if (what == "escalate") {
            config_.incidents.escalate.push_back({seconds_of(words.plain.at(1)), {words.plain.at(2)}});
        } else if (what == "repeat") {
            config_.incidents.repeat = seconds_of(words.plain.at(1));
        } else if (what == "reopen_within") {
            config_.incidents.reopen_within = seconds_of(words.plain.at(1));
        } else if (what == "until") {
            until_ = seconds_of(words.plain.at(1));
        } else if (what == "at") {
            const Duration at = seconds_of(words.plain.at(1));
            words.plain.erase(words.plain.begin(), words.plain.begin() + 2);
            events_.push_back({at, std::move(words)});
        } else if (what == "every") {  // every STEP FROM..TO …
            const Duration step = seconds_of(words.plain.at(1));
            const auto range = split(words.plain.at(2), '-');
            words.plain.erase(words.plain.begin(), words.plain.begin() + 3);
            for (Duration at = seconds_of(range[0]); at <= seconds_of(range[1]); at += step)
                events_.push_back({at, words});
        } else {
            refuse(words, "unknown: " + what);
        }
    }

    void act(const Event& event) {
        const Words& words = event.words;
        const std::string& what = words.plain[0];
        if (what == "raise" || what == "worsen" || what == "clear") {
            for (const std::string& stream : names_of(words.plain.at(1))) transition(event, what, stream);
        } else if (what == "maintenance") {
            std::string json = "{\"on\":\"" + words.plain.at(1) + "\",\"name\":\"" + words.plain.at(2) +
                               "\",\"to\":\"" + core::to_rfc3339(kStart + seconds_of(words.plain.at(3))) +
                               "\",\"reason\":\"planned\",\"who\":\"K\"}";
            auto window = incidents::maintenance_from_json(json, kStart + event.at);
            if (!window || !engine_->add_maintenance(*window, kStart + event.at)) refuse(words, "wrong maintenance");
        } else {
            command(event);
        }
    }

    void command(const Event& event) {
        using Kind = incidents::IncidentCommand::Kind;
        static const std::map<std::string, Kind> kKinds{{"ack", Kind::Acknowledge}, {"unack", Kind::Unacknowledge},
                                                        {"snooze", Kind::Snooze},   {"unsnooze", Kind::Unsnooze},
                                                        {"note", Kind::Note},       {"assign", Kind::Assign},
                                                        {"resolve", Kind::Resolve}, {"close", Kind::Close}};
        const Words& words = event.words;
        const auto kind = kKinds.find(words.plain[0]);
        if (kind == kKinds.end()) refuse(words, "unknown: " + words.plain[0]);
        incidents::IncidentCommand command;
        command.kind = kind->second;
        command.incident = "p-" + words.plain.at(1);
        command.actor = "K. Ito";
        if (words.plain.size() > 2) command.duration = core::parse_duration(words.plain[2]).value_or(Duration{});
        command.text = command.kind == Kind::Acknowledge ? "" : "because";
        if (auto done = engine_->command(command, kStart + event.at); !done) refuse(words, done.error().message);
    }

    void transition(const Event& event, const std::string& what, const std::string& stream) {
        const Words& words = event.words;
        const std::string condition = words.plain.at(2);
        const std::string key = stream + ' ' + condition;
        core::AlarmTransition& alarm = open_[key];
        if (what == "raise") {
            alarm = {};
            alarm.id = "p-" + std::to_string(++run_.taken) + "-" + stream;
            alarm.stream = stream;
            alarm.condition = alarm.rule = condition;
            alarm.message = words.plain.size() > 3 ? words.plain[3] : condition;
            alarm.since.utc = kStart + (words.keys.count("since") == 1 ? seconds_of(words.keys.at("since")) : event.at);
        } else {
            if (alarm.id.empty()) refuse(words, "not raised: " + key);
            ++alarm.sequence;
            alarm.state = what == "clear" ? core::AlarmState::Cleared : core::AlarmState::Changed;
        }
        if (words.keys.count("severity") == 1) {
            alarm.severity = core::severity_from(words.keys.at("severity")).value();
        } else if (what == "raise") {
            alarm.severity = core::Severity::Critical;
        }
        alarm.at.utc = kStart + event.at;
        if (what == "clear") alarm.until = alarm.at;
        engine_->take(alarm);
        last_[alarm.id] = alarm;
        if (what == "clear") open_.erase(key);
    }

    void make_engine() {
        engine_ = incidents::make_incident_engine({[this] { return "p-i" + std::to_string(++incidents_); },
                                                   [this] { return "p-m" + std::to_string(++windows_); }});
        engine_->configure(config_);
    }

    void restart(Duration now) {
        incidents::IncidentRestore stored;
        for (const auto& [id, incident] : run_.incidents) {
            if (incident->state != core::IncidentState::Closed) stored.incidents.push_back({*incident, memory_[id]});
        }
        for (const auto& [id, alarm] : last_) {
            const auto home = run_.alarm_of.find(id);
            if (home != run_.alarm_of.end() && run_.incidents.at(home->second)->state != core::IncidentState::Closed)
                stored.alarms.push_back(alarm);
        }
        stored.maintenance = engine_->maintenance();
        make_engine();
        engine_->restore(std::move(stored), kStart + now);
    }

    void step(Duration now) {
        const incidents::IncidentOutcome out = engine_->step(kStart + now);
        for (const incidents::IncidentChange& change : out.changes) {
            const std::string& id = change.incident->id;
            run_.incidents[id] = change.incident;
            memory_[id] = change.memory;
            for (const std::string& alarm : change.left) {
                if (run_.alarm_of[alarm] == id) run_.alarm_of.erase(alarm);
            }
        }
        for (const incidents::IncidentChange& change : out.changes) {
            for (const core::IncidentAlarm& alarm : change.alarms) {
                const auto [at, fresh] = run_.alarm_of.emplace(alarm.id, change.incident->id);
                if (!fresh && at->second != change.incident->id) run_.broken += alarm.id + " is in two incidents; ";
            }
        }
        for (const incidents::IncidentNotice& notice : out.notices) {
            run_.notices.push_back(std::to_string(std::chrono::floor<std::chrono::seconds>(now).count()) + ' ' +
                                   notice.incident->id.substr(2) + ' ' + incidents::name(notice.reason));
        }
    }

    void check() {
        if (run_.alarm_of.size() != run_.taken) run_.broken += "an alarm is in no incident; ";
        std::set<std::string> seen;
        for (const auto& [id, incident] : run_.incidents) {
            if (!incident->merged_into.empty() && !incident->alarms.empty())
                run_.broken += id + " merged, but not empty; ";
            for (const core::IncidentAlarm& alarm : incident->alarms) {
                if (!seen.insert(alarm.id).second) run_.broken += alarm.id + " is listed twice; ";
            }
        }
    }

    config::Config config_;
    std::vector<Event> events_;
    Duration until_ = std::chrono::minutes{10};
    std::mt19937 random_;
    bool shuffle_;
    unsigned restart_every_, steps_ = 0;
    std::unique_ptr<incidents::IncidentEngine> engine_;
    std::map<std::string, core::AlarmTransition> open_, last_;
    std::map<std::string, std::string> memory_;
    int incidents_ = 0, windows_ = 0;
    DeskRun run_;
};

std::string describe(const core::Incident& incident) {
    std::ostringstream out;
    std::size_t open = 0;
    for (const core::IncidentAlarm& alarm : incident.alarms) open += alarm.open ? 1 : 0;
    out << "state=" << core::name(incident.state) << " severity=" << core::name(incident.severity)
        << " cause=" << core::name(incident.cause.kind) << ':' << incident.cause.name << " title=\"" << incident.title
        << "\" why=\"" << incident.why << "\" alarms=" << incident.alarms.size() << " returns=" << incident.returns;
    if (!incident.merged_into.empty()) out << " merged=" << incident.merged_into.substr(2);
    return out.str();
}

std::string fact(const core::Incident& incident, const std::string& key) {
    if (key == "state") return core::name(incident.state);
    if (key == "severity") return core::name(incident.severity);
    if (key == "cause") return std::string(core::name(incident.cause.kind)) + ':' + incident.cause.name;
    if (key == "title") return incident.title;
    if (key == "why") return incident.why;
    if (key == "alarms") return std::to_string(incident.alarms.size());
    if (key == "returns") return std::to_string(incident.returns);
    if (key == "merged") return incident.merged_into.empty() ? "" : incident.merged_into.substr(2);
    if (key == "roles") {
        std::map<std::string, int> roles;
        for (const core::IncidentAlarm& alarm : incident.alarms) ++roles[core::name(alarm.role)];
        std::string text;
        for (const auto& [role, count] : roles) text += (text.empty() ? "" : ",") + role + ':' + std::to_string(count);
        return text;
    }
    return "?";
}

}  // namespace

DeskRun play_desk(const std::string& text, unsigned shuffle, unsigned restart_every) {
    return Player(text, shuffle, restart_every).run();
}

std::string desk_differences(const std::string& text, const DeskRun& run) {
    std::string out = run.broken;
    bool expecting = false;
    std::vector<std::string> wanted_notices;
    std::size_t wanted = 0;
    bool notices = false;
    for (const Words& words : lines_of(text)) {
        if (words.plain[0] == "expect") expecting = true;
        if (!expecting || words.plain[0] == "expect") continue;
        if (words.plain[0] == "notices") {
            notices = true;
        } else if (notices) {
            std::string line;
            for (const std::string& word : words.plain) line += (line.empty() ? "" : " ") + word;
            wanted_notices.push_back(line);
        } else {
            ++wanted;
            const auto found = run.incidents.find("p-" + words.plain[0]);
            if (found == run.incidents.end()) {
                out += "no incident " + words.plain[0] + "\n";
                continue;
            }
            for (const auto& [key, value] : words.keys) {
                if (key == "says") {
                    const auto& timeline = found->second->timeline;
                    const bool said = std::any_of(timeline.begin(), timeline.end(), [v = value](const auto& entry) {
                        return entry.text.find(v) != std::string::npos;
                    });
                    if (!said) out += words.plain[0] + " does not say: " + value + '\n';
                } else if (fact(*found->second, key) != value) {
                    out += words.plain[0] + ' ' + key + ": expected \"" + value + "\", got \"" +
                           fact(*found->second, key) + "\"\n";
                }
            }
        }
    }
    if (wanted != run.incidents.size()) out += std::to_string(run.incidents.size()) + " incidents\n";
    if (notices && wanted_notices != run.notices) out += "other notices\n";
    if (out.empty()) return out;
    for (const auto& [id, incident] : run.incidents) {
        out += "  " + id.substr(2) + ' ' + describe(*incident) + '\n';
        for (const auto& entry : incident->timeline) out += "      " + entry.kind + ": " + entry.text + '\n';
    }
    for (const std::string& notice : run.notices) out += "  notice " + notice + '\n';
    return out;
}

std::string summary(const DeskRun& run) {
    std::vector<std::string> lines;
    for (const auto& [id, incident] : run.incidents) {
        if (incident->merged_into.empty()) lines.push_back(describe(*incident));
    }
    std::sort(lines.begin(), lines.end());
    std::string out;
    for (const std::string& line : lines) out += line + '\n';
    return out;
}

}  // namespace sightline::scenario
