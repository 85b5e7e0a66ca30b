// SPDX-License-Identifier: Apache-2.0
// Transport inspection in MB per CPU second with 2 and with 200 PIDs, beside a bare read(2) of the same file, a bare
// touch of every packet header, and (in memory) the inspector alone.
//   bench_transport_inspection [MEGABYTES]
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "formats/ts/inspector.hpp"
#include "tests/ts_builder.hpp"

namespace {

using sightline::core::Observation;
using sightline::formats::ts::InspectorOptions;
using sightline::formats::ts::TransportInspector;
using sightline::testing::Bytes;
using sightline::testing::TsBuilder;

constexpr std::size_t kReadSize = 256 * 1024;
constexpr int kRounds = 9;

class Counted final : public sightline::core::Findings {
public:
    void add(Observation) override { ++count; }
    std::size_t count = 0;
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// `programmes` services of one picture and one sound PID, 25 frames a second, packets of all interleaved.
Bytes make_multiplex(int programmes, int packets_per_frame, std::size_t size) {
    TsBuilder ts;
    ts.bytes.reserve(size + 16'000'000);
    std::map<int, int> maps;
    for (int p = 1; p <= programmes; ++p) maps[p] = 0x1000 + p;
    std::vector<std::byte> body(184, std::byte{0x5A});
    for (int frame = 0; ts.bytes.size() < size; ++frame) {
        const std::int64_t pts = 900'000 + std::int64_t{frame} * 3600;
        if (frame % 5 == 0) {
            ts.pat(maps);
            for (int p = 1; p <= programmes; ++p) {
                ts.pmt(0x1000 + p, p, 0x100 + 2 * p, {{0x100 + 2 * p, 0x1B, {}}, {0x101 + 2 * p, 0x0F, {}}});
            }
        }
        for (int p = 1; p <= programmes; ++p) {
            ts.pes(0x100 + 2 * p, 0xE0, pts, 100, (pts - 45'000) * 300);
            ts.pes(0x101 + 2 * p, 0xC0, pts, 500);
        }
        for (int i = 0; i < packets_per_frame; ++i) {
            for (int p = 1; p <= programmes; ++p) ts.add({.pid = 0x100 + 2 * p, .payload = body});
        }
    }
    return std::move(ts.bytes);
}

double median_rate(std::size_t bytes, const std::function<void()>& work) {
    std::vector<double> rates;
    for (int round = 0; round < kRounds; ++round) {
        const double before = cpu_seconds();
        work();
        rates.push_back(static_cast<double>(bytes) / 1e6 / std::max(cpu_seconds() - before, 1e-6));
    }
    std::nth_element(rates.begin(), rates.begin() + kRounds / 2, rates.end());
    return rates[kRounds / 2];
}

template <class Use>
void read_file(int file, std::vector<std::byte>& buffer, Use&& use) {
    if (lseek(file, 0, SEEK_SET) != 0) std::abort();
    for (;;) {
        const ssize_t got = read(file, buffer.data(), buffer.size());
        if (got <= 0) return;
        use(std::span<const std::byte>(buffer.data(), static_cast<std::size_t>(got)));
    }
}

InspectorOptions file_options() {
    InspectorOptions options;
    options.arrival_known = false;
    return options;
}

double measure(const char* name, int programmes, int packets_per_frame, std::size_t size) {
    const Bytes multiplex = make_multiplex(programmes, packets_per_frame, size);
    std::FILE* const temporary = std::tmpfile();
    if (temporary == nullptr || std::fwrite(multiplex.data(), 1, multiplex.size(), temporary) != multiplex.size() ||
        std::fflush(temporary) != 0) {
        std::perror("temporary file");
        std::exit(1);
    }
    const int file = fileno(temporary);
    std::vector<std::byte> buffer(kReadSize);
    const double bare = median_rate(multiplex.size(), [&] { read_file(file, buffer, [](auto) {}); });
    unsigned sink = 0;
    const double touch = median_rate(multiplex.size(), [&] {
        for (std::size_t at = 0; at + 188 <= multiplex.size(); at += 188)
            sink += std::to_integer<unsigned>(multiplex[at + 3]);
    });
    const auto inspect = [&](const std::function<void(TransportInspector&)>& feed) {
        Counted findings;
        TransportInspector inspector(file_options(), findings);
        feed(inspector);
        inspector.finish();
        if (inspector.report().continuity_errors != 0) std::abort();
    };
    const double alone = median_rate(multiplex.size(), [&] {
        inspect([&](TransportInspector& inspector) {
            for (std::size_t at = 0; at < multiplex.size(); at += kReadSize) {
                inspector.feed(std::span(multiplex).subspan(at, std::min(kReadSize, multiplex.size() - at)), {});
            }
        });
    });
    const double datagrams = median_rate(multiplex.size(), [&] {
        inspect([&](TransportInspector& inspector) {
            for (std::size_t at = 0; at < multiplex.size(); at += 1316) {
                inspector.feed(std::span(multiplex).subspan(at, std::min<std::size_t>(1316, multiplex.size() - at)),
                               {});
            }
        });
    });
    const double both = median_rate(multiplex.size(), [&] {
        inspect([&](TransportInspector& inspector) {
            read_file(file, buffer, [&](std::span<const std::byte> bytes) { inspector.feed(bytes, {}); });
        });
    });
    std::printf(
        "%-9s %5.0f MB | read(2) alone %7.0f | headers touched %7.0f%s | inspector in memory %7.0f, in 1316 B %7.0f"
        " | read(2) + inspector %7.0f MB per CPU second\n",
        name, static_cast<double>(multiplex.size()) / 1e6, bare, touch, sink == 1 ? "!" : "", alone, datagrams, both);
    std::fclose(temporary);
    return both;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t size = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 200) * 1'000'000;
    const double few = measure("2 PIDs", 1, 200, size);
    const double many = measure("200 PIDs", 100, 30, size);
    std::printf("a byte costs %.2f times as much with 200 PIDs as with 2\n", few / many);
}
