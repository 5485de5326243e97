// Adapters: rules of harvest that are state machines over tables; the fold calls the same ones.
#include <algorithm>
#include <memory>
#include <set>

#include "core/json.h"
#include "keys/derived_keyring.h"
#include "state/memory_kv.h"
#include "state/table_space.h"
#include "state/timers.h"
#include "tests/conformance/conformance.h"
#include "topology/harvest/capture.h"
#include "topology/harvest/deals.h"
#include "topology/harvest/parking.h"
#include "topology/harvest/sources.h"
#include "topology/wire/decode.h"

namespace millrace::conformance {

using namespace millrace::harvest;

static Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

RULE("harvest.identity") {
  state::TableSpace space(std::make_unique<state::MemoryKv>(), 64 << 20);
  DerivedKeyring keys("conformance");
  Identity identity(space);
  HarvestPolicy policy;
  policy.blocked_values = get_or<std::vector<std::string>>(given, "blocked_values", {});
  policy.max_per_kind = get_or<std::int64_t>(given, "max_per_kind", 10);
  policy.max_merge = get_or<std::int64_t>(given, "max_merge", 5);
  const IdentityLimits limits{policy.max_per_kind, policy.max_merge};
  const std::string tenant = "t";

  Json results = Json::array();
  std::vector<std::string> made;
  std::map<std::string, std::string> absorbed;
  std::set<std::string> field_names;
  for (const Json& capture : given.at("captures")) {
    Json fact = get_or<Json>(capture, "fields", Json::object());
    for (const auto& [name, value] : fact.items()) field_names.insert(name);
    for (const char* name : {"external_id", "external_ids", "email", "phone", "consent", "tags", "fill_only"})
      if (capture.contains(name) && !capture.at(name).is_null()) fact[name] = capture.at(name);
    for (const char* name : {"linkedin", "linkedin_url"})
      if (capture.contains(name) && !capture.at(name).is_null()) fact["linkedin_url"] = capture.at(name);
    fact["lead_source"] = "api";
    LeadCaptured event;
    std::string problem;
    if (!wire::decode_text(fact.dump(), event, problem)) throw std::runtime_error(problem);
    ReadLead read;
    read_captured(event, "api", {tenant, policy, keys, capture.at("time_ms").get<TimeMs>()}, read);
    const auto matched = identity.match(tenant, read.ids);
    Json result = {{"capture", capture.at("id")}};
    if (const std::string reason = refuse_capture(read.ids, matched, limits); !reason.empty()) {
      result["result"] = "dlq";
      result["reason"] = reason;
    } else {
      const std::string new_id = get_or<std::string>(capture, "lead", "");
      CaptureOutcome outcome = take_capture(identity, tenant, matched, new_id, read, limits, keys);
      if (outcome.result == CaptureResult::created) made.push_back(new_id);
      for (const std::string& id : outcome.absorbed) absorbed[id] = outcome.lead.lead_id;
      LeadRow& row = *outcome.lead.row;
      if (outcome.lead.personal_changed)
        keys.seal(keys.key_for(tenant, outcome.lead.lead_id, "r"), "r" + std::to_string(results.size()), "lead.profile", to_json(*outcome.lead.personal),
                  row.personal.text = {});
      result["result"] = name_of(outcome.result);
      result["lead"] = outcome.lead.lead_id;
    }
    results.push_back(result);
  }

  Json aliases = Json::object();
  for (const auto& [id, survivor] : absorbed) aliases[id] = identity.resolve(tenant, id);
  Json lead0 = nullptr;
  std::size_t count = 0;
  for (const std::string& id : made) {
    const LeadRow* row = identity.find(tenant, id);
    if (!row) continue;
    if (count++) continue;
    LeadEdit edit;
    edit.lead_id = id;
    edit.row = &identity.edit(tenant, id);
    const ProfilePersonal& personal = open_personal(edit, tenant, keys);
    Json values = Json::parse(to_json(row->values));
    values.update(Json::parse(to_json(personal)));
    Json fields = Json::object();
    for (const std::string& name : field_names)
      if (values.contains(name)) fields[name] = values.at(name);
    lead0 = {{"lead", id},
             {"email", or_null(personal.email)},
             {"fields", fields},
             {"first_seen_ms", row->first_seen_ms},
             {"last_seen_ms", row->last_seen_ms},
             {"consent", name_of(row->consent.level)},
             {"tags", row->values.tags}};
  }
  return {{"results", results}, {"lead_count", count}, {"aliases", aliases}, {"lead0", lead0}};
}

RULE("harvest.deal") {
  state::TableSpace space(std::make_unique<state::MemoryKv>(), 64 << 20);
  state::Table<DealRow> rows(space, "deal");
  state::Table<LeadDealRow> by_lead(space, "lead_deal");
  Deals deals(rows, by_lead);
  const std::string tenant = "t", currency = get_or<std::string>(given, "tenant_currency", "USD");
  std::map<std::string, std::string> aliases;
  const auto today = [&](std::string lead) {
    while (aliases.contains(lead)) lead = aliases[lead];
    return lead;
  };
  const auto rekey_json = [](const Rekey& rekey) {
    Json moved = Json::array();
    for (const Rekey::Deal& deal : rekey.deals) moved.push_back({deal.deal_id, deal.subject_rev});
    return Json{{"rekey", {{"from", rekey.from}, {"to", rekey.to}, {"deals", moved}}}};
  };
  Json outputs = Json::array();
  for (const Json& event : given.at("events")) {
    Json out = Json::array();
    const std::string op = event.at("op");
    if (op == "merged") {
      const std::string survivor = event.at("survivor"), absorbed = event.at("absorbed");
      for (const Rekey& rekey : deals.absorb(tenant, absorbed, survivor)) out.push_back(rekey_json(rekey));
      aliases[absorbed] = survivor;
      outputs.push_back(out);
      continue;
    }
    const std::string deal_id = event.at("deal_id");
    const Deals::Taken taken = deals.take(tenant, deal_id, today(get_or<std::string>(event, "lead", "")), get_optional<std::int64_t>(event, "amount_cents"),
                                          get_optional<std::string>(event, "currency"), get_or<std::int64_t>(event, "at_ms", 0));
    if (taken.rekey) out.push_back(rekey_json(*taken.rekey));
    if (op != "linked") {
      const DealRow& deal = *taken.deal;
      out.push_back({{op == "stage" ? "conversion" : "updated",
                      {{"subject", subject_of(deal.lead_id, deal_id)},
                       {"subject_rev", deal.subject_rev},
                       {"lead_id", deal.lead_id.empty() ? Json(nullptr) : Json(deal.lead_id)},
                       {"amount_cents", deal.amount_cents ? Json(*deal.amount_cents) : Json(nullptr)},
                       {"currency", deal.currency.value_or(currency)}}}});
    }
    outputs.push_back(out);
  }
  return {{"outputs", outputs}};
}

RULE("harvest.park") {
  state::TableSpace space(std::make_unique<state::MemoryKv>(), 64 << 20);
  state::Timers timers(space);
  Parking parking(space);
  const std::string tenant = "t";
  const DurationMs wait_ms = get_or<std::int64_t>(given, "unresolved_ms", 86'400'000);
  const std::int64_t limit = get_or<std::int64_t>(given, "max_per_ref", 100);
  std::set<std::string> known;
  std::vector<std::string> parked;  // ids, oldest first
  Json results = Json::array();
  const auto leave = [&](const ParkedRow& fact, const char* how, TimeMs at_ms) {
    results.push_back({fact.record_id, how, at_ms});
    std::erase(parked, fact.record_id);
  };
  for (const Json& event : given.at("events")) {
    const std::string op = event.at("op"), ref = get_or<std::string>(event, "ref", "");
    const TimeMs at_ms = event.at("at_ms");
    if (op == "tick") {
      for (Timer timer; timers.pop_due(at_ms, timer);)
        if (const auto fact = parking.expire(timer.key)) leave(*fact, "dead_lettered", at_ms);
    } else if (op == "index") {
      known.insert(ref);
      for (const auto& [key, fact] : parking.take(tenant, ref)) {
        timers.cancel(fact.due_ms, "park", key);
        leave(fact, "passed", at_ms);
      }
    } else if (known.contains(ref)) {
      results.push_back({event.at("id"), "passed", at_ms});
    } else {
      ParkedRow fact;
      fact.due_ms = at_ms + wait_ms;
      fact.record_id = event.at("id");
      if (const auto key = parking.park(tenant, ref, fact, limit)) {
        timers.set({fact.due_ms, "park", *key, {}, {}});
        parked.push_back(fact.record_id);
      } else {
        results.push_back({fact.record_id, "dead_lettered", at_ms});
      }
    }
  }
  return {{"results", results}, {"parked", parked}};
}

RULE("harvest.cohort") {
  state::TableSpace space(std::make_unique<state::MemoryKv>(), 64 << 20);
  state::Timers timers(space);
  Sources sources(space);
  const HarvestPolicy policy;
  const auto won = get_or<std::vector<std::string>>(given, "won", {"closed_won"});
  Step step;
  step.tenant = "t";
  step.timers = &timers;
  struct Lead {
    std::string month;
    bool won = false;
  };
  std::map<std::string, Lead> leads;
  for (const Json& event : given.at("events")) {
    const std::string id = event.at("lead");
    step.now_ms = std::max(step.now_ms, event.at("at_ms").get<TimeMs>());
    if (event.at("op") == "capture") {
      if (leads.contains(id)) continue;
      leads[id].month = month_of(event.at("at_ms"));
      sources.captured("csv", leads[id].month, step);
    } else if (const auto lead = leads.find(id); lead != leads.end() && !lead->second.won &&
                                                 std::find(won.begin(), won.end(), event.at("stage_to").get<std::string>()) != won.end()) {
      lead->second.won = true;
      sources.converted("csv", lead->second.month, policy, step);
    }
  }
  Json rows = Json::object(), closed = Json::array();
  for (const auto& [month, cohort] : sources.rows("t", "csv")) rows[month] = {{"leads", cohort.leads}, {"conversions", cohort.conversions}};
  for (const auto& [month, cohort] : sources.closed_rows("t", "csv", given.at("now_ms"))) closed.push_back(month);
  return {{"rows", rows}, {"closed", closed}};
}

}  // namespace millrace::conformance
