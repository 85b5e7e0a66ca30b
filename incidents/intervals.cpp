// SPDX-License-Identifier: Apache-2.0
#include "incidents/intervals.hpp"

#include <algorithm>
#include <utility>

namespace sightline::incidents {

Spans as_set(std::vector<Span> spans) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    Spans out;
    for (const Span& span : spans) {
        if (span.from >= span.to) continue;
        if (!out.empty() && span.from <= out.back().to) {
            out.back().to = std::max(out.back().to, span.to);
        } else {
            out.push_back(span);
        }
    }
    return out;
}

Spans unite(const Spans& a, const Spans& b) {
    std::vector<Span> all = a;
    all.insert(all.end(), b.begin(), b.end());
    return as_set(std::move(all));
}

Spans intersect(const Spans& a, const Spans& b) {
    Spans out;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        const Span both{std::max(a[i].from, b[j].from), std::min(a[i].to, b[j].to)};
        if (both.from < both.to) out.push_back(both);
        a[i].to < b[j].to ? ++i : ++j;
    }
    return out;
}

Spans subtract(const Spans& a, const Spans& b) {
    Spans out;
    std::size_t first = 0;
    for (const Span& span : a) {
        core::UtcTime from = span.from;
        while (first < b.size() && b[first].to <= from) ++first;
        for (std::size_t i = first; i < b.size() && b[i].from < span.to; ++i) {
            if (b[i].from > from) out.push_back({from, b[i].from});
            from = std::max(from, b[i].to);
        }
        if (from < span.to) out.push_back({from, span.to});
    }
    return out;
}

core::Duration length(const Spans& spans) {
    core::Duration sum{};
    for (const Span& span : spans) sum += span.to - span.from;
    return sum;
}

}  // namespace sightline::incidents
