// Credits of all models in one row (topology/attribution/credit_rows.h, standing.h).
#include <map>
#include <set>

#include "tests/property/property.h"
#include "topology/attribution/standing.h"

namespace millrace::attribution {

namespace {

constexpr std::int64_t kSeldom = 6;  // refs, and times of them, so that they meet

Part any_part() {
  Part part;
  part.ref = "t_" + std::to_string(*rc::gen::inRange<std::int64_t>(0, kSeldom));
  if (below(8) == 0) part.ref = kDirect;
  part.channel = below(8) == 0 ? "ad:google" : "email";
  part.ts_ms = *rc::gen::inRange<std::int64_t>(0, kSeldom);
  part.amount_cents = *rc::gen::inRange<std::int64_t>(1, 1000);
  part.cash_cents = *rc::gen::inRange<std::int64_t>(0, 1000);
  part.confidence_bp = *rc::gen::inRange<std::int64_t>(0, 10001);
  if (below(4) == 0) part.ad_id = "ad";
  return part;
}

// Parts of an event: a ref once, in credit order.
Parts any_parts() {
  std::map<std::string, Part> by_ref;
  for (int i = below(8); i > 0; --i) {
    Part part = any_part();
    by_ref.emplace(part.ref, part);
  }
  Parts parts;
  for (const auto& [ref, part] : by_ref) parts.push_back(part);
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return credit_order(a.ts_ms, a.ref, b.ts_ms, b.ref); });
  return parts;
}

Model any_model() { return static_cast<Model>(below(3)); }

bool same(const Parts& a, const Parts& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Part& x, const Part& y) {
    return static_cast<const Earner&>(x) == y && x.amount_cents == y.amount_cents && x.cash_cents == y.cash_cents &&
           x.rev == y.rev && x.confidence_bp == y.confidence_bp;
  });
}

void check_row(const CreditsRow& row) {  // CW-2
  std::set<std::int64_t> named;
  for (const ModelCredits& model : row.models)
    for (const Credit& each : model.credits) named.insert(each.earner);
  RC_ASSERT(named.size() == row.earners.size());
  if (!named.empty()) RC_ASSERT(*named.begin() == 0 && *named.rbegin() + 1 == static_cast<std::int64_t>(row.earners.size()));
  for (std::size_t i = 1; i < row.earners.size(); ++i) {
    const Earner &a = row.earners[i - 1], &b = row.earners[i];
    RC_ASSERT(!credit_order(b.ts_ms, b.ref, a.ts_ms, a.ref));
    RC_ASSERT(!(a == b));
  }
}

}  // namespace

TEST_SUITE_BEGIN("topology/attribution");

TEST_CASE("CW-1, CW-2: a row gives back the parts of each model, and tells each touch once") {
  holds([] {
    CreditsRow row;
    std::map<Model, Parts> all;
    for (int i = 0; i < 12; ++i) {
      const Model model = any_model();
      Parts parts = any_parts();
      if (below(2) == 0) std::reverse(parts.begin(), parts.end());  // matched, with what is taken back
      set_parts(row, model, parts, i);
      all[model] = parts;
      for (const auto& [each, expected] : all) RC_ASSERT(same(parts_in(row, each), expected));
      check_row(row);
    }
  });
}

TEST_CASE("ST-1, ST-2: what stands is what was added, a ref once, at the time with which it was first credited") {
  holds([] {
    CreditsRow row;
    std::map<Model, std::map<std::string, Part>> all;
    std::vector<std::pair<Model, Parts>> added;
    const auto count = [&](Model model, const Parts& parts, int sign) {
      add(row, model, parts, sign);
      for (const Part& each : parts) {
        const auto [at, fresh] = all[model].emplace(each.ref, each);
        if (fresh) at->second.amount_cents = at->second.cash_cents = at->second.rev = 0;
        at->second.amount_cents += sign * each.amount_cents;
        at->second.cash_cents += sign * each.cash_cents;
      }
    };
    for (int i = 0; i < 12; ++i) {
      added.emplace_back(any_model(), any_parts());
      count(added.back().first, added.back().second, 1);
      if (below(4) == 0) {
        count(added.front().first, added.front().second, -1);
        added.erase(added.begin());
        drop_zeros(row);
        for (auto& [model, parts] : all)
          std::erase_if(parts, [](const auto& each) { return each.second.amount_cents == 0 && each.second.cash_cents == 0; });
      }
      for (const auto& [model, expected] : all) {
        Parts sorted;
        for (const auto& [ref, part] : expected) sorted.push_back(part);
        std::sort(sorted.begin(), sorted.end(), [](const Part& a, const Part& b) { return credit_order(a.ts_ms, a.ref, b.ts_ms, b.ref); });
        RC_ASSERT(same(parts_in(row, model), sorted));
      }
      check_row(row);
    }
    for (const auto& [model, parts] : added) count(model, parts, -1);
    drop_zeros(row);
    RC_ASSERT(row.earners.empty());
    for (const ModelCredits& model : row.models) RC_ASSERT(model.credits.empty());
  });
}

TEST_SUITE_END();

}  // namespace millrace::attribution
