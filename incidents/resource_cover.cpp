// SPDX-License-Identifier: Apache-2.0
#include "incidents/resource_cover.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace sightline::incidents {
namespace {

constexpr std::size_t kMostExact[] = {1'000, 32, 16};  // candidates searched for sets of one, two, three

double part(const SharedCause& cause) {
    return static_cast<double>(cause.streams.size() + cause.followers) /
           static_cast<double>(std::max<std::size_t>(1, cause.sharing));
}

/// One connected part of the problem.
class CoverSearch {
public:
    CoverSearch(std::span<const SharedCause> candidates, std::vector<std::size_t> chosen)
        : candidates_(candidates), chosen_(std::move(chosen)) {
        for (const std::size_t n : chosen_)
            universe_.insert(candidates_[n].streams.begin(), candidates_[n].streams.end());
    }

    [[nodiscard]] std::vector<std::size_t> find() const {
        for (std::size_t size = 1; size <= std::size(kMostExact); ++size) {
            if (chosen_.size() > kMostExact[size - 1]) break;
            Best best;
            std::vector<std::size_t> taken;
            search(size, 0, taken, best);
            if (!best.set.empty()) return best.set;
        }
        return greedy();
    }

private:
    struct Best {
        std::vector<std::size_t> set;
        double score = -1;
    };

    void search(std::size_t size, std::size_t from, std::vector<std::size_t>& taken, Best& best) const {
        if (taken.size() == size) {
            if (!explains_all(taken)) return;
            const double score = std::accumulate(taken.begin(), taken.end(), 0.0,
                                                 [&](double sum, std::size_t n) { return sum + part(candidates_[n]); });
            if (score > best.score + 1e-9) best = {taken, score};
            return;
        }
        for (std::size_t n = from; n < chosen_.size(); ++n) {
            taken.push_back(chosen_[n]);
            search(size, n + 1, taken, best);
            taken.pop_back();
        }
    }

    [[nodiscard]] bool explains_all(const std::vector<std::size_t>& set) const {
        std::size_t most = 0;
        for (const std::size_t n : set) most += candidates_[n].streams.size();
        if (most < universe_.size()) return false;
        return std::all_of(universe_.begin(), universe_.end(), [&](std::size_t stream) {
            return std::any_of(set.begin(), set.end(),
                               [&](std::size_t n) { return candidates_[n].streams.count(stream) == 1; });
        });
    }

    [[nodiscard]] std::vector<std::size_t> greedy() const {
        std::vector<std::size_t> set;
        std::set<std::size_t> open = universe_;
        while (!open.empty()) {
            std::size_t best = chosen_.front();
            std::pair<std::size_t, double> value{0, 0};
            for (const std::size_t n : chosen_) {
                const auto& streams = candidates_[n].streams;
                const auto covers = static_cast<std::size_t>(std::count_if(
                    streams.begin(), streams.end(), [&](std::size_t stream) { return open.count(stream) == 1; }));
                const std::pair<std::size_t, double> mine{covers, part(candidates_[n])};
                if (mine > value) {
                    value = mine;
                    best = n;
                }
            }
            set.push_back(best);
            for (const std::size_t stream : candidates_[best].streams) open.erase(stream);
        }
        std::sort(set.begin(), set.end());
        return set;
    }

    std::span<const SharedCause> candidates_;
    std::vector<std::size_t> chosen_;
    std::set<std::size_t> universe_;
};

}  // namespace

SharedCause failing_together(std::span<const Failure> failures, core::Duration within, std::size_t least,
                             double percent, std::size_t sharing, const std::vector<std::size_t>& followers_of) {
    SharedCause found;
    found.sharing = sharing;
    std::map<std::size_t, std::size_t> in_window;  // stream -> its failures there
    std::size_t followers = 0, begin = 0;
    const auto follow = [&](std::size_t stream) { return stream < followers_of.size() ? followers_of[stream] : 0; };
    for (std::size_t end = 0; end < failures.size(); ++end) {
        if (in_window[failures[end].stream]++ == 0) followers += follow(failures[end].stream);
        while (failures[end].at - failures[begin].at > within) {
            const std::size_t gone = failures[begin++].stream;
            if (--in_window[gone] > 0) continue;
            in_window.erase(gone);
            followers -= follow(gone);
        }
        const std::size_t count = in_window.size() + followers;
        const bool enough = in_window.size() >= 2 && count >= least &&
                            static_cast<double>(count) * 100 >= percent * static_cast<double>(sharing);
        if (!enough) continue;
        if (found.streams.empty()) found.first = failures[begin].at;
        if (count > found.counted) {
            found.counted = count;
            found.span = failures[end].at - failures[begin].at;
        }
        for (const auto& [stream, times] : in_window) found.streams.insert(stream);
        found.followers = std::max(found.followers, followers);
    }
    return found;
}

std::vector<std::size_t> smallest_cover(std::span<const SharedCause> candidates) {
    // Candidates that share no stream, directly or through others, do not concern each other.
    std::vector<std::size_t> root(candidates.size());
    std::iota(root.begin(), root.end(), std::size_t{0});
    const auto find = [&root](std::size_t n) {
        while (root[n] != n) n = root[n] = root[root[n]];
        return n;
    };
    std::map<std::size_t, std::size_t> first_with;  // stream -> candidate
    for (std::size_t n = 0; n < candidates.size(); ++n) {
        for (const std::size_t stream : candidates[n].streams) {
            const auto [at, fresh] = first_with.emplace(stream, n);
            if (!fresh) root[find(n)] = find(at->second);
        }
    }
    std::map<std::size_t, std::vector<std::size_t>> parts;
    for (std::size_t n = 0; n < candidates.size(); ++n) {
        if (!candidates[n].streams.empty()) parts[find(n)].push_back(n);
    }
    std::vector<std::size_t> cover;
    for (auto& [id, members] : parts) {
        const auto found = CoverSearch(candidates, std::move(members)).find();
        cover.insert(cover.end(), found.begin(), found.end());
    }
    std::sort(cover.begin(), cover.end());
    return cover;
}

}  // namespace sightline::incidents
