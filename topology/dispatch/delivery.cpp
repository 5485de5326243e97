// What became of commands: message status, reservations given back, bounces, circuits, campaign counters.
#include <algorithm>

#include "topology/dispatch/fold.h"
#include "topology/dispatch/soft_bounce.h"
#include "topology/outreach/bounce_class.h"
#include "topology/outreach/reasons.h"
#include "topology/topics.h"

namespace millrace::dispatch {

namespace {

// The provider was not asked, so its health is not told by it.
bool never_called(std::string_view reason) {
  return reason == "revoked" || reason == "expired" || reason == "channel_disabled" || reason == "task_overdue" ||
         reason == "task_skipped";
}

std::int64_t& retries_of(MessageRow& message, outreach::RetryPolicy policy) {
  switch (policy) {
    case outreach::RetryPolicy::soft: return message.soft;
    case outreach::RetryPolicy::window: return message.window;
    case outreach::RetryPolicy::form: return message.form;
    default: return message.transport;
  }
}

}  // namespace

// nullptr: a message that dispatch does not know (any more), or a fact about an attempt before the last.
MessageRow* DispatchFold::message_for(std::string_view tenant, const std::optional<std::string>& message_id,
                                      const std::optional<std::int64_t>& attempt) {
  if (!message_id) return nullptr;
  MessageRow* message = tables_.messages.edit_if(key_of(tenant, *message_id));
  return message && (!attempt || *attempt >= message->attempt) ? message : nullptr;
}

bool DispatchFold::note(MessageRow& message, StatusEvent event, std::string_view time_name, TimeMs at) {
  if (!time_name.empty()) message.times.try_emplace(std::string(time_name), at);
  const auto next = next_status(message.status, event);
  if (next) message.status = *next;
  return next.has_value();
}

// The command is answered: what was kept to repeat it goes.
void DispatchFold::settle(const std::string& tenant, const std::string& message_id, MessageRow& message, Step& step) {
  const std::string key = key_of(tenant, message_id);
  tables_.commanded.erase(key);
  if (message.unknown_due_ms >= 0) step.cancel_timer(std::exchange(message.unknown_due_ms, -1), "unknown", key);
}

// The message counts as sent, once an attempt; its lead as contacted by the campaign.
void DispatchFold::count_sent(std::string_view tenant, MessageRow& message) {
  if (!message.live() || message.counted_sent) return;
  message.counted_sent = true;
  CampaignRow* campaign = tables_.campaigns.edit_if(key_of(tenant, message.campaign_id));
  if (!campaign) return;
  ++campaign->sent;
  LeadRow& lead = tables_.leads.edit(key_of(tenant, tables_.survivor_of(tenant, message.lead_id)));
  const auto [contact, first] = lead.contacted.try_emplace(message.campaign_id, campaign->resumes * 2);
  if (!first && contact->second / 2 == campaign->resumes) return;
  contact->second = campaign->resumes * 2;
  ++campaign->contacted;
}

Verdict DispatchFold::sent(const DeliveryFact& e, Step& step) {
  MessageRow* message = message_for(step.tenant, e.message_id, e.attempt);
  if (!message || !note(*message, StatusEvent::sent, "sent", step.event_ms)) return Verdict::handled();
  count_sent(step.tenant, *message);
  settle(step.tenant, *e.message_id, *message, step);
  circuit_answer(step.tenant, *message, false, step);
  watch(step.tenant, message->campaign_id, step);
  return Verdict::handled();
}

Verdict DispatchFold::delivered(const DeliveryFact& e, Step& step) {
  MessageRow* message = message_for(step.tenant, e.message_id, e.attempt);
  if (!message || !note(*message, StatusEvent::delivered, "delivered", step.event_ms)) return Verdict::handled();
  count_sent(step.tenant, *message);
  if (message->live())
    if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(step.tenant, message->campaign_id))) ++campaign->delivered;
  settle(step.tenant, *e.message_id, *message, step);
  watch(step.tenant, message->campaign_id, step);
  return Verdict::handled();
}

