#include "topology/score/lifecycle.h"

#include <algorithm>

namespace millrace::score {

namespace {

constexpr std::uint32_t bit(Status s) { return 1U << static_cast<unsigned>(s); }
template <class... S>
constexpr std::uint32_t any(S... s) {
  return (bit(s) | ...);
}
constexpr std::uint32_t kAll = (1U << kStatuses) - 1;
constexpr std::uint32_t kActive = (bit(Status::REPLIED) << 1) - 1;
constexpr std::uint32_t kAnswerable = kActive | any(Status::LOST, Status::INVALID);

struct Move {
  std::uint32_t from;
  Status to;
};

constexpr Move move_of(Trigger trigger) {
  using enum Status;
  switch (trigger) {
    case Trigger::enriched: return {any(NEW), ENRICHED};
    case Trigger::enrichment_timeout: return {any(NEW), MANUAL_REVIEW};
    case Trigger::qualified: return {any(ENRICHED, MANUAL_REVIEW), QUALIFIED};
    case Trigger::rejected: return {any(ENRICHED, MANUAL_REVIEW), LOST};
    case Trigger::review_required: return {any(ENRICHED), MANUAL_REVIEW};
    case Trigger::review_approved: return {any(MANUAL_REVIEW), QUALIFIED};
    case Trigger::review_rejected: return {any(MANUAL_REVIEW, QUALIFIED), LOST};
    case Trigger::routed: return {any(QUALIFIED), ROUTED};
    case Trigger::sent: return {any(NEW, ENRICHED, QUALIFIED, ROUTED, CONTACTED), CONTACTED};
    case Trigger::replied: return {kAnswerable, REPLIED};
    case Trigger::replied_negative: return {kActive, LOST};
    case Trigger::unreachable: return {kActive & ~bit(REPLIED), INVALID};
    case Trigger::sequence_exhausted: return {any(ROUTED, CONTACTED), LOST};
    case Trigger::silent_timeout: return {any(CONTACTED), LOST};
    case Trigger::deal_won: return {kAll & ~any(MERGED, ERASED), WON};
    case Trigger::deal_lost: return {kActive, LOST};
    case Trigger::recaptured: return {any(LOST), MANUAL_REVIEW};
    case Trigger::unsubscribed: return {kAnswerable, UNSUBSCRIBED};
    case Trigger::complained:
    case Trigger::dnc: return {kAnswerable | bit(UNSUBSCRIBED), SUPPRESSED};
    case Trigger::merged: return {kAll & ~any(MERGED, ERASED), MERGED};
    case Trigger::erased: return {kAll & ~bit(ERASED), ERASED};
    case Trigger::reopened: return {any(LOST, INVALID), NEW};
  }
  return {0, NEW};
}

// NEW < ENRICHED < MANUAL_REVIEW < QUALIFIED < LOST = INVALID < ROUTED < CONTACTED < REPLIED < WON < the opt-outs.
constexpr int rank(Status s) {
  using enum Status;
  switch (s) {
    case NEW: return 0;
    case ENRICHED: return 1;
    case MANUAL_REVIEW: return 2;
    case QUALIFIED: return 3;
    case LOST:
    case INVALID: return 4;
    case ROUTED: return 5;
    case CONTACTED: return 6;
    case REPLIED: return 7;
    case WON: return 8;
    case UNSUBSCRIBED: return 9;
    case SUPPRESSED: return 10;
    case MERGED:
    case ERASED: return -1;
  }
  return -1;
}

}  // namespace

std::optional<Status> transition(Status from, Trigger trigger, bool phone_known) {
  if (trigger == Trigger::unreachable && phone_known) return std::nullopt;
  const Move move = move_of(trigger);
  if (!(move.from & bit(from))) return std::nullopt;
  return move.to;
}

Status merged_status(Status survivor, Status absorbed) {
  if (survivor == Status::MERGED || survivor == Status::ERASED) return survivor;
  return rank(absorbed) > rank(survivor) ? absorbed : survivor;
}

bool is_recaptured(const Recapture& c) {
  return c.status == Status::LOST && (c.reason == "low_icp_fit" || c.reason == "sequence_exhausted" || c.reason == "silent") &&
         c.captured_ms > c.lost_ms && (c.source_type == "direct" || c.source_type == "referral");
}

}  // namespace millrace::score
