// SPDX-License-Identifier: Apache-2.0
// The wall's sound over virtual time: limiter, player, lip-sync, the desk's ways from ring to sink.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <vector>

#include "tests/catch.hpp"
#include "ui/listening.hpp"
#include "ui/picture_hold.hpp"
#include "ui/sound/follow_player.hpp"
#include "ui/sound/limiter.hpp"
#include "ui/sound/lip_sync.hpp"
#include "ui/sound/sound_desk.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace std::chrono_literals;

namespace {

constexpr core::ArrivalTime kStart{1h};

float loudest(std::span<const float> samples) {
    float most = 0;
    for (const float sample : samples) most = std::max(most, std::abs(sample));
    return most;
}

/// Mean power of a sine of `hz` in one side, as the amplitude of that sine.
double amplitude_of(std::span<const float> stereo, double hz) {
    double sine = 0;
    double cosine = 0;
    const std::size_t frames = stereo.size() / 2;
    for (std::size_t i = 0; i < frames; ++i) {
        const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / kSoundRate;
        sine += static_cast<double>(stereo[2 * i]) * std::sin(angle);
        cosine += static_cast<double>(stereo[2 * i]) * std::cos(angle);
    }
    return 2 * std::hypot(sine, cosine) / static_cast<double>(frames);
}

/// What a worker writes: a sine of `hz` in both channels, in blocks.
struct Source {
    int rate = 48'000;
    double hz = 1'000, amplitude = 0.1;
    std::int64_t written = 0;
    link::PcmWriter ring = std::move(*link::PcmWriter::create(2, rate));

