// SPDX-License-Identifier: Apache-2.0
// A certificate made by the test that uses it.
#pragma once

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <ctime>
#include <string>

#include "tests/catch.hpp"

namespace sightline::tests {

inline constexpr std::time_t kLongAgo = 1'000'000'000, kFarOff = 4'000'000'000;

/// Certificate and key for "localhost" that it signed itself, valid from `begin` to `end` (Unix times).
class SelfSigned {
public:
    SelfSigned(std::time_t begin, std::time_t end) {
        gnutls_x509_privkey_t key = nullptr;
        gnutls_x509_crt_t certificate = nullptr;
        REQUIRE(gnutls_x509_privkey_init(&key) == 0);
        REQUIRE(gnutls_x509_crt_init(&certificate) == 0);
        REQUIRE(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                             0) == 0);
        const unsigned char serial = 1;
        gnutls_x509_crt_set_version(certificate, 3);
        gnutls_x509_crt_set_serial(certificate, &serial, 1);
        gnutls_x509_crt_set_activation_time(certificate, begin);
        gnutls_x509_crt_set_expiration_time(certificate, end);
        gnutls_x509_crt_set_key(certificate, key);
        gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, "localhost", 9);
        gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET);
        REQUIRE(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) == 0);
        REQUIRE(gnutls_certificate_allocate_credentials(&credentials_) == 0);
        REQUIRE(gnutls_certificate_set_x509_key(credentials_, &certificate, 1, key) == 0);
        gnutls_datum_t text{};
        REQUIRE(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text) == 0);
        pem_.assign(reinterpret_cast<const char*>(text.data), text.size);
        gnutls_free(text.data);
        gnutls_x509_crt_deinit(certificate);
        gnutls_x509_privkey_deinit(key);
    }
    ~SelfSigned() { gnutls_certificate_free_credentials(credentials_); }
    SelfSigned(const SelfSigned&) = delete;
    SelfSigned& operator=(const SelfSigned&) = delete;
    [[nodiscard]] gnutls_certificate_credentials_t credentials() const { return credentials_; }
    /// The certificate, for who shall trust it.
    [[nodiscard]] const std::string& pem() const { return pem_; }

private:
    std::string pem_;
    gnutls_certificate_credentials_t credentials_ = nullptr;
};

}  // namespace sightline::tests
