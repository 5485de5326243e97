// Who may be written to: consent, suppression, merges and erasure.
#include <algorithm>

#include "topology/dispatch/fold.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/policy.h"
#include "topology/topics.h"

namespace millrace::dispatch {

namespace {

void add_token(std::vector<std::string>& tokens, const std::string& token) {
  if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
}

// The tokens by which an address may be known: an operator does not say of which kind it is. A form's address has one
// of its own besides.
std::vector<std::string> address_tokens(std::string_view tenant, std::string_view value, std::string_view country_code,
                                        Keyring& keys) {
  if (const auto email = harvest::normal_email(value)) return {keys.token(tenant, "address", *email)};
  if (const auto profile = harvest::normal_linkedin(value)) return {keys.token(tenant, "address", *profile)};
  if (const auto phone = harvest::normal_phone(value, country_code)) return {keys.token(tenant, "address", *phone)};
  return {keys.token(tenant, "address", value), keys.token(tenant, "url", value)};
}

}  // namespace

// --- opt-outs -------------------------------------------------------------------------------------------------------

void DispatchFold::opt_out(std::string_view tenant, const std::string& lead_id, SuppressReason reason,
                           const std::vector<std::string>& address_tokens, TimeMs at, Step& step) {
  const std::string id = tables_.survivor_of(tenant, lead_id);
  LeadRow& lead = tables_.leads.edit(key_of(tenant, id));
  if (lead.consent != Consent::dnc || at > lead.consent_ms) lead.consent_ms = at;
  lead.consent = Consent::dnc;
  lead.identity_reasons |= bit_of(reason);
  for (const std::string& token : address_tokens) suppress_address(tenant, token, reason, step);
  revoke_lead(tenant, id, {}, step);
}

void DispatchFold::complaint_of(std::string_view tenant, std::string_view lead_id, MessageRow* message, TimeMs at,
                                Step& step) {
  opt_out(tenant, std::string(lead_id), SuppressReason::complaint, {}, at, step);
  if (!message) return;
  const bool first = !message->times.contains("complained");
  note(*message, StatusEvent::complained, "complained", at);
  if (!first) return;
  if (!message->address_token.empty()) suppress_address(tenant, message->address_token, SuppressReason::complaint, step);
  reset_sender(tenant, *message);
  if (message->live())
    if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(tenant, message->campaign_id))) ++campaign->complaints;
  watch(tenant, message->campaign_id, step);
}

Verdict DispatchFold::complained(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  for (const std::string& token : e.address_tokens) suppress_address(step.tenant, token, SuppressReason::complaint, step);
  MessageRow* message = message_for(step.tenant, e.message_id, {});
  complaint_of(step.tenant, *e.lead_id, message, step.event_ms, step);
  if (message) settle(step.tenant, *e.message_id, *message, step);
  return Verdict::handled();
}

Verdict DispatchFold::unsubscribed(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  opt_out(step.tenant, *e.lead_id, SuppressReason::user_request, e.address_tokens, step.event_ms, step);
  return Verdict::handled();
}

// As harvest judges it (spec/harvest.md section 6.7): DNC always holds, and goes only by a later consent with a basis.
Verdict DispatchFold::consent_changed(const ConsentChanged& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  const auto consent = enum_of<Consent>(e.consent);
  if (!consent) return Verdict::dead("bad_field:consent");
  const TimeMs captured = e.captured_ms.value_or(step.event_ms);
  const std::string tenant = step.tenant, id = tables_.survivor_of(tenant, *e.lead_id);
  if (*consent == Consent::dnc) {
    LeadRow& lead = tables_.leads.edit(key_of(tenant, id));
    for (const std::string& token : e.address_tokens) add_token(lead.dnc_tokens, token);
    opt_out(tenant, id, SuppressReason::dnc_list, e.address_tokens, captured, step);
    return Verdict::handled();
  }
  const LeadRow* known = tables_.leads.find(key_of(tenant, id));
  if (known && known->consent &&
      (*known->consent == Consent::dnc ? !e.basis || captured <= known->consent_ms : captured < known->consent_ms))
    return Verdict::handled();
  LeadRow& lead = tables_.leads.edit(key_of(tenant, id));
  lead.consent = *consent;
  lead.consent_ms = captured;
  lead.identity_reasons &= ~bit_of(SuppressReason::dnc_list);
  for (const std::string& token : std::exchange(lead.dnc_tokens, {}))
    if (SuppressedRow* row = tables_.suppressed.edit_if(key_of(tenant, "address", token)))
      row->reasons &= ~bit_of(SuppressReason::dnc_list);
  return Verdict::handled();
}

// --- suppression ----------------------------------------------------------------------------------------------------

