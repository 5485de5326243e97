// The review of a proposed policy (spec/conventions.md section 7): who approved it, and what became of it.
//
// Takes   what happened to the review, one thing at a time: an approval, a rejection, another policy gone live, a tick.
// Gives   the code of the answer and the next state.
//
// PO-1  A review leaves `open` once and never comes back.
// PO-2  It becomes effective by approvals of so many different people, of whom the author is none.
// PO-3  It expires on the first tick at or after ttl_ms from its opening, never by a record's own time.
// Tests: tests/unit/policy_change_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::control {

inline constexpr DurationMs kPolicyTtlMs = 604'800'000;

enum class ReviewState { open, effective, rejected, stale, expired, refused };
constexpr std::array<std::string_view, 6> enum_names(ReviewState) {
  return {"open", "effective", "rejected", "stale", "expired", "refused"};
}

enum class ReviewCode { ok, missing_whatif, stale_base, self_approval, already_approved, not_open };
constexpr std::array<std::string_view, 6> enum_names(ReviewCode) {
  return {"ok", "missing_field:whatif", "stale_base", "self_approval", "already_approved", "not_open"};
}

struct PolicyReview {
  std::vector<std::string> approvers;
  std::string author;
  TimeMs opened_ms = 0;
  ReviewState state = ReviewState::open;

  static constexpr auto fields() {
    return FieldList{field("approvers", &PolicyReview::approvers), required("author", &PolicyReview::author),
                      field("opened_ms", &PolicyReview::opened_ms), field("state", &PolicyReview::state)};
  }
};

// "pol_" + 12 hex of the proposed text.
std::string review_id(std::string_view toml);

// Anything but `ok` is a refusal: no review is opened.
ReviewCode may_open(bool has_whatif, std::string_view base_sha256, std::string_view live_sha256);
ReviewCode approve(PolicyReview& review, std::string_view actor, std::int64_t approvals);
ReviewCode reject(PolicyReview& review);
// Another policy became live.
void other_became_live(PolicyReview& review);
void tick(PolicyReview& review, TimeMs now_ms, DurationMs ttl_ms);

}  // namespace millrace::control
