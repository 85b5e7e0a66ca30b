// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/services.hpp"

#include <algorithm>

namespace sightline::formats::ts {
namespace {

bool taken(const std::vector<ElementaryStream>& streams, const std::string& track) {
    return std::any_of(streams.begin(), streams.end(), [&](const ElementaryStream& s) { return s.track == track; });
}

/// Gives each unnamed stream the first name of `before` not taken yet whose owner is `alike`.
template <class Alike>
void inherit(std::vector<ElementaryStream>& streams, const std::vector<ElementaryStream>& before, Alike alike) {
    for (ElementaryStream& stream : streams) {
        if (!stream.track.empty()) continue;
        const auto owner = std::find_if(before.begin(), before.end(), [&](const ElementaryStream& old) {
            return old.kind == stream.kind && alike(old, stream) && !taken(streams, old.track);
        });
        if (owner != before.end()) stream.track = owner->track;
    }
}

}  // namespace

void name_tracks(std::vector<ElementaryStream>& streams, const std::vector<ElementaryStream>& before) {
    for (ElementaryStream& stream : streams) stream.track.clear();
    inherit(streams, before, [](const auto& old, const auto& now) { return old.language == now.language; });
    // A lone track that changes its language is still the same track.
    inherit(streams, before, [](const auto&, const auto&) { return true; });
    for (ElementaryStream& stream : streams) {
        for (int number = 1; stream.track.empty(); ++number) {
            const std::string track = std::string(core::name(stream.kind)) + ":" + std::to_string(number);
            if (!taken(streams, track)) stream.track = track;
        }
    }
}

}  // namespace sightline::formats::ts
