// The life of a lead: its statuses, what moves it between them, and what does not (spec/score.md section 9).
//
// LC-1  Every pair of trigger and status that the table does not list is illegal: the status stays.
// LC-2  MERGED and ERASED are left by nothing but erasure.
// LC-3  Of several triggers of one record the first in the order of the enum acts first.
//                                                      Tests: tests/unit/score_lifecycle_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::score {

enum class Status {
  NEW, ENRICHED, MANUAL_REVIEW, QUALIFIED, ROUTED, CONTACTED, REPLIED,
  WON, LOST, INVALID, UNSUBSCRIBED, SUPPRESSED, MERGED, ERASED
};
inline constexpr std::size_t kStatuses = 14;
constexpr std::array<std::string_view, kStatuses> enum_names(Status) {
  return {"NEW", "ENRICHED", "MANUAL_REVIEW", "QUALIFIED", "ROUTED", "CONTACTED", "REPLIED",
          "WON", "LOST", "INVALID", "UNSUBSCRIBED", "SUPPRESSED", "MERGED", "ERASED"};
}
constexpr bool is_active(Status s) { return s <= Status::REPLIED; }
constexpr bool is_terminal(Status s) { return !is_active(s); }

enum class Trigger {
  erased, merged, complained, dnc, unsubscribed, unreachable, replied, replied_negative,
  enriched, enrichment_timeout, qualified, rejected, review_required, review_approved, review_rejected,
  routed, sent, sequence_exhausted, silent_timeout, deal_won, deal_lost, recaptured, reopened
};
inline constexpr std::size_t kTriggers = 23;
constexpr std::array<std::string_view, kTriggers> enum_names(Trigger) {
  return {"erased", "merged", "complained", "dnc", "unsubscribed", "unreachable", "replied", "replied_negative",
          "enriched", "enrichment_timeout", "qualified", "rejected", "review_required", "review_approved",
          "review_rejected", "routed", "sent", "sequence_exhausted", "silent_timeout", "deal_won", "deal_lost",
          "recaptured", "reopened"};
}

// The status that `trigger` leads to; nullopt when the pair is illegal. An unreachable lead with a phone is not taken.
std::optional<Status> transition(Status from, Trigger trigger, bool phone_known = false);

// The status of a lead that absorbs another one (rule score.merge).
Status merged_status(Status survivor, Status absorbed);

// The trigger of a capture that finds its lead LOST (rule score.recapture): recaptured, or nothing.
struct Recapture {
  Status status;
  std::string_view reason;  // of the loss
  std::int64_t lost_ms = 0;
  std::int64_t captured_ms = 0;
  std::string_view source_type;
};
bool is_recaptured(const Recapture& capture);

}  // namespace millrace::score
