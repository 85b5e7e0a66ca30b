// SPDX-License-Identifier: Apache-2.0
#include "probe/hls_decrypt.hpp"

#include <fmt/format.h>
#include <gnutls/crypto.h>

#include <algorithm>
#include <memory>
#include <type_traits>

namespace sightline::probe {
namespace {

struct CipherDeleter {
    void operator()(gnutls_cipher_hd_t cipher) const { gnutls_cipher_deinit(cipher); }
};
using Cipher = std::unique_ptr<std::remove_pointer_t<gnutls_cipher_hd_t>, CipherDeleter>;

gnutls_datum_t datum(AesBlock& block) {
    return {reinterpret_cast<unsigned char*>(block.data()), static_cast<unsigned>(block.size())};
}

}  // namespace

core::Result<void> decrypt_aes128(const AesBlock& key, const AesBlock& iv, std::string& data) {
    constexpr std::size_t kBlock = sizeof(AesBlock);
    if (data.empty() || data.size() % kBlock != 0) {
        return core::fail(core::ErrorCode::Corrupt,
                          fmt::format("an encrypted segment has {} bytes, no whole number of blocks", data.size()));
    }
    AesBlock key_copy = key;
    AesBlock iv_copy = iv;
    const gnutls_datum_t key_datum = datum(key_copy);
    const gnutls_datum_t iv_datum = datum(iv_copy);
    gnutls_cipher_hd_t raw = nullptr;
    if (const int rc = gnutls_cipher_init(&raw, GNUTLS_CIPHER_AES_128_CBC, &key_datum, &iv_datum); rc < 0) {
        return core::fail(core::ErrorCode::Io, fmt::format("AES cannot be used: {}", gnutls_strerror(rc)));
    }
    const Cipher cipher(raw);
    if (const int rc = gnutls_cipher_decrypt(cipher.get(), data.data(), data.size()); rc < 0) {
        return core::fail(core::ErrorCode::Io, fmt::format("AES failed: {}", gnutls_strerror(rc)));
    }
    const auto padding = static_cast<unsigned char>(data.back());
    const bool right = padding >= 1 && padding <= kBlock &&
                       std::all_of(data.end() - padding, data.end(),
                                   [padding](char c) { return static_cast<unsigned char>(c) == padding; });
    if (!right) return core::fail(core::ErrorCode::Corrupt, "an encrypted segment does not open with its key");
    data.resize(data.size() - padding);
    return {};
}

}  // namespace sightline::probe