void DispatchFold::suppress_address(std::string_view tenant, const std::string& token, SuppressReason reason, Step& step) {
  SuppressedRow& row = tables_.suppressed.edit(key_of(tenant, "address", token));
  row.reasons |= bit_of(reason);
  const std::vector<std::string> leads = row.leads;
  for (const std::string& lead : leads) revoke_lead(tenant, tables_.survivor_of(tenant, lead), token, step);
}

Verdict DispatchFold::suppress_lead(const LeadSuppress& e, Step& step) {
  const auto reason = enum_of<SuppressReason>(e.reason);
  if (!reason) return Verdict::dead("unknown_reason", e.reason);
  if (e.kind == "address") {
    suppress_address(step.tenant, e.token, *reason, step);
  } else if (e.kind == "domain" || e.kind == "identity") {
    SuppressedRow& row = tables_.suppressed.edit(key_of(step.tenant, e.kind, e.token));
    if (row.reasons == 0 && e.kind == "identity") ++tables_.tenants.edit(step.tenant).identities;
    row.reasons |= bit_of(*reason);
    revoke_before(step.tenant, "tenant", step);
  } else {
    return Verdict::dead("bad_field:kind");
  }
  return Verdict::handled();
}

// Without a reason it is the block list. An identity is a lead.
Verdict DispatchFold::suppress(const Suppress& e, bool lift, Step& step) {
  std::optional<SuppressReason> reason;
  if (e.reason && !e.reason->empty() && *e.reason != "block_list") {
    reason = enum_of<SuppressReason>(*e.reason);
    if (!reason) return Verdict::dead("unknown_reason", *e.reason);
  }
  const bool known_kind = e.kind == "address" || e.kind == "domain" || e.kind == "identity";
  if (!known_kind) return Verdict::dead("bad_field:kind");
  std::string value = e.value.value_or("");
  if (value.empty() && !e.sealed.text.empty())
    if (const auto personal = wire::unseal<SuppressPersonal>(*step.keys, step.tenant, e.sealed.text))
      value = personal->value.value_or("");
  if (value.empty() && !e.token) return Verdict::dead("missing_field:value");
  const std::string tenant = step.tenant;

  std::vector<std::string> tokens;
  if (e.token) tokens.push_back(*e.token);
  else if (e.kind == "address") 
    tokens = address_tokens(tenant, value, policy().of<harvest::HarvestPolicy>(tenant).country_code, *step.keys);
  else if (e.kind == "domain") tokens.push_back(step.keys->token(tenant, "domain", harvest::lower_case(harvest::trimmed(value))));

  // What a row holds, whatever its table.
  const bool admin = std::find(e.roles.begin(), e.roles.end(), "admin") != e.roles.end();
  const std::int64_t guarded = bit_of(SuppressReason::legal_hold) | bit_of(SuppressReason::complaint);
  const std::int64_t wanted = reason ? bit_of(*reason) : (std::int64_t{1} << kSuppressReasons) - 1;
  const std::string lead_id = e.kind == "identity" && !e.token ? tables_.survivor_of(tenant, value) : std::string();
  if (lift && !admin) {
    std::int64_t held = 0;
    if (!lead_id.empty()) {
      if (const LeadRow* lead = tables_.leads.find(key_of(tenant, lead_id))) held = lead->identity_reasons;
    }
    for (const std::string& token : tokens)
      if (const SuppressedRow* row = tables_.suppressed.find(key_of(tenant, e.kind, token))) held |= row->reasons;
    if (held & wanted & guarded) {
      ledger().reject(step, e.request_id, "forbidden");
      return Verdict::handled();
    }
  }
  const auto apply = [&](std::int64_t& reasons, bool& block_listed) {
    if (lift) {
      reasons &= ~wanted;
      if (!reason) block_listed = false;
    } else if (reason) {
      reasons |= bit_of(*reason);
    } else {
      block_listed = true;
    }
  };
  if (!lead_id.empty()) {
    LeadRow& lead = tables_.leads.edit(key_of(tenant, lead_id));
    apply(lead.identity_reasons, lead.block_listed);
    if (!lift) revoke_lead(tenant, lead_id, {}, step);
  }
  for (const std::string& token : tokens) {
    SuppressedRow& row = tables_.suppressed.edit(key_of(tenant, e.kind, token));
    const bool was_empty = row.reasons == 0;
    apply(row.reasons, row.block_listed);
    if (lift) row.soft_ms.clear();
    if (e.kind == "identity" && was_empty != (row.reasons == 0))
      tables_.tenants.edit(tenant).identities += row.reasons == 0 ? -1 : 1;
    const std::vector<std::string> leads = row.leads;
    if (!lift && e.kind == "address")
      for (const std::string& lead : leads) revoke_lead(tenant, tables_.survivor_of(tenant, lead), token, step);
  }
  // Nothing lists the commands of a domain or of an identity's token: all come back, and what may go goes again.
  if (!lift && lead_id.empty() && e.kind != "address") revoke_before(tenant, "tenant", step);
  return Verdict::handled();
}

