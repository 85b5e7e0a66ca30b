// SPDX-License-Identifier: Apache-2.0
#include "api/access.hpp"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "incidents/audit_chain.hpp"

namespace sightline::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kLongestToken = 1'024;
constexpr std::size_t kAddressesKept = 4'096;

/// Equal without telling by its time how much of it is.
bool same_secret(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0U : 1U;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

/// The name in a Host header, without its port.
std::string host_name(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
    return std::string(host.substr(0, host.find(':')));
}

/// An address of 127.0.0.0/8 in figures: "127.evil.example" is a name that anybody's DNS may point here.
bool is_loopback_name(const std::string& host) {
    in_addr address{};
    return host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && inet_pton(AF_INET, host.c_str(), &address) == 1);
}

bool is_address(const std::string& host) {
    in_addr four{};
    if (host.starts_with('[') && host.ends_with(']')) {
        in6_addr six{};
        return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six) == 1;
    }
    return inet_pton(AF_INET, host.c_str(), &four) == 1;
}

Access::Decision refused(int status, const std::string& code, const std::string& why) {
    return {std::nullopt, error_answer(status, code, why), false};
}

std::string role_words(config::ApiRole role) {
    return role == config::ApiRole::Admin ? "an admin's token" : "an operator's token";
}

}  // namespace

AccessSettings access_settings(const config::Config& config, bool loopback_only) {
    AccessSettings settings{loopback_only, config.api_tokens, config.api_hosts};
    if (!config.api_token.empty())
        settings.tokens.push_back({"config", config::ApiRole::Admin, incidents::sha256_hex(config.api_token)});
    return settings;
}

/// What a browser that visits another site sends along with that site's requests to us.
std::optional<Answer> Access::foreign_site(const Request& request) const {
    const std::string name = host_name(request.host);
    const bool named = std::find(settings_.hosts.begin(), settings_.hosts.end(), name) != settings_.hosts.end();
    if (settings_.loopback_only && !named && !is_loopback_name(name))
        return error_answer(403, "refused", "the Host header does not name this machine's loopback address");
    if (!settings_.loopback_only && !named && !is_address(name) && name != "localhost")
        return error_answer(403, "refused", "the Host header names a host that api.hosts does not");
    if (request.origin.empty()) return std::nullopt;
    const std::size_t mark = request.origin.find("://");
    const std::string origin = mark == std::string::npos ? request.origin : request.origin.substr(mark + 3);
    if (origin != request.host) return error_answer(403, "refused", "the Origin header names another site");
    return std::nullopt;
}

const config::ApiToken* Access::token_of(const Request& request) const {
    const std::string_view header = request.authorization;
    if (!header.starts_with(kBearer) || header.size() > kLongestToken) return nullptr;
    const std::string hash = incidents::sha256_hex(header.substr(kBearer.size()));
    const config::ApiToken* found = nullptr;
    for (const config::ApiToken& token : settings_.tokens) {  // all of them, whichever it is
        if (same_secret(hash, token.sha256)) found = &token;
    }
    return found;
}

std::size_t Access::note_wrong(const std::string& peer, core::ArrivalTime now) {
    const std::lock_guard lock(mutex_);
    if (wrong_.size() >= kAddressesKept && !wrong_.contains(peer))
        std::erase_if(wrong_, [now](const auto& item) { return now - item.second.since > kWrongWindow; });
    // Attacked from everywhere at once, the newest addresses share one entry.
    Wrong& wrong = wrong_[wrong_.size() >= kAddressesKept ? "" : peer];
    if (wrong.count == 0 || now - wrong.since > kWrongWindow) wrong = {now, 0};
    return ++wrong.count;
}

Access::Decision Access::admit(const Request& request, config::ApiRole needed, core::ArrivalTime now) {
    if (request.unix_socket)  // the file's permissions have decided
        return {Caller{config::ApiRole::Admin, request.peer}, {}, false};
    if (auto foreign = foreign_site(request)) return {std::nullopt, std::move(*foreign), false};
    if (const config::ApiToken* token = token_of(request)) {
        if (token->role >= needed) return {Caller{token->role, "token " + token->name}, {}, false};
        return refused(403, "refused", "this takes " + role_words(needed));
    }
    if (!request.authorization.empty()) {
        const std::size_t wrong = note_wrong(request.peer, now);
        Decision decision = wrong > kWrongTokens ? refused(429, "refused", "too many wrong tokens from this address")
                                                 : refused(401, "refused", "the token is not known here");
        decision.first_wrong = wrong == 1;
        return decision;
    }
    if (needed == config::ApiRole::Viewer && settings_.loopback_only)
        return {Caller{config::ApiRole::Viewer, request.peer}, {}, false};
    return refused(401, "refused",
                   needed == config::ApiRole::Viewer ? "a token is needed"
                                                     : "changes and the audit log need a token or the local socket");
}

std::string new_token() {
    std::array<unsigned char, 33> random{};  // 32 make 256 bits; 33 are 44 characters without padding
    if (gnutls_rnd(GNUTLS_RND_KEY, random.data(), random.size()) != 0) return {};
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out = "sl_";
    for (std::size_t i = 0; i < random.size(); i += 3) {
        const unsigned three = random[i] << 16U | random[i + 1] << 8U | random[i + 2];
        for (const unsigned shift : {18U, 12U, 6U, 0U}) out += kDigits[three >> shift & 63U];
    }
    return out;
}

}  // namespace sightline::api
