// SPDX-License-Identifier: Apache-2.0
#include "analyzers/analyzer.hpp"

#include <utility>

namespace sightline::analyzers {

namespace {

double word_index(const core::ParameterSpec& spec, const std::string& word) {
    for (std::size_t i = 0; i < spec.words.size(); ++i) {
        if (spec.words[i] == word) {
            return static_cast<double>(i);
        }
    }
    return spec.fallback;
}

}  // namespace

double parameter(const AnalyzerContext& context, std::string_view condition, std::span<const core::ParameterSpec> specs,
                 std::string_view key) {
    for (const auto& spec : specs) {
        if (spec.key != key) {
            continue;
        }
        const auto of_condition = context.parameters.find(std::string(condition));
        if (of_condition == context.parameters.end()) {
            return spec.fallback;
        }
        const auto value = of_condition->second.find(std::string(key));
        if (value == of_condition->second.end()) {
            return spec.fallback;
        }
        if (const auto* word = std::get_if<std::string>(&value->second)) {
            return word_index(spec, *word);
        }
        return std::get<double>(value->second);
    }
    return 0;
}

core::StateEdge Announcer::edge(core::Verdict verdict, core::Instant at) const {
    core::StateEdge edge;
    edge.condition = condition_;
    edge.subject = subject_;
    edge.verdict = verdict;
    edge.at = at;
    edge.pid = pid_;
    return edge;
}

void Announcer::say(core::StateEdge edge, core::Findings& out) {
    if (edge.verdict == verdict_ && edge.detail == detail_) {
        return;
    }
    verdict_ = edge.verdict;
    detail_ = edge.detail;
    out.add(std::move(edge));
}

}  // namespace sightline::analyzers
