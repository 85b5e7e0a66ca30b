// SPDX-License-Identifier: Apache-2.0
// The making of one clip in a process of its own: what it reads is foreign.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "engine/clip_maker.hpp"
#include "link/descriptor.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// Hidden subcommand of the program: `sightline clip ORDER`.
inline constexpr const char* kClipCommand = "clip";

/// Enters the sandbox, makes the clip of descriptor 4 into 5, the stills into 6 and 7, and reports to 3.
/// @return the process's exit status.
[[nodiscard]] int run_clip(int argc, char** argv);

/// Lifecycle: start() → on_done, once. Destroying kills what still runs.
/// Threading: the loop's thread.
class ClipProcess {
public:
    static constexpr core::Duration kPatience = std::chrono::seconds{60};
    struct Files {
        link::Descriptor ring, clip, good, bad;  ///< ring to read, the others to write
    };
    /// The process is gone; the report, or why there is none. May destroy the ClipProcess.
    using Done = std::function<void(core::Result<ClipReport>)>;

    /// `command`: program and its first argument, kClipCommand. @return Io.
    [[nodiscard]] static core::Result<std::unique_ptr<ClipProcess>> start(net::EventLoop& loop,
                                                                          std::vector<std::string> command,
                                                                          const std::string& order, const Files& files,
                                                                          Done done);
    ~ClipProcess();
    ClipProcess(const ClipProcess&) = delete;
    ClipProcess& operator=(const ClipProcess&) = delete;

private:
    ClipProcess(net::EventLoop& loop, pid_t pid, int pidfd, int report, Done done);
    void read_report();
    void reap();

    pid_t pid_;
    int pidfd_;
    int report_fd_;
    bool running_ = true;
    std::string report_;
    Done done_;
    net::EventLoop::Handle watch_, reading_, patience_;
};

}  // namespace sightline::engine