Verdict DispatchFold::opened(const EngagementFact& e, bool click, Step& step) {
  MessageRow* message = message_for(step.tenant, e.message_id, {});
  if (!message) return Verdict::handled();
  if (click) {
    message->times.try_emplace("clicked", step.event_ms);
    return Verdict::handled();
  }
  if (!note(*message, StatusEvent::opened, "opened", step.event_ms)) return Verdict::handled();
  count_sent(step.tenant, *message);
  if (message->live())
    if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(step.tenant, message->campaign_id))) ++campaign->delivered;
  settle(step.tenant, *e.message_id, *message, step);
  watch(step.tenant, message->campaign_id, step);
  return Verdict::handled();
}

Verdict DispatchFold::failed(const DeliveryFact& e, Step& step) {
  outreach::BounceClass cause{"delivery_failed"};
  if (e.reason) cause.reason = *e.reason;
  else cause = outreach::bounce_class(e.dsn_status.value_or(""), e.smtp_code.value_or(0), e.permanent.value_or(false));
  if (e.permanent.value_or(false)) cause.retry = false;
  const outreach::ReasonRow* row = outreach::reason_row(cause.reason);
  if (!row) return Verdict::dead("unknown_reason", std::string(cause.reason));

  MessageRow* message = message_for(step.tenant, e.message_id, e.attempt);
  if (!message) return Verdict::handled();
  const std::string tenant = step.tenant;
  if (row->then == outreach::Then::requeue) {
    if (message->status == Status::commanded) requeue(tenant, *e.message_id, *message, step);
    return Verdict::handled();
  }
  std::int64_t& used = retries_of(*message, row->policy);
  const bool again = row->policy != outreach::RetryPolicy::none && used < row->budget && (cause.retry || !row->obeys_retry_flag);
  const bool was_out = message->status == Status::commanded || message->status == Status::unknown || message->status == Status::sent;
  if (!was_out) return Verdict::handled();
  note(*message, again ? StatusEvent::failed_retry : StatusEvent::failed_final, {}, step.event_ms);
  if (again) ++used;
  give_back(tenant, *message);
  settle(tenant, *e.message_id, *message, step);
  if (!never_called(cause.reason)) {
    if (cause.reason != "delivery_failed") circuit_answer(tenant, *message, false, step);
    else if (cause.retry) circuit_answer(tenant, *message, true, step);
  }
  if (cause.hard()) hard_bounce(tenant, *message, step);
  if (cause.reason == "mailbox_full") soft_bounce(tenant, *message, step);
  if (cause.reason == "complaint") complaint_of(tenant, message->lead_id, message, step.event_ms, step);
  return Verdict::handled();
}

// Revoked or past its deadline before anything left: the message goes back to the queue, same channel, next attempt.
void DispatchFold::requeue(const std::string& tenant, const std::string& message_id, MessageRow& message, Step& step) {
  const Intent* held = tables_.commanded.find(key_of(tenant, message_id));
  INVARIANT("DI-2", held, "a command without its intent");
  Intent intent = *held;
  note(message, StatusEvent::requeued, {}, step.event_ms);
  give_back(tenant, message);
  settle(tenant, message_id, message, step);
  ++intent.attempt;  // outreach, which hears the same fact, counts alike
  if (message.withdrawn) return end(intent, tenant, message, "withdrawn", step);
  judge(tenant, std::move(intent), {}, step);
}

Verdict DispatchFold::unknown(const DeliveryFact& e, Step& step) {
  MessageRow* message = message_for(step.tenant, e.message_id, e.attempt);
  if (!message || !note(*message, StatusEvent::unknown, {}, step.event_ms)) return Verdict::handled();
  settle(step.tenant, *e.message_id, *message, step);
  message->unknown_due_ms = step.now_ms + settings(step.tenant, step).dispatch.unknown_ms;
  step.set_timer(message->unknown_due_ms, "unknown", key_of(step.tenant, *e.message_id));
  return Verdict::handled();
}

void DispatchFold::unknown_too_long(const std::string& tenant, const std::string& message_id, Step& step) {
  MessageRow* message = tables_.messages.edit_if(key_of(tenant, message_id));
  if (!message) return;
  message->unknown_due_ms = -1;
  if (message->status != Status::unknown) return;
  count_sent(tenant, *message);
  watch(tenant, message->campaign_id, step);
}