    explicit Source(int sample_rate = 48'000) : rate(sample_rate) {}
    void write(core::Duration length) {
        const auto count = static_cast<std::size_t>(length.count() * rate / 1'000'000'000);
        std::vector<float> samples(count);
        for (std::size_t i = 0; i < count; ++i)
            samples[i] = static_cast<float>(
                amplitude * std::sin(2 * std::numbers::pi * hz *
                                     static_cast<double>(written + static_cast<std::int64_t>(i)) / rate));
        const float* const planes[] = {samples.data(), samples.data()};
        ring.append(planes, count, core::ticks_to_duration(written, rate), std::nullopt);
        written += static_cast<std::int64_t>(count);
    }
    [[nodiscard]] link::PcmReader reader() const { return std::move(*link::PcmReader::open(ring.descriptor().get())); }
};

/// Keeps what it is given.
struct Tape {
    std::vector<float> samples;
    core::ArrivalTime first{}, next{};
    bool holes = false;
    int made = 0, alive = 0;
    core::Duration latency{};
};
class TapeSink final : public SoundSink {
public:
    explicit TapeSink(Tape& tape) : tape_(tape) {
        ++tape_.made;
        ++tape_.alive;
    }
    ~TapeSink() override { --tape_.alive; }
    TapeSink(const TapeSink&) = delete;
    TapeSink& operator=(const TapeSink&) = delete;
    void push(std::span<const float> samples, core::ArrivalTime at) override {
        if (tape_.samples.empty()) tape_.first = at;
        tape_.holes = tape_.holes || (!tape_.samples.empty() && at != tape_.next);
        tape_.next = at + core::ticks_to_duration(static_cast<std::int64_t>(samples.size() / 2), kSoundRate);
        tape_.samples.insert(tape_.samples.end(), samples.begin(), samples.end());
    }
    [[nodiscard]] core::Duration latency() const override { return tape_.latency; }
    [[nodiscard]] const std::string& trouble() const override { return trouble_; }

private:
    Tape& tape_;
    std::string trouble_;
};

/// A wall's sound with a source that writes a block every 20 ms, `late` after its presentation time.
struct Wall {
    Tape tape;
    SoundDesk desk;
    Source source;
    core::ArrivalTime now = kStart;
    explicit Wall(bool mosaic = false, int rate = 48'000)
        : desk([this] { return std::make_unique<TapeSink>(tape); }, mosaic), source(rate) {}
    void run(core::Duration length, bool sends = true) {
        for (const auto end = now + length; now < end; now += 10ms) {
            if (sends && (now - kStart) % 20ms == 0ms) source.write(20ms);
            desk.advance(now);
        }
    }
};

}  // namespace

TEST_CASE("The limiter passes what is below its ceiling unchanged, 5 ms later") {
    Limiter limiter;
    std::vector<float> samples(9'600);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.3F * std::sin(static_cast<float>(i / 2) * 0.05F);
    auto out = samples;
    limiter.process(out);
    const std::size_t late = Limiter::kLookAhead * 2;
    CHECK(loudest(std::span(out).first(late)) == 0);
    for (std::size_t i = late; i < out.size(); ++i) REQUIRE(out[i] == Approx(samples[i - late]).margin(1e-6));
}

TEST_CASE("Nothing that comes out of the limiter is above its ceiling") {
    for (const std::size_t block : {2U, 34U, 960U, 96'000U}) {
        Limiter limiter;
        std::vector<float> samples(96'000);
        std::uint32_t noise = 1;
        for (std::size_t i = 0; i < samples.size(); ++i) {
            noise = noise * 1'664'525U + 1'013'904'223U;
            samples[i] =
                static_cast<float>(static_cast<std::int32_t>(noise)) / 2.0e9F * (i / 9'600 % 2 == 0 ? 8.0F : 0.1F);
        }
        samples[50'000] = std::numeric_limits<float>::quiet_NaN();
        samples[50'001] = std::numeric_limits<float>::infinity();
        for (std::size_t at = 0; at < samples.size(); at += block)
            limiter.process(std::span(samples).subspan(at, std::min(block, samples.size() - at)));
        CHECK(loudest(samples) <= limiter_ceiling());
        CHECK(loudest(samples) > limiter_ceiling() * 0.5F);
        CHECK(std::all_of(samples.begin(), samples.end(), [](float sample) { return std::isfinite(sample); }));
    }
}

TEST_CASE("After a peak the limiter comes back to unity") {
    Limiter limiter;
    std::vector<float> samples(kSoundRate * 2 * 3, 0.2F);
    samples[9'600] = 4;
    limiter.process(samples);
    CHECK(samples.back() == Approx(0.2F).margin(1e-5));
    CHECK(samples[9'600 + Limiter::kLookAhead * 2] == Approx(limiter_ceiling()).margin(1e-4));
    CHECK(samples[9'600 + Limiter::kLookAhead * 2 + 20] < 0.05F);
}

TEST_CASE("Lip-sync is judged by +40 and -60 ms") {
    const auto judged = [](core::Duration early) {
        LipSyncWatch watch;
        core::ArrivalTime now = kStart;
        for (int picture = 0; picture < 20; ++picture, now += 40ms)
            watch.shown(now, picture * 40ms, play_delay(now, picture * 40ms) - early);
        CHECK(*watch.offset(now) == early);
        CHECK(*watch.worst(now) == early);
        return watch.verdict(now);
    };
    CHECK(judged(0ms) == LipSync::Good);
    CHECK(judged(40ms) == LipSync::Good);
    CHECK(judged(-60ms) == LipSync::Good);
    CHECK(judged(41ms) == LipSync::Bad);
    CHECK(judged(-61ms) == LipSync::Bad);
}

TEST_CASE("Lip-sync is not known before five pictures, and not any more two seconds after the last") {
    LipSyncWatch watch;
    for (int picture = 0; picture < 4; ++picture)
        watch.shown(kStart + picture * 40ms, picture * 40ms, kStart.time_since_epoch());
    CHECK(watch.verdict(kStart + 160ms) == LipSync::Unknown);
    watch.shown(kStart + 160ms, 160ms, kStart.time_since_epoch());
    CHECK(watch.verdict(kStart + 160ms) == LipSync::Good);
    CHECK(watch.verdict(kStart + 2'200ms) == LipSync::Unknown);
}

TEST_CASE("Nothing is heard and no device is opened while sound is off") {
    Wall wall;
    wall.desk.focus(wall.source.reader());
    wall.run(2s);
    CHECK(wall.tape.made == 0);
    CHECK(wall.desk.status().ring);
    CHECK_FALSE(wall.desk.status().heard);
}

TEST_CASE("What is followed is heard: the tone of the source, even, without holes; and not any more afterwards") {
    for (const int rate : {48'000, 44'100, 32'000, 96'000}) {
        Wall wall(false, rate);
        wall.desk.focus(wall.source.reader());
        wall.desk.follow(true);
        wall.run(3s);
        CHECK(wall.tape.alive == 1);
        CHECK_FALSE(wall.tape.holes);
        const auto last = std::span(wall.tape.samples).last(96'000);
        CHECK(amplitude_of(last, 1'000) == Approx(0.1).margin(0.004));
        CHECK(loudest(last) < 0.105F);
        REQUIRE(wall.desk.status().heard);
        wall.desk.follow(false);
        wall.run(20ms);
        CHECK(wall.tape.alive == 0);
    }
}

TEST_CASE("Each sample is heard its delay after its presentation time") {
    Wall wall;
    wall.source.amplitude = 0;
    wall.desk.focus(wall.source.reader());
    wall.desk.follow(true);
    wall.run(1s);
    const core::MediaTime clap = core::ticks_to_duration(wall.source.written, 48'000);
    wall.source.amplitude = 0.2;
    wall.run(1s);
    REQUIRE(wall.desk.status().heard);
    const auto& samples = wall.tape.samples;
    const auto heard =
        std::find_if(samples.begin(), samples.end(), [](float sample) { return std::abs(sample) > 0.02F; });
    REQUIRE(heard != samples.end());
    const core::ArrivalTime when = wall.tape.first + core::ticks_to_duration((heard - samples.begin()) / 2, kSoundRate);
    const core::Duration off = play_delay(when, clap) - *wall.desk.status().heard;
    CHECK(off > -1ms);
    CHECK(off < 2ms);
}

TEST_CASE("The loudspeaker's latency counts as part of the delay") {
    Wall wall;
    wall.tape.latency = 200ms;
    wall.desk.focus(wall.source.reader());
    wall.desk.follow(true);
    wall.run(2s);
    const auto with = *wall.desk.status().heard;
    wall.tape.latency = 0ms;
    wall.run(10ms);
    CHECK(with - *wall.desk.status().heard == 200ms);
}

TEST_CASE("Sound waits for pictures that come later, and not for those that are a second late") {
    const auto delay_with = [](core::Duration pictures_late) {
        Wall wall;
        wall.desk.focus(wall.source.reader());
        wall.desk.follow(true);
        for (int i = 0; i < 100; ++i) {
            wall.desk.picture_came(wall.now, kStart.time_since_epoch() + pictures_late);
            wall.run(20ms);
        }
        return *wall.desk.status().heard - kStart.time_since_epoch();
    };
    const core::Duration alone = delay_with(-1s);
    CHECK(alone > SoundDesk::kHorizon);
    CHECK(alone < 150ms);
    CHECK(delay_with(400ms) >= 400ms);
    CHECK(delay_with(400ms) < 450ms);
    CHECK(delay_with(1'500ms) == alone);
}

TEST_CASE("Sound that came too late lengthens the delay once, and then there are no holes in it") {
    Wall wall;
    wall.desk.focus(wall.source.reader());
    wall.desk.follow(true);
    wall.run(1s);
    const auto before = *wall.desk.status().heard;
    wall.run(200ms, false);  // nothing comes
    wall.source.write(200ms);
    wall.run(1s);
    CHECK(*wall.desk.status().heard - before >= 180ms);
    CHECK(*wall.desk.status().heard - before < 240ms);
    const auto last = std::span(wall.tape.samples).last(48'000);
    CHECK(amplitude_of(last, 1'000) == Approx(0.1).margin(0.004));
}

TEST_CASE("A sender's clock that runs 100 ppm fast is followed without a jump") {
    FollowPlayer player(SoundDesk::kHorizon);
    link::PcmBlock block;
    block.channels = 1;
    block.sample_rate = 48'000;
    std::vector<float> out(960);
    core::ArrivalTime now = kStart;
    float before = 0;
    float steepest = 0;
    for (int n = 0; n < 3'000; ++n, now += 20ms) {  // a minute
        block.at = n * 20'002us;
        block.samples.resize(960);
        for (std::size_t i = 0; i < block.samples.size(); ++i)
            block.samples[i] = 0.1F * static_cast<float>(std::sin(2 * std::numbers::pi * 500 *
                                                                  (n * 960.0 + static_cast<double>(i)) / 48'000));
        player.take(block, now);
        for (int half = 0; half < 2; ++half) {
            player.render(now + half * 10ms + 50ms, out);
            for (std::size_t i = 0; n > 100 && i < out.size(); i += 2) {
                steepest = std::max(steepest, std::abs(out[i] - before));
                before = out[i];
            }
            before = out[out.size() - 2];
        }
    }
    CHECK(player.sounding());
    CHECK(steepest < 0.1F * 2 * 3.15F * 500 / 48'000 * 1.2F);
}

namespace {
/// The last of a second of `frame` over and over, left and right. `pair`: the one listened to, 0: all.
std::pair<float, float> heard(const std::vector<float>& frame, int pair = 0) {
    FollowPlayer player(60ms);
    player.hear_pair(pair);
    link::PcmBlock block;
    block.channels = static_cast<int>(frame.size());
    block.sample_rate = 48'000;
    for (int i = 0; i < 48'000; ++i) block.samples.insert(block.samples.end(), frame.begin(), frame.end());
    player.take(block, kStart);
    block.at = 1s;
    player.take(block, kStart + 1s);
    std::vector<float> out(2 * 4'800);
    player.render(kStart + 500ms + SoundDesk::kHorizon, out);
    return {out[out.size() - 2], out[out.size() - 1]};
}
}  // namespace

TEST_CASE("Mono is heard on both sides, 5.1 without its LFE, and stereo as it is") {
    CHECK(heard({0.2F}).first == Approx(0.2F).margin(1e-3));
    CHECK(heard({0.2F}).second == Approx(0.2F).margin(1e-3));
    CHECK(heard({0.2F, -0.1F}).second == Approx(-0.1F).margin(1e-3));
    CHECK(heard({0, 0, 0, 0.9F, 0, 0}).first == Approx(0).margin(1e-4));
    CHECK(heard({0.5F, 0, 0.5F, 0, 0.5F, 0}).first == Approx(0.5F).margin(1e-3));
}

TEST_CASE("A pair of a track's channels can be heard alone") {
    const auto hundredths = [](const std::vector<float>& frame, int pair) {
        const auto [left, right] = heard(frame, pair);
        return std::pair{std::round(left * 100), std::round(right * 100)};
    };
    const std::vector<float> six{0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F};
    CHECK(hundredths(six, 1) == std::pair{10.0F, 20.0F});
    CHECK(hundredths(six, 2) == std::pair{30.0F, 40.0F});
    CHECK(hundredths(six, 3) == std::pair{50.0F, 60.0F});
    CHECK(hundredths(six, 4) == hundredths(six, 0));  // not there: all of them
    CHECK(hundredths({0.1F, 0.2F, 0.3F}, 2) == std::pair{30.0F, 30.0F});
}

TEST_CASE("The volume turns the loudspeaker down and leaves the mosaic's sound alone") {
    Wall wall(true);
    wall.desk.focus(wall.source.reader());
    wall.desk.follow(true);
    wall.desk.shape(0, volume_gain(-6));
    wall.run(2s);
    std::vector<float> mosaic;
    for (auto chunk = wall.desk.take_mosaic(); chunk; chunk = wall.desk.take_mosaic())
        mosaic.insert(mosaic.end(), chunk->samples.begin(), chunk->samples.end());
    CHECK(amplitude_of(std::span(mosaic).last(48'000), 1'000) == Approx(0.1).margin(0.004));
    CHECK(amplitude_of(std::span(wall.tape.samples).last(48'000), 1'000) == Approx(0.0501).margin(0.002));
    wall.desk.shape(0, volume_gain(kLeastVolume));
    wall.run(1s);
    CHECK(loudest(std::span(wall.tape.samples).last(24'000)) == 0);
}

TEST_CASE("The mosaic gets silence while nothing is followed, and never the alarms") {
    Wall wall(true);
    wall.desk.alarm(core::Severity::Critical);
    wall.run(1s, false);
    std::vector<float> all;
    core::ArrivalTime next{};
    for (auto chunk = wall.desk.take_mosaic(); chunk; chunk = wall.desk.take_mosaic()) {
        if (next != core::ArrivalTime{}) CHECK(chunk->heard == next);
        next = chunk->heard + SoundDesk::kChunk;
        all.insert(all.end(), chunk->samples.begin(), chunk->samples.end());
    }
    CHECK(all.size() > 90'000);
    CHECK(loudest(all) == 0);
    CHECK(loudest(wall.tape.samples) > 0.1F);
    wall.desk.focus(wall.source.reader());
    wall.desk.follow(true);
    wall.run(1s);
    all.clear();
    for (auto chunk = wall.desk.take_mosaic(); chunk; chunk = wall.desk.take_mosaic())
        all.insert(all.end(), chunk->samples.begin(), chunk->samples.end());
    CHECK(amplitude_of(std::span(all).last(48'000), 1'000) == Approx(0.1).margin(0.004));
}

TEST_CASE("A tone is heard once, not louder than it should be, and the device is closed after it") {
    Wall wall;
    wall.desk.alarm(core::Severity::Major);
    wall.run(3s, false);
    CHECK(wall.tape.made == 1);
    CHECK(wall.tape.alive == 0);
    CHECK(loudest(wall.tape.samples) == Approx(std::pow(10.0F, ToneMaker::kToneDbfs / 20)).margin(0.002));
}

TEST_CASE("Pictures wait for their sound, those that were passed over are let go, and the wait is bounded") {
    auto writer = link::TileWriter::create(16, 16, 1);
    REQUIRE(writer);
    auto reader = link::TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    PictureHold hold;
    const PlayDelay delay = kStart.time_since_epoch() + 100ms;
    const auto send = [&](core::MediaTime at) {
        (void)writer->begin(16, 16);
        link::TileInfo info;
        info.width = info.height = 16;
        info.at = at;
        writer->commit(info);
        return hold.take(*reader);
    };
    for (int n = 0; n < 4; ++n) CHECK(send(n * 40ms) == n * 40ms);
    CHECK_FALSE(hold.take(*reader));
    CHECK(hold.due(kStart + 99ms, delay) == nullptr);
    REQUIRE(hold.due(kStart + 100ms, delay) != nullptr);
    CHECK(hold.due(kStart + 100ms, delay) == nullptr);
    const link::TileFrame* later = hold.due(kStart + 185ms, delay);
    REQUIRE(later != nullptr);
    CHECK(later->info.at == 80ms);
    CHECK(hold.kept() == 1);
    for (int n = 4; n < 200; ++n) (void)send(n * 1ms + 120ms);
    (void)hold.due(kStart, delay);
    CHECK(hold.kept() <= PictureHold::kMostKept);
    hold.clear();
    (void)send(1h);
    const link::TileFrame* far = hold.due(kStart, delay);
    REQUIRE(far != nullptr);
    CHECK(far->info.at == 1h);
}
