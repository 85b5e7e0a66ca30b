// SPDX-License-Identifier: Apache-2.0
// Who may come in, who they are, and what they may do.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/request.hpp"
#include "config/config.hpp"
#include "core/time.hpp"

namespace sightline::api {

/// Somebody who was let in.
struct Caller {
    config::ApiRole role = config::ApiRole::Viewer;
    std::string name;  ///< for the audit log: "uid 1000", "token noc", "127.0.0.1"
};

struct AccessSettings {
    bool loopback_only = true;  ///< listening on a loopback address
    std::vector<config::ApiToken> tokens;
    std::vector<std::string> hosts;  ///< names beside addresses and localhost that a Host header may have
};
/// The tokens, hosts and the plain token (as an admin called "config") of a configuration.
[[nodiscard]] AccessSettings access_settings(const config::Config& config, bool loopback_only);

/// Tokens are compared as SHA-256 hashes, in a time that does not depend on how much of one is right. A right token is
/// always served; who presents wrong ones from one address more than kWrongTokens times in kWrongWindow gets 429, so
/// that guessing shows and costs nobody else anything.
///
/// Threading: any thread.
class Access {
public:
    static constexpr std::size_t kWrongTokens = 20;
    static constexpr core::Duration kWrongWindow = std::chrono::minutes{1};

    explicit Access(AccessSettings settings) : settings_(std::move(settings)) {}
    /// `needed`: what the request takes. @return who it is, or the answer that refuses: 401, 403, 429.
    struct Decision {
        std::optional<Caller> caller;
        Answer refusal;
        bool first_wrong = false;  ///< of this address in this window: worth a line in the audit log
    };
    [[nodiscard]] Decision admit(const Request& request, config::ApiRole needed, core::ArrivalTime now);

private:
    [[nodiscard]] std::optional<Answer> foreign_site(const Request& request) const;
    [[nodiscard]] const config::ApiToken* token_of(const Request& request) const;
    /// @return how many wrong tokens this address presented in the window, with this one.
    std::size_t note_wrong(const std::string& peer, core::ArrivalTime now);

    const AccessSettings settings_;
    struct Wrong {
        core::ArrivalTime since{};
        std::size_t count = 0;
    };
    std::mutex mutex_;  // guards wrong_
    std::map<std::string, Wrong> wrong_;
};

/// A new token, 264 bits from the system's generator as 44 characters of base64url, after "sl_"; empty where it has
/// none.
[[nodiscard]] std::string new_token();

}  // namespace sightline::api
