// SPDX-License-Identifier: Apache-2.0
#include "engine/depth_controller.hpp"

#include <algorithm>

namespace sightline::engine {

using probe::DecodeWork;

DecodeWork DepthController::decide(const Now& now) {
    if (mode_ == core::DepthMode::Transport) return DecodeWork::Nothing;
    if (now.lag >= kFarBehind) {
        shed_ = DecodeWork::KeyFrames;
    } else if (now.lag >= kBehind) {
        shed_ = std::max(shed_, DecodeWork::NoDisposable);
    } else if (now.lag <= kCaughtUp) {
        shed_ = DecodeWork::Everything;
    }
    if (mode_ == core::DepthMode::Full) return shed_;
    if (now.suspicion) closer_until_ = now.newest + kCloser;
    const bool closer = closer_until_ && now.newest < *closer_until_;
    const bool keys_come = now.last_key && now.newest - *now.last_key < kMaxKeyGap;
    return std::max(shed_, closer || now.focus || !keys_come ? DecodeWork::Everything : DecodeWork::KeyFrames);
}

}  // namespace sightline::engine
