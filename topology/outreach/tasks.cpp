// What people send and do: an operator's own message, the call when no address is left, the task of an escalation
// (spec/outreach.md section 9). None of them moves a sequence, and none falls back to another channel.
#include <algorithm>

#include "topology/optional_text.h"
#include "topology/outreach/address.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/message_id.h"
#include "topology/topics.h"

namespace millrace::outreach {

Verdict OutreachFold::send_message(const SendMessage& e, Step& step) {
  const bool written = !e.sealed.text.empty() || (e.body && !e.body->empty());
  if (!written) return Verdict::dead("missing_field:body");
  if (e.channel && !is_sequence_channel(*e.channel)) return Verdict::dead("bad_field:channel");
  auto lead = known_lead(e.lead_id, step);
  if (!lead || !lead->row.profile) return answer(e.request_id, Ruling::refused("unknown_lead"), step);
  const HasAddress has = has_address_of(*lead);
  const auto& all = settings(step.tenant).channels;
  const std::string channel = e.channel ? (has(*e.channel) ? *e.channel : std::string()) : next_channel({}, all, has);
  if (channel.empty()) return answer(e.request_id, Ruling::refused("no_channel"), step);

  MessagePersonal text;
  if (const auto sealed = wire::unseal<MessagePersonal>(*step.keys, step.tenant, e.sealed.text)) {
    text = *sealed;
  } else if (e.body) {
    text.body = e.body;
    text.subject = e.subject;
  } else {
    return answer(e.request_id, Ruling::refused("unknown_lead", "its key was destroyed"), step);
  }
  const SealingKey* key = step.keys->key_of(lead->tenant, lead->row.profile->sealed.text);
  if (!key) return answer(e.request_id, Ruling::refused("unknown_lead", "its key was destroyed"), step);

  Message message = new_message(*lead, MessageKind::operator_, "operator", e.request_id, channel);
  message.row.template_id = "operator";
  step.keys->seal(*key, step.cause_id, e.type, to_json(text), message.row.sealed.text);
  emit_intent(*lead, message, step);
  return Verdict::handled();
}

Verdict OutreachFold::escalated(const LeadEscalated& e, Step& step) {
  if (e.severity != "high" && e.severity != "critical") return Verdict::handled();
  auto lead = known_lead(e.lead_id, step);
  if (!lead || !lead->row.profile || !bar_of(*lead->row.profile).empty()) return Verdict::handled();
  lead->row.urgent = true;
  const std::string name = e.group + "/" + e.severity;
  auto& opened = lead->row.escalations;
  if (std::find(opened.begin(), opened.end(), name) != opened.end()) return Verdict::handled();
  opened.push_back(name);
  const HasAddress has = has_address_of(*lead);
  const std::string channel = has("phone_task") ? "phone_task" : has("linkedin") ? "linkedin" : "";
  if (channel.empty()) return Verdict::handled();  // route's alert is all there is
  Message message = new_message(*lead, MessageKind::escalation, "task", "escalation/" + name, channel);
  message.row.template_id = "task";
  emit_intent(*lead, message, step);
  return Verdict::handled();
}

// The sequence waits: only when the call ends without done is the lead unreachable.
void OutreachFold::open_phone_task(Lead& lead, Step& step) {
  SequenceRow& sequence = lead.sequence();
  const std::string name = "phone/" + std::to_string(sequence.run);
  if (const auto call = message_of(lead, message_id(lead.tenant, campaign_of(lead), lead.id, "task", name, "phone_task"))) {
    if (call->row.times.contains("sent")) return;  // one call a run, and it was made: an address may still come
    return unreachable(lead, step);
  }
  Message message = new_message(lead, MessageKind::phone, "task", name, "phone_task");
  message.row.template_id = "task";
  sequence.waiting = Waiting::phone;
  sequence.message_id = message.id;
  if (!emit_intent(lead, message, step)) stop(lead, "erased", step);
}

void OutreachFold::phone_task_ended(Lead& lead, bool done, Step& step) {
  SequenceRow& sequence = lead.sequence();
  if (!done) return unreachable(lead, step);
  // The lead was spoken to; what they say arrives as a fact of its own, or nothing does.
  sequence.waiting = Waiting::no;
  sequence.message_id.clear();
  set_exhaust_timer(lead, step.now_ms + settings(lead.tenant).exhaust_ms, step);
}

void OutreachFold::unreachable(Lead& lead, Step& step) {
  if (!armed(lead.tenant, step.now_ms) && lead.row.live_messages == 0) {  // a dry run ends no lead
    lead.sequence().waiting = Waiting::address;
    lead.sequence().message_id.clear();
    return;
  }
  Unreachable told;
  told.lead_id = lead.id;
  told.sequence = sequence_name(lead);
  told.message_id = given(lead.sequence().last_message_id);
  if (!lead.sequence().campaign_id.empty()) told.campaign_id = lead.sequence().campaign_id;
  step.emit({.topic = topics::leads_harvested, .key = lead.key}, told);
  stop(lead, "unreachable", step);
}

}  // namespace millrace::outreach
