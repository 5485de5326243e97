#include "topology/harvest/deals.h"

#include <utility>

namespace millrace::harvest {

namespace {

std::string deal_key(std::string_view tenant, std::string_view deal_id) {
  std::string key;
  key.reserve(tenant.size() + 1 + deal_id.size());
  return key.append(tenant).append("/").append(deal_id);
}
std::string lead_deal_key(std::string_view tenant, std::string_view lead_id, std::string_view deal_id) {
  std::string key;
  key.reserve(tenant.size() + lead_id.size() + deal_id.size() + 2);
  return key.append(tenant).append("/").append(lead_id).append("\n").append(deal_id);
}

template <class T>
void take_value(std::optional<T>& held, std::optional<TimeMs>& held_ms, const std::optional<T>& value, TimeMs event_ms) {
  if (!value || (held_ms && event_ms < *held_ms)) return;
  held = value;
  held_ms = event_ms;
}

}  // namespace

std::string subject_of(std::string_view lead_id, std::string_view deal_id) {
  return lead_id.empty() ? "subj:deal:" + std::string(deal_id) : "subj:" + std::string(lead_id);
}

const DealRow* Deals::find(std::string_view tenant, std::string_view deal_id) { return deals_.find(deal_key(tenant, deal_id)); }

Deals::Taken Deals::take(std::string_view tenant, std::string_view deal_id, std::string_view lead_id,
                         const std::optional<std::int64_t>& amount_cents, const std::optional<std::string>& currency, TimeMs event_ms) {
  Taken taken;
  const std::string key = deal_key(tenant, deal_id);
  const bool is_new = !deals_.contains(key);
  DealRow& deal = deals_.edit(key);
  taken.deal = &deal;
  if (!lead_id.empty() && deal.lead_id.empty()) {
    taken.got_lead = true;
    if (!is_new) {
      ++deal.subject_rev;
      taken.rekey = Rekey{subject_of({}, deal_id), subject_of(lead_id, deal_id), {{std::string(deal_id), deal.subject_rev}}};
    }
    deal.lead_id = lead_id;
    taken.waited_for = std::exchange(deal.waits_for, {});
    by_lead_.edit(lead_deal_key(tenant, lead_id, deal_id));
  } else if (!lead_id.empty() && deal.lead_id != lead_id) {
    taken.other_lead = true;
  }
  take_value(deal.amount_cents, deal.amount_ms, amount_cents, event_ms);
  take_value(deal.currency, deal.currency_ms, currency, event_ms);
  return taken;
}

std::vector<std::string> Deals::deals_of(std::string_view tenant, std::string_view lead_id) {
  const std::string prefix = lead_deal_key(tenant, lead_id, {});
  std::vector<std::string> deals;
  by_lead_.scan(prefix, {}, [&](std::string_view key, const LeadDealRow&) {
    deals.emplace_back(key.substr(prefix.size()));
    return true;
  });
  return deals;
}

void Deals::forget(std::string_view tenant, std::string_view lead_id) {
  for (const std::string& deal_id : deals_of(tenant, lead_id)) {
    by_lead_.erase(lead_deal_key(tenant, lead_id, deal_id));
    DealRow& deal = deals_.edit(deal_key(tenant, deal_id));
    deal.lead_id.clear();
    // Of a deal that was only linked attribution has not heard: there is no journey to wait for.
    if (deal.subject_rev > 0 || deal.stage_ms || deal.amount_ms || deal.currency_ms) ++deal.subject_rev;
  }
}

std::vector<Rekey> Deals::absorb(std::string_view tenant, std::string_view absorbed, std::string_view survivor) {
  std::vector<std::string> moved = deals_of(tenant, absorbed);
  const Rekey empty{subject_of(absorbed, {}), subject_of(survivor, {}), {}};
  std::vector<Rekey> rekeys{empty};
  for (std::string& deal_id : moved) {
    by_lead_.erase(lead_deal_key(tenant, absorbed, deal_id));
    by_lead_.edit(lead_deal_key(tenant, survivor, deal_id));
    DealRow& deal = deals_.edit(deal_key(tenant, deal_id));
    deal.lead_id = survivor;
    ++deal.subject_rev;
    if (rekeys.back().deals.size() == kRekeyDeals) rekeys.push_back(empty);
    rekeys.back().deals.push_back({std::move(deal_id), deal.subject_rev});
  }
  return rekeys;
}

}  // namespace millrace::harvest
