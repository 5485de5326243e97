// The synthetic revenue table of a tenant: what a deal is worth at each stage, and which stages are won or lost
// (spec/attribution.md section 6). Wherever a rule says won or lost, it means these lists.
//
//   const SyntheticTable& table = policy().of<SyntheticTable>(step.tenant);
//   if (table.is_won(e.stage_to)) ...
//
// SY-1  [synthetic.<tenant>] is the table of a tenant; what it leaves out comes from the preset that it names with
//       `table = "ecommerce"`, else from `service`; its currency from tenant.currency.
// SY-2  A stage that the table does not name is worth 0 with confidence 0.
//                                                      Tests: tests/unit/synthetic_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/policy/policy.h"

namespace millrace {

struct StageValue {
  std::int64_t value_cents = 0;
  std::int64_t confidence_bp = 0;
  friend bool operator==(const StageValue&, const StageValue&) = default;
};

struct SyntheticTable {
  std::string currency = "USD";
  std::vector<std::string> won, lost;
  std::map<std::string, StageValue, std::less<>> stages;

  SyntheticTable() { *this = service(); }
  bool is_won(std::string_view stage) const;
  bool is_lost(std::string_view stage) const;
  // SY-2
  StageValue at(std::string_view stage) const;

  static SyntheticTable service();
  static SyntheticTable ecommerce();
  static SyntheticTable b2b_saas();
  // The preset of that name; nullopt for another name.
  static std::optional<SyntheticTable> preset(std::string_view name);

  // A part of the policy: tenant.currency, then [synthetic.<tenant>].
  static constexpr auto keys() { return std::tuple{policy_key("tenant.currency", &SyntheticTable::currency)}; }
  void load(const Policy& policy, std::string_view tenant);

 private:
  SyntheticTable(std::vector<std::string> won_stages, std::vector<std::string> lost_stages,
                 std::map<std::string, StageValue, std::less<>> values);
};

}  // namespace millrace
