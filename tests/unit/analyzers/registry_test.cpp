// SPDX-License-Identifier: Apache-2.0
#include "analyzers/registry.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "tests/catch.hpp"

using namespace sightline;

namespace {

const core::ConditionSpec* condition(std::string_view id) {
    for (const auto& spec : analyzers::content_conditions()) {
        if (spec.id == id) {
            return &spec;
        }
    }
    return nullptr;
}

std::vector<std::string> made(const analyzers::AnalyzerContext& context) {
    std::vector<std::string> ids;
    for (const auto& analyzer : analyzers::make_video_analyzers(context)) {
        ids.emplace_back(analyzer->spec().id);
    }
    for (const auto& analyzer : analyzers::make_audio_analyzers(context)) {
        ids.emplace_back(analyzer->spec().id);
    }
    return ids;
}

}  // namespace

TEST_CASE("every condition has an id of its own, a sentence, a page, and parameters within their ranges") {
    std::set<std::string_view> ids;
    for (const auto& spec : analyzers::content_conditions()) {
        INFO(spec.id);
        CHECK(ids.insert(spec.id).second);
        CHECK_FALSE(spec.help.empty());
        const std::string page = std::string(SIGHTLINE_SOURCE_DIR) + "/docs/analyzers/" + std::string(spec.id) + ".md";
        CHECK(std::filesystem::exists(page));
        for (const auto& parameter : spec.parameters) {
            INFO(parameter.key);
            CHECK(parameter.fallback >= parameter.min);
            CHECK(parameter.fallback <= parameter.max);
            CHECK((parameter.unit == "word") == !parameter.words.empty());
        }
        if (spec.kind == core::ConditionKind::Level) {
            const auto all = analyzers::content_measurements();
            CHECK(std::any_of(all.begin(), all.end(), [&](const auto& m) { return m.id == spec.level; }));
        }
    }
}

TEST_CASE("every analyzer's conditions and measurements are in the catalogue") {
    for (const auto* spec : analyzers::analyzer_specs()) {
        for (const auto& one : spec->conditions) {
            CHECK(condition(one.id) != nullptr);
        }
        for (const auto& one : spec->measurements) {
            const auto all = analyzers::content_measurements();
            CHECK(std::any_of(all.begin(), all.end(), [&](const auto& m) { return m.id == one.id; }));
        }
    }
}

TEST_CASE("content conditions run on media time and are muted in standby, presence is not muted") {
    for (const char* id : {"video.black", "video.freeze", "audio.silence"}) {
        REQUIRE(condition(id) != nullptr);
        CHECK(condition(id)->content);
        CHECK(condition(id)->clock == core::ClockDomain::Media);
    }
    CHECK(condition("video.missing")->clock == core::ClockDomain::Media);
    CHECK_FALSE(condition("video.missing")->content);
    CHECK(condition("bitrate.low")->level == "bitrate.mux");
}

TEST_CASE("format analyzers are made only where something is expected of the track") {
    analyzers::AnalyzerContext context;
    context.track.subject.track = "video:1";
    CHECK(made(context) == std::vector<std::string>{"video.black", "video.freeze", "audio.silence", "audio.level_low",
                                                    "audio.level", "audio.loudness"});
    context.expect.video = core::ExpectVideo{};
    context.expect.audio = std::vector<core::ExpectAudio>(1);
    CHECK(made(context) == std::vector<std::string>{"video.black", "video.freeze", "video.format", "audio.silence",
                                                    "audio.level_low", "audio.format", "audio.level",
                                                    "audio.loudness"});
    context.track.subject.track = "audio:2";  // more tracks than expected
    context.expect.video->none = true;
    CHECK(made(context) == std::vector<std::string>{"video.black", "video.freeze", "audio.silence", "audio.level_low",
                                                    "audio.level", "audio.loudness"});
}

TEST_CASE("parameters come from the context, else from the spec") {
    analyzers::AnalyzerContext context;
    const auto& black = *condition("video.black");
    CHECK(analyzers::parameter(context, "video.black", black.parameters, "luma") == 10);
    context.parameters["video.black"]["luma"] = 25.0;
    CHECK(analyzers::parameter(context, "video.black", black.parameters, "luma") == 25);
    CHECK(analyzers::parameter(context, "video.black", black.parameters, "pixels") == 98);
    const auto& silence = *condition("audio.silence");
    CHECK(analyzers::parameter(context, "audio.silence", silence.parameters, "channels") == 0);
    context.parameters["audio.silence"]["channels"] = std::string("any");
    CHECK(analyzers::parameter(context, "audio.silence", silence.parameters, "channels") == 1);
}
