// SPDX-License-Identifier: Apache-2.0
// The tables a transport stream needs to be found in it (ISO/IEC 13818-1, 2.4.4; EN 300 468).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "testdata/access_unit.hpp"

namespace sightline::testdata {

/// stream_type of ISO/IEC 13818-1 table 2-34; 0 where there is none.
[[nodiscard]] int stream_type(Codec codec);
/// CRC-32 of annex A: the same over a section with its CRC gives 0.
[[nodiscard]] std::uint32_t crc32_mpeg(std::span<const std::uint8_t> bytes);

/// Whole sections with CRC. Programme numbers count from 1. `version` is in [0, 31].
[[nodiscard]] std::vector<std::uint8_t> make_pat(const std::vector<int>& pmt_pids, int version);
/// The first track's PID carries the PCR.
[[nodiscard]] std::vector<std::uint8_t> make_pmt(int programme, const std::vector<Track>& tracks,
                                                 const std::vector<int>& pids, int version);
[[nodiscard]] std::vector<std::uint8_t> make_sdt(const std::string& service_name, int services);

}  // namespace sightline::testdata
