// SPDX-License-Identifier: Apache-2.0
// Stands for `sightline hook-guard` and for hooks in the tests of exec_hook.
//   hook-guard …            the guard
//   descriptors FILE        writes the numbers of its open descriptors
//   family FILE stay|leave  starts a child, and a grandchild in a session of its own; writes the three process ids
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "incidents/hook_guard.hpp"

namespace {

int descriptors(const char* file) {
    std::string open;
    for (int fd = 0; fd < 1024; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) open += std::to_string(fd) + ' ';
    }
    std::ofstream(file) << open;
    return 0;
}

[[noreturn]] void wait_for_ever() {
    for (;;) ::pause();
}

int family(const char* file, bool stay) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    const pid_t child = ::fork();
    if (child == 0) {
        if (::fork() != 0) wait_for_ever();
        ::setsid();
        if (::fork() != 0) ::_exit(0);  // now nobody's, as daemons are
        ::signal(SIGTERM, SIG_IGN);
        const pid_t self = ::getpid();
        if (::write(ends[1], &self, sizeof self) != sizeof self) ::_exit(1);
        wait_for_ever();
    }
    pid_t daemon = 0;
    if (::read(ends[0], &daemon, sizeof daemon) != sizeof daemon) return 1;
    const std::string temporary = std::string(file) + ".new";
    std::ofstream(temporary) << ::getpid() << ' ' << child << ' ' << daemon << '\n';
    if (std::rename(temporary.c_str(), file) != 0) return 1;
    if (stay) wait_for_ever();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    if (std::strcmp(argv[1], sightline::incidents::kHookGuardCommand) == 0) {
        return sightline::incidents::run_hook_guard(argc, argv);
    }
    if (std::strcmp(argv[1], "descriptors") == 0) return descriptors(argv[2]);
    if (std::strcmp(argv[1], "family") == 0 && argc > 3) return family(argv[2], std::strcmp(argv[3], "stay") == 0);
    return 2;
}
