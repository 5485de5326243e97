#include "topology/attribution/standing.h"

#include <algorithm>

namespace millrace::attribution {

namespace {

auto first_at(std::vector<Credit>& credits, std::int64_t place) {
  return std::partition_point(credits.begin(), credits.end(), [&](const Credit& each) { return each.earner < place; });
}

// ST-3; nullptr without one.
Credit* credit_at(const CreditsRow& row, std::vector<Credit>& credits, const Earner& earner) {
  const auto same_ref = [&](const Credit& each) { return earner_of(row, each).ref == earner.ref; };
  auto at = first_at(credits, static_cast<std::int64_t>(earner_from(row, earner.ts_ms, earner.ref)));
  if (at == credits.end() || !same_ref(*at)) at = std::find_if(credits.begin(), credits.end(), same_ref);
  return at == credits.end() ? nullptr : &*at;
}

}  // namespace

Part* part_at(Parts& parts, std::string_view ref, TimeMs ts_ms) {
  auto at = std::partition_point(parts.begin(), parts.end(),
                                 [&](const Part& each) { return credit_order(each.ts_ms, each.ref, ts_ms, ref); });
  if (at != parts.end() && at->ref == ref) return &*at;
  at = std::find_if(parts.begin(), parts.end(), [&](const Part& each) { return each.ref == ref; });
  return at == parts.end() ? nullptr : &*at;
}

void add(CreditsRow& standing, Model model, const Parts& parts, int sign) {
  if (parts.empty()) return;
  std::vector<Credit>& credits = model_in(standing, model).credits;
  for (const Part& each : parts) {
    Credit* known = credit_at(standing, credits, each);
    if (!known) {
      const std::int64_t place = place_of(standing, each);
      known = &*credits.insert(first_at(credits, place), {{0, 0, 0, each.confidence_bp}, place});
    }
    known->amount_cents += sign * each.amount_cents;
    known->cash_cents += sign * each.cash_cents;
  }
}

void take_back(Parts& parts, const CreditsRow& standing, Model model, std::int64_t amount, std::int64_t Amounts::*of,
               const std::function<std::int64_t(const Part&)>& confidence) {
  const ModelCredits* found = find_model(standing, model);
  if (!found) return;
  std::vector<std::int64_t> weights;
  weights.reserve(found->credits.size());
  for (const Credit& each : found->credits) weights.push_back(std::max<std::int64_t>(0, each.*of));
  const auto taken = retract(amount, weights);
  const bool fresh = parts.empty();
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i] == 0) continue;
    const Earner& earner = earner_of(standing, found->credits[i]);
    Part* part = fresh ? nullptr : part_at(parts, earner.ref, earner.ts_ms);
    if (!part) {
      parts.push_back(part_of(standing, found->credits[i]));
      part = &parts.back();
      part->amount_cents = part->cash_cents = 0;
      part->confidence_bp = confidence(*part);
    }
    part->*of += taken[i];
  }
}

void drop_zeros(CreditsRow& standing) {
  for (ModelCredits& model : standing.models)
    std::erase_if(model.credits, [](const Credit& each) { return each.amount_cents == 0 && each.cash_cents == 0; });
  drop_unnamed(standing);
}

}  // namespace millrace::attribution
