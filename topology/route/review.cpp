#include "topology/route/review.h"

namespace millrace::route {

namespace {

ReviewEffect approved(ReviewType type, Phase phase) {
  switch (type) {
    case ReviewType::routing:
      return phase == Phase::review      ? ReviewEffect::review_approved
             : phase == Phase::qualified ? ReviewEffect::decide_again
                                         : ReviewEffect::none;
    case ReviewType::cap: return phase == Phase::routed ? ReviewEffect::cap_approved : ReviewEffect::decide_again;
    case ReviewType::shield: return ReviewEffect::decide_again;
  }
  return ReviewEffect::none;
}

ReviewEffect rejected(ReviewType type, Phase phase) {
  if (phase == Phase::review || phase == Phase::qualified) return ReviewEffect::review_rejected;
  if (type == ReviewType::cap && phase == Phase::routed) return ReviewEffect::cap_rejected;
  return ReviewEffect::none;
}

}  // namespace

Answer answer(const Question& question, ReviewOp op, std::string_view actor, TimeMs at_ms, Phase phase) {
  const bool asked = op == ReviewOp::approve || op == ReviewOp::reject;
  if (question.state != ReviewState::open) return {asked ? "not_open" : "", question.state};
  switch (op) {
    case ReviewOp::approve:
      if (!question.proposer.empty() && question.proposer == actor) return {"self_approval", question.state};
      return {"ok", ReviewState::approved, approved(question.type, phase)};
    case ReviewOp::reject: return {"ok", ReviewState::rejected, rejected(question.type, phase)};
    case ReviewOp::moved:
      // A routed lead's deal stays in question until somebody answers.
      if (question.type == ReviewType::cap && phase == Phase::routed) return {"", question.state};
      return {"", ReviewState::moved};
    case ReviewOp::tick: return {"", at_ms >= question.due_ms ? ReviewState::expired : question.state};
  }
  return {"", question.state};
}

}  // namespace millrace::route
