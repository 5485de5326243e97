// A review item: a question to a person, and what each answer does (spec/route.md section 10, rule route.review).
//
// RV-1  An item leaves `open` once; later answers are not_open and do nothing.
// RV-2  Who proposed an override cannot approve it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/ids.h"
#include "topology/route/gate.h"
#include "topology/route/reasons.h"

namespace millrace::route {

enum class ReviewState { open, approved, rejected, expired, moved };
constexpr std::array<std::string_view, 5> enum_names(ReviewState) {
  return {"open", "approved", "rejected", "expired", "moved"};
}

// What may happen to an item: two answers, its lead leaving it behind, time.
enum class ReviewOp { approve, reject, moved, tick };
constexpr std::array<std::string_view, 4> enum_names(ReviewOp) { return {"approve", "reject", "moved", "tick"}; }

// What the caller has to do about the lead.
enum class ReviewEffect { none, decide_again, review_approved, review_rejected, cap_approved, cap_rejected };
constexpr std::array<std::string_view, 6> enum_names(ReviewEffect) {
  return {"none", "decide_again", "review_approved", "review_rejected", "cap_approved", "cap_rejected"};
}

struct Question {
  ReviewType type;
  ReviewState state = ReviewState::open;
  TimeMs due_ms = 0;
  std::string_view proposer = {};  // the actor of the override that opened it; empty: no override
};

struct Answer {
  std::string_view code;  // ok, not_open, self_approval; empty when nobody asked
  ReviewState state;
  ReviewEffect effect = ReviewEffect::none;
};
// `phase` is the lead's, with a lead that was routed and whose status has not followed yet counting as routed.
Answer answer(const Question& question, ReviewOp op, std::string_view actor, TimeMs at_ms, Phase phase);

}  // namespace millrace::route
