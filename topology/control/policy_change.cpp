#include "topology/control/policy_change.h"

#include <algorithm>

#include "core/hash.h"

namespace millrace::control {

std::string review_id(std::string_view toml) { return hid("pol_", 12, {toml}); }

ReviewCode may_open(bool has_whatif, std::string_view base_sha256, std::string_view live_sha256) {
  if (!has_whatif) return ReviewCode::missing_whatif;
  return base_sha256 == live_sha256 ? ReviewCode::ok : ReviewCode::stale_base;
}

ReviewCode approve(PolicyReview& review, std::string_view actor, std::int64_t approvals) {
  if (review.state != ReviewState::open) return ReviewCode::not_open;
  if (actor == review.author) return ReviewCode::self_approval;
  auto& approvers = review.approvers;
  if (std::find(approvers.begin(), approvers.end(), actor) != approvers.end()) return ReviewCode::already_approved;
  approvers.emplace_back(actor);
  if (static_cast<std::int64_t>(approvers.size()) >= approvals) review.state = ReviewState::effective;
  return ReviewCode::ok;
}

ReviewCode reject(PolicyReview& review) {
  if (review.state != ReviewState::open) return ReviewCode::not_open;
  review.state = ReviewState::rejected;
  return ReviewCode::ok;
}

void other_became_live(PolicyReview& review) {
  if (review.state == ReviewState::open) review.state = ReviewState::stale;
}

void tick(PolicyReview& review, TimeMs now_ms, DurationMs ttl_ms) {
  if (review.state == ReviewState::open && now_ms - review.opened_ms >= ttl_ms) review.state = ReviewState::expired;
}

}  // namespace millrace::control
