// SPDX-License-Identifier: Apache-2.0
#include "config/surroundings.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace sightline::config {
namespace {

struct Descriptor {
    int fd = -1;
    explicit Descriptor(int opened) : fd(opened) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

tl::unexpected<core::Error> failed(const std::string& path, int error) {
    core::ErrorCode code = core::ErrorCode::Io;
    if (error == ENOENT || error == ENOTDIR) code = core::ErrorCode::NotFound;
    if (error == EACCES || error == EPERM) code = core::ErrorCode::Refused;
    return core::fail(code, fmt::format("cannot read \"{}\": {}", path, std::generic_category().message(error)));
}

/// Area/City words only, so that a name never leads out of the folder.
bool is_zone_name(const std::string& name) {
    if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != std::string::npos) return false;
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '/' && c != '_' && c != '-' && c != '+') return false;
    }
    return true;
}

}  // namespace

core::Result<std::string> read_text_file(const std::string& path, std::size_t limit) {
    // O_NONBLOCK: a FIFO in the file's place must not hang us.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.fd < 0) return failed(path, errno);
    struct stat status {};
    if (::fstat(file.fd, &status) != 0) return failed(path, errno);
    if (!S_ISREG(status.st_mode)) {
        return core::fail(
            core::ErrorCode::InvalidConfig,
            fmt::format("\"{}\" is {}, not a file", path, S_ISDIR(status.st_mode) ? "a directory" : "a device"));
    }
    std::string text;
    while (text.size() <= limit) {
        const std::size_t had = text.size();
        text.resize(had + 65'536);
        const ssize_t got = ::read(file.fd, text.data() + had, 65'536);
        const int error = errno;
        text.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0 && error != EINTR) return failed(path, error);
        if (got == 0) return text;
    }
    return core::fail(core::ErrorCode::InvalidConfig, fmt::format("\"{}\" is larger than {} bytes", path, limit));
}

Surroundings system_surroundings(std::span<const core::ConditionSpec> catalogue,
                                 std::span<const core::MeasurementSpec> measurements, core::RuleSet default_rules,
                                 const std::string& zoneinfo_folder) {
    Surroundings around;
    around.catalogue = catalogue;
    around.measurements = measurements;
    around.default_rules = std::move(default_rules);
    around.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
    around.read_file = read_text_file;
    around.zone_exists = [zoneinfo_folder](const std::string& name) {
        if (name == "UTC") return true;
        if (!is_zone_name(name)) return false;
        const auto file = read_text_file(zoneinfo_folder + "/" + name, 1 << 20);
        return file && file->starts_with("TZif");
    };
    return around;
}

}  // namespace sightline::config
