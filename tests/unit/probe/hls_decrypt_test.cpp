// SPDX-License-Identifier: Apache-2.0
#include "probe/hls_decrypt.hpp"

#include <string>

#include "tests/catch.hpp"

using sightline::probe::AesBlock;
using sightline::probe::decrypt_aes128;

namespace {

AesBlock block(const std::string& hex) {
    AesBlock result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = static_cast<std::byte>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    }
    return result;
}

std::string bytes(const std::string& hex) {
    std::string result;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        result += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return result;
}

const AesBlock kKey = block("2b7e151628aed2a6abf7158809cf4f3c");
const AesBlock kIv = block("000102030405060708090a0b0c0d0e0f");

}  // namespace

TEST_CASE("the example of NIST SP 800-38A, F.2.2 opens to its text", "[hls_decrypt]") {
    // Its four blocks hold no padding: the error is the padding's, and the text stands in the buffer.
    std::string data = bytes(
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
        "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7");
    const auto opened = decrypt_aes128(kKey, kIv, data);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message == "an encrypted segment does not open with its key");
    CHECK(data == bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"));
}

TEST_CASE("data that is no whole number of blocks is refused", "[hls_decrypt]") {
    std::string data(15, 'x');
    const auto opened = decrypt_aes128(kKey, kIv, data);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message == "an encrypted segment has 15 bytes, no whole number of blocks");
    data.clear();
    CHECK_FALSE(decrypt_aes128(kKey, kIv, data));
}
