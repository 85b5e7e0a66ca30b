// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_format.hpp"

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using test::told;

namespace {

core::ExpectAudio wanted(int channels, int rate, const char* language) {
    core::ExpectAudio expect;
    expect.channels = channels;
    expect.sample_rate = rate;
    expect.codec = "AAC";
    expect.language = language;
    return expect;
}

analyzers::AnalyzerContext audio_format_context() {
    analyzers::AnalyzerContext c;
    c.track.subject.track = "audio:1";
    c.track.codec = "aac";
    c.track.language = "eng";
    c.expect.audio = std::vector{wanted(2, 48'000, "eng")};
    return c;
}

void hear(analyzers::AudioFormat& format, core::FindingsList& found, int channels, int rate, int seconds) {
    const std::vector<float> samples(480, 0.0F);
    const std::vector<const float*> pointers(static_cast<std::size_t>(channels), samples.data());
    core::AudioBlock block;
    block.channels = pointers;
    block.samples = samples.size();
    block.sample_rate = rate;
    block.at = std::chrono::seconds{seconds};
    format.process(block, found);
}

std::string first_words(const analyzers::AnalyzerContext& c) {
    analyzers::AudioFormat format(c);
    core::FindingsList found;
    hear(format, found, 2, 48'000, 0);
    return test::edges(found).front().detail;
}

}  // namespace

TEST_CASE("sound that changes its channels or rate is not as expected until it is again") {
    analyzers::AudioFormat format(audio_format_context());
    core::FindingsList found;
    hear(format, found, 2, 48'000, 0);
    hear(format, found, 2, 48'000, 1);
    hear(format, found, 6, 48'000, 2);
    hear(format, found, 2, 48'000, 3);
    hear(format, found, 2, 44'100, 4);
    format.reset({std::chrono::seconds{5}, {}}, found);
    hear(format, found, 1, 48'000, 6);
    CHECK(told(found) == "good 0 ms?, bad 2000 ms, good 3000 ms, bad 4000 ms, unknown 5000 ms, bad 6000 ms?");
    CHECK(test::edges(found)[1].detail == "channels is 6, expected 2");
    CHECK(test::edges(found)[3].detail == "sample rate is 44100, expected 48000");
}

TEST_CASE("codec and language are the track's word") {
    auto c = audio_format_context();
    CHECK(first_words(c).empty());
    c.track.codec = "mp2";
    CHECK(first_words(c) == "codec is mp2, expected AAC");
    c = audio_format_context();
    c.track.language = "deu";
    CHECK(first_words(c) == "language is deu, expected eng");
    c.track.language = "";
    CHECK(first_words(c) == "language is not given, expected eng");
}

TEST_CASE("a track is held to the expectation in its language, else to the one at its place") {
    auto c = audio_format_context();
    c.expect.audio = std::vector{wanted(2, 48'000, "eng"), wanted(6, 48'000, "fra")};
    c.track.language = "fra";  // first in the stream, second in the list
    CHECK(first_words(c) == "channels is 2, expected 6");
    c.track.subject.track = "audio:3";
    c.track.language = "und";
    CHECK(analyzers::expected_audio(c.expect, c.track) == nullptr);
}
