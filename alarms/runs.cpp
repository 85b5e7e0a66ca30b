// SPDX-License-Identifier: Apache-2.0
#include "alarms/runs.hpp"

#include <algorithm>

namespace sightline::alarms {

using core::Duration;

void BadRun::bad(const Evidence& evidence) {
    if (start_ && unknown_from_ && key_span(*unknown_from_, evidence.at) > kMaxBadGap) start_.reset();
    if (!start_) {
        start_ = RunStart{evidence.at, evidence.exact, evidence.uncertainty};
        counted_ = Duration{};
        counting_from_.reset();
    }
    unknown_from_.reset();
    bad_ = true;
    if (allowed_ && !counting_from_) counting_from_ = evidence.at;
}

void BadRun::good() {
    start_.reset();
    counting_from_.reset();
    unknown_from_.reset();
    counted_ = Duration{};
    bad_ = false;
}

void BadRun::unknown(const Moment& at) {
    if (!bad_) return;
    stop(at);
    bad_ = false;
    unknown_from_ = at;
}

void BadRun::allow(const Moment& at, bool allowed) {
    if (allowed_ == allowed) return;
    allowed_ = allowed;
    if (!allowed_) {
        stop(at);
    } else if (bad_) {
        counting_from_ = at;
    }
}

void BadRun::stop(const Moment& at) {
    if (!counting_from_) return;
    counted_ += span(*counting_from_, at);
    counting_from_.reset();
}

std::optional<Moment> BadRun::due(Duration hold) const {
    if (!counting_from_) return std::nullopt;
    return shifted(*counting_from_, std::max(hold - counted_, Duration{}));
}

void GoodRun::good(const Moment& at) {
    if (counting_from_) return;
    if (!start_ || !unknown_from_ || key_span(*unknown_from_, at) > kMaxGoodGap) {
        start_ = at;
        counted_ = Duration{};
    }
    unknown_from_.reset();
    counting_from_ = at;
}

void GoodRun::bad() {
    start_.reset();
    counting_from_.reset();
    unknown_from_.reset();
    counted_ = Duration{};
}

void GoodRun::unknown(const Moment& at) {
    if (!counting_from_) return;
    counted_ += span(*counting_from_, at);
    counting_from_.reset();
    unknown_from_ = at;
}

std::optional<Moment> GoodRun::due(Duration clear) const {
    if (!counting_from_) return std::nullopt;
    return shifted(*counting_from_, std::max(clear - counted_, Duration{}));
}

}  // namespace sightline::alarms
