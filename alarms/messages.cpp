// SPDX-License-Identifier: Apache-2.0
#include "alarms/messages.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "alarms/default_rules.hpp"

namespace sightline::alarms {

namespace {

struct Phrase {
    std::string_view condition;
    std::string_view bad;    ///< a noun: "black picture"
    std::string_view again;  ///< where "… ended" would mislead: "signal is back"
};

constexpr std::array kPhrases{
    Phrase{"signal.unreachable", "cannot connect", "connection is possible again"},
    Phrase{"signal.lost", "no signal", "signal is back"},
    Phrase{"signal.stalled", "connected, but nothing new comes", "signal runs again"},
    Phrase{"video.black", "black picture", ""},
    Phrase{"video.freeze", "frozen picture", ""},
    Phrase{"video.missing", "no picture", "picture is back"},
    Phrase{"video.format", "unexpected picture format", "picture format is as expected again"},
    Phrase{"audio.silence", "silence", ""},
    Phrase{"audio.missing", "no sound", "sound is back"},
    Phrase{"audio.format", "unexpected sound format", "sound format is as expected again"},
    Phrase{"audio.level_low", "sound too low", ""},
    Phrase{"audio.level_high", "sound too loud", ""},
    Phrase{"audio.loudness", "loudness off target", ""},
    Phrase{"audio.true_peak", "true peak too high", ""},
    Phrase{"audio.phase", "sound out of phase", ""},
    Phrase{"audio.clipping", "clipped sound", ""},
    Phrase{"audio.channel_missing", "sound channel missing", "sound channel is back"},
    Phrase{"bitrate.low", "bitrate too low", ""},
    Phrase{"bitrate.high", "bitrate too high", ""},
    Phrase{"ts.sync_loss", "transport stream sync lost", "transport stream sync is back"},
    Phrase{"ts.sync_byte", "sync byte errors", ""},
    Phrase{"ts.pat", "no valid PAT", "PAT is back"},
    Phrase{"ts.pmt", "no valid PMT", "PMT is back"},
    Phrase{"ts.continuity", "continuity errors", ""},
    Phrase{"ts.pid_missing", "PID missing", "PID is back"},
    Phrase{"ts.transport_error", "packets marked as damaged", ""},
    Phrase{"ts.crc", "table CRC errors", ""},
    Phrase{"ts.pcr_repetition", "PCR too seldom", ""},
    Phrase{"ts.pcr_discontinuity", "PCR jumps", ""},
    Phrase{"ts.pts_repetition", "PTS too seldom", ""},
    Phrase{"ts.cat", "scrambled without a CAT", ""},
    Phrase{"ts.scrambled", "scrambled", "in the clear again"},
    Phrase{"probe.overload", "the probe is overloaded, decoding is shed", "the probe keeps up again"},
    Phrase{"probe.clock", "the probe's clock is not synchronised", "the probe's clock is synchronised again"},
    Phrase{"probe.disk", "the probe cannot write its store", "the probe writes its store again"},
    Phrase{"probe.lost", "the probe did not run", "the probe runs again"},
    Phrase{"probe.outbox", "alerts cannot be delivered", "alerts are delivered again"},
    Phrase{"probe.quarantine", "the stream keeps killing its worker and is quarantined", "the stream is watched again"},
};

const Phrase* phrase_of(std::string_view condition) {
    for (const Phrase& phrase : kPhrases) {
        if (phrase.condition == condition) return &phrase;
    }
    return nullptr;
}

std::string noun_of(std::string_view condition) {
    if (condition.substr(0, kNotPrefix.size()) == kNotPrefix) {
        return "no " + noun_of(condition.substr(kNotPrefix.size()));
    }
    const Phrase* phrase = phrase_of(condition);
    return std::string(phrase != nullptr ? phrase->bad : condition);
}

std::string noun_of(const core::Rule& rule) {
    if (!rule.combined()) return noun_of(rule.name);
    if (rule.name == kOffAirContentRule) return "content while off air";
    std::string text = rule.name + ": ";
    const auto& members = rule.all.empty() ? rule.any : rule.all;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i > 0) text += rule.all.empty() ? " or " : " and ";
        text += noun_of(members[i]);
    }
    return text;
}

/// 1800000 bit/s -> "1.8 Mb/s"; other units as they are.
std::string quantity(double value, std::string_view unit) {
    if (unit != "bit/s") return unit.empty() ? fmt::format("{:.4g}", value) : fmt::format("{:.4g} {}", value, unit);
    if (std::abs(value) >= 1e6) return fmt::format("{:.4g} Mb/s", value / 1e6);
    if (std::abs(value) >= 1e3) return fmt::format("{:.4g} kb/s", value / 1e3);
    return fmt::format("{:.0f} b/s", value);
}