// --- revocation -----------------------------------------------------------------------------------------------------

void DispatchFold::revoke(std::string_view tenant, const std::string& message_id, MessageRow& message, Step& step) {
  if (message.status != Status::commanded || message.revoked) return;
  message.revoked = true;
  CommandRevoked out;
  out.message_id = message_id;
  step.emit({.topic = topics::outreach_commands, .key = key_of(tenant, message.lead_id), .tenant = tenant}, out);
}

// Commands of the lead; with an address token only those to that address.
void DispatchFold::revoke_lead(std::string_view tenant, const std::string& lead_id, std::string_view address_token,
                               Step& step) {
  const LeadRow* lead = tables_.leads.find(key_of(tenant, lead_id));
  if (!lead) return;
  for (const std::string& id : lead->messages) {
    const std::string key = key_of(tenant, id);
    const MessageRow* message = tables_.messages.find(key);
    if (!message || message->status != Status::commanded || message->revoked) continue;
    if (!address_token.empty() && message->address_token != address_token) continue;
    revoke(tenant, id, tables_.messages.edit(key), step);
  }
}

void DispatchFold::revoke_before(std::string_view tenant, std::string_view scope, Step& step) {
  CommandRevoked out;
  out.before_ms = step.now_ms;
  out.scope = scope;
  step.emit_to_all({.topic = topics::outreach_commands, .key = tenant, .tenant = tenant}, CommandRevoked::type, out);
}

// --- merges and erasure ---------------------------------------------------------------------------------------------

Verdict DispatchFold::lead_merged(const LeadMerged& e, Step& step) {
  const std::string& tenant = step.tenant;
  const std::string survivor = tables_.survivor_of(tenant, e.survivor);
  for (const std::string& absorbed : e.absorbed) {
    if (absorbed == survivor) continue;
    LeadRow& from = tables_.leads.edit(key_of(tenant, absorbed));
    if (!from.merged_into.empty()) continue;
    LeadRow old = std::exchange(from, {});
    from.merged_into = survivor;
    LeadRow& into = tables_.leads.edit(key_of(tenant, survivor));
    if (old.consent && (!into.consent || *old.consent > *into.consent)) {
      into.consent = old.consent;
      into.consent_ms = old.consent_ms;
    }
    into.block_listed |= old.block_listed;
    into.identity_reasons |= old.identity_reasons;
    into.senders.insert(old.senders.begin(), old.senders.end());
    into.contacted.insert(old.contacted.begin(), old.contacted.end());
    into.messages.insert(into.messages.end(), old.messages.begin(), old.messages.end());
    for (const std::string& token : old.dnc_tokens) add_token(into.dnc_tokens, token);
    into.reservations.insert(into.reservations.end(), old.reservations.begin(), old.reservations.end());
    std::stable_sort(into.reservations.begin(), into.reservations.end(),
                     [](const LeadReservation& a, const LeadReservation& b) { return a.ts < b.ts; });
    if (into.consent == Consent::dnc) revoke_lead(tenant, survivor, {}, step);
  }
  return Verdict::handled();
}

Verdict DispatchFold::lead_erased(const LeadErased& e, Step& step) {
  const std::string tenant = step.tenant;
  std::vector<std::string> ids = e.aliases;
  ids.push_back(e.lead_id);
  for (const std::string& id : ids) {
    const LeadRow* row = tables_.leads.find(key_of(tenant, id));
    const std::vector<std::string> messages = row ? row->messages : std::vector<std::string>();
    for (const std::string& message : messages) erase_message(tenant, message, ids, step);
    LeadRow blocked;
    blocked.block_listed = true;
    tables_.leads.edit(key_of(tenant, id)) = blocked;
  }
  return Verdict::handled();
}

void DispatchFold::erase_message(std::string_view tenant, const std::string& message_id,
                                 const std::vector<std::string>& leads, Step& step) {
  const std::string key = key_of(tenant, message_id);
  MessageRow* message = tables_.messages.edit_if(key);
  if (!message) return;
  if (!message->waits_in.empty()) tables_.queues.take(tables_.tenants.edit(tenant), tenant, message_id, *message, step);
  if (message->hold == HoldState::held) close_hold(tenant, message_id, *message, HoldState::withdrawn, {}, step);
  revoke(tenant, message_id, *message, step);
  settle(std::string(tenant), message_id, *message, step);
  if (SuppressedRow* address = tables_.suppressed.edit_if(key_of(tenant, "address", message->address_token))) {
    for (const std::string& lead : leads) std::erase(address->leads, lead);
    if (address->leads.empty() && address->reasons == 0 && !address->block_listed && address->soft_ms.empty())
      tables_.suppressed.erase(key_of(tenant, "address", message->address_token));
  }
  tables_.messages.erase(key);
}

}  // namespace millrace::dispatch
