// References to leads, and the facts and deals that wait for one. A reference is written "lead/<id>", "msg/<id>",
// "prov/<id>", "ext/<token>", "email/<token>"…: what note_indexed() and index_message() make ready.
#include "topology/events/dead_lettered.h"
#include "topology/harvest/harvest_fold.h"
#include "topology/harvest/opt_out.h"

namespace millrace::harvest {

namespace {

constexpr std::int64_t kParkedMax = 100;  // facts that wait for one reference
constexpr std::string_view kParkTimer = "park";
constexpr std::string_view kParkedOwner = "parked";  // of the key that seals what waits

std::string_view kind_prefix(IdKind kind) {
  switch (kind) {
    case IdKind::external_id: return "ext/";
    case IdKind::email:
    case IdKind::role_email: return "email/";
    case IdKind::linkedin: return "in/";
    case IdKind::phone: break;
  }
  return "phone/";
}

}  // namespace

HarvestFold::Ref HarvestFold::resolve_parts(const RefParts& f, Step& step) {
  Ref ref;
  if (f.lead_id && !f.lead_id->empty()) ref.lead_id = identity_.resolve(step.tenant, *f.lead_id);
  const MessageRow* message = nullptr;
  if (f.message_id && !f.message_id->empty()) {
    ref.message_id = *f.message_id;
  } else if (f.provider_message_id && !f.provider_message_id->empty()) {
    if (const ProviderRow* provider = providers_.find(key_of(step.tenant, *f.provider_message_id))) ref.message_id = provider->message_id;
  }
  if (!ref.lead_id.empty()) return ref;
  if (!ref.message_id.empty() && (message = messages_.find(key_of(step.tenant, ref.message_id))) && !message->lead_id.empty())
    ref.lead_id = identity_.resolve(step.tenant, message->lead_id);
  if (!ref.lead_id.empty()) return ref;

  const RefTokens tokens = read_ref(f.external_id, f.external_ids, f.email, f.tokens, reading(step));
  for (const std::string& token : tokens.external_ids)
    if (ref.lead_id.empty()) ref.lead_id = identity_.owner_of(step.tenant, IdKind::external_id, token);
  if (ref.lead_id.empty()) ref.lead_id = identity_.owner_of(step.tenant, IdKind::email, tokens.email);
  if (ref.lead_id.empty()) ref.lead_id = identity_.owner_of(step.tenant, IdKind::role_email, tokens.email);
  if (!ref.lead_id.empty()) return ref;

  ref.email = tokens.email;
  if (f.message_id && !f.message_id->empty()) ref.waits_for = "msg/" + *f.message_id;
  else if (f.provider_message_id && !f.provider_message_id->empty()) ref.waits_for = "prov/" + *f.provider_message_id;
  else if (f.lead_id && !f.lead_id->empty()) ref.waits_for = "lead/" + *f.lead_id;
  else if (!tokens.external_ids.empty()) ref.waits_for = "ext/" + tokens.external_ids.front();
  else if (!tokens.email.empty()) ref.waits_for = "email/" + tokens.email;
  return ref;
}

std::string HarvestFold::lead_of_ref(std::string_view ref, const Step& step) {
  const std::size_t slash = ref.find('/');
  const std::string_view kind = ref.substr(0, slash), id = ref.substr(slash + 1);
  if (kind == "lead") return identity_.resolve(step.tenant, id);
  if (kind == "ext") return identity_.owner_of(step.tenant, IdKind::external_id, id);
  if (kind == "email") {
    std::string lead = identity_.owner_of(step.tenant, IdKind::email, id);
    return lead.empty() ? identity_.owner_of(step.tenant, IdKind::role_email, id) : lead;
  }
  std::string message_id(id);
  if (kind == "prov") {
    const ProviderRow* provider = providers_.find(key_of(step.tenant, id));
    if (!provider) return {};
    message_id = provider->message_id;
  }
  const MessageRow* message = messages_.find(key_of(step.tenant, message_id));
  return message ? identity_.resolve(step.tenant, message->lead_id) : std::string();
}

Verdict HarvestFold::park(std::string_view type, std::string_view waits_for, Step& step) {
  if (waits_for.empty() || !parking_.can_park(step.tenant, waits_for, kParkedMax)) return Verdict::dead("unresolved_lead");
  ParkedRow fact;
  fact.due_ms = step.now_ms + rules(step.tenant).unresolved_ms;
  fact.event_ms = step.event_ms;
  fact.record_id = current_record_id_;
  fact.type = type;
  const SealingKey& key = step.keys->key_for(step.tenant, kParkedOwner, step.cause_id);
  step.keys->seal(key, current_record_id_, type, current_data_, fact.sealed.text);
  const TimeMs due_ms = fact.due_ms;
  if (auto parked = parking_.park(step.tenant, waits_for, std::move(fact), kParkedMax)) step.set_timer(due_ms, std::string(kParkTimer), std::move(*parked));
  return Verdict::handled();
}

Verdict HarvestFold::unresolved(std::string_view type, const Ref& ref, Consent consent, Step& step) {
  const UnresolvedVerdict verdict = judge_unresolved(type, !ref.email.empty(), consent);
  switch (verdict.action) {
    case Unresolved::suppress: {
      LeadSuppress suppress{"address", ref.email, std::string(verdict.reason)};
      step.emit({.topic = topics::outreach_intents, .key = step.tenant}, suppress);
      return Verdict::handled();
    }
    case Unresolved::park: return park(type, ref.waits_for, step);
    case Unresolved::dlq: break;
  }
  return Verdict::dead("unresolved_lead");
}

void HarvestFold::note_indexed(const CaptureOutcome& outcome, const Step& step) {
  if (!parking_.any(step.tenant)) return;
  if (outcome.result == CaptureResult::created) ready_.push_back("lead/" + outcome.lead.lead_id);
  for (const Identity::Indexed& each : outcome.indexed) ready_.push_back(std::string(kind_prefix(each.kind)) + each.token);
}

void HarvestFold::resume_ready(Step& step) {
  if (ready_.empty() || !parking_.any(step.tenant)) return;
  const TimeMs event_ms = step.event_ms;
  for (std::size_t i = 0; i < ready_.size(); ++i) {  // what goes on may make more ready
    const std::string ref = ready_[i];
    if (auto deals = parking_.take_deals(step.tenant, ref); !deals.empty()) {
      const std::string lead_id = lead_of_ref(ref, step);
      for (const std::string& deal_id : deals)
        if (!lead_id.empty()) link_waiting(deal_id, lead_id, step);
    }
    for (auto& [key, fact] : parking_.take(step.tenant, ref)) {
      step.cancel_timer(fact.due_ms, kParkTimer, key);
      const auto data = step.keys->open(step.tenant, fact.sealed.text);
      if (!data) continue;
      step.event_ms = fact.event_ms;
      current_data_ = *data;
      current_record_id_ = fact.record_id;
      if (const Verdict verdict = deliver_data(fact.type, *data, step); verdict.kind == Verdict::Kind::dead_letter)
        dead_letter_parked(fact, verdict.reason, step);
    }
  }
  step.event_ms = event_ms;
}

void HarvestFold::expire_parked(std::string_view key, Step& step) {
  if (const auto fact = parking_.expire(key)) dead_letter_parked(*fact, "unresolved_lead", step);
}

void HarvestFold::dead_letter_parked(const ParkedRow& fact, std::string_view reason, Step& step) {
  DeadLettered letter;
  letter.body = fact.sealed;
  letter.inbox = "crm.events";
  letter.now_ms = step.now_ms;
  letter.policy_sha256 = policy().sha256();
  letter.reason = reason;
  letter.record_id = fact.record_id;
  letter.record_type = fact.type;
  letter.stage = "harvest";
  letter.tenant = step.tenant;
  step.emit({.topic = topics::dlq_of(topics::crm_events), .key = step.tenant, .event_ms = step.now_ms}, letter);
  step.letters.emplace_back(reason);
}

}  // namespace millrace::harvest