/// A window as the user wrote it: "60 s", "15 min", "2 h".
std::string window_text(core::Duration window) {
    using namespace std::chrono;
    if (window >= 2h && window % 1h == 0ns) return fmt::format("{} h", window / 1h);
    if (window > 60s && window % 1min == 0ns) return fmt::format("{} min", window / 1min);
    return fmt::format("{:.4g} s", core::to_seconds(window));
}

std::string where(const AlarmFacts& facts, bool with_pid) {
    std::string text;
    const bool first = facts.track.empty() || facts.track == "video:1";
    if (!first) text += " on " + facts.track;
    if (!first && !facts.language.empty()) text += " (" + facts.language + ")";
    if (facts.service != 0) text += fmt::format(" in service {}", facts.service);
    if (with_pid && facts.pid) text += fmt::format(", PID {}", *facts.pid);
    return text;
}

/// Says the trigger of the facts' severity in words.
class TriggerText {
public:
    explicit TriggerText(const AlarmFacts& facts) : facts_(facts), noun_(noun_of(*facts.rule)) {}

    std::string operator()(const core::HoldFor& hold) const {
        std::string text = noun_;
        if (hold.duration > core::Duration{}) text += " for " + spoken(facts_.length);
        text += where(facts_, false);
        return facts_.detail.empty() ? text : text + ": " + facts_.detail;
    }
    std::string operator()(const core::OutsideLimits& limits) const {
        if (!facts_.value || !facts_.threshold) return (*this)(core::HoldFor{limits.duration});
        const bool low = *facts_.value < *facts_.threshold;
        return fmt::format("{}: {}, {} {} for {}{}", noun_, quantity(*facts_.value, facts_.unit),
                           low ? "below" : "above", quantity(*facts_.threshold, facts_.unit), spoken(facts_.length),
                           where(facts_, false));
    }
    std::string operator()(const core::ErroredSeconds& errored) const {
        const auto count = static_cast<long>(facts_.value.value_or(errored.seconds));
        return fmt::format("{}: {} errored {} in {}{}", noun_, count, count == 1 ? "second" : "seconds",
                           window_text(errored.within), where(facts_, true));
    }
    std::string operator()(const core::CountInWindow& count) const {
        return fmt::format("{}: {} times in {}{}", noun_, static_cast<long>(facts_.value.value_or(count.count)),
                           window_text(count.within), where(facts_, true));
    }
    std::string operator()(const core::PercentOfWindow& percent) const {
        return fmt::format("{}: {:.3g} % of the last {}{}", noun_, facts_.value.value_or(percent.percent),
                           window_text(percent.within), where(facts_, false));
    }

private:
    const AlarmFacts& facts_;
    std::string noun_;
};

}  // namespace

std::string spoken(core::Duration duration) {
    using namespace std::chrono;
    if (duration < 2min) return fmt::format("{:.1f} s", core::to_seconds(duration));
    const auto whole = floor<seconds>(duration);
    if (duration < 1h) return fmt::format("{} min {} s", whole / 1min, (whole % 1min).count());
    return fmt::format("{} h {} min", whole / 1h, whole % 1h / 1min);
}

std::string raised_message(const AlarmFacts& facts) {
    const auto trigger = facts.rule->triggers.find(facts.severity);
    if (trigger == facts.rule->triggers.end()) return noun_of(*facts.rule) + where(facts, true);
    return std::visit(TriggerText(facts), trigger->second);
}

std::string changed_message(const AlarmFacts& facts, core::Severity previous) {
    return raised_message(facts) + (facts.severity > previous ? ", now " : ", down to ") + core::name(facts.severity);
}

std::string flapping_message(const AlarmFacts& facts) {
    return fmt::format("flapping ×{}: {}{}", facts.flaps, noun_of(*facts.rule), where(facts, true));
}

std::string cleared_message(const AlarmFacts& facts) {
    const Phrase* phrase = facts.rule->combined() ? nullptr : phrase_of(facts.rule->name);
    const std::string what =
        phrase != nullptr && !phrase->again.empty() ? std::string(phrase->again) : noun_of(*facts.rule) + " ended";
    std::string text = what + where(facts, false) + " after " + spoken(facts.length);
    if (facts.flaps > 0) text += fmt::format(", having flapped {} times", facts.flaps);
    return text;
}

std::string_view level_unit(std::string_view condition) {
    if (condition.substr(0, 8) == "bitrate.") return "bit/s";
    if (condition == "audio.level_low" || condition == "audio.level_high") return "dBFS";
    if (condition == "audio.loudness") return "LUFS";
    if (condition == "audio.true_peak") return "dBTP";
    return {};
}

}  // namespace sightline::alarms
