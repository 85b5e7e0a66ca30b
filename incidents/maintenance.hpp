// SPDX-License-Identifier: Apache-2.0
// Planned work: when, on what, and why nobody is called meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::incidents {

/// One entry of the maintenance calendar: once (`from` to `to`), or every week within [from, to) where `weekly` is set.
struct MaintenanceWindow {
    enum class On : std::uint8_t { Stream, Tag, Path, Probe };
    std::string id;  ///< "<probe>-m<n>"; given by the desk
    On on = On::Stream;
    std::string name;  ///< a stream's or path's id, "site=london"; of Probe: empty, everything this probe watches
    core::UtcTime from{};
    std::optional<core::UtcTime> to;       ///< empty: until it is removed; a window that is not weekly needs it
    std::vector<core::WeeklySpan> weekly;  ///< in `zone`; empty: all of [from, to)
    std::string zone = "UTC";              ///< IANA name
    std::string reason;
    std::string who;
    core::UtcTime created{};
    friend bool operator==(const MaintenanceWindow&, const MaintenanceWindow&) = default;
};

[[nodiscard]] const char* name(MaintenanceWindow::On on);  ///< "stream", "tag", "path", "probe"

/// {"id":…,"on":"tag","name":"site=london","from":…,"to":…,"weekly":["Mon 02:00-04:00"],"zone":"Europe/London",
/// "reason":…,"who":…,"created":…}
[[nodiscard]] std::string to_json(const MaintenanceWindow& window);
/// Reads what to_json writes; "id", "who" and "created" may be missing, and so may "from" (then `now`). A span may name
/// several days ("Mon-Fri 02:00-04:00"). @return InvalidConfig naming the key, what was given and what is allowed.
[[nodiscard]] core::Result<MaintenanceWindow> maintenance_from_json(const std::string& text, core::UtcTime now);

/// Whether it makes sense by itself: name, order of times, zone, spans. @return InvalidConfig, in words.
[[nodiscard]] core::Result<void> check(const MaintenanceWindow& window);

/// Whether it is about anything that is configured: a mistyped name would protect nothing, and nobody would notice.
/// @return NotFound, in words.
[[nodiscard]] core::Result<void> check_known(const MaintenanceWindow& window, const config::Config& config);

/// Windows with their zones read, for asking often.
///
/// Threading: immutable after construction.
class MaintenanceCalendar {
public:
    MaintenanceCalendar();
    /// A window whose zone cannot be read any more counts in UTC.
    explicit MaintenanceCalendar(std::vector<MaintenanceWindow> windows);
    ~MaintenanceCalendar();
    MaintenanceCalendar(MaintenanceCalendar&&) noexcept;
    MaintenanceCalendar& operator=(MaintenanceCalendar&&) noexcept;

    [[nodiscard]] const std::vector<MaintenanceWindow>& windows() const { return windows_; }
    /// The stream is in a window at `time`: by its id, one of its tags, a path it is on, or the probe.
    [[nodiscard]] const MaintenanceWindow* covers(const std::string& stream,
                                                  const std::map<std::string, std::string>& tags,
                                                  const std::vector<std::string>& paths, core::UtcTime time) const;
    [[nodiscard]] bool active(std::size_t window, core::UtcTime time) const;
    /// The first instant after `time` at which any window begins or ends.
    [[nodiscard]] std::optional<core::UtcTime> next_change(core::UtcTime time) const;

private:
    struct Entry;
    std::vector<MaintenanceWindow> windows_;
    std::vector<Entry> entries_;
};

}  // namespace sightline::incidents
