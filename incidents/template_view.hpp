// SPDX-License-Identifier: Apache-2.0
// The values that vendor templates, mails and the other notifiers speak of: the payload's, and what is made from them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/vendor_template.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::incidents {

/// One payload object, an alarm's or an incident's, with names for all that a text wants to say of it
/// (config::template_names(); docs/notifiers.md). Foreign text in it is valid UTF-8 without control characters: the
/// payload was made so.
///
/// Threading: immutable after construction but for set().
class TemplateView {
public:
    /// @return Corrupt where `payload` is no JSON object. `repeat_every`: how often it will be told again, for
    /// `expires_at`. `sent_at` replaces the payload's.
    [[nodiscard]] static core::Result<TemplateView> from(std::string_view payload, core::Duration repeat_every = {},
                                                         std::optional<core::UtcTime> sent_at = {});
    TemplateView(TemplateView&&) noexcept;
    TemplateView& operator=(TemplateView&&) noexcept;
    ~TemplateView();

    /// Adds what stands under a prefix of its own: ("setting", {{"url", …}}), ("kept", …).
    void set(const std::string& prefix, const std::map<std::string, std::string>& values);

    /// Text of a value: of a string itself, of null nothing, of anything else its JSON.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// Null, "", 0, false, {} and [] are empty, and so is what does not exist.
    [[nodiscard]] bool empty(std::string_view name) const;
    [[nodiscard]] std::map<std::string, std::string> tags() const;
    [[nodiscard]] config::VendorTemplate::When when() const;

    struct Impl;
    [[nodiscard]] const Impl& impl() const { return *impl_; }

private:
    explicit TemplateView(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::incidents
