// SPDX-License-Identifier: Apache-2.0
#include "engine/session_bytes.hpp"

#include <atomic>
#include <string>
#include <vector>

#include "core/thread.hpp"
#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using engine::SessionBytes;
using probe::Container;

namespace {

core::ArrivalTime at(core::Duration time) {
    return core::ArrivalTime{time};
}

void put(SessionBytes& bytes, std::string_view text, core::Duration arrival = 0s) {
    bytes.put(std::as_bytes(std::span(text)), at(arrival));
}

/// Reads the session to its end, `step` bytes at a time.
std::string rest(SessionBytes& bytes, std::size_t step = 4'096) {
    std::string out;
    std::string piece(step, '\0');
    while (const std::size_t got = bytes.read(std::as_writable_bytes(std::span(piece)))) out += piece.substr(0, got);
    return out;
}

/// One block of its own, all of `letter`.
std::string block(char letter) {
    return std::string(SessionBytes::kBlockBytes, letter);
}

}  // namespace

TEST_CASE("Bytes come out by session, each with its container", "[session_bytes]") {
    SessionBytes bytes(true, true);
    bytes.cut(Container::MpegTs);
    put(bytes, "one ");
    put(bytes, "two");
    bytes.cut(Container::Flv);
    put(bytes, "three");
    bytes.close();
    CHECK(bytes.next_session() == Container::MpegTs);
    CHECK(rest(bytes, 2) == "one two");
    CHECK(rest(bytes).empty());
    CHECK(bytes.next_session() == Container::Flv);
    CHECK(rest(bytes) == "three");
    CHECK_FALSE(bytes.dropped());
    CHECK(bytes.next_session() == std::nullopt);
}

TEST_CASE("What is left of a session is skipped when the next one is asked for", "[session_bytes]") {
    SessionBytes bytes(false, false);
    bytes.cut(Container::MpegTs);
    for (char letter = 'a'; letter < 'f'; ++letter) put(bytes, block(letter));
    bytes.cut(Container::Mp4Fragments);
    put(bytes, "next");
    bytes.close();
    CHECK(bytes.next_session() == Container::MpegTs);
    std::byte one{};
    CHECK(bytes.read({&one, 1}) == 1);
    CHECK(bytes.next_session() == Container::Mp4Fragments);
    CHECK(rest(bytes) == "next");
}

TEST_CASE("A session without bytes is one, and it is empty", "[session_bytes]") {
    SessionBytes bytes(true, true);
    bytes.cut(Container::MpegTs);
    bytes.cut(Container::Flv);
    put(bytes, "x");
    bytes.close();
    CHECK(bytes.next_session() == Container::MpegTs);
    CHECK(rest(bytes).empty());
    CHECK(bytes.next_session() == Container::Flv);
    CHECK(rest(bytes) == "x");
}

TEST_CASE("Arrival belongs to the put that covers a position, and starts anew with each session", "[session_bytes]") {
    SessionBytes bytes(true, true);
    bytes.cut(Container::MpegTs);
    put(bytes, "0123", 1s);
    put(bytes, "4567", 2s);
    bytes.flush();
    put(bytes, "89", 3s);
    bytes.cut(Container::MpegTs);
    put(bytes, "ab", 4s);
    bytes.close();
    REQUIRE(bytes.next_session());
    CHECK(rest(bytes, 3) == "0123456789");
    CHECK(bytes.arrival_of(-1) == std::nullopt);
    CHECK(bytes.arrival_of(0) == at(1s));
    CHECK(bytes.arrival_of(3) == at(1s));
    CHECK(bytes.arrival_of(4) == at(2s));
    CHECK(bytes.arrival_of(8) == at(3s));
    CHECK(bytes.arrival_of(9) == at(3s));
    REQUIRE(bytes.next_session());
    CHECK(rest(bytes) == "ab");
    CHECK(bytes.arrival_of(0) == at(4s));
}

TEST_CASE("A file has no arrival and no lag", "[session_bytes]") {
    SessionBytes bytes(false, false);
    bytes.cut(Container::Unknown);
    put(bytes, "abc", 5s);
    bytes.close();
    REQUIRE(bytes.next_session());
    CHECK(rest(bytes) == "abc");
    CHECK(bytes.arrival_of(0) == std::nullopt);
    CHECK(bytes.lag() == 0s);
}

TEST_CASE("Lag is how far the reader is behind the newest byte", "[session_bytes]") {
    SessionBytes bytes(true, true);
    bytes.cut(Container::MpegTs);
    put(bytes, "a", 1s);
    bytes.flush();
    put(bytes, "b", 4s);
    bytes.flush();
    CHECK(bytes.lag() == 0s);  // nothing read yet
    REQUIRE(bytes.next_session());
    std::byte one{};
    REQUIRE(bytes.read({&one, 1}) == 1);
    CHECK(bytes.lag() == 3s);
    REQUIRE(bytes.read({&one, 1}) == 1);
    CHECK(bytes.lag() == 0s);
}

