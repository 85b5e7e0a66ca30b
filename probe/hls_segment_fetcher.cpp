// SPDX-License-Identifier: Apache-2.0
#include "probe/hls_segment_fetcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/http_url.hpp"
#include "probe/hls_playlist_loader.hpp"

namespace sightline::probe {
namespace {

using namespace std::chrono_literals;
namespace hls = formats::hls;

constexpr std::size_t kMaxInitBytes = 8U << 20;
constexpr std::size_t kMaxKeyAnswer = 4096;
constexpr std::size_t kKeysKept = 8;
constexpr core::Duration kLeastTotal = 15s;

/// Fills in the encryption of a resource.
core::Result<void> add_key(const hls::MediaPlaylist& playlist, std::optional<std::size_t> index,
                           const hls::Segment& segment, const std::string& base, HlsResource& resource) {
    if (!index) return {};
    const hls::Key& key = playlist.keys.at(*index);
    const bool plain = key.format.empty() || key.format == "identity";
    if (key.method != hls::KeyMethod::Aes128 || !plain) {
        return core::fail(core::ErrorCode::Unsupported, key.method == hls::KeyMethod::SampleAes
                                                            ? "encrypted with SAMPLE-AES, which is not supported"
                                                            : "encrypted by a method that is not supported");
    }
    auto url = net::resolve_reference(base, key.uri);
    if (!url) return tl::unexpected(url.error());
    resource.key_url = std::move(*url);
    resource.iv = hls::initialization_vector(key, segment);
    return {};
}

}  // namespace

core::Result<HlsSegmentPlan> plan_segment(const hls::MediaPlaylist& playlist, std::size_t index,
                                          const std::string& playlist_url, bool from_public) {
    const hls::Segment& segment = playlist.segments.at(index);
    HlsSegmentPlan plan;
    plan.sequence = segment.sequence;
    plan.discontinuity_sequence = segment.discontinuity_sequence;
    plan.duration = segment.duration;
    plan.from_public = from_public;
    auto url = net::resolve_reference(playlist_url, segment.uri);
    if (!url) return tl::unexpected(url.error());
    plan.media.url = std::move(*url);
    plan.media.range = segment.range;
    if (auto added = add_key(playlist, segment.key, segment, playlist_url, plan.media); !added) {
        return tl::unexpected(added.error());
    }
    if (!segment.init) return plan;
    const hls::InitSection& section = playlist.init_sections.at(*segment.init);
    url = net::resolve_reference(playlist_url, section.uri);
    if (!url) return tl::unexpected(url.error());
    plan.init = HlsResource{std::move(*url), section.range, {}, {}};
    if (auto added = add_key(playlist, section.key, segment, playlist_url, *plan.init); !added) {
        return tl::unexpected(added.error());
    }
    return plan;
}

void HlsSegmentFetcher::stop() {
    request_.reset();
    timer_.reset();
    done_ = nullptr;
}

void HlsSegmentFetcher::fetch(HlsSegmentPlan plan, Done done) {
    plan_ = std::move(plan);
    done_ = std::move(done);
    failures_ = 0;
    begun_ = loop_.clock().now();
    step();
}

const AesBlock* HlsSegmentFetcher::key_of(const HlsResource& resource) const {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.first == resource.key_url; });
    return found == keys_.end() ? nullptr : &found->second;
}

core::Result<void> HlsSegmentFetcher::decrypt(const HlsResource& resource, std::string& data) const {
    if (resource.key_url.empty()) return {};
    return decrypt_aes128(*key_of(resource), resource.iv, data);
}

/// Gets what is still missing: keys, then the init section, then the segment.
void HlsSegmentFetcher::step() {
    for (const HlsResource* const part : {plan_.init ? &*plan_.init : nullptr, &plan_.media}) {
        if (part == nullptr || part->key_url.empty() || key_of(*part) != nullptr) continue;
        const std::string key_url = part->key_url;
        get({key_url, {}, {}, {}}, kMaxKeyAnswer, [this, key_url](const std::string& data) -> core::Result<void> {
            AesBlock key{};
            if (data.size() != key.size()) {
                return core::fail(core::ErrorCode::Corrupt, fmt::format("the key has {} bytes, not 16", data.size()));
            }
            std::memcpy(key.data(), data.data(), key.size());
            keys_.emplace_back(key_url, key);
            if (keys_.size() > kKeysKept) keys_.pop_front();
            step();
            return {};
        });
        return;
    }
    if (plan_.init && (!init_ || init_->first != *plan_.init)) {
        get(*plan_.init, kMaxInitBytes, [this](std::string data) -> core::Result<void> {
            if (auto opened = decrypt(*plan_.init, data); !opened) return opened;
            init_ = Init{*plan_.init, std::make_shared<const std::string>(std::move(data))};
            step();
            return {};
        });
        return;
    }
    get(plan_.media, kMaxSegmentBytes, [this](std::string data) -> core::Result<void> {
        if (auto opened = decrypt(plan_.media, data); !opened) return opened;
        const core::ArrivalTime now = loop_.clock().now();
        statistics_.last_fetch_s = core::to_seconds(now - begun_);
        finish(HlsSegment{plan_, std::move(data), plan_.init ? init_->second : nullptr, now});
        return {};
    });
}

void HlsSegmentFetcher::get(const HlsResource& resource, std::size_t max_bytes,
                            std::function<core::Result<void>(std::string)> take) {
    net::HttpRequest request;
    request.url = resource.url;
    request.headers = headers_for(input_, resource.url);
    if (resource.range) request.range = {{resource.range->offset, resource.range->length}};
    request.connect_timeout = input_.connect_timeout;
    request.stall_timeout = kHlsStall;
    request.total_timeout = input_.connect_timeout + std::max<core::Duration>(kLeastTotal, plan_.duration * 3);
    request.max_bytes = max_bytes;
    request.compressed = false;
    request.from_public = plan_.from_public;
    request.allow_private = input_.allow_private;
    request_ = client_.send(std::move(request),
                            [this, resource, take = std::move(take)](const core::Result<net::HttpResponse>& response) {
                                take_answer(resource, response, take);
                            });
}

void HlsSegmentFetcher::take_answer(const HlsResource& resource, const core::Result<net::HttpResponse>& response,
                                    const std::function<core::Result<void>(std::string)>& take) {
    request_.reset();
    if (!response) {
        attempt_failed(response.error());
        return;
    }
    if (!response->ok()) {
        attempt_failed({core::ErrorCode::NotFound, net::status_text(response->status)});
        return;
    }
    std::string data = response->body;
    if (resource.range && response->status == 200) {  // a server that knows no ranges sent everything
        const auto [offset, length] = *resource.range;
        data = offset < data.size() ? data.substr(offset, length) : std::string{};
    }
    statistics_.bytes += data.size();
    if (resource.range && data.size() != resource.range->length) {
        attempt_failed({core::ErrorCode::Truncated,
                        fmt::format("{} bytes came of the {} of a byte range", data.size(), resource.range->length)});
        return;
    }
    if (auto taken = take(std::move(data)); !taken) attempt_failed(taken.error());
}

void HlsSegmentFetcher::attempt_failed(const core::Error& error) {
    ++statistics_.errors;
    if (++failures_ >= kAttempts) {
        finish(tl::unexpected(error));
        return;
    }
    timer_ = loop_.after(kRetry, [this] { step(); });
}

void HlsSegmentFetcher::finish(core::Result<HlsSegment> result) {
    const auto done = std::exchange(done_, nullptr);
    done(std::move(result));
}

}  // namespace sightline::probe
