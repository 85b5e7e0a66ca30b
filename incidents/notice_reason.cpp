// SPDX-License-Identifier: Apache-2.0
#include "incidents/notice_reason.hpp"

#include <array>
#include <utility>

namespace sightline::incidents {
namespace {

constexpr std::array<std::pair<NoticeReason, const char*>, 16> kReasonWords{{
    {NoticeReason::Opened, "opened"},
    {NoticeReason::Worsened, "worsened"},
    {NoticeReason::NewStream, "new_stream"},
    {NoticeReason::Reopened, "reopened"},
    {NoticeReason::Escalated, "escalated"},
    {NoticeReason::Repeated, "repeated"},
    {NoticeReason::SnoozeOver, "snooze_over"},
    {NoticeReason::MaintenanceOver, "maintenance_over"},
    {NoticeReason::Digest, "digest"},
    {NoticeReason::Cause, "cause"},
    {NoticeReason::Acknowledged, "acknowledged"},
    {NoticeReason::Unacknowledged, "unacknowledged"},
    {NoticeReason::Snoozed, "snoozed"},
    {NoticeReason::Resolved, "resolved"},
    {NoticeReason::Closed, "closed"},
    {NoticeReason::Merged, "merged"},
}};

}  // namespace

const char* name(NoticeReason reason) {
    for (const auto& [known, word] : kReasonWords) {
        if (known == reason) return word;
    }
    return "";
}

std::optional<NoticeReason> notice_reason_from(std::string_view word) {
    for (const auto& [reason, known] : kReasonWords) {
        if (word == known) return reason;
    }
    return std::nullopt;
}

}  // namespace sightline::incidents
