// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <span>
#include <string>
#include <string_view>

#include "engine/clip_process.hpp"
#include "engine/clip_words.hpp"
#include "engine/sandbox.hpp"

namespace sightline::engine {
namespace {

constexpr int kExitOrder = 2, kExitSandbox = 3, kExitReport = 4;
constexpr int kNice = 10;  // evidence can wait; the watching cannot

bool write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

bool write_all(int fd, std::string_view text) {
    return write_all(fd, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace

int run_clip(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for it then
    const auto job = clip_job_from(argc > 2 ? argv[2] : "");
    if (!job) return kExitOrder;
    for (const int fd : {kClipReportFd, kClipRingFd, kClipOutFd, kClipGoodFd, kClipBadFd}) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return kExitOrder;
    }
    (void)::setpriority(PRIO_PROCESS, 0, kNice);
    if (job->sandbox) {
        SandboxOptions options;
        options.memory_bytes = job->memory_bytes;
        if (!enter_sandbox(options)) return kExitSandbox;
    }
    ClipReport report = make_clip(kClipRingFd, job->order,
                                  [](std::span<const std::byte> bytes) { return write_all(kClipOutFd, bytes); });
    if (report.good && !write_all(kClipGoodFd, report.good->jpeg)) report.good.reset();
    if (report.bad && !write_all(kClipBadFd, report.bad->jpeg)) report.bad.reset();
    for (const int fd : {kClipOutFd, kClipGoodFd, kClipBadFd}) ::fsync(fd);  // here, not where the supervisor waits
    return write_all(kClipReportFd, to_json(report)) ? 0 : kExitReport;
}

}  // namespace sightline::engine
