#include "topology/attribution/credit_rows.h"

#include <algorithm>

#include "core/result.h"

namespace millrace::attribution {

const ModelCredits* find_model(const CreditsRow& row, Model model) {
  const auto at = std::find_if(row.models.begin(), row.models.end(), [&](const ModelCredits& each) { return each.model == model; });
  return at == row.models.end() ? nullptr : &*at;
}

ModelCredits& model_in(CreditsRow& row, Model model) {
  if (const ModelCredits* found = find_model(row, model)) return row.models[static_cast<std::size_t>(found - row.models.data())];
  row.models.push_back({model, 0, {}});
  return row.models.back();
}

const Earner& earner_of(const CreditsRow& row, const Credit& credit) {
  const auto place = static_cast<std::size_t>(credit.earner);
  INVARIANT("CW-2", place < row.earners.size(), "a credit names an earner that its row does not have");
  return row.earners[place];
}

Part part_of(const CreditsRow& row, const Credit& credit) { return {earner_of(row, credit), credit}; }

Parts parts_in(const CreditsRow& row, Model model) {
  Parts parts;
  if (const ModelCredits* found = find_model(row, model)) {
    parts.reserve(found->credits.size());
    for (const Credit& each : found->credits) parts.push_back(part_of(row, each));
  }
  return parts;
}

void set_parts(CreditsRow& row, Model model, const Parts& parts, std::int64_t shares_version) {
  ModelCredits& own = model_in(row, model);
  own.shares_version = shares_version;
  if (!own.credits.empty()) {
    own.credits.clear();
    drop_unnamed(row);
  }
  for (const Part& each : parts) {
    const std::int64_t place = place_of(row, each);
    own.credits.push_back({each, place});
  }
}

std::size_t earner_from(const CreditsRow& row, TimeMs ts_ms, std::string_view ref) {
  const auto at = std::partition_point(row.earners.begin(), row.earners.end(), [&](const Earner& each) {
    return credit_order(each.ts_ms, each.ref, ts_ms, ref);
  });
  return static_cast<std::size_t>(at - row.earners.begin());
}

std::int64_t place_of(CreditsRow& row, const Earner& earner) {
  std::size_t at = earner_from(row, earner.ts_ms, earner.ref);
  for (; at < row.earners.size() && row.earners[at].ts_ms == earner.ts_ms && row.earners[at].ref == earner.ref; ++at)
    if (row.earners[at] == earner) return static_cast<std::int64_t>(at);
  const auto place = static_cast<std::int64_t>(at);
  if (at < row.earners.size())
    for (ModelCredits& model : row.models)
      for (Credit& each : model.credits) each.earner += each.earner >= place;
  row.earners.insert(row.earners.begin() + place, earner);
  return place;
}

void drop_unnamed(CreditsRow& row) {
  std::vector<std::int64_t> places(row.earners.size(), -1);
  for (const ModelCredits& model : row.models)
    for (const Credit& each : model.credits) places[static_cast<std::size_t>(&earner_of(row, each) - row.earners.data())] = 0;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0) continue;
    places[i] = next;
    if (static_cast<std::size_t>(next) != i) row.earners[static_cast<std::size_t>(next)] = std::move(row.earners[i]);
    ++next;
  }
  row.earners.resize(static_cast<std::size_t>(next));
  for (ModelCredits& model : row.models)
    for (Credit& each : model.credits) each.earner = places[static_cast<std::size_t>(each.earner)];
}

}  // namespace millrace::attribution
