#include "topology/policy/synthetic.h"

#include <algorithm>
#include <utility>

namespace millrace {

namespace {

bool holds(const std::vector<std::string>& list, std::string_view stage) {
  return std::find(list.begin(), list.end(), stage) != list.end();
}

}  // namespace

SyntheticTable::SyntheticTable(std::vector<std::string> won_stages, std::vector<std::string> lost_stages,
                               std::map<std::string, StageValue, std::less<>> values)
    : won(std::move(won_stages)), lost(std::move(lost_stages)), stages(std::move(values)) {}

SyntheticTable SyntheticTable::service() {
  return {{"closed_won"},
          {"closed_lost"},
          {{"lead", {0, 1000}},
           {"appointment_scheduled", {225000, 6000}},
           {"show_up", {900000, 8500}},
           {"closed_won", {1500000, 10000}},
           {"closed_lost", {0, 10000}}}};
}

SyntheticTable SyntheticTable::ecommerce() {
  return {{"purchase"},
          {},
          {{"add_to_cart", {1500, 2500}}, {"initiated_checkout", {4500, 7500}}, {"purchase", {6000, 10000}}}};
}

SyntheticTable SyntheticTable::b2b_saas() {
  return {{"closed_won"},
          {"closed_lost"},
          {{"marketing_qualified_lead", {10000, 500}},
           {"sales_qualified_lead", {200000, 2000}},
           {"demo_scheduled", {350000, 3500}},
           {"proposal_sent", {600000, 6000}},
           {"closed_won", {1000000, 10000}},
           {"closed_lost", {0, 10000}}}};
}

std::optional<SyntheticTable> SyntheticTable::preset(std::string_view name) {
  if (name == "service") return service();
  if (name == "ecommerce") return ecommerce();
  if (name == "b2b_saas") return b2b_saas();
  return std::nullopt;
}

bool SyntheticTable::is_won(std::string_view stage) const { return holds(won, stage); }
bool SyntheticTable::is_lost(std::string_view stage) const { return holds(lost, stage); }

StageValue SyntheticTable::at(std::string_view stage) const {
  const auto found = stages.find(stage);
  return found == stages.end() ? StageValue{} : found->second;
}

void SyntheticTable::load(const Policy& policy, std::string_view tenant) {
  const auto own = policy.table("synthetic." + std::string(tenant));
  if (own.empty()) return;
  const auto text = [&](const char* key) -> const std::string* {
    const auto found = own.find(key);
    return found == own.end() ? nullptr : std::get_if<std::string>(&found->second);
  };
  if (const auto* name = text("table"))
    if (auto base = preset(*name)) {
      base->currency = currency;
      *this = std::move(*base);
    }
  if (const auto* c = text("currency")) currency = *c;
  const auto take_list = [&](const char* key, std::vector<std::string>& list) {
    const auto found = own.find(key);
    if (found == own.end()) return;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&found->second)) list = *texts;
  };
  take_list("won", won);
  take_list("lost", lost);

  bool first = true;  // a tenant's own stages replace those of the preset
  for (const auto& [key, value] : own) {
    const auto* pair = std::get_if<std::vector<std::int64_t>>(&value);
    if (!key.starts_with("stages.") || !pair || pair->size() != 2) continue;
    if (std::exchange(first, false)) stages.clear();
    stages.insert_or_assign(key.substr(7), StageValue{(*pair)[0], (*pair)[1]});
  }
}

}  // namespace millrace
