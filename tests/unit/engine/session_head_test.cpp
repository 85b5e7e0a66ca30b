// SPDX-License-Identifier: Apache-2.0
#include "engine/session_head.hpp"

#include <string>

#include "fuzz/evidence_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

using namespace sightline;
using engine::SessionHead;

namespace {

std::vector<std::byte> raw(const std::string& text) {
    std::vector<std::byte> out;
    for (const char c : text) out.push_back(static_cast<std::byte>(c));
    return out;
}

std::string number(std::uint64_t value, int bytes) {
    std::string out;
    for (int n = bytes - 1; n >= 0; --n) out += static_cast<char>(value >> (8 * n) & 0xFFU);
    return out;
}

std::string tag(char type, const std::string& body) {
    const auto size = static_cast<std::uint32_t>(body.size());
    return std::string(1, type) + number(size, 3) + number(0, 7) + body + number(size + 11, 4);
}

std::string box(const std::string& type, const std::string& body) {
    return number(static_cast<std::uint32_t>(body.size() + 8), 4) + type + body;
}

const std::string kHeader = std::string("FLV\x01\x05", 5) + number(9, 4) + number(0, 4);
const std::string kScript = tag(18, "onMetaData");
const std::string kAvcConfig = tag(9, std::string("\x17\x00\x00\x00\x00 avcC", 10));
const std::string kAacConfig = tag(8, std::string("\xAF\x00\x12\x10", 4));
const std::string kPicture = tag(9, std::string("\x27\x01\x00\x00\x00 slice", 11));

}  // namespace

TEST_CASE("The head of an FLV session is its header and the configuration of its tracks") {
    const std::string stream = kHeader + kScript + kAvcConfig + kAacConfig + kPicture + kPicture;
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        SessionHead head;
        head.begin(probe::Container::Flv);
        const auto bytes = raw(stream);
        for (std::size_t at = 0; at < bytes.size(); at += step)
            (void)head.feed(std::span(bytes).subspan(at, std::min(step, bytes.size() - at)));
        CHECK(head.head() == raw(kHeader + kScript + kAvcConfig + kAacConfig));
    }
}

TEST_CASE("A reader may begin at any tag") {
    SessionHead head;
    head.begin(probe::Container::Flv);
    (void)head.feed(raw(kHeader + kScript + kPicture.substr(0, 5)));
    const auto resume = head.feed(raw(kPicture.substr(5) + kPicture));
    REQUIRE(resume);
    CHECK(*resume == kPicture.size() - 5);
    CHECK_FALSE(head.feed(raw(kPicture.substr(0, 0))));
}

TEST_CASE("A configuration that changes takes the place of the one before") {
    SessionHead head;
    head.begin(probe::Container::Flv);
    (void)head.feed(raw(kHeader + kAvcConfig));
    const auto before = head.revision();
    (void)head.feed(raw(kAvcConfig));
    CHECK(head.revision() == before);
    const std::string other = tag(9, std::string("\x90hvc1 config", 12));
    (void)head.feed(raw(other + kPicture));
    CHECK(head.revision() == before + 1);
    CHECK(head.head() == raw(kHeader + other));
}

TEST_CASE("The head of a session of fragments is what stands before the first one") {
    const std::string init = box("ftyp", "iso6") + box("moov", "tracks");
    const std::string fragment = box("styp", "msdh") + box("moof", "samples") + box("mdat", std::string(500, 'x'));
    SessionHead head;
    head.begin(probe::Container::Mp4Fragments);
    const auto resume = head.feed(raw(init + fragment + fragment));
    CHECK(head.head() == raw(init));
    REQUIRE(resume);
    CHECK(*resume == init.size() + box("styp", "msdh").size());
}

TEST_CASE("What is no FLV or MP4 has no head") {
    for (const auto container : {probe::Container::Flv, probe::Container::Mp4Fragments, probe::Container::MpegTs}) {
        SessionHead head;
        head.begin(container);
        CHECK_FALSE(head.feed(std::vector<std::byte>(1'000)));
        CHECK(head.head().empty());
    }
}

TEST_CASE("Finds of the fuzzer of session heads are replayed") {
    const auto read = [](const std::string& bytes) {
        fuzz::session_head({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    };
    CHECK(tests::replay("session_head", read) > 0);
}
