// SPDX-License-Identifier: Apache-2.0
// Which faults a generated signal has, and when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::testdata {

enum class FaultKind : std::uint8_t {
    // picture
    Black,       ///< "black": a share of the picture dark, the rest flickering
    Freeze,      ///< "freeze": the picture before `at` is repeated
    NearFreeze,  ///< "near-freeze": the same, under fresh sensor noise
    Starve,      ///< "starve": the video encoder gets this bitrate
    Size,        ///< "size": the video encoder restarts with another size
    VideoLost,   ///< "video-lost": no video packets; the PMT still lists them
    // sound
    Silence,    ///< "silence": digital zero
    Level,      ///< "level": the tone at another level
    AudioLost,  ///< "audio-lost": no audio packets; the PMT still lists them
    // the whole signal
    Stall,       ///< "stall": nothing sent, connections stay
    Disconnect,  ///< "disconnect": nothing sent, connections closed, made again at the end
    Jump,        ///< "jump": every timestamp moves by `by` from here on
    PmtPid,      ///< "pmt-pid": the PMT moves to another PID
    EsPids,      ///< "es-pids": the PMT moves the elementary streams to other PIDs
    // single TS packets
    Drop,            ///< "drop": the packet is not sent
    Duplicate,       ///< "duplicate": sent `copies` times more; one copy is legal
    Reorder,         ///< "reorder": sent after the next packet of its PID
    Corrupt,         ///< "corrupt": payload bytes flipped
    TransportError,  ///< "transport-error": transport_error_indicator set
    SyncByte,        ///< "sync-byte": another first byte than 0x47
    Scramble,        ///< "scramble": transport_scrambling_control set, payload made unreadable
};

/// Stable word for `kind`, as the schedule and the truth write it.
[[nodiscard]] std::string_view name(FaultKind kind);
[[nodiscard]] bool is_packet_fault(FaultKind kind);

/// Which packets a packet fault takes.
struct PidChoice {
    enum class Kind : std::uint8_t { Any, Video, Audio, Psi, Number };
    Kind kind = Kind::Any;  ///< Any: every PID but null packets
    int number = 0;
    friend bool operator==(const PidChoice&, const PidChoice&) = default;
};

/// One line of the schedule. Times are media times: from the first video presentation time of the signal.
struct Fault {
    FaultKind kind = FaultKind::Black;
    core::Duration at{0};
    core::Duration length{0};  ///< 0: an instant, or `count` packets
    core::Duration every{0};   ///< 0: once
    // Each kind reads its own; see kKinds in the .cpp for which.
    double pixels = 1.0;      ///< share of dark pixels, (0, 1]
    int luma = -1;            ///< of the dark pixels, 8-bit scale; −1: the range's black
    double sigma = 2.0;       ///< of the noise, 8-bit luma steps
    double level_dbfs = -60;  ///< sample peak of the tone
    int channel = 0;          ///< 1…; 0: all
    int track = 0;            ///< 1…; 0: all
    std::int64_t bitrate_bps = 100'000;
    core::Duration by{0};
    int width = 0, height = 0;
    int shift = 16;          ///< PIDs move by this much
    bool indicator = false;  ///< a jump says so with discontinuity_indicator
    PidChoice pid;
    int count = 1;      ///< consecutive packets of the chosen PIDs, where there is no length
    double rate = 1.0;  ///< share of the packets within the length
    int copies = 1;
};

/// One time that a (perhaps periodic) fault holds: [begin, end).
struct Occurrence {
    std::int64_t index = 0;  ///< 0…
    core::Duration begin{0}, end{0};
    friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

/// The occurrence that covers media time `t`, if any. A fault without length covers nothing.
[[nodiscard]] std::optional<Occurrence> occurrence_at(const Fault& fault, core::Duration t);
/// How many occurrences have begun at or before `t`.
[[nodiscard]] std::int64_t begun_by(const Fault& fault, core::Duration t);

/// Reads "black@12.48+6.04:pixels=97%,every=40s"; a bare number is seconds.
/// @return InvalidConfig in one line that names the fault, the key, the value and what is allowed.
[[nodiscard]] core::Result<Fault> parse_fault(std::string_view text);

/// Reads YAML or JSON: a list, or a map with `faults:`, of maps with `kind`, `at`, `for` and the kind's keys.
[[nodiscard]] core::Result<std::vector<Fault>> parse_fault_list(const std::string& text);

}  // namespace sightline::testdata