Verdict DispatchFold::bounced(const EngagementFact& e, Step& step) {
  MessageRow* message = message_for(step.tenant, e.message_id, {});
  if (!message) return Verdict::handled();
  const auto cause = outreach::bounce_class(e.dsn_status.value_or(""), e.smtp_code.value_or(0), e.permanent.value_or(true));
  const outreach::ReasonRow* row = outreach::reason_row(cause.reason);
  // A bounce after which outreach tries again leaves the status to that attempt.
  const bool final = !row || row->policy == outreach::RetryPolicy::none || (row->obeys_retry_flag && !cause.retry);
  const std::string tenant = step.tenant;
  if (cause.hard()) hard_bounce(tenant, *message, step);
  if (cause.reason == "mailbox_full") soft_bounce(tenant, *message, step);
  if (final && note(*message, StatusEvent::bounced, "bounced", step.event_ms)) {
    count_sent(tenant, *message);
    settle(tenant, *e.message_id, *message, step);
  }
  watch(tenant, message->campaign_id, step);
  return Verdict::handled();
}

// Once a message, however it is told.
void DispatchFold::hard_bounce(std::string_view tenant, MessageRow& message, Step& step) {
  if (!message.times.try_emplace("bounced", step.event_ms).second) return;
  if (!message.address_token.empty()) suppress_address(tenant, message.address_token, SuppressReason::bounce_hard, step);
  if (!message.live()) return;
  if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(tenant, message.campaign_id))) ++campaign->bounced_hard;
  if (SenderRow* sender = tables_.senders.edit_if(key_of(tenant, message.channel, message.sender_id))) {
    const std::int64_t today = local_day(settings(tenant, step).zones, sender->timezone, step.now_ms);
    if (sender->bounce_day != today) sender->bounces = 0;
    sender->bounce_day = today;
    if (++sender->bounces >= 2) sender->live.reset();
  }
  watch(tenant, message.campaign_id, step);
}

void DispatchFold::soft_bounce(std::string_view tenant, MessageRow& message, Step& step) {
  if (message.soft_bounced || message.address_token.empty()) return;
  message.soft_bounced = true;
  SuppressedRow& address = tables_.suppressed.edit(key_of(tenant, "address", message.address_token));
  if (note_soft_bounce(address.soft_ms, step.now_ms)) {
    address.soft_ms.clear();
    suppress_address(tenant, message.address_token, SuppressReason::bounce_hard, step);
  }
}

void DispatchFold::circuit_answer(std::string_view tenant, const MessageRow& message, bool provider_failed, Step& step) {
  if (!message.live()) return;
  SenderRow* sender = tables_.senders.edit_if(key_of(tenant, message.channel, message.sender_id));
  if (!sender) return;
  const std::string name = message.channel + ":" + message.sender_id;
  switch (provider_failed ? sender->circuit.failed(step.now_ms, settings(tenant, step).dispatch.circuit())
                          : sender->circuit.answered()) {
    case Circuit::Change::opened: return alert(tenant, "provider_down", "error", name, {}, step);
    case Circuit::Change::closed:
      alert(tenant, "provider_up", "info", name, {}, step);
      tables_.queues.release(tenant, "provider_down/" + name, step);
      tables_.queues.release(tenant, "provider_down/" + message.channel, step);
      return;
    case Circuit::Change::none: return;
  }
}

void DispatchFold::reset_sender(std::string_view tenant, const MessageRow& message) {
  if (!message.live()) return;
  if (SenderRow* sender = tables_.senders.edit_if(key_of(tenant, message.channel, message.sender_id))) sender->live.reset();
}

Verdict DispatchFold::replied(const ReplyClassified& e, Step& step) {
  MessageRow* message = message_for(step.tenant, e.message_id, {});
  if (e.class_ == "COMPLAINT") {
    complaint_of(step.tenant, e.lead_id, message, step.event_ms, step);
    return Verdict::handled();
  }
  // An opt-out is no answer: it counts as what it is.
  const bool by_a_person = e.class_ == "POSITIVE" || e.class_ == "NEUTRAL" || e.class_ == "NEGATIVE";
  if (message && by_a_person && note(*message, StatusEvent::replied, "replied", step.event_ms)) {
    count_sent(step.tenant, *message);
    settle(step.tenant, *e.message_id, *message, step);
    if (message->live())
      if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(step.tenant, message->campaign_id))) ++campaign->replied;
  }
  if (e.class_ == "UNSUB") opt_out(step.tenant, e.lead_id, SuppressReason::user_request, {}, step.event_ms, step);
  return Verdict::handled();
}

}  // namespace millrace::dispatch
