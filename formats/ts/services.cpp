// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/services.hpp"

#include <array>
#include <set>
#include <utility>

namespace sightline::formats::ts {
namespace {

constexpr std::size_t kKinds = static_cast<std::size_t>(core::TrackKind::Data) + 1;

/// Gives each unnamed stream the name of the first of `before` that is left and `alike`.
template <class Alike>
void inherit(std::vector<ElementaryStream>& streams, const std::vector<ElementaryStream>& before,
             std::vector<bool>& left, Alike alike) {
    for (ElementaryStream& stream : streams) {
        for (std::size_t i = 0; i < before.size() && stream.track.empty(); ++i) {
            if (!left[i] || before[i].kind != stream.kind || !alike(before[i], stream)) continue;
            stream.track = before[i].track;
            left[i] = false;
        }
    }
}

}  // namespace

void name_tracks(std::vector<ElementaryStream>& streams, const std::vector<ElementaryStream>& before) {
    for (ElementaryStream& stream : streams) stream.track.clear();
    std::vector<bool> left(before.size(), true);
    inherit(streams, before, left, [](const auto& old, const auto& now) { return old.language == now.language; });
    // A lone track that changes its language is still the same track.
    inherit(streams, before, left, [](const auto&, const auto&) { return true; });
    std::set<std::string> taken;
    for (const ElementaryStream& stream : streams) taken.insert(stream.track);
    std::array<int, kKinds> numbers{};
    for (ElementaryStream& stream : streams) {
        int& number = numbers[static_cast<std::size_t>(stream.kind)];
        while (stream.track.empty()) {
            std::string track = std::string(core::name(stream.kind)) + ":" + std::to_string(++number);
            if (taken.count(track) == 0) stream.track = std::move(track);
        }
    }
}

}  // namespace sightline::formats::ts
