// A lead divided in two, and a lead erased.
#include <algorithm>

#include "core/hash.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/harvest_fold.h"

namespace millrace::harvest {

// The identifiers named, given as values or as tokens, become those of a new lead, with the addresses that they are.
Verdict HarvestFold::lead_split(const LeadSplit& request, Step& step) {
  const std::string lead_id = identity_.resolve(step.tenant, request.lead_id);
  if (lead_id.empty()) {
    ledger().reject(step, request.request_id, "unknown_lead");
    return Verdict::handled();
  }
  const Reading r = reading(step);
  struct Moved {
    IdKind kind;
    std::string token;
  };
  std::vector<Moved> moved;
  TokenLists held = identity_.find(step.tenant, lead_id)->tokens;
  for (const std::string& identifier : request.identifiers) {
    const std::string tokens[] = {identifier, address_token(identifier, r), external_token(identifier, "api", r)};
    for (const IdKind kind : kIdKinds)
      for (const std::string& token : tokens)
        if (!token.empty() && holds(tokens_of(held, kind), token)) {
          moved.push_back({kind, token});
          std::erase(tokens_of(held, kind), token);
        }
  }
  const bool some_left = std::any_of(std::begin(kIdKinds), std::end(kIdKinds), [&](IdKind kind) { return !tokens_of(held, kind).empty(); });
  if (moved.empty() || !some_left) {
    ledger().reject(step, request.request_id, moved.empty() ? "unknown_identifier" : "nothing_left");
    return Verdict::handled();
  }

  LeadEdit from, to;
  from.lead_id = lead_id;
  to.lead_id = "ld_" + step.cause_id.substr(0, 20);
  to.row = &identity_.edit(step.tenant, to.lead_id);
  from.row = &identity_.edit(step.tenant, from.lead_id);
  to.row->first_seen_ms = to.row->last_seen_ms = step.event_ms;
  to.row->captured_month = from.row->captured_month;
  to.row->source = from.row->source;
  to.row->consent = from.row->consent;  // never lower than what the one person had said
  to.row->measure_consent = from.row->measure_consent;
  to.row->measure_ms = from.row->measure_ms;
  ProfilePersonal& mine = open_personal(from, step.tenant, *step.keys);
  to.personal.emplace();

  const auto hand_over = [&](const std::string& token, std::string LeadRow::*current, std::optional<std::int64_t> LeadTimes::*at,
                             std::optional<std::string> ProfilePersonal::*place, const char* name) {
    if (from.row->*current != token) return;
    to.row->*current = std::exchange(from.row->*current, {});
    to.row->at.*at = std::exchange(from.row->at.*at, std::nullopt);
    (*to.personal).*place = std::exchange(mine.*place, std::nullopt);
    for (LeadEdit* lead : {&from, &to}) {
      lead->personal_changed = true;
      lead->changed.emplace_back(name);
    }
  };
  for (const Moved& each : moved) {
    identity_.move(step.tenant, each.kind, each.token, *from.row, to.lead_id, *to.row);
    hand_over(each.token, &LeadRow::email_token, &LeadTimes::email, &ProfilePersonal::email, "email");
    hand_over(each.token, &LeadRow::phone_token, &LeadTimes::phone, &ProfilePersonal::phone, "phone");
    hand_over(each.token, &LeadRow::linkedin_token, &LeadTimes::linkedin, &ProfilePersonal::linkedin, "linkedin");
  }
  if (!to.row->email_token.empty()) {
    to.row->email_tld = std::exchange(from.row->email_tld, {});
    to.row->email_sealed = std::exchange(from.row->email_sealed, {});
  }
  tell_lead(from, "split", false, step);
  tell_lead(to, "split", false, step);
  return Verdict::handled();
}

// Profile, index and aliases go; what other stages hold of the lead goes with lead.erased, its keys with key.destroy.
Verdict HarvestFold::erase_requested(const EraseRequested& request, Step& step) {
  const Ref ref = resolve(request, step);
  if (ref.lead_id.empty()) return unresolved(EraseRequested::type, ref, Consent::unknown, step);
  LeadErased erased;
  erased.lead_id = ref.lead_id;
  erased.request_id = request.request_id;
  erased.aliases = identity_.aliases_of(step.tenant, ref.lead_id);
  KeyDestroy destroy;
  destroy.lead_id = ref.lead_id;
  destroy.request_id = request.request_id;
  TokenLists tokens = identity_.find(step.tenant, ref.lead_id)->tokens;
  for (const IdKind kind : kIdKinds)
    for (const std::string& token : tokens_of(tokens, kind)) destroy.tokens.push_back(token);
  identity_.erase(step.tenant, ref.lead_id);
  deals_.forget(step.tenant, ref.lead_id);
  ErasureRow& open = erasures_.edit(step.tenant + "/" + request.request_id);
  open.lead_id = ref.lead_id;
  open.due_ms = step.now_ms + rules(step.tenant).erasure_ms;
  step.set_timer(open.due_ms, "erasure", step.tenant + "/" + request.request_id);

  std::vector<std::string> ids{ref.lead_id};
  ids.insert(ids.end(), erased.aliases.begin(), erased.aliases.end());
  for (const std::string& id : ids) step.emit({.topic = topics::leads_harvested, .key = step.tenant + "/" + id}, erased);
  for (const std::string& id : ids) step.emit({.topic = topics::routing_decisions, .key = step.tenant + "/" + id}, erased);
  step.emit({.topic = topics::outreach_intents, .key = step.tenant}, erased);
  for (const std::string& id : ids) step.emit({.topic = topics::attribution_touches, .key = subject_key(subject_of(id, {}), step)}, erased);
  step.emit_to_all({.topic = topics::learning_outcomes, .key = step.tenant}, LeadErased::type, erased);
  step.emit({.topic = topics::erasure_commands, .key = step.tenant}, destroy);
  ledger().append(step, "erasure", "harvest", ref.lead_id, R"({"lead_id":")" + ref.lead_id + R"(","state":"requested"})");
  return Verdict::handled();
}

void HarvestFold::erasure_late(std::string_view key, Step& step) {
  const ErasureRow* open = erasures_.find(key);
  if (!open) return;
  AlertRaised alert{"harvest", "erasure_late", "critical", {}};
  alert.context.text = R"({"subject":)" + to_json(open->lead_id) + "}";
  step.emit({.topic = topics::alerts, .key = step.tenant}, alert);
}

}  // namespace millrace::harvest
