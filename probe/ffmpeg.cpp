// SPDX-License-Identifier: Apache-2.0
#include "probe/ffmpeg.hpp"

namespace sightline::probe::ffmpeg {

void silence_log() {
    av_log_set_level(AV_LOG_QUIET);
}

}  // namespace sightline::probe::ffmpeg