TEST_CASE("Live bytes that nobody reads push out the oldest, and that ends the session being read", "[session_bytes]") {
    SessionBytes bytes(true, true);
    bytes.cut(Container::MpegTs);
    put(bytes, block('a'));
    put(bytes, block('b'));
    REQUIRE(bytes.next_session() == Container::MpegTs);
    std::byte one{};
    REQUIRE(bytes.read({&one, 1}) == 1);
    const std::size_t blocks = SessionBytes::kCapacityBytes / SessionBytes::kBlockBytes + 10;
    for (std::size_t i = 0; i < blocks; ++i) put(bytes, block('c'));
    bytes.close();
    const std::string read = rest(bytes);
    CHECK(read.size() == SessionBytes::kBlockBytes - 1);  // the rest of the block in hand; then the gap
    CHECK(bytes.dropped());
    REQUIRE(bytes.next_session() == Container::MpegTs);
    const std::string after = rest(bytes);
    CHECK(after.find_first_not_of('c') == std::string::npos);
    CHECK(after.size() <= SessionBytes::kCapacityBytes);
    CHECK(after.size() > SessionBytes::kCapacityBytes / 2);
    CHECK_FALSE(bytes.dropped());
}

TEST_CASE("Bytes dropped between two sessions still make a gap", "[session_bytes]") {
    SessionBytes bytes(true, true);
    bytes.cut(Container::MpegTs);
    put(bytes, "first");
    bytes.cut(Container::MpegTs);
    put(bytes, block('s'));
    REQUIRE(bytes.next_session());
    CHECK(rest(bytes) == "first");  // the block of s is in the reader's hand now
    // While the reader takes its demuxer down, so much arrives that some of it goes.
    const std::size_t blocks = SessionBytes::kCapacityBytes / SessionBytes::kBlockBytes + 10;
    for (std::size_t i = 0; i < blocks; ++i) put(bytes, block('t'));
    bytes.close();
    REQUIRE(bytes.next_session());
    CHECK(rest(bytes) == block('s'));
    CHECK(bytes.dropped());
    REQUIRE(bytes.next_session());
    CHECK(rest(bytes).find_first_not_of('t') == std::string::npos);
}

TEST_CASE("A file's producer is held back and nothing is lost", "[session_bytes]") {
    SessionBytes bytes(false, false);
    constexpr std::size_t kBlocks = 2 * SessionBytes::kCapacityBytes / SessionBytes::kBlockBytes;
    std::atomic<std::size_t> produced{0};
    const auto producer = core::start_thread("producer", [&](std::stop_token) {
        bytes.cut(Container::MpegTs);
        for (std::size_t i = 0; i < kBlocks; ++i) {
            put(bytes, block(static_cast<char>('a' + i % 26)));
            ++produced;
        }
        bytes.close();
    });
    REQUIRE(bytes.next_session() == Container::MpegTs);
    CHECK(produced * SessionBytes::kBlockBytes <= SessionBytes::kCapacityBytes + 2 * SessionBytes::kBlockBytes);
    std::size_t total = 0;
    bool in_order = true;
    std::string piece(SessionBytes::kBlockBytes, '\0');
    while (const std::size_t got = bytes.read(std::as_writable_bytes(std::span(piece)))) {
        for (std::size_t i = 0; i < got; i += 1'000)
            in_order = in_order && piece[i] == static_cast<char>('a' + (total + i) / SessionBytes::kBlockBytes % 26);
        total += got;
    }
    CHECK(total == kBlocks * SessionBytes::kBlockBytes);
    CHECK(in_order);
    CHECK_FALSE(bytes.dropped());
}

TEST_CASE("Stop lets a waiting reader and a held-back producer go", "[session_bytes]") {
    SessionBytes waiting(true, true);
    SessionBytes full(false, false);
    std::atomic<bool> read_nothing{false};
    {
        const auto reader =
            core::start_thread("reader", [&](std::stop_token) { read_nothing = !waiting.next_session(); });
        const auto producer = core::start_thread("producer", [&](std::stop_token) {
            for (std::size_t i = 0; i < 2 * SessionBytes::kCapacityBytes / SessionBytes::kBlockBytes; ++i)
                put(full, block('x'));
        });
        waiting.stop();
        full.stop();
    }  // joins: a wait that stop() does not end would hang here
    CHECK(read_nothing);
}
